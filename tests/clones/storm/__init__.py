"""Many clones at random work on one bank: `python -m tests.clones.storm --clones 6 --sessions 100 --seed 1`.

Every line that a session writes has a token of its own: so after each sync it is known what must stand in the clone,
what must not, and that nothing stands twice, be it in the bank or in the documents that its buffers are harvested
into. `account` keeps what was written, `work` writes, `sync` shares, `squash` does so with branches, `look` has the
laws, `figures` the report.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.clones.storm.figures import growth, report
from tests.clones.storm.record import record
from tests.clones.storm.squash import Squashes
from tests.clones.storm.sync import Fault, Log, Storm


def run(
    room: Path, clones: int, sessions: int, seed: int, armed: bool = True, log: Log = str, squash: bool = False
) -> Storm:
    """A whole storm; what ends it early is its last fault. `squash`: on branches, which a button squashes onto main."""
    kind = Squashes if squash else Storm
    return play(kind(room, random.Random(seed), armed=armed, log=log), clones, sessions)


def play(storm: Storm, clones: int, sessions: int) -> Storm:
    """The same with a storm that was made for it."""
    storm.begin(clones)
    try:
        for _ in range(sessions):
            storm.session()
        storm.finish()
    except (AssertionError, subprocess.TimeoutExpired) as err:
        storm.counts["conflicts"] += isinstance(err, Fault)
        storm.fault(str(err))
    except KeyboardInterrupt:
        storm.fault("interrupted")
    return storm


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.clones.storm", description=__doc__)
    parser.add_argument("--clones", type=int, nargs="+", default=[6], help="several numbers: a storm of each size")
    parser.add_argument("--sessions", type=int, default=100, help="of all clones together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--squash", action="store_true", help="on branches, which a hosted button squashes onto main")
    parser.add_argument("--story", type=int, default=0, metavar="N", help="print the last N steps")
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="save every merge that a driver made")
    parser.add_argument("--bare-git", action="store_true", help="without mbgit: what git alone does")
    args = parser.parse_args(argv)
    storms = {clones: _reported(args, clones) for clones in args.clones}
    if len(storms) > 1:
        print(*growth(storms), sep="\n")
    return any(storm.faults for storm in storms.values())


def _reported(args: argparse.Namespace, clones: int) -> Storm:
    """One storm, with its report printed."""
    room = Path(tempfile.mkdtemp(prefix="storm-"))
    log = partial(print, file=sys.stderr, flush=True)
    storm = run(room, clones, args.sessions, args.seed, not args.bare_git, log, args.squash)
    if args.record:
        name = f"storm-{clones}x{args.sessions}-seed{args.seed}"
        print(f"{record(storm.clones, args.record, name)} merges saved in {args.record / name}")
    if args.story:
        print(*storm.story[-args.story :], sep="\n")
    print(*report(storm), f"the clones are in {room}", sep="\n", flush=True)
    return storm


__all__ = ["Storm", "main", "play", "report", "run"]
