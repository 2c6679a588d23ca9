"""Reading and writing files with what is built into the interpreter: `os` costs a fifth of a start-up."""

from __future__ import annotations

try:
    import posix as os
except ImportError:  # not POSIX
    import os  # type: ignore[no-redef]

__all__ = ["append", "os", "read", "read_start", "replace", "write_new"]

_WRITE = os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


def read(path: str) -> bytes:
    """The bytes of a file. Raises OSError."""
    with open(path, "rb") as file:
        return file.read()


def read_start(fd: int) -> bytes:
    """All bytes of an open file, wherever its offset stands, which stays there. Raises OSError."""
    found, size = b"", os.fstat(fd).st_size
    while len(found) < size and (more := os.pread(fd, size - len(found), len(found))):
        found += more
    return found


def write_new(path: str, data: bytes, mode: int = 0o600) -> None:
    """Make a file that must not be there yet, whole or not at all. Raises OSError."""
    fd = os.open(path, _WRITE | os.O_EXCL, mode)
    try:
        try:
            os.fchmod(fd, mode)  # past the umask
            _write(fd, data)
        finally:
            os.close(fd)
    except OSError:
        os.unlink(path)
        raise


def replace(path: str, data: bytes, mode: int) -> None:
    """Put `data` in the place of a file that must still be there, at once or not at all. Raises OSError."""
    finished = f"{path}.mb{os.getppid()}.n"  # as the driver line calls it, which clears it away
    write_new(finished, data, mode)
    try:
        os.stat(path)  # gone: git did not wait for the answer, and a new file would be litter
        os.replace(finished, path)
    except OSError:
        os.unlink(finished)
        raise


def append(path: str, line: bytes, limit: int) -> None:
    """Add a line in one write, so that two writers never mix; a file beyond `limit` moves to `path`.1 first.

    Raises OSError.
    """
    flags = _WRITE | os.O_APPEND
    fd = os.open(path, flags, 0o600)
    try:
        if os.fstat(fd).st_size > limit:
            os.replace(path, path + ".1")
            os.close(fd)
            fd = os.open(path, flags, 0o600)
        os.write(fd, line)
    finally:
        os.close(fd)


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
