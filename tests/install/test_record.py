from __future__ import annotations

from pathlib import Path

import pytest

from mbgit.install.record import Borrowed, Record, replace


def cut(text: bytes) -> bytes:
    return text.replace(b"ours\n", b"")


def borrowed(folder: Path) -> Borrowed:
    return Borrowed(folder / "file", Record(folder / "home"), cut)


def add(folder: Path, text: bytes = b"ours\n") -> None:
    own = borrowed(folder)
    with own.edited():
        own.file.write_bytes((own.original() or b"") + text)


@pytest.mark.parametrize("before", [None, b"", b"theirs\n", b"no line end"])
def test_an_untouched_file_is_given_back_byte_for_byte(tmp_path: Path, before: bytes | None) -> None:
    file = tmp_path / "file"
    if before is not None:
        file.write_bytes(before)
    add(tmp_path)
    add(tmp_path)
    borrowed(tmp_path).give_back()
    assert (file.read_bytes() if file.exists() else None) == before


def test_a_file_that_others_changed_loses_exactly_our_part(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"theirs\n")
    add(tmp_path)
    file.write_bytes(file.read_bytes() + b"later\n")
    add(tmp_path)
    assert file.read_bytes() == b"theirs\nlater\nours\n"
    borrowed(tmp_path).give_back()
    assert file.read_bytes() == b"theirs\nlater\n"


def test_a_file_that_somebody_removed_stays_away(tmp_path: Path) -> None:
    add(tmp_path)
    (tmp_path / "file").unlink()
    borrowed(tmp_path).give_back()
    assert not (tmp_path / "file").exists()


def test_a_broken_record_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "installed.json").write_text("{")
    assert Record(tmp_path).values == {}


def test_the_record_is_private(tmp_path: Path) -> None:
    Record(tmp_path / "home").set("banks", ["x"])
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "home" / "installed.json").stat().st_mode & 0o777 == 0o600


def test_a_replaced_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    replace(tmp_path / "link", b"y")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"y"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640
    assert {path.name for path in tmp_path.iterdir()} == {"real", "link"}
