"""Which path is merged by which driver: a marked block in `info/attributes`, and in `.gitattributes`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mbgit import git
from mbgit.bank.kinds import Rule, rules

from .plan import ARMED, BROKEN, UNARMED, Change, Finding, Step, Work
from .record import Borrowed, content, replace
from .shims import team_settings

BEGIN = b"# >>> mbgit: how memory banks are merged. install.py writes this block and takes it out again\n"
END = b"# <<< mbgit\n"
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def pattern(rule: Rule) -> str:
    """The rule's pattern as gitattributes reads it: anchored at the root, the folder taken literally."""
    folder = "".join(f"\\{char}" if char in "*?[\\" else char for char in rule.folder)
    text = f"/{folder}{rule.glob}"
    if text.isprintable() and not set(text) & {" ", '"'}:
        return text
    return '"' + "".join(_ESCAPES.get(char, char) for char in text) + '"'


def block(banks: list[str], targets: Iterable[str] = (), files: Sequence[tuple[str, str]] = ()) -> bytes:
    """The block for banks at these paths, for what their harvests go to, and for other files with their policies."""
    lines = [f"{pattern(rule)} merge=mbgit-{rule.policy}\n" for rule in rules(banks, targets, files)]
    return BEGIN + "".join(lines).encode(errors="surrogateescape") + END


def cut_block(text: bytes) -> bytes:
    """A file of attributes without the block."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return before + after if begin and end else text


def with_block(text: bytes, new: bytes) -> bytes:
    """A file of attributes with the block: where it stands already, else at the end."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        return before + new + after
    return text + (b"" if text.endswith(b"\n") or not text else b"\n") + new


class Attributes(Step):
    """The block in one file."""

    def __init__(self, work: Work, file: Path | None = None, *, shared: bool = False) -> None:
        self.work, self.shared = work, shared
        self.file = file or (work.site.top / ".gitattributes" if shared else work.site.common / "info" / "attributes")
        self.borrowed = Borrowed(self.file, work.record, cut_block)

    def do(self) -> list[Change]:
        if self._now() == self._wanted():
            return []
        text = f"write the merge rules into {self.work.shown(self.file)}"
        return [Change(f"{text}, for you to commit" if self.shared else text, self._write, theirs=self.shared)]

    def undo(self) -> list[Change]:
        if self.borrowed.original() == content(self.file):
            return []
        where = self.work.shown(self.file)
        if self._committed():
            return [Change(f"leave {where}: its block is committed, the team's", self.borrowed.forget)]
        return [Change(f"restore {where}", self.borrowed.give_back)]

    def _committed(self) -> bool:
        if not self.shared:
            return False
        try:
            return BEGIN in git.run("cat-file", "blob", "HEAD:.gitattributes", cwd=self.work.site.top)
        except git.GitError:
            return False

    def verify(self) -> list[Finding]:
        about = f"merge rules in {self.work.shown(self.file)}"
        if BEGIN not in self._now():
            return [Finding(UNARMED, about, "the block is not there")]
        if self._now() != self._wanted():
            return [Finding(BROKEN, about, "the block is not what install.py writes")]
        return [Finding(ARMED, about)]

    def _now(self) -> bytes:
        return content(self.file) or b""

    def _wanted(self) -> bytes:
        team = team_settings(self.work.site.top)
        return with_block(self._now(), block(self.work.banks, team.targets, team.files))

    def _write(self) -> None:
        wanted = self._wanted()
        with self.borrowed.edited():
            replace(self.file, wanted)
