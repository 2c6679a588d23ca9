"""The same bytes in every process: an interpreter orders its sets anew each time it starts, and a driver is started."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support import ROOT

MERGE = """
import random, zlib
from mbgit.engine.threeway import merge3

WORDS = "one file for each cache token parser retry lock queue name ledger".split()
rng = random.Random(1)
for _ in range(300):
    base, ours, theirs = b"# Bank\\n\\n", b"# Bank\\n\\n", b"# Bank\\n\\n"
    for n in range(3):  # each is reworded on one side, and said twice: one of the two is the old one
        words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(3, 6)))
        base += b"- %s k%d\\n" % (words.encode(), n)
        theirs += b"- %s k%d1\\n- %s k%d2\\n" % (words.encode(), n, words.encode(), n)
        ours += b"- %s k%d\\n- new %d\\n" % (words.encode(), n, n)
    print(zlib.crc32(merge3(base, ours, theirs, "union", "a.md").text))
"""


def merged(seed: int) -> list[str]:
    """What 300 merges give in a process that orders its sets by `seed`, a sum each."""
    env = {**os.environ, "PYTHONHASHSEED": str(seed)}
    done = subprocess.run([sys.executable, "-c", MERGE], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_merge_does_not_depend_on_the_process() -> None:
    first, second = merged(1), merged(2)
    assert len(first) == 300
    assert first == second
