"""The files of a commit with edits applied: what a plan for the next commit reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Edits = dict[str, bytes | None]
"""New bytes by path from the root; None: the file goes."""


class Edited(Mapping[str, bytes]):
    """Files with some edits over them, which may grow; none is read before somebody asks.

    A file that cannot be read is there, but has no item (KeyError).
    """

    def __init__(self, files: Mapping[str, bytes], edits: Mapping[str, bytes | None]) -> None:
        self.files, self.edits = files, edits

    def __getitem__(self, path: str) -> bytes:
        if path not in self.edits:
            return self.files[path]
        data = self.edits[path]
        if data is None:
            raise KeyError(path)
        return data

    def __contains__(self, path: object) -> bool:
        return self.edits[path] is not None if path in self.edits else path in self.files  # type: ignore[index]

    def __iter__(self) -> Iterator[str]:
        yield from (path for path in self.files if path not in self.edits)
        yield from (path for path, data in self.edits.items() if data is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def inside(bank: str, name: str) -> str:
    """A file's path from the root, in the bank at that folder."""
    return name if bank == "." else f"{bank}/{name}"
