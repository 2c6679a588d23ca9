"""Judge the engine over real three-way merges: `python -m tests.bench.real FOLDER`.

A corpus is a folder of folders that hold `ours.md`, `theirs.md` and, where they exist, `base.md` (none: an
empty base), `actual.md` (what stood in the history afterwards) and `meta.json` (`path`, `mode`).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mbgit.engine.result import Binary, Merged
from mbgit.engine.threeway import merge3
from tests.bench import judge
from tests.bench.reads import Reading, reading
from tests.bench.recombine import recombined
from tests.support import merge_file

POLICIES = ("latest", "union", "log")
GOALS = {
    "crash": "0", "exit 1": "0", "not lossless": "0", "asymmetric": "0", "one-sided": "0", "invented": "0",
    "lost": "0", "doubled": "0", "cut differently": "0", "unparted": "0", "above": "<= 1.5 %",
    "resurrected": "<= 1 %", "re-merge": ">= 97 %", "no change again": "100 %",
}  # fmt: skip
READS = ("otherwise than git", "torn", "displaced")


if importlib.util.find_spec("mbgit.engine.document"):
    cut = importlib.import_module("mbgit.engine.document").cut
else:
    cut = None


class Case(NamedTuple):
    """One real merge."""

    id: str
    path: str
    mode: str
    base: bytes
    ours: bytes
    theirs: bytes
    actual: bytes | None


class Verdict(NamedTuple):
    """What was found about one merge under one policy."""

    id: str
    policy: str
    mode: str
    faults: dict[str, list[str]]
    likeness: float | None
    lines: int
    seconds: float
    clean: bool = False  # for git's own merge of the lines
    runs: int = 0  # that one side wrote and the result holds


def load(corpus: Path) -> Iterator[Case]:
    """Every merge of a corpus, by name."""
    for file in sorted(corpus.rglob("ours.md")):
        folder = file.parent
        meta = json.loads((folder / "meta.json").read_text()) if (folder / "meta.json").exists() else {}
        texts = [(folder / f"{n}.md") for n in ("base", "ours", "theirs", "actual")]
        base, ours, theirs, actual = (f.read_bytes() if f.exists() else None for f in texts)
        name = str(folder.relative_to(corpus))
        path, mode = str(meta.get("path", "notes.md")), str(meta.get("mode", ""))
        yield Case(name, path, mode, base or b"", ours or b"", theirs or b"", actual)


def policy_for(path: str) -> str:
    name = PurePosixPath(path).name.lower()
    if name.startswith(("activecontext", "systemcontext")):
        return "latest"
    return "log" if name.startswith(("session_log", "session-log", "sessionlog")) else "union"


def judged(case: Case, policy: str) -> Verdict:
    """Merge once and look at the outcome from every side."""
    base, ours, theirs = case.base, case.ours, case.theirs
    start = time.perf_counter()
    try:
        merged = merge3(base, ours, theirs, policy, case.path)
        seconds = time.perf_counter() - start
        clean, lines = merge_file(base, ours, theirs)
        read = reading(base, ours, theirs, merged.text)
        faults = _faults(case, policy, merged) | _unread(merged.text, lines if clean else merged.text, read)
    except Binary:
        return Verdict(case.id, policy, case.mode, {"exit 1": ["NUL"]}, None, 0, 0)
    except Exception as err:
        return Verdict(case.id, policy, case.mode, {"crash": [repr(err)]}, None, 0, 0)
    likeness = None if case.actual is None else judge.alike(merged.text, case.actual)
    size = len(judge.lines_of(merged.text))
    faults = {metric: lines for metric, lines in faults.items() if lines}
    return Verdict(case.id, policy, case.mode, faults, likeness, size, seconds, clean, read.judged)


def _unread(text: bytes, by_git: bytes, read: Reading) -> dict[str, list[str]]:
    shown = {kind: [repr(line)[1:-1][:110] for line in getattr(read, kind)] for kind in ("torn", "displaced")}
    return {"otherwise than git": _differences(by_git, text), **shown}


def _faults(case: Case, policy: str, merged: Merged) -> dict[str, list[str]]:
    def again(ours: bytes, theirs: bytes) -> bytes:
        return merge3(case.base, ours, theirs, policy, case.path).text

    t, text = judge.Triple(case.base, case.ours, case.theirs), merged.text
    texts = {"base": case.base, "ours": case.ours, "theirs": case.theirs, "result": text}
    remade = {n: again(text, texts[n]) for n in ("ours", "theirs")}
    return {
        "not lossless": [n for n, x in texts.items() if cut and cut(x).render() != x],
        "asymmetric": _differences(text, again(case.theirs, case.ours)),
        "one-sided": [n for n, done, want in (
            ("ours alone", again(case.ours, case.base), case.ours),
            ("theirs alone", again(case.base, case.theirs), case.theirs),
            ("agreed", again(case.ours, case.ours), case.ours)) if done != want],
        "invented": _shown(judge.invented(t, text)),
        "lost": _shown(judge.lost(t, text, [aside.text for aside in merged.asides])),
        "doubled": [f"{e.kind}: {' / '.join(map(_text, e.key[:3]))}" for e in judge.doubled(t, text)],
        "above": _shown(judge.above(t, text)),
        "resurrected": _shown(judge.resurrected(t, text)),
        "cut differently": [f"{was} -> {now}: {_text(x)}" for x, was, now in judge.recut(t, text)],
        "unparted": _shown(judge.unparted(t, text)),
        "re-merge": [f"with {n}: {d}" for n, x in remade.items() for d in _differences(text, x)],
        "no change again": [f"with {n}: {_text(x)}" for n, y in remade.items() for x in _changed(text, y)],
    }  # fmt: skip


def _changed(one: bytes, other: bytes) -> list[bytes]:
    a, b = judge.counted(one), judge.counted(other)
    return [*(a - b), *(b - a)]


def _differences(one: bytes, other: bytes) -> list[str]:
    """The first lines that differ, as a unified diff without its header."""
    if one == other:
        return []
    rows = one.split(b"\n"), other.split(b"\n")
    at = next((i for i, (x, y) in enumerate(zip(*rows, strict=False)) if x != y), min(map(len, rows)))
    here = [r[at] if at < len(r) else b"(end)" for r in rows]
    return [f"line {at + 1}: {_text(here[0])} | {_text(here[1])}"]


def _shown(lines: list[bytes]) -> list[str]:
    return [_text(line) for line in lines]


def _text(line: bytes) -> str:
    return repr(line.decode("utf-8", "backslashreplace"))[1:-1][:110]


def _work(job: tuple[Case, str]) -> Verdict:
    return judged(*job)


def run(cases: list[Case], policy: str, jobs: int) -> list[Verdict]:
    """Judge all cases; `policy` is `fit` (the one suited to the path), `all`, or one of the three."""
    todo = [(c, p) for c in cases for p in _policies(c.path, policy)]
    if jobs < 2:
        return list(map(_work, todo))
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(_work, todo, chunksize=8))


def _policies(path: str, policy: str) -> tuple[str, ...]:
    return (policy_for(path),) if policy == "fit" else POLICIES if policy == "all" else (policy,)


def report(found: list[Verdict]) -> Iterator[str]:
    """The table: metric, files, rate, goal."""
    total = len(found) or 1
    yield f"{'metric':<24}{'files':>7}{'rate':>10}   goal"
    for metric, goal in GOALS.items():
        bad = sum(metric in v.faults for v in found)
        many = total - bad if metric in ("re-merge", "no change again") else bad
        yield f"{metric:<24}{many:>7}{many / total:>10.2%}   {goal}"
    rows = sum(v.lines for v in found) or 1
    for metric in ("above", "resurrected"):
        many = sum(len(v.faults.get(metric, ())) for v in found)
        yield f"{metric + ', lines':<24}{many:>7}{many / rows:>10.3%}"
    yield from _against_git(found)
    for name, mode in (("all", ""), ("merges", "merge")):
        near = [v.likeness for v in found if v.likeness is not None and mode in ("", v.mode)]
        if near:
            same = sum(x == 1 for x in near)
            start = f"{f'as in history, {name}':<24}{same:>7}{same / len(near):>10.2%}"
            yield f"{start}   (lines alike: {statistics.mean(near):.2%})"
    spent = [v.seconds * 1000 for v in found]
    if spent:
        middle = statistics.median(spent)
        yield f"milliseconds: median {middle:.2f}, max {max(spent):.0f}; {len(found)} merges judged"


def _against_git(found: list[Verdict]) -> Iterator[str]:
    """What reads otherwise than written: of the files that git merges by itself, and of all runs."""
    clean = sum(v.clean for v in found)
    other = sum("otherwise than git" in v.faults for v in found)
    yield f"{'otherwise than git':<24}{other:>7}{other / (clean or 1):>10.2%}   <= 1 % (of {clean} clean for git)"
    runs = sum(v.runs for v in found)
    for kind, goal in (("torn", ""), ("displaced", f"<= 1.5 % together (of {runs} runs)")):
        many = sum(len(v.faults.get(kind, ())) for v in found)
        yield f"{kind + ', runs':<24}{many:>7}{many / (runs or 1):>10.2%}   {goal}".rstrip()


def shown(found: list[Verdict], metric: str) -> Iterator[str]:
    """The ids that failed in one metric, with the lines concerned."""
    for verdict in found:
        for row, line in enumerate(verdict.faults.get(metric, ())):
            if not row:
                yield f"{verdict.id} ({verdict.policy})"
            if row < 12:
                yield f"    {line}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--policy", choices=("fit", "all", *POLICIES), default="fit")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", metavar="METRIC", choices=(*GOALS, *READS), action="append", default=[])
    parser.add_argument("--only", metavar="TEXT", default="", help="cases whose id holds this text")
    parser.add_argument("--recombine", action="store_true", help="also merges derived from the versions at hand")
    args = parser.parse_args(argv)
    cases = [c for c in load(args.corpus) if args.only in c.id]
    if args.recombine:
        cases += [c for c in map(Case._make, recombined(cases)) if args.only in c.id]
    start = time.perf_counter()
    found = run(cases, args.policy, args.jobs)
    print(*report(found), f"judged in {time.perf_counter() - start:.1f} s", sep="\n")
    for metric in args.show:
        print(f"\n{metric}:", *shown(found, metric), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
