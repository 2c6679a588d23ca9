"""The table of other drivers beside mbgit is only worth something if each of them is driven and judged as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import compare
from tests.bench.compare import Judged, Outcome, Rival, cases, driven, filled, judged, rivals, rows
from tests.bench.real import Case
from tests.support import GIT, Clone

BASE = b"# Log\n\n- one\n- two\n"
OURS = BASE + b"- three of ours\n"
THEIRS = BASE + b"- four of theirs\n"
CASE = Case("1", "notes.md", "merge", BASE, OURS, THEIRS, None)


@pytest.fixture
def ways(tmp_path: Path) -> dict[str, Rival]:
    return {rival.name: rival for rival in rivals(tmp_path)}


def made(ways: dict[str, Rival], name: str, repo: Clone, case: Case = CASE) -> tuple[Outcome, Judged]:
    turned = case._replace(ours=case.theirs, theirs=case.ours)
    one, other = (driven(ways[name], repo.path, each) for each in (case, turned))
    return one, judged(case, one, other)


def commit(repo: Clone, path: str, text: str) -> None:
    repo.write(path, text)
    repo.commit()


def sh(script: str) -> Rival:
    return Rival("any", lambda _: script)


def test_a_line_is_filled_in_as_git_does() -> None:
    assert filled("d %O %A %B %L %P 100%%A", "a'b !c.md") == r"d .base .ours .theirs 7 'a'\''b '\!'c.md' 100%A"


def test_git_hands_a_driver_the_same_words(repo: Clone) -> None:
    """The line of a rival gets from git what `filled` gives it, but for the names of the files."""
    repo.write(".gitattributes", "*.md merge=tell\n")
    repo.git("config", "merge.tell.driver", "printf '%%s\\n' %L %P >told; cat %B >%A")
    path = "a'b !c.md"
    commit(repo, path, "base\n")
    repo.git("branch", "other")
    commit(repo, path, "ours\n")
    repo.git("checkout", "-q", "other")
    commit(repo, path, "theirs\n")
    repo.git("merge", "-q", "main")
    assert repo.read("told").split("\n")[:2] == ["7", path]
    repo.run("sh", "-c", filled("printf '%%s\\n' %L %P >filled", path))
    assert repo.read("filled") == repo.read("told")


def test_markers_are_a_conflict_and_nothing_else(ways: dict[str, Rival], repo: Clone) -> None:
    one, found = made(ways, "git's default", repo)
    assert b"<<<<<<<" in one.text
    assert found.faults == {"conflict"}


def test_union_depends_on_who_merges(ways: dict[str, Rival], repo: Clone) -> None:
    one, found = made(ways, "merge=union", repo)
    assert one.text == OURS + b"- four of theirs\n"
    assert found.faults == {"differs"}


def test_union_doubles_and_brings_back(ways: dict[str, Rival], repo: Clone) -> None:
    """Ours moved an item, theirs reworded the one below."""
    moved = CASE._replace(ours=b"# Log\n\n- two\n- one\n", theirs=b"# Log\n\n- one\n- 2\n")
    assert made(ways, "merge=union", repo, moved)[1].faults == {"doubled", "line twice", "back", "differs"}
    assert made(ways, "mbgit", repo, moved)[1].faults == frozenset()


def test_the_python_driver_merges_as_git_does(ways: dict[str, Rival], repo: Clone) -> None:
    usual, python = (made(ways, name, repo)[0] for name in ("git's default", "Python driver"))
    assert (python.status, python.text) == (usual.status, usual.text)
    apart = CASE._replace(ours=b"# A log\n\n- one\n- two\n")
    assert made(ways, "Python driver", repo, apart)[0].text == b"# A log\n\n- one\n- two\n- four of theirs\n"


def test_mbgit_answers_itself(ways: dict[str, Rival], repo: Clone) -> None:
    """Where git's own merge, which its line falls back to, would have left a conflict."""
    one, found = made(ways, "mbgit", repo)
    assert {b"- three of ours", b"- four of theirs"} < set(one.text.split(b"\n"))
    assert found.faults == frozenset()


def test_text_that_was_set_aside_is_distinguished(ways: dict[str, Rival], repo: Clone) -> None:
    focus = "# Active\n\n**Focus**: {}\n"
    base, ours, theirs = (focus.format(x).encode() for x in ("sleep", "the release of May", "a leak in the cache"))
    case = Case("1", "activeContext.md", "", base, ours, theirs, None)
    one, found = made(ways, "mbgit", repo, case)
    assert one.asides
    assert found.faults == {"lost in the file"}
    assert not made(ways, "mbgit", repo)[0].asides, "what an earlier merge set aside is not this one's"


def test_one_side_is_a_loss(repo: Clone) -> None:
    for script in ("true", "cat %B >%A"):
        one = driven(sh(script), repo.path, CASE)
        assert judged(CASE, one, one).faults == {"lost", "lost in the file"}


@pytest.mark.parametrize("script", ["exit 1", "exit 3", "kill -9 $$", "no-such-driver"])
def test_a_driver_that_breaks_needs_a_person(repo: Clone, script: str) -> None:
    one = driven(sh(script), repo.path, CASE)
    assert judged(CASE, one, one).faults == {"conflict"}


def test_a_driver_that_hangs_needs_a_person(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "SECONDS", 0.1)
    assert not driven(sh("exec sleep 20"), repo.path, CASE).alone


def test_a_conflict_one_way_round_differs(repo: Clone) -> None:
    good = Outcome(0, OURS + b"- four of theirs\n", (), 0)
    assert judged(CASE, good, good).faults == frozenset()
    assert judged(CASE, good, good._replace(status=1)).faults == {"differs"}


def test_what_people_did_is_compared_by_lines() -> None:
    good = Outcome(0, OURS + b"- four of theirs\n", (), 0)
    same = CASE._replace(actual=THEIRS + b"- three of ours \n")
    assert judged(same, good, good).as_people is True
    assert judged(same, good._replace(status=1), good).as_people is False, "a person had to"
    assert judged(CASE._replace(actual=OURS), good, good).as_people is False
    assert judged(CASE, good, good).as_people is None


def test_rows_count_files() -> None:
    def one(*faults: str, people: bool | None = None, seconds: float = 0.01) -> Judged:
        return Judged(frozenset(faults), people, seconds, "")

    one_group = {
        "usual": [one("conflict", people=False), one(people=True), one(people=True)],
        "other": [one("lost in the file", people=True), one("lost", "lost in the file"), one("differs", seconds=0.03)],
    }
    other_group = {"usual": [one()], "other": [one("back")]}
    spent = {"usual": 0.02, "other": 0.05, "hooked": 0.5}
    assert list(rows(["usual", "gone", "other", "hooked"], [one_group, other_group], spent)) == [
        ("usual", "1 / 0", "0 / 0", "0 / 0", "0 / 0", "0 / 0", "0 / 0", "2", "10 (1.0)", "20 (1.0)"),
        ("gone", "not installed", "", "", "", "", "", "", "", ""),
        ("other", "0 / 0", "1 (2) / 0", "0 / 0", "0 / 0", "0 / 1", "1 / 0", "1", "10 (1.0)", "50 (2.5)"),
        ("hooked", "", "", "", "", "", "", "", "", "500 (25.0)"),
    ]


@pytest.mark.parametrize(("name", "left"), [("git's default", True), ("merge=union", False), ("mbgit", False)])
def test_a_pull_is_made_with_the_rival(ways: dict[str, Rival], tmp_path: Path, name: str, left: bool) -> None:
    clone = compare._clone(tmp_path, ways[name])
    clone.run(GIT, "merge", "-q", "--no-edit", "other", check=False)
    assert bool(clone.git("ls-files", "--unmerged")) is left
    assert (clone.path / ".git/mbgit/merges.jsonl").exists() is (name == "mbgit")


def corpus(folder: Path) -> Path:
    for number, mode in enumerate(("merge", "squash-pr")):
        one = folder / "corpus" / str(number)
        one.mkdir(parents=True)
        for name, text in (("base", BASE), ("ours", OURS), ("theirs", THEIRS), ("actual", OURS)):
            (one / f"{name}.md").write_bytes(text)
        (one / "meta.json").write_text(json.dumps({"path": "notes.md", "mode": mode}))
    return folder / "corpus"


def test_the_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, figures = corpus(tmp_path), tmp_path / "figures.json"
    monkeypatch.setattr(compare, "CHANGELOG", "git-merge-nothing")
    storm = str(folder / "1")
    assert compare.main([str(folder), "--storm", storm, "--runs", "0", "--json", str(figures)]) == 0
    _, _, groups, _, *lines = capsys.readouterr().out.rstrip("\n").split("\n")
    assert groups == "2 merges of the corpus / 1 of these true merges / 1 merges of storms"
    cells = {row[0]: row for row in ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)}
    assert {len(row) for row in cells.values()} == {len(compare.HEAD)}
    assert cells["git's default"][1] == "2 / 1 / 1"
    assert cells["git-merge-nothing"][1] == "not installed"
    assert set(cells["mbgit"][1:7]) == {"0 / 0 / 0"}
    assert cells["mbgit"][7] == "0 / 0", "a storm has nobody to compare with"
    assert [sorted(one) for one in json.loads(figures.read_text())["files"][0]["mbgit"]] == [
        ["as_people", "faults", "mode", "seconds"]
    ] * 2


def test_cases_are_chosen_by_name(tmp_path: Path) -> None:
    assert [case.id for case in cases([corpus(tmp_path)], "1")] == ["1"]
