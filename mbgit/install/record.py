"""What was put into a clone, so that exactly that can be taken out again: `.git/mbgit/installed.json`."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE = "installed.json"


class Record:
    """The record of one clone. `values` is what the file holds, `{}` where there is none or it is broken."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.values = self._read()

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads((self.home / FILE).read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def set(self, key: str, value: object) -> None:
        """Keep a value, and write the file at once: what comes next may fail."""
        if self.values.get(key) != value:
            self.values[key] = value
            make_private(self.home)
            replace(self.home / FILE, json.dumps(self.values, indent=1).encode() + b"\n", 0o600)

    def make_folder(self, folder: Path) -> None:
        """Make a folder outside of mbgit's own that git itself could do without, with what it lies in."""
        new = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
        for path in new:
            path.mkdir()
        if new:
            self.set("folders", [*self.values.get("folders", []), *(os.path.relpath(path, self.home) for path in new)])

    def made_folders(self) -> list[Path]:
        """The folders that `make_folder` made and that are empty."""
        made = [self.home / name for name in self.values.get("folders", [])]
        return [folder for folder in made if folder.is_dir() and not any(folder.iterdir())]


class Borrowed:
    """A file of the user's that mbgit adds to and can give back byte for byte.

    `cut` takes mbgit's part out of a text that others have changed since; a file that nobody else touched is
    given back from the copy that was made before.
    """

    def __init__(self, file: Path, record: Record, cut: Callable[[bytes], bytes]) -> None:
        self.file, self.record, self.cut = file, record, cut
        self.name = os.path.relpath(file, record.home)

    def original(self) -> bytes | None:
        """The file as it would be without mbgit; None: there would be none."""
        now, kept = content(self.file), self._kept().get(self.name)
        if now is None:
            return None
        if kept and _digest(now) == kept["after"]:
            return None if kept["before"] is None else base64.b64decode(kept["before"])
        rest = self.cut(now)
        return None if not rest and kept and kept["before"] is None else rest

    @contextmanager
    def edited(self) -> Iterator[None]:
        """While the file is written to: what it was like before is remembered, with what became of it."""
        before = self.original()
        self.record.make_folder(self.file.parent)
        try:
            yield
        finally:
            self._keep(before)

    def give_back(self) -> None:
        """Put the file back to what it would be without mbgit."""
        before = self.original()
        if before is None:
            self.file.unlink(missing_ok=True)
        elif before != content(self.file):
            replace(self.file, before)
        self.forget()

    def forget(self) -> None:
        """Leave the file as it is from now on."""
        self.record.set("files", {name: kept for name, kept in self._kept().items() if name != self.name})

    def _kept(self) -> dict[str, Any]:
        return dict(self.record.values.get("files", {}))

    def _keep(self, before: bytes | None) -> None:
        now = content(self.file)
        entry = {
            "before": None if before is None else base64.b64encode(before).decode(),
            "after": None if now is None else _digest(now),
        }
        self.record.set("files", self._kept() | {self.name: entry})


def content(file: Path) -> bytes | None:
    """The bytes of a file, None where there is none."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def replace(file: Path, data: bytes, mode: int | None = None) -> None:
    """Write a file at once or not at all; its mode stays where none is given, a symlink is followed."""
    file = file.resolve()
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with open(handle, "wb") as out:
            out.write(data)
        if mode is None:
            mode = file.stat().st_mode & 0o7777 if file.exists() else 0o666 & ~_umask()
        os.chmod(name, mode)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise


def make_private(folder: Path) -> None:
    """Make a folder that only its owner can look into."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
