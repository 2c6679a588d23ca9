"""Templates as blobs, so that plain git fills a new file: `git show mbgit/template/journal > PATH`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from mbgit import git
from mbgit.bank.forms import form_of
from mbgit.bank.kinds import KINDS
from mbgit.bank.layouts import filled, name_of_template, template
from mbgit.gate.commits import CommitTree, IndexTree
from mbgit.git.clone import Clone
from mbgit.words import clean

STAMP = "templates.json"  # in mbgit's folder: what the blobs were last made from; its time is the end of that day
NAMES = tuple(dict.fromkeys(kind.template for kind in KINDS if kind.template))


class Values(NamedTuple):
    """What is filled in, and into which templates."""

    date: str
    """Of the place where the clone is: what a person would write."""
    persona: str
    branch: str
    version: int
    """Of the templates themselves, and of the team's words: another mbgit, or team, may have others."""


def publish(clone: Clone, now: int) -> None:
    """Bring the templates' refs up to date; `now`: epoch seconds.

    One process of git where day, persona, branch and templates are those of the last time. All worktrees share the
    refs: they hold what the last one filled in. Where this fails, as when two hooks do it at once, the refs stay as
    they are until the next time.
    """
    if clone.home is None:
        return
    with suppress(OSError, git.GitError):
        wanted = values(clone, now)
        if not is_fresh(clone.home, wanted):
            write(clone, clone.home, wanted)
    with suppress(OSError):  # in any case, look once a day
        keep_day(clone.home)


def offer(clone: Clone, now: int, layout: str) -> None:
    """Fill in the templates for a bank of that layout, whatever is there: a line that shows one is about to be printed.

    `now`: epoch seconds. Where it does not work, the refs stay as they are.
    """
    if clone.home is not None:
        with suppress(OSError, git.GitError):
            write(clone, clone.home, values(clone, now), layout)


def write(clone: Clone, home: Path, wanted: Values, layout: str = "") -> None:
    """Fill in the templates, and remember with what. Raises GitError, OSError."""
    tree = CommitTree(clone, clone.head) if clone.head else IndexTree(clone)
    layout = layout or tree.layout
    own = tree.settings.vocabulary
    _point(((ref, own.local(text)) for ref, text in _texts(wanted, layout)), home)
    (home / STAMP).write_text(json.dumps([*wanted, layout]))
    keep_day(home)


def keep_day(home: Path) -> None:
    """Give the stamp the time of the next midnight: the shell sees by that alone when another day has begun.

    By the machine's own clock, not by git's. Raises OSError where there is no stamp.
    """
    tomorrow = date.fromtimestamp(time.time()) + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day).timestamp()
    os.utime(home / STAMP, (midnight, midnight))


def values(clone: Clone, now: int) -> Values:
    """What would be filled in now. Raises OSError where a template cannot be read."""
    who = clone.persona or clone.config.get("user.name", "")
    words = repr(clone.settings("HEAD").vocabulary).encode()
    version = crc32(b"\0".join((*(template(name) for name in NAMES), words)))
    today, branch = f"{datetime.fromtimestamp(now):%Y-%m-%d}", clean(clone.branch)
    return Values(today, clean(who) or "[Agent]", branch or "no branch", version)


def is_fresh(home: Path, wanted: Values, layout: str = "") -> bool:
    """Whether the refs hold these values already, in that layout (empty: in any)."""
    try:
        *known, drawn = json.loads((home / STAMP).read_bytes())
    except (OSError, ValueError, TypeError):
        return False
    return known == list(wanted) and layout in ("", drawn)


def _texts(wanted: Values, layout: str) -> Iterator[tuple[str, bytes]]:
    """Each ref's text: the templates of all kinds, and the forms of their entries."""
    for name in NAMES:
        ref = f"refs/{name_of_template(name)}"
        yield ref, filled(name, date=wanted.date, persona=wanted.persona, branch=wanted.branch, layout=layout)
        if form := form_of(name):
            entry = form.filled(wanted.date, " ".join(wanted.persona.split()))
            yield f"{ref}-entry", f"\n{entry}".encode()  # to be appended: behind a blank line


def _point(texts: Iterator[tuple[str, bytes]], home: Path) -> None:
    """Store the texts and let the refs point at them, with one process of git for each. Raises GitError, OSError."""
    import tempfile

    refs = []
    with tempfile.TemporaryDirectory(dir=home) as folder:
        for number, (ref, text) in enumerate(texts):
            refs.append(ref)
            Path(folder, str(number)).write_bytes(text)
        files = "".join(f"{Path(folder, str(number)).absolute()}\n" for number in range(len(refs)))
        blobs = git.line_of(git.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=files.encode()))
    rows = (f"update {ref} {blob}\n" for ref, blob in zip(refs, blobs.split("\n"), strict=True))
    git.run("update-ref", "--stdin", stdin="".join(rows).encode())
