"""`--scaffold pull-requests`: what the workflow may do, and its steps run by hand against a bare remote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from mbgit.install.scaffold import BUTTONS, GITLAB
from tests.server.test_branches import BUFFER, CODE, SEED, at_remote, branch, entry, move_main
from tests.support import Clone
from tests.support import armed as install

PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")

Team = Callable[..., list[Clone]]
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def dev(team: Team) -> Clone:
    """A clone whose remote has branches behind main: one with a conflict in a bank, one in code, an evil name."""
    (dev,) = team("Dev", seed=SEED)
    branch(dev, "bank", **entry("mine"))
    branch(dev, "code", **{CODE: "a = 2\n"})
    branch(dev, "x;touch${IFS}pwned", **entry("evil"))
    dev.git("push", "-q", "origin", "bank:refs/heads/-push")  # a name that could be an option
    move_main(dev, **entry("theirs"), **{CODE: "a = 3\n"})
    return dev


def placed(dev: Clone, path: str) -> dict[Any, Any]:
    """The file that install.py places, read; nothing else of mbgit is left."""
    install(dev, "--scaffold", "pull-requests")
    text = dev.read(path)
    (dev.path / path).unlink()
    install(dev, "--uninstall")
    return dict(yaml.safe_load(text))


def runner(dev: Clone) -> Clone:
    """A checkout of main as a job has it, with all branches fetched."""
    path = dev.path.parent / "runner"
    dev.git("clone", "-q", dev.git("remote", "get-url", "origin"), str(path))
    clone = Clone(path, dev.home)
    clone.git("remote", "set-head", "origin", "main")
    return clone


def tool(folder: Path, name: str, said: str) -> str:
    """A program of that name that says something, whatever it is asked; a PATH that has it in front."""
    (folder / "said").write_text(said)
    script = folder / name
    script.write_text(f'#!/bin/sh\necho "$*" >>"{folder}/asked"\ncat "{folder}/said"\n')
    script.chmod(0o755)
    return f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}"


def test_it_may_do_little_and_runs_nothing_that_a_pull_request_brings(dev: Clone) -> None:
    file = placed(dev, BUTTONS)
    assert file["permissions"] == {"contents": "write", "pull-requests": "read"}
    assert set(file[True]) == {"push", "workflow_dispatch"}, "`on` is what YAML takes for yes"
    assert file["concurrency"] == {"group": "memory-bank-pull-requests", "cancel-in-progress": False}
    (job,) = file["jobs"].values()
    assert job["if"] == "github.ref_name == github.event.repository.default_branch"
    steps = job["steps"]
    assert all(PINNED.fullmatch(step["uses"]) for step in steps if "uses" in step)
    assert not [step for step in steps if "${{" in step.get("run", "")], "what others wrote is no part of a script"
    (checkout,) = (step for step in steps if "actions/checkout" in step.get("uses", ""))
    assert checkout["with"] == {"fetch-depth": 0, "token": "${{ steps.app.outputs.token || github.token }}"}
    (app,) = (step for step in steps if step.get("id") == "app")
    assert app["if"] == "vars.MBGIT_APP_ID != ''", "it works without an app"


def test_its_steps_push_what_can_be_merged_and_name_the_rest(dev: Clone, tmp_path: Path) -> None:
    steps = {step.get("name"): step for step in next(iter(placed(dev, BUTTONS)["jobs"].values()))["steps"]}
    clone, folder, summary = runner(dev), tmp_path / "bin", tmp_path / "summary.md"
    folder.mkdir()
    names = ["bank", "code", "x;touch${IFS}pwned", "-push"]
    rows = [f"false\t{number}\t{name}" for number, name in enumerate(names, 1)] + ["true\t9\tmain"]
    path = tool(folder, "gh", "".join(f"{row}\n" for row in rows)) + clone.env()["PATH"]
    env = {"PATH": path, "BASE": "main", "GITHUB_STEP_SUMMARY": str(summary)}

    def run(name: str, **more: str) -> Done:
        return clone.run("bash", "-e", "-o", "pipefail", "-c", steps[name]["run"], check=False, **env | more)

    assert "MBGIT" in run("Get mbgit", MBGIT="").stderr
    assert run("Get mbgit", MBGIT="/nowhere/at/all").returncode == 1
    # The tests' Python has mbgit: what follows the download.
    lines = steps["Get mbgit"]["run"].splitlines()
    script = "\n".join(line for line in lines if " pip " not in line)
    done = clone.run("bash", "-e", "-c", script, check=True, stdin="", MBGIT="x", **env)
    assert clone.git("config", "user.name") == "github-actions[bot]", done.stderr

    merging = "Merge the default branch into those that wait"
    main, code = at_remote(clone, "main"), at_remote(clone, "code")
    done = run(merging)
    assert done.returncode == 0, done.stderr
    assert "bank: pushed\n" in done.stdout
    assert f"code: needs a person: {CODE}\n" in done.stdout
    assert '"x;touch${IFS}pwned": pushed\n' in done.stdout
    assert "-push: pushed\n" in done.stdout
    assert "#9: left alone, its branch is a fork's\n" in done.stdout
    assert "| bank | pushed |" in summary.read_text()
    assert "left alone" in summary.read_text()
    assert (at_remote(clone, "main"), at_remote(clone, "code")) == (main, code)
    assert not list(tmp_path.rglob("pwned"))
    clone.git("fetch", "-q")
    assert clone.git("show", f"origin/bank:{BUFFER}").count("theirs") == 1
    tip = at_remote(clone, "bank")
    assert "bank: up to date\n" in run(merging).stdout, "a loop would end here"
    assert at_remote(clone, "bank") == tip
    (folder / "said").write_text("")
    assert (run(merging).stdout, run(merging).returncode) == ("", 0)


def test_where_gitlab_is_it_is_a_job_of_gitlab(dev: Clone, tmp_path: Path) -> None:
    dev.write(".gitlab-ci.yml", "include:\n  - local: .gitlab/memory-bank.yml\n")
    (job,) = placed(dev, GITLAB).values()
    assert [rule["if"].split(" && ")[1:] for rule in job["rules"]] == [
        ["$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "$MBGIT_TOKEN"]
    ]
    assert job["resource_group"]
    clone, folder = runner(dev), tmp_path / "bin"
    folder.mkdir()
    names = ["bank", "code", "x;touch${IFS}pwned"]
    said = [{"iid": at, "source_branch": it, "source_project_id": 1, "target_project_id": 1}
            for at, it in enumerate(names)]  # fmt: skip
    said.append({"iid": 9, "source_branch": "main", "source_project_id": 2, "target_project_id": 1})
    path = tool(folder, "curl", json.dumps(said)) + clone.env()["PATH"]
    (script,) = job["script"]
    script = "\n".join(line for line in script.splitlines() if " pip " not in line)
    url = clone.git("remote", "get-url", "origin").removesuffix(".git")
    env = {"PATH": path, "CI_DEFAULT_BRANCH": "main", "CI_PROJECT_URL": url, "CI_SERVER_HOST": "example.org",
           "CI_API_V4_URL": "https://api", "CI_PROJECT_ID": "1", "MBGIT_TOKEN": "t", "MBGIT": "x"}  # fmt: skip
    done = clone.run("sh", "-c", script, check=False, **env)
    assert done.returncode == 0, done.stderr
    assert "bank: pushed\n" in done.stdout
    assert f"code: needs a person: {CODE}\n" in done.stdout
    assert "!9: left alone, its branch is a fork's\n" in done.stdout
    assert not list(tmp_path.rglob("pwned"))
    assert "target_branch=main" in (folder / "asked").read_text()
