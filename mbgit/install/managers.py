"""Other managers of hooks: with `--share` the line that calls mbgit goes into the files that they read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mbgit import git

from .plan import ARMED, UNARMED, Change, Finding, Step, Work
from .record import content, replace
from .shims import EVENTS, LEFTHOOK, SHARED_LINE, calls, hooks_path

BESIDE = ".lefthook-mbgit.yml"  # what lefthook's own file extends: nothing else of that has to be understood
_BEGIN, _END = "# >>> mbgit: install.py --share writes this, for you to commit\n", "# <<< mbgit\n"
_STDIN = ("pre-push", "post-rewrite")


class Managers(Step):
    """husky's files, and lefthook's configuration. They are the team's once they are committed: an uninstall leaves
    those, and takes out of the others what it put in."""

    def __init__(self, work: Work) -> None:
        self.work, self.top = work, work.site.top

    def do(self) -> list[Change]:
        return [
            Change(f"add mbgit's line to {self.work.shown(file)}", partial(self._write, file, text), theirs=True)
            for file, text in self._wanted()
        ]

    def undo(self) -> list[Change]:
        changes = []
        for file in (*self._husky().values(), *(self.top / name for name in (*LEFTHOOK, BESIDE))):
            text = (content(file) or b"").decode(errors="surrogateescape")
            if _BEGIN in text and not self._committed(file):
                about = f"take mbgit's line out of {self.work.shown(file)}"
                changes.append(Change(about, partial(self._take_out, file, text), theirs=True))
        return changes

    def verify(self) -> list[Finding]:
        found = {self.work.shown(file) for file, _ in self._wanted()}
        lacking = [Finding(UNARMED, f"mbgit's line in {name}", "run install.py --share") for name in sorted(found)]
        return lacking or [Finding(ARMED, "mbgit's line in other managers' files")]

    def _wanted(self) -> Iterator[tuple[Path, str]]:
        """The files to write, with their texts."""
        for event, file in self._husky().items():
            if not calls(file, event):
                yield file, _added(file, SHARED_LINE.format(event=event) + "\n")
        own = next((self.top / name for name in LEFTHOOK[:3] if (self.top / name).is_file()), None)
        if own is None:
            return
        text = f"{_BEGIN}{''.join(_command(event) for event in EVENTS)}{_END}"
        if content(self.top / BESIDE) != text.encode():
            yield self.top / BESIDE, text
        if BESIDE.encode() not in (content(own) or b"") and b"\nextends:" not in b"\n" + (content(own) or b""):
            yield own, _added(own, f"extends:\n  - {BESIDE}\n")

    def _husky(self) -> dict[str, Path]:
        """By event the file that husky starts, where git takes its hooks from husky."""
        folder = self.top / (hooks_path(self.work) or "none")
        return {event: folder.parent / event for event in EVENTS} if folder.name == "_" and folder.is_dir() else {}

    def _write(self, file: Path, text: str) -> None:
        made = not file.exists()
        replace(file, text.encode(errors="surrogateescape"))
        if made and file.name in EVENTS:
            file.chmod(0o755)

    def _take_out(self, file: Path, text: str) -> None:
        before, _, rest = text.partition(_BEGIN)
        left = before + rest.partition(_END)[2]
        if left.strip():
            replace(file, left.encode(errors="surrogateescape"))
        else:
            file.unlink()

    def _committed(self, file: Path) -> bool:
        try:
            path = file.relative_to(self.top).as_posix()
            return _BEGIN.encode() in git.run("cat-file", "blob", f"HEAD:{path}", cwd=self.top)
        except git.GitError:
            return False


def _added(file: Path, text: str) -> str:
    old = (content(file) or b"").decode(errors="surrogateescape")
    return f"{old}{'' if old.endswith(chr(10)) or not old else chr(10)}{_BEGIN}{text}{_END}"


def _command(event: str) -> str:
    """What lefthook runs at an event."""
    line = SHARED_LINE.format(event=event).replace('"$@"', "{0}")
    stdin = "      use_stdin: true\n" if event in _STDIN else ""
    return f"{event}:\n  commands:\n    mbgit:\n      run: |\n        {line}\n{stdin}"
