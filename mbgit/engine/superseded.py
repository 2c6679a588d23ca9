"""`git show mbgit/superseded`: the last texts that merges did not keep, as blobs for any worktree to show."""

from __future__ import annotations

import time

from . import ask
from .files import os

REF = "refs/mbgit/superseded"
KEPT = 12  # the newest is REF, the others are numbered (REF-1, ...): a ref cannot be a file and a folder
SECONDS = 1.0


def publish(home: str, text: bytes) -> str | None:
    """Make `text` the newest of the texts in refs; the ref's name, or None where git cannot just now.

    `home`: the folder of the ledger, in the git folder whose refs these are.
    """
    if b"GIT_OBJECT_DIRECTORY" in os.environ:  # a trial: its objects go, and a ref to them would be broken
        return None
    until, here = time.monotonic() + SECONDS, f"--git-dir={home}/.."
    try:
        older = _older(here, until)
        listed = [_mention(number, old) for number, (_, old) in enumerate(older, 1)]
        said = ask.git([here, "hash-object", "-w", "--stdin"], until, text + b"".join(listed))
        blob = said.decode().strip()
        moves = [f"update {REF} {blob}"] + [f"update {_name(n)} {old}" for n, (old, _) in enumerate(older, 1)]
        ask.git([here, "update-ref", "--stdin"], until, "\n".join([*moves, ""]).encode())
    except ask.NoAnswer:
        return None
    return REF


def _name(number: int) -> str:
    return f"{REF}-{number}" if number else REF


def _older(here: str, until: float) -> list[tuple[str, bytes]]:
    """What becomes the numbered ones: (blob, text), newest first."""
    names = "".join(_name(number) + "\n" for number in range(KEPT - 1)).encode()
    said, found = ask.git([here, "cat-file", "--batch"], until, names), []
    while said:
        head, _, rest = said.partition(b"\n")
        if head.endswith(b" missing"):
            said = rest
            continue
        blob, _, size = head.decode().split()
        found.append((blob, rest[: int(size)]))
        said = rest[int(size) + 1 :]
    return found


def _mention(number: int, text: bytes) -> bytes:
    """The line that names an older text: its ref, then the head of the text, which says when and where."""
    lines = text[:2000].split(b"\n")
    when = [line[6:] for line in lines if line.startswith(b"time: ")][:1]
    path = [line[6:] for line in lines if line.startswith(b"path: ")][:1]
    title = b"" if number > 1 else b"\n--- older ones\n"
    return title + b" ".join([b"git show mbgit/superseded-%d:" % number, *when, *path]) + b"\n"
