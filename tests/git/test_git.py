from __future__ import annotations

import os
from pathlib import Path

import pytest

from mbgit import git
from tests.support import GIT, Clone


@pytest.fixture
def inside(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """The repository, as the process's own folder and environment."""
    for name in os.environ:
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    for name, value in repo.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(repo.path)
    return repo


def test_what_git_prints_comes_back(inside: Clone) -> None:
    assert git.line("rev-parse", "--show-toplevel") == str(inside.path)
    assert git.run("hash-object", "--stdin", stdin=b"x\n") == b"587be6b4c3f93f93c489c0111bba5596147a26cb\n"
    assert git.version() >= git.OLDEST


def test_a_refusal_is_one_line(inside: Clone) -> None:
    with pytest.raises(git.GitError, match="fatal: ") as refused:
        git.run("cat-file", "blob", "nothing")
    assert "\n" not in str(refused.value)


def test_no_git_is_a_refusal_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(git.GitError, match="not on PATH"):
        git.version()


def test_a_key_without_a_value_is_empty(inside: Clone) -> None:
    inside.git("config", "mbgit.digest", "off")
    assert git.config("mbgit.digest") == "off"
    assert git.config("mbgit.persona") == ""


FORMATS = {"files": [], "sha256": ["--object-format=sha256"], "reftable": ["--ref-format=reftable"]}


@pytest.mark.parametrize("kind", FORMATS)
def test_objects_are_found_in_every_format(
    home: Path,
    tmp_path: Path,
    inside: Clone,
    git_version: tuple[int, ...],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if kind == "reftable" and git_version < (2, 45):
        pytest.skip("this git knows no reftable")
    (tmp_path / kind).mkdir()
    clone = Clone(tmp_path / kind, home)
    clone.run(GIT, "init", "-q", "-b", "main", *FORMATS[kind])
    monkeypatch.chdir(clone.path)
    for path in ("a/ü.md", "b"):
        clone.write(path, "x\n")
    clone.commit()
    with git.Objects() as objects:
        assert objects.id("HEAD:a/ü.md") == clone.git("rev-parse", "HEAD:a/ü.md")
        assert objects.blob("HEAD:b") == b"x\n"
        assert [objects.id(f"HEAD:{path}") for path in ("a/missing", "missing/x")] == ["", ""]
    assert set(git.files("HEAD", ["a"])) == {"a/ü.md"}
    assert [change.path for change in git.staged(git.empty_tree(), [])] == ["a/ü.md", "b"]


def test_objects_are_distinguished(inside: Clone) -> None:
    commit = inside.commit("one", 60, **{"a/b": "x\n"})
    inside.git("tag", "-a", "v1", "-m", "one")
    with git.Objects() as objects:
        assert [objects.kind(name) for name in ("HEAD", "HEAD:a", "HEAD:a/b", "v1", "HEAD:c")] == [
            "commit", "tree", "blob", "tag", ""
        ]  # fmt: skip
        assert objects.commit("v1") == commit
        assert objects.commit("HEAD:a") == ""
        assert objects.blob("HEAD:a") is None


@pytest.mark.parametrize(
    "name", ["", "HEAD:x\ncontents HEAD", "HEAD:\0", "HEAD:a blob 7", "--help", "@{upstream}", "x" * 100_000]
)
def test_a_name_that_is_none_disturbs_no_later_answer(inside: Clone, name: str) -> None:
    inside.commit(a="x\n")
    with git.Objects() as objects:
        assert objects.blob(name) is None
        assert objects.blob("HEAD:a") == b"x\n"


def test_a_blob_that_is_too_large_is_passed_over(inside: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mbgit.git.objects.LARGEST", 3)
    inside.commit(a="long\n", b="x\n")
    with git.Objects() as objects:
        assert objects.blob("HEAD:a") is None
        assert objects.blob("HEAD:b") == b"x\n"


def test_a_history_ends_before_what_is_known(inside: Clone) -> None:
    first = inside.commit(a="1\n")
    second = inside.commit("two\n\nAnd: a trailer", a="2\n")
    third = inside.commit(a="3\n")
    found = git.history([third], [first], 10)
    assert [commit.id for commit in found.commits] == [third, second]
    assert found.boundary == [first]
    assert found.commits[1].message == "two\n\nAnd: a trailer\n"
    assert (found.commits[1].author, found.commits[1].parents) == ("Ada", (first,))
    assert found.commits[0].committed == Clone.clock
    assert len(git.history([third], [], 2).commits) == 2
    inside.git("update-ref", "refs/remotes/origin/main", second)
    assert [commit.id for commit in git.history([third], [], 10).commits] == [third]
    assert len(git.history([third], [], 10, remotes=False).commits) == 3


def test_a_merge_is_held_against_each_parent(inside: Clone) -> None:
    base = inside.commit(a="1\n")
    inside.git("checkout", "-q", "-b", "side")
    inside.commit(b="1\n")
    inside.git("checkout", "-q", "main")
    inside.commit(c="1\n")
    inside.git("merge", "-q", "side")
    merge, ours, theirs = inside.git("rev-parse", "HEAD", "HEAD^1", "HEAD^2").split()
    diffs = git.differences([(merge, ours), (merge, theirs), (merge, merge), (base, "")], [])
    assert [[change.path for change in diff] for diff in diffs] == [["b"], ["c"], [], ["a"]]
    assert (diffs[3][0].old, diffs[3][0].new) == ("", inside.git("rev-parse", "HEAD:a"))
    assert git.differences([(merge, ours)], ["c"]) == [[]]


def test_a_merge_is_one_change_for_each_parent_also_where_nothing_changed(inside: Clone) -> None:
    def blob(revision: str) -> str:
        return inside.git("rev-parse", f"{revision}:a.md")

    inside.commit("base", 0, **{"a.md": "one\ntwo\nthree\n"})
    inside.git("branch", "other")
    inside.commit("mine", 10, **{"b.md": "b\n"})
    inside.git("checkout", "-q", "other")
    inside.commit("theirs", 20, **{"a.md": "ONE\ntwo\nthree\n"})
    inside.git("merge", "-q", "--no-edit", "main")
    first, second, none = blob("main"), blob("other"), "0" * 40
    assert git.changes_of(inside.git("rev-parse", "HEAD"), "a.md", 9) == [
        (first, second), (second, second), (first, second), (none, first),
    ]  # fmt: skip


def test_a_rename_is_followed_where_that_is_asked(inside: Clone) -> None:
    first = inside.commit(a="one\ntwo\nthree\n")
    inside.git("mv", "a", "b c\nd")
    second = inside.commit()
    ((change,),) = git.differences([(second, first)], [], renames=True)
    assert (change.path, change.old_path) == ("b c\nd", "a")
    assert {change.path for change in git.differences([(second, first)], [])[0]} == {"a", "b c\nd"}


def test_what_is_staged_is_found_and_nothing_else(inside: Clone) -> None:
    inside.commit(a="1\n", b="1\n")
    inside.write("a", "2\n")
    inside.git("add", "a")
    inside.write("b", "2\n")
    assert [change.path for change in git.staged("HEAD", [])] == ["a"]
    assert git.index_files() == {"a", "b"}


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_the_tree_without_files_is_known_without_asking(tmp_path: Path, form: str) -> None:
    clone = Clone(tmp_path, tmp_path)
    clone.git("init", "-q", f"--object-format={form}")
    asked = clone.git("hash-object", "-t", "tree", "--stdin")
    assert git.empty_tree("0" * len(asked)) == asked


@pytest.mark.parametrize("kind", FORMATS)
def test_a_commit_is_made_from_objects_alone(
    home: Path, tmp_path: Path, inside: Clone, git_version: tuple[int, ...], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "reftable" and git_version < (2, 45):
        pytest.skip("this git knows no reftable")
    (tmp_path / kind).mkdir()
    clone = Clone(tmp_path / kind, home, "Bob ü")
    clone.run(GIT, "init", "-q", "-b", "main", *FORMATS[kind])
    monkeypatch.chdir(clone.path)
    head = clone.commit("one", 60, **{"a/b": "1\n", "a/c": "1\n", "d": "1\n"})
    clone.write("d", "not staged\n")
    made = git.commit(head, {"a/b": b"2\n", "a/c": None, "e/f ü": b"new\n"}, "Say why\n\nü\n")
    shown = clone.git("show", "-s", "--format=%P %an <%ae> %ad %B", "--date=raw", made)
    assert shown == f"{head} Ada <ada@example.org> 1760000000 +0000 Say why\n\nü"
    changed = clone.git("diff-tree", "-r", "--name-status", "-z", head, made).rstrip("\0")
    assert changed.split("\0") == ["M", "a/b", "D", "a/c", "A", "e/f ü"]
    assert clone.git("rev-parse", "HEAD") == head
    assert clone.git("status", "--porcelain") == "M d"
    clone.git("update-ref", "refs/mbgit/x", made)
    assert clone.git("fsck", "--strict") == ""


def test_a_ref_is_moved_only_from_where_it_was(inside: Clone) -> None:
    first, second = inside.commit(a="1\n"), inside.commit(a="2\n")
    git.point("refs/mbgit/x", first, "")
    with pytest.raises(git.GitError):
        git.point("refs/mbgit/x", second, "")
    git.point("refs/mbgit/x", second, first)
    assert inside.git("rev-parse", "mbgit/x") == second
    git.forget("refs/mbgit/x")
    git.forget("refs/mbgit/x")
    assert inside.git("for-each-ref") == inside.git("for-each-ref", "refs/heads")


def test_what_is_read_ahead_is_not_asked_for_again(inside: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [b"%d\n" % number * number for number in range(1_200)]
    for number, text in enumerate(texts):
        inside.write(f"{number}", text)
    names = "".join(f"{number}\n" for number in range(len(texts)))
    ids = inside.run(GIT, "hash-object", "-w", "--stdin-paths", stdin=names).stdout.split()
    tree = inside.git("mktree")
    with git.Objects() as objects:
        objects.read_ahead([*ids, "", "0" * 40, tree, *ids])
        monkeypatch.setattr(objects, "_ask", None)
        assert [objects.blob(name) for name in ids] == texts
        assert objects.blob("0" * 40) is objects.blob(tree) is None


def test_a_broken_object_leaves_the_others_readable(inside: Clone) -> None:
    ids = [git.write_blob(b"%d" % number) for number in range(3)]
    broken = inside.common / "objects" / ids[1][:2] / ids[1][2:]
    broken.chmod(0o600)
    broken.write_bytes(b"no zlib stream")
    with git.Objects() as objects:
        objects.read_ahead(ids)
        assert [objects.blob(name) for name in ids] == [b"0", None, b"2"]
