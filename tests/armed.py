"""A clone with the drivers registered by hand: these tests are about the engine, not about installing it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from mbgit.engine.ledger import read_ledger
from mbgit.install.driver_line import driver_line
from tests.support import Clone, compiled_engine


def copy_engine(folder: Path) -> Path:
    """The engine's copy in `folder`, as a clone has it; the folder."""
    shutil.copytree(compiled_engine(), folder / "engine")
    return folder


def arm(clone: Clone, policy: str = "latest", python: str = sys.executable) -> Path:
    """Merge *.md by `policy` in this clone; the folder of the ledger."""
    common = clone.common.resolve()
    home = copy_engine(common / "mbgit")
    home.chmod(0o700)
    driver = f"merge.mbgit-{policy}"
    clone.configure({f"{driver}.name": "mbgit", f"{driver}.driver": driver_line(policy, python, str(home))})
    if policy == "latest":
        clone.configure({f"{driver}.recursive": "binary"})
    (common / "info").mkdir(exist_ok=True)
    (common / "info" / "attributes").write_text(f"*.md merge=mbgit-{policy}\n")
    return home


def runs(home: Path) -> list[dict[str, Any]]:
    """The ledger's lines."""
    return read_ledger(str(home))


def set_aside(home: Path) -> str:
    """All that merges have set aside, as one text."""
    files = sorted((home / "aside").glob("*")) if (home / "aside").exists() else []
    return "\n".join(file.read_text() for file in files)
