"""Asking git, within a time: `subprocess` alone takes longer to load than a whole merge."""

from __future__ import annotations

import time
from select import select

from .files import os

_QUIET = {
    b"GIT_CONFIG_GLOBAL": b"/dev/null",  # a blame.ignoreRevsFile that is not there is fatal, whatever -c says
    b"GIT_CONFIG_SYSTEM": b"/dev/null",
    b"GIT_NO_LAZY_FETCH": b"1",
    b"GIT_OPTIONAL_LOCKS": b"0",
    b"GIT_NO_REPLACE_OBJECTS": b"1",
    b"GIT_TERMINAL_PROMPT": b"0",
    b"LC_ALL": b"C",
}
_GIT = ("git", "--literal-pathspecs", "-c", "core.hooksPath=/dev/null")


class NoAnswer(Exception):
    """git is missing, failed, or took too long."""


def git(argv: list[str], until: float, stdin: bytes = b"", said: list[bytes] | None = None) -> bytes:
    """What git prints for `argv` and `stdin`, in the repository that the process is in.

    `until`: when to stop waiting for it (`time.monotonic`); `said` then holds what had come. Raises NoAnswer.
    """
    said = [] if said is None else said
    try:
        pid, to_git, from_git = _start([*_GIT, *argv])
    except OSError as error:
        raise NoAnswer(str(error)) from error
    try:
        _talk(to_git, from_git, stdin, until, said)
    except (OSError, NoAnswer) as error:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        why = "failed" if isinstance(error, OSError) else "took too long"
        raise NoAnswer(f"{_name(argv)} {why}") from error
    finally:
        os.close(from_git)
    if os.waitpid(pid, 0)[1]:
        raise NoAnswer(f"{_name(argv)} failed")
    return b"".join(said)


def _name(argv: list[str]) -> str:
    return "git " + next(word for word in argv if not word.startswith("-"))


def _environment() -> dict[bytes, bytes]:
    """git's environment. It names the repository outright, as git does not see the user's safe.directory here."""
    found = dict(os.environ) | _QUIET
    try:
        os.stat(".git")
    except OSError:
        return found
    return {b"GIT_DIR": b".git"} | found


def _start(argv: list[str]) -> tuple[int, int, int]:
    """Start a program; its process, the end to write to and the end to read from."""
    child_in, to_git = os.pipe()
    from_git, child_out = os.pipe()
    nowhere = os.open("/dev/null", os.O_WRONLY)
    wiring = [
        (os.POSIX_SPAWN_DUP2, child_in, 0),
        (os.POSIX_SPAWN_DUP2, child_out, 1),
        (os.POSIX_SPAWN_DUP2, nowhere, 2),
    ]
    try:
        pid = os.posix_spawnp(argv[0], argv, _environment(), file_actions=wiring)
    except OSError:
        os.close(to_git)
        os.close(from_git)
        raise
    finally:
        for fd in (child_in, child_out, nowhere):
            os.close(fd)
    return pid, to_git, from_git


def _talk(to_git: int, from_git: int, stdin: bytes, until: float, said: list[bytes]) -> None:
    rest, open_end = memoryview(stdin), True
    try:
        while True:
            if open_end and not rest:
                os.close(to_git)
                open_end = False
            left = until - time.monotonic()
            can_read, can_write, _ = select([from_git], [to_git] if open_end else [], [], max(left, 0))
            if not can_read and not can_write:
                raise NoAnswer
            if can_write:
                rest = rest[os.write(to_git, rest[:4096]) :]
            if can_read:
                if not (piece := os.read(from_git, 1 << 20)):
                    return
                said.append(piece)
    finally:
        if open_end:
            os.close(to_git)
