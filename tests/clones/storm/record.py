"""The merges of a storm as a corpus, so that other tools can be given the very same ones."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mbgit.engine.ledger import read_ledger
from tests.support import GIT, Clone

SIDES = ("base", "ours", "theirs", "result")


def record(clones: Iterable[Clone], folder: Path, name: str) -> int:
    """Save every merge that a driver was asked for in some clones; how many there were.

    Each becomes `folder/name/NNNN/` with base.md, ours.md, theirs.md, actual.md (what mbgit made of them) and
    meta.json, as `tests.bench.real` reads them. One that several clones were asked for is saved once.
    """
    seen: set[tuple[str, str, frozenset[str]]] = set()
    for clone in clones:
        for run in _runs(clone):
            base, ours, theirs = (run["blobs"][side] for side in SIDES[:3])
            key = run["path"], base, frozenset((ours, theirs))  # the storm asks for merges the other way round, too
            if key not in seen:
                seen.add(key)
                _save(clone, run, folder / name / f"{len(seen):04}", f"{name}/{len(seen):04}")
    return len(seen)


def _runs(clone: Clone) -> Iterator[dict[str, Any]]:
    """The runs of the ledger that the engine answered."""
    for run in read_ledger(str(clone.path / ".git" / "mbgit")):
        if run.get("outcome") == "merged":
            yield run


def _save(clone: Clone, run: dict[str, Any], folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for side in SIDES:
        text = _blob(clone, run["blobs"][side])
        if text is not None:
            (folder / ("actual.md" if side == "result" else f"{side}.md")).write_bytes(text)
    counts = run.get("counts", {})
    meta = {
        "id": name, "mode": "storm", "path": run["path"], "driver": run["driver"], "blobs": run["blobs"],
        "contested": counts.get("contested", 0), "asides": run.get("asides", 0), "ms": run["ms"],
        "clone": clone.path.name, "addadd": not (folder / "base.md").exists(),
    }  # fmt: skip
    (folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")


def _blob(clone: Clone, name: str) -> bytes | None:
    """A blob's bytes; None for one that git does not have, as the empty base of two files that are both new."""
    done = subprocess.run([GIT, "cat-file", "blob", name], cwd=clone.path, env=clone.env(), capture_output=True)
    return done.stdout if done.returncode == 0 else None
