"""The workflow that `install.py --scaffold ci` places: its steps, run as GitHub runs them."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from mbgit.install.scaffold import WORKFLOW
from tests.clones.test_ci import BAD, BANK, BUFFER, SEED, ZEROS, Done, Team, save
from tests.support import Clone
from tests.support import armed as install


def test_the_workflow_is_placed_once_and_stays(repo: Clone) -> None:
    install(repo, "--scaffold", "ci", "--dry-run")
    assert not (repo.path / WORKFLOW).exists()
    assert f"create {WORKFLOW}\n" in install(repo, "--scaffold", "ci").stdout
    assert set(repo.git("ls-files", "-o").splitlines()) == {WORKFLOW}
    mine = repo.write(WORKFLOW, "mine\n")
    assert "create" not in install(repo, "--scaffold", "ci").stdout
    install(repo, "--uninstall")
    assert mine.read_text() == "mine\n"


def test_the_workflow_is_not_placed_through_a_link(repo: Clone, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo.path / ".github").symlink_to(tmp_path / "elsewhere")
    done = install(repo, "--scaffold", "ci", check=False)
    assert (done.returncode, "outside of the repository" in done.stderr) == (1, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


class Runner:
    """What GitHub does with the workflow that install.py has placed: a checkout, and its steps with their variables."""

    def __init__(self, clone: Clone) -> None:
        """`clone` has the remote, and whatever is to be checked is pushed from it."""
        install(clone, "--scaffold", "ci")
        self.file: dict[str, Any] = yaml.safe_load(clone.read(WORKFLOW))
        (clone.path / WORKFLOW).unlink()
        install(clone, "--uninstall")
        self.clone, self.count = clone, 0

    @property
    def steps(self) -> list[dict[str, Any]]:
        (job,) = self.file["jobs"].values()
        return list(job["steps"])

    def checkout(self, commit: str) -> Clone:
        """As actions/checkout does it with `fetch-depth: 0`."""
        assert [step["with"] for step in self.steps if "checkout" in step.get("uses", "")] == [{"fetch-depth": 0}]
        self.count += 1
        path = self.clone.path.parent / f"runner{self.count}"
        path.mkdir()
        runner = Clone(path, self.clone.home)
        runner.git("init", "-q")
        runner.git("remote", "add", "origin", self.clone.git("remote", "get-url", "origin"))
        runner.git("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*")
        runner.git("checkout", "-q", "--detach", commit)
        return runner

    def run(self, step: str, github: dict[str, Any], where: Clone) -> Done:
        """Run one step by its name."""
        (found,) = (one for one in self.steps if one.get("name") == step)
        env = self.file.get("env", {}) | found.get("env", {})
        values = {name: EXPRESSION.sub(lambda found: value_of(found[1], github), text) for name, text in env.items()}
        path = f"{Path(sys.executable).parent}{os.pathsep}{where.env()['PATH']}"
        return where.run("sh", "-e", "-c", found["run"], check=False, **{"PATH": path} | values)

    def push(self, before: str, branch: str = "main", **env: str) -> Done:
        """What happens after a push that has arrived."""
        sha = self.clone.git("rev-parse", "HEAD")
        event = {"before": before, "repository": {"default_branch": "main"}}
        github = {"event": event, "sha": sha, "ref_name": branch, "base_ref": ""}
        return self.run("Check what is added", github, self.checkout(sha))

    def pull_request(self, target: str = "main") -> Done:
        """What happens for a pull request of HEAD."""
        head = self.clone.git("rev-parse", "HEAD")
        event = {"pull_request": {"head": {"sha": head}}, "repository": {"default_branch": "main"}}
        github = {"event": event, "sha": "1" * 40, "ref_name": "7/merge", "base_ref": target}
        return self.run("Check what is added", github, self.checkout(head))


EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


def value_of(expression: str, github: dict[str, Any]) -> str:
    """An expression of GitHub's, as far as the workflow uses them: names, and `||` between them."""
    for name in expression.split(" || "):
        found: Any = {"github": github}
        for word in name.split("."):
            found = found.get(word, "") if isinstance(found, dict) else ""
        if found:
            return str(found)
    return ""


@pytest.fixture
def ada(team: Team) -> Clone:
    """A clone whose upstream has an old fault in its bank."""
    (clone,) = team("Ada", seed={BUFFER: SEED + BAD})
    return clone


GOOD, WORSE = SEED + BAD + "- two\n", SEED + BAD + "- two\n" + BAD


def pushed(clone: Clone, text: str, branch: str = "main", *options: str) -> str:
    """Commit and push the buffer; the commit that the branch was at before."""
    before = clone.git("rev-parse", "HEAD")
    save(clone, "work", text)
    clone.git("push", "-q", *options, "origin", f"HEAD:refs/heads/{branch}")
    return before


def test_what_others_wrote_is_no_part_of_a_script(ada: Clone) -> None:
    runner = Runner(ada)
    assert not [step for step in runner.steps if "${{" in step.get("run", "")]
    assert "secrets" not in str(runner.file)
    assert runner.file["permissions"] == {"contents": "read"}
    name = 'x";touch${IFS}pwned;"$(touch${IFS}pwned)'
    ada.git("switch", "-qc", name)
    done = runner.push(pushed(ada, WORSE, name), name)
    assert done.returncode == 1
    ada.git("push", "-q", "origin", f"main:refs/heads/target-{name}")
    assert runner.pull_request(f"target-{name}").returncode == 1
    assert not list(ada.path.parent.glob("runner*/pwned"))


def test_a_push_is_held_against_what_was_there(ada: Clone) -> None:
    runner = Runner(ada)
    assert runner.push(pushed(ada, GOOD)).returncode == 0
    done = runner.push(pushed(ada, WORSE))
    assert (done.returncode, done.stdout.count("conflict markers")) == (1, 1)


def test_a_pull_request_is_held_against_its_target(ada: Clone) -> None:
    runner = Runner(ada)
    ada.git("switch", "-qc", "topic")
    pushed(ada, GOOD, "topic")
    assert runner.pull_request().returncode == 0
    pushed(ada, WORSE, "topic")
    assert runner.pull_request().returncode == 1


def test_a_pull_request_is_not_blamed_for_what_it_took_in_from_its_target(ada: Clone) -> None:
    runner = Runner(ada)
    ada.git("switch", "-qc", "topic")
    pushed(ada, GOOD, "topic")
    ada.git("switch", "-q", "main")
    save(ada, "more", BAD, f"{BANK}/lessons-buffer.md")
    ada.git("push", "-q", "origin", "main")
    ada.git("switch", "-q", "topic")
    ada.git("merge", "-q", "main")
    ada.git("push", "-q", "origin", "topic")
    assert runner.pull_request().returncode == 0


def test_a_new_branch_is_held_against_the_others(ada: Clone) -> None:
    runner = Runner(ada)
    ada.git("switch", "-qc", "same")
    ada.git("push", "-q", "origin", "same")
    assert runner.push(ZEROS, "same").returncode == 0, "it adds nothing to main, whose fault is an old one"
    pushed(ada, WORSE, "same")
    assert runner.push(ZEROS, "same").returncode == 1


def test_a_first_push_is_checked_whole(ada: Clone) -> None:
    assert Runner(ada).push(ZEROS).returncode == 1


def test_a_forced_push_is_held_against_what_it_replaced(ada: Clone) -> None:
    runner = Runner(ada)
    pushed(ada, GOOD)
    replaced = ada.git("rev-parse", "HEAD")
    ada.git("reset", "-q", "--hard", "HEAD~1")
    pushed(ada, GOOD + "- three\n", "main", "--force")
    assert runner.push(replaced).returncode == 0
    assert runner.push("9" * 40).returncode == 1, "what it replaced is gone for good: all is new"


def test_the_workflow_asks_where_mbgit_comes_from(ada: Clone) -> None:
    runner = Runner(ada)
    done = runner.run("Get mbgit", {}, ada)
    assert (done.returncode, "MBGIT" in done.stderr) == (1, True)
    runner.file["env"]["MBGIT"] = str(ada.path / "nowhere")
    done = runner.run("Get mbgit", {}, ada)
    assert done.returncode == 1
    assert "nowhere" in done.stderr, "pip is what is asked"
