"""What people would use instead, beside mbgit: `python -m tests.bench.compare FOLDER... [--storm FOLDER]`.

A FOLDER is a corpus as tests.bench.real reads it; `--storm` is one that `python -m tests.clones.storm --record FOLDER`
wrote. Every rival is a driver line as one would put it into git's configuration, run by `sh` as git runs it:

git's default         `git merge-file`; in the pull, what git does in its own process
merge=union           `git merge-file --union`; in the pull, git's own
git-merge-changelog   GNU's driver for ChangeLog files, of the Debian package of that name; "not installed" without it
Python driver         stands for the manner of a driver such as nbdime's, not for its results: a Python is started anew
                      for each file and imports a package with what that depends on (`--imports`; by default what
                      mbgit's own hooks depend on, which loads quicker than a notebook tool), and the merge is git's
                      default. `--nbdime PYTHON`, an interpreter that can import nbdime, times the pull with that, too
mbgit                 the driver line that install.py registers, with the policy that suits the path

What is counted, in files; the judge is tests/bench/judge.py, which knows none of them:

conflict       the driver says that a person is needed (or it broke). What such a file holds is not judged further:
               markers make both sides complete
lost           merged alone, and a line that one side added or both kept is in it less often than it must be. Text that
               mbgit set aside (`git show mbgit/superseded`) counts as kept; without that is told in brackets
doubled        merged alone, and an entry stands in it more often than both sides together can account for
line twice     the same of any line
back           merged alone, and a line that one side deleted, and the other did not touch, stands in it
differs        merged alone, and other bytes (or a conflict) when ours is theirs
as people did  the same lines as stood in the history afterwards
ms a file      the whole process, median over the corpus; in brackets how many times git's default
ms a pull      `git merge` of five 12 KB files that both sides changed
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mbgit.install.driver_line import driver_line
from tests.armed import copy_engine
from tests.bench import judge
from tests.bench.hooks import take_hooks_out
from tests.bench.real import Case, load, policy_for
from tests.bench.speed import BANK, conflict, merging
from tests.support import GIT, Clone, install, sealed_env

CHANGELOG = "git-merge-changelog"
IMPORTS = "click,markdown_it,pygit2"
NBDIME, HOOKED = "nbdime's imports", "mbgit with its hooks"
SECONDS = 60  # after that a driver has broken
FILES = ("base", "ours", "theirs")
IMPORTING = """
import subprocess, sys
import {imports}
base, ours, theirs, size = sys.argv[1:5]
command = ["git", "merge-file", "--marker-size=" + size, ours, base, theirs]
sys.exit(min(subprocess.run(command, capture_output=True).returncode, 127))
"""
COUNTED = ("conflict", "lost", "doubled", "line twice", "back", "differs")
HEAD = ("driver", *COUNTED, "as people did", "ms a file", "ms a pull")


class Rival(NamedTuple):
    """A way to merge a file."""

    name: str
    line: Callable[[str], str]
    """Policy -> driver line with git's placeholders; rivals without policies ignore it."""
    attribute: str = "rival"
    """What `*.md merge=` says in the pull: `rival` for the driver line, else one of git's own."""
    aside: Path | None = None
    """Where it puts text that it does not keep."""
    missing: bool = False


class Outcome(NamedTuple):
    """What a driver made of three files."""

    status: int
    text: bytes
    asides: tuple[bytes, ...]
    seconds: float

    @property
    def alone(self) -> bool:
        return not self.status


class Judged(NamedTuple):
    """One merge by one rival."""

    faults: frozenset[str]
    """Of COUNTED, and `lost in the file`."""
    as_people: bool | None
    """None: it is not known what they did."""
    seconds: float
    mode: str


Found = dict[str, list[Judged]]
"""Rival -> its merges, in the order of the cases."""


def rivals(room: Path, imports: str = IMPORTS) -> Iterator[Rival]:
    """Those of the table, in its order; `room` gets what they need."""
    yield Rival("git's default", lambda _: "git merge-file --marker-size=%L %A %O %B", "text")
    yield Rival("merge=union", lambda _: "git merge-file --union %A %O %B", "union")
    yield Rival(CHANGELOG, lambda _: f"{CHANGELOG} %O %A %B", missing=not shutil.which(CHANGELOG))
    yield importing("Python driver", room / "driver.py", sys.executable, imports)
    home = copy_engine(room / "mbgit")
    yield Rival("mbgit", lambda policy: driver_line(policy, sys.executable, str(home)), aside=home / "aside")


def importing(name: str, file: Path, python: str, imports: str) -> Rival:
    """A driver in Python that imports this much, and then has git merge; it is written into `file`."""
    file.write_text(IMPORTING.format(imports=imports))
    return Rival(name, lambda _: f"'{python}' -I '{file}' %O %A %B %L")


# -- one file ---------------------------------------------------------------------------------------------------------


def filled(line: str, path: str) -> str:
    """A driver line as git hands it to `sh`: only the path is quoted, the files' names need it not."""
    quoted = "'" + path.replace("'", "'\\''").replace("!", "'\\!'") + "'"
    values = {"O": ".base", "A": ".ours", "B": ".theirs", "L": "7", "P": quoted, "X": "ours", "Y": "theirs", "%": "%"}
    head, *parts = line.replace("%%", "\0").split("%")
    return "".join((head, *(values[part[0]] + part[1:] for part in parts))).replace("\0", "%")


def driven(rival: Rival, folder: Path, case: Case) -> Outcome:
    """Merge a case with a rival in the folder of an empty repository; the text is what it left in %A."""
    for name, text in zip(FILES, (case.base, case.ours, case.theirs), strict=True):
        (folder / f".{name}").write_bytes(text)
    if rival.aside:
        shutil.rmtree(rival.aside, ignore_errors=True)
    command = ["sh", "-c", filled(rival.line(policy_for(case.path)), case.path)]
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=folder, env=sealed_env(folder), capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
        status = done.returncode
    except subprocess.TimeoutExpired:
        status = -1
    seconds = time.perf_counter() - start
    return Outcome(status, (folder / ".ours").read_bytes(), _texts(rival.aside), seconds)


def _texts(folder: Path | None) -> tuple[bytes, ...]:
    files = sorted(folder.glob("*")) if folder and folder.exists() else []
    return tuple(file.read_bytes() for file in files)


def judged(case: Case, one: Outcome, other: Outcome) -> Judged:
    """What is to be said about a merge (`one`), and about the same with its sides exchanged (`other`)."""
    faults = frozenset(_faults(case, one, other)) if one.alone else frozenset({"conflict"})
    same = None if case.actual is None else one.alone and judge.alike(one.text, case.actual) == 1
    return Judged(faults, same, one.seconds, case.mode)


def _faults(case: Case, one: Outcome, other: Outcome) -> Iterator[str]:
    t = judge.Triple(case.base, case.ours, case.theirs)
    found = {
        "lost": judge.lost(t, one.text, one.asides),
        "lost in the file": judge.lost(t, one.text),
        "doubled": judge.doubled(t, one.text),
        "line twice": judge.above(t, one.text),
        "back": judge.resurrected(t, one.text),
        "differs": not other.alone or one.text != other.text,
    }
    return (name for name, what in found.items() if what)


def measured(ways: list[Rival], cases: list[Case], folder: Path) -> Iterator[tuple[str, Judged]]:
    """Every case by every rival, in turns so that what else the machine does meets all of them alike."""
    for number, case in enumerate(cases):
        if not number % 25:
            print(f"{number} of {len(cases)} merges", file=sys.stderr)
        turned = case._replace(ours=case.theirs, theirs=case.ours)
        for rival in ways:
            yield rival.name, judged(case, driven(rival, folder, case), driven(rival, folder, turned))


# -- a pull -----------------------------------------------------------------------------------------------------------


def pulls(ways: list[Rival], room: Path, runs: int) -> dict[str, float]:
    """Seconds that `git merge` takes for five 12 KB files that both sides changed: the medians."""
    clones = {rival.name: _clone(room, rival) for rival in ways}
    clones[HOOKED] = hooked = _clone(room, ways[-1], "with-hooks")
    install(hooked, "--bank", BANK, "--persona", "Tech Lead")
    spent: dict[str, list[float]] = {name: [] for name in clones}
    for number in range(runs + 1):  # the first round warms the caches
        print(f"{number} of {runs} rounds of pulls", file=sys.stderr)
        for name, clone in clones.items():
            spent[name].append(merging(clone)[0])
    return {name: statistics.median(times[1:]) for name, times in spent.items()}


def _clone(room: Path, rival: Rival, name: str = "") -> Clone:
    """A repository with two branches that conflict, where this rival merges; drivers alone, without hooks."""
    folder = room / "pulls" / (name or rival.name.replace("'", ""))
    folder.mkdir(parents=True)
    clone = Clone(folder, room)
    conflict(clone, contested=True)
    if name:
        return clone
    (clone.common / "info").mkdir(exist_ok=True)
    if rival.aside:
        install(clone, "--bank", BANK, "--persona", "Tech Lead")
        take_hooks_out(clone)
    else:
        clone.git("config", "merge.rival.driver", rival.line("union"))
        (clone.common / "info/attributes").write_text(f"*.md merge={rival.attribute}\n")
    return clone


# -- the table --------------------------------------------------------------------------------------------------------


def rows(names: Iterable[str], groups: list[Found], spent: dict[str, float]) -> Iterator[tuple[str, ...]]:
    """A line for each rival, as cells, with a figure for each group of merges; `spent` has the pulls' seconds.

    One without any figures is not installed. The time of a file is that of the first group.
    """
    for name in names:
        ones = [group[name] for group in groups if name in group]
        if not ones and name not in spent:
            yield (name, "not installed", *("" for _ in HEAD[2:]))
            continue
        counts = [" / ".join(_count(what, some) for some in ones) for what in COUNTED]
        people = " / ".join(
            str(sum(one.as_people or 0 for one in some)) for some in ones if some[0].as_people is not None
        )
        files = {other: statistics.median(one.seconds for one in some) for other, some in groups[0].items()}
        yield name, *counts, people, _time(name, files), _time(name, spent)


def _count(what: str, found: list[Judged]) -> str:
    """In how many files that was found; in brackets how many if nothing that was set aside counted as kept."""
    many, most = (sum(kind in one.faults for one in found) for kind in (what, f"{what} in the file"))
    return f"{many} ({most})" if most > many else str(many)


def _time(name: str, spent: dict[str, float]) -> str:
    """Milliseconds, and how many times what the first one took."""
    return f"{spent[name] * 1000:.0f} ({spent[name] / next(iter(spent.values())):.1f})" if name in spent else ""


def table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Markdown."""
    for cells in (head, tuple("---" for _ in head), *lines):
        yield f"| {' | '.join(cells)} |"


def grouped(corpus: Found, storm: Found) -> dict[str, Found]:
    """What is told apart, as far as there is any: all of the corpus, its true merges, the storm's."""
    true = {name: [one for one in ones if one.mode == "merge"] for name, ones in corpus.items()}
    named = (("merges of the corpus", corpus), ("of these true merges", true), ("merges of storms", storm))
    many = ((len(next(iter(found.values()), [])), name, found) for name, found in named)
    return {f"{count} {name}": found for count, name, found in many if count}


def by_rival(pairs: Iterable[tuple[str, Judged]]) -> Found:
    found: Found = {}
    for name, one in pairs:
        found.setdefault(name, []).append(one)
    return found


def compare(room: Path, args: argparse.Namespace) -> list[str]:
    """Measure all; the tables' lines. The figures go into `args.json`, too."""
    ways = list(rivals(room, args.imports))
    names, here = [rival.name for rival in ways], [rival for rival in ways if not rival.missing]
    Clone(room, room).git("init", "-q", "one")
    storm = [case._replace(actual=None) for case in cases(args.storm, args.only)]
    step = max(1, -(-len(storm) // args.most))
    corpora = (cases(args.corpus, args.only), storm[::step])
    found = [by_rival(measured(here, some, room / "one")) for some in corpora]
    if args.nbdime:
        here.insert(-1, importing(NBDIME, room / "nbdime.py", args.nbdime, "nbdime.vcs.git.mergedriver"))
    spent = pulls(here, room, args.runs) if args.runs else {}
    groups = grouped(*found)
    lines = rows(dict.fromkeys((*names[:-1], *spent, names[-1])), list(groups.values()), spent)
    report = [" / ".join(groups), "", *table(HEAD, lines)]
    if args.json:
        args.json.write_text(json.dumps({"files": figures(found), "pull seconds": spent}, indent=1) + "\n")
    return report


def cases(folders: Iterable[Path], only: str) -> list[Case]:
    return [case for folder in folders for case in load(folder) if only in case.id]


def figures(found: Iterable[Found]) -> list[dict[str, list[dict[str, object]]]]:
    """What was found about every merge, for machines."""
    return [
        {name: [one._asdict() | {"faults": sorted(one.faults)} for one in ones] for name, ones in some.items()}
        for some in found
    ]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="*", type=Path)
    parser.add_argument("--storm", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("--most", type=int, default=500, help="merges of the storm, evenly taken from it")
    parser.add_argument("--only", metavar="TEXT", default="", help="cases whose id holds this text")
    parser.add_argument("--imports", default=IMPORTS, help="what the Python driver imports")
    parser.add_argument("--nbdime", metavar="PYTHON", default="", help="an interpreter that can import nbdime")
    parser.add_argument("--runs", type=int, default=15, help="rounds of pulls; 0: none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures, for machines")
    args = parser.parse_args(argv)
    room = Path(tempfile.mkdtemp(prefix="compare-"))
    try:
        report = compare(room, args)
    finally:
        shutil.rmtree(room)
    command = " ".join(["python -m tests.bench.compare", *(sys.argv[1:] if argv is None else argv)])
    version = subprocess.run([GIT, "version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"`{command}`; {version}; {time.strftime('%Y-%m-%d')}", "", *report, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
