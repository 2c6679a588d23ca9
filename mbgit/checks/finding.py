"""What a check hands back."""

from __future__ import annotations

from typing import NamedTuple


class Edit(NamedTuple):
    """Rows of a page in place of others: what a machine can mend."""

    start: int
    """The first row, from 0."""
    end: int
    """Behind the last one; `start`: the new rows go in front of it."""
    rows: tuple[str, ...]


class Finding(NamedTuple):
    """One thing that is not as it should be. A plain value: who prints it decides how."""

    check: str
    path: str
    """From the repository's root, as git has it: not yet fit for a terminal."""
    line: int
    """From 1; 0: the file as a whole."""
    what: str
    """A few words, fit for a terminal: text from the file stands in them only through `words.quoted`. They hold no
    line number, so that an old fault that moved is still the same."""
    lowered: bool = False
    """Never more than a warning, whatever the level of its check."""
    commit: str = ""
    """The commit that brought it, where the tip no longer shows it."""
    fix: str = ""
    """The ordinary command that mends it, if there is one; never with text from others in it."""
    hint: str = ""
    """A few words more, fit for a terminal, that hang on other text than the fault does: shown, never compared."""

    brief: bool = False
    """It asks for the form of a page that has one of its own: of all such findings a terminal gets one line."""

    edits: tuple[Edit, ...] = ()
    """What mends it in its file; never compared."""
    moves: str = ""
    """Where the file belongs, where its name is what is wrong; never compared."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal keys are the same fault, in whatever line and commit."""
        return self.check, self.path, self.what
