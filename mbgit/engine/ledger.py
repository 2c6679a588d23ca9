"""What merges leave behind: one line per run in merges.jsonl, and the texts that did not stay in aside/."""

from __future__ import annotations

import time

from . import files
from .files import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .job import Job
    from .result import Aside

LEDGER = "merges.jsonl"
LIMIT = 1_000_000  # bytes; then the ledger moves to merges.jsonl.1
_LEAST, _TURNS = 16, 0.3  # characters of a name, and how many of them are of another kind than the one before
_HEX = frozenset("0123456789abcdef-.md")
_IN_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def record(job: Job, outcome: str) -> None:
    """Write the line of a run that ended as "merged", "conflict" or "binary". Never raises OSError."""
    merged, blob = job.merged, job.blob
    fields: dict[str, Any] = {
        "time": round(job.began, 3), "path": recorded_path(job.path), "driver": job.driver, "outcome": outcome,
        "ms": round((time.time() - job.began) * 1000, 1),
        "blobs": {"base": blob(job.base), "ours": blob(job.ours), "theirs": blob(job.theirs),
                  "result": None if job.result is None else blob(job.result)},
    }  # fmt: skip
    if merged is not None:
        fields["counts"] = {"ours": merged.from_ours, "theirs": merged.from_theirs,
                            "removed": merged.removed, "contested": merged.contested}  # fmt: skip
        fields["asides"] = len(merged.asides)
        if merged.reason:  # an exception of law 0: why git's own merge does not stand
            fields["reason"] = merged.reason
    if job.aside is not None:
        fields["aside"] = job.aside
    if job.known_clock is not None and (account := job.known_clock.account()):
        fields["clock"] = account
    if job.history is not None and job.history.trouble:
        fields["history"] = job.history.trouble
    write(job.home, fields)


def write(home: str, fields: dict[str, Any]) -> None:
    """Append one line to the ledger in `home`; a ledger that cannot be written never breaks a merge."""
    try:  # noqa: SIM105 - contextlib takes long to load
        files.append(f"{home}/{LEDGER}", to_json(fields).encode() + b"\n", LIMIT)
    except OSError:
        pass


def read_ledger(home: str) -> list[dict[str, Any]]:
    """All lines of the ledger in `home`, oldest first; torn lines and a missing ledger are passed over."""
    import json

    found: list[dict[str, Any]] = []
    for name in (LEDGER + ".1", LEDGER):
        try:
            lines = files.read(f"{home}/{name}").split(b"\n")
        except OSError:
            continue
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and isinstance(entry.get("time"), int | float):
                found.append(entry)
    return found


def recorded_path(path: str) -> str:
    """A path as the ledger has it: a name that a machine seems to have made, as a token, is left out.

    The engine has no detector of secrets. A name left out by mistake, as of a file called by a random number, is only
    missing from the digest.
    """
    return "/".join("[secret]" if _is_made(name) else name for name in path.split("/"))


def _is_made(name: str) -> bool:
    if "=" in name or name.startswith(("xox", "xapp-")):
        return True
    kinds = ["0" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else " " for c in name]
    turns = sum(1 for one, other in zip(kinds, kinds[1:], strict=False) if " " not in (one, other) and one != other)
    if set(name) <= _HEX or "0" not in kinds:
        return False
    longest = max(map(len, "".join(kinds).split()), default=0)
    return len(name) >= _LEAST and (turns > _TURNS * len(name) or (longest >= _LEAST and turns > 2))


def set_aside(job: Job) -> str:
    """Keep the texts that a merge decides against; the name of the file in aside/, else of the ref.

    Raises OSError where they can be kept nowhere: then the merge must not happen.
    """
    from .superseded import publish

    text, name = _account(job), _file_name(job)
    kept = publish(job.home, text)
    try:
        _make_folder(f"{job.home}/aside")
        files.write_new(f"{job.home}/aside/{name}", text)
    except OSError:
        if kept is None:
            raise
        return kept
    return name


def _make_folder(path: str) -> None:
    try:  # noqa: SIM105 - contextlib takes long to load
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass


def _file_name(job: Job) -> str:
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(job.began))
    safe = "".join(c if c in _IN_NAMES else "_" for c in recorded_path(job.path)[-60:]).lstrip(".")
    return f"{stamp}-{os.getpid()}-{safe or 'file'}.txt"


def _account(job: Job) -> bytes:
    """The texts with a head that says where each comes from and how to see the whole versions."""
    assert job.merged is not None
    blob, asides, path = job.blob, job.merged.asides, recorded_path(job.path)
    head = [
        "Text that a merge did not keep, whole and as it was.",
        "time: " + time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(job.began)),
        "path: " + (path if path.isprintable() and path.isascii() else to_json(path)),
        "driver: " + job.driver,
        "ours: git show " + blob(job.ours),
        "theirs: git show " + blob(job.theirs),
        "result: git show " + blob(job.merged.text),
        f"texts: {len(asides)}",
    ]
    parts = ["\n".join(head).encode() + b"\n"]
    for number, aside in enumerate(asides, 1):
        what = f"{aside.reason}, from {_side(job, aside)}, {len(aside.text)} bytes"
        parts.append(f"\n--- {number} of {len(asides)}: {what}; line {aside.line} stands instead\n".encode())
        parts.append(aside.text if aside.text.endswith(b"\n") else aside.text + b"\n")
    return b"".join(parts)


def _side(job: Job, aside: Aside) -> str:
    text = aside.text.strip()
    named = [name for name, side in (("ours", job.ours), ("theirs", job.theirs)) if text in side]
    return named[0] if len(named) == 1 else "both sides" if named else "one side"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def to_json(value: object) -> str:
    """A value as ASCII JSON in one line (`json` itself takes longer to load than a file to merge)."""
    if value is None:
        return "null"
    if isinstance(value, str):
        if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
            return f'"{value}"'
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, dict):
        return "{" + ",".join(f"{to_json(str(key))}:{to_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(to_json, value)) + "]"
    return repr(value).lower()  # int, float, bool


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _ESCAPES:
        return _ESCAPES[char]
    if 31 < code < 127:
        return char
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD7C0 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
