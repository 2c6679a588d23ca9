"""Reads objects by name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from typing import IO

from .process import QUIET

LARGEST = 32 << 20  # bytes of a blob that are taken into memory
_AT_ONCE = 500  # ids: so many fit into a pipe that git has not read from yet


class Objects:
    """Reads objects by name, through one process of git. Use it as a context manager, or close it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._kept: dict[str, bytes | None] = {}

    def __enter__(self) -> Objects:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                with suppress(BrokenPipeError):  # git has ended before
                    pipe.close()
            self._process.wait()
            self._process = None

    def blob(self, name: str) -> bytes | None:
        """A file's bytes, by its id or as `REV:PATH`; None where no file (or one too large) is there."""
        if name not in self._kept:
            kind, data = self._ask("contents", name)
            self._kept[name] = data if kind == "blob" else None
        return self._kept[name]

    def read_ahead(self, ids: Iterable[str]) -> None:
        """Read many blobs in a few requests: one request for each takes longer than all else."""
        missing = [name for name in dict.fromkeys(ids) if name and name not in self._kept]
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            self._say("".join(f"contents {name}\n" for name in some))
            for name in some:
                kind, data = self._answer("contents")
                if self._process is None:  # git has ended over a broken object: `blob` asks for the others one by one
                    return
                self._kept[name] = data if kind == "blob" else None

    def kind(self, name: str) -> str:
        """blob, tree, commit or tag; empty where nothing has that name."""
        return self._ask("info", name)[0]

    def id(self, name: str) -> str:
        """The id of an object; empty where nothing has that name."""
        return self._ask("info", name)[1].decode()

    def commit(self, name: str) -> str:
        """The id of the commit that a name means, through tags; empty where it means none."""
        return self._ask("info", f"{name}^{{commit}}")[1].decode()

    def _ask(self, how: str, name: str) -> tuple[str, bytes]:
        """(kind, contents) or (kind, id) of an object."""
        if "\n" in name or "\0" in name or not name:
            return "", b""
        self._say(f"{how} {name}\n")
        return self._answer(how)

    def _say(self, text: str) -> None:
        to_git = self._pipes()[0]
        with suppress(BrokenPipeError):
            to_git.write(os.fsencode(text))
            to_git.flush()

    def _answer(self, how: str) -> tuple[str, bytes]:
        from_git = self._pipes()[1]
        said = from_git.readline()
        if not said:  # a name such as `@{upstream}` where there is none ends git; the next question starts another
            self.close()
        words = said.rstrip(b"\n").rsplit(b" ", 2)
        if len(words) < 3 or not words[2].isdigit():
            return "", b""
        if how == "info":
            return words[1].decode(), words[0]
        return self._contents(from_git, words[1].decode(), int(words[2]))

    def _contents(self, from_git: IO[bytes], kind: str, size: int) -> tuple[str, bytes]:
        if size <= LARGEST:
            return kind, from_git.read(size + 1)[:-1]
        left = size + 1
        while left > 0:
            left -= len(from_git.read(min(left, 1 << 20))) or left
        return "", b""

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            command = ["git", "cat-file", "--batch-command"]
            env = {**os.environ, **QUIET}
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout
