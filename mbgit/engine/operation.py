"""What git is doing around the driver, read from its traces: labels, environment, files and command line.

Nothing here asks git. Which traces there are, by operation and by version, was established by experiment; a
trace may be stale, so a commit named here is a guess for the clock to verify.
"""

from __future__ import annotations

from . import files
from .files import os

_HEX = frozenset("0123456789abcdef")
_PSEUDO = ("MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD")
_VALUED = ("-c", "-C", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env")


class Guess:
    """A commit that may be a side."""

    def __init__(self, how: str, name: str, uncommitted: bool = False) -> None:
        self.how, self.name, self.uncommitted = how, name, uncommitted
        self.commit = ""  # its id, once git has answered


def guesses(ours_label: str, theirs_label: str) -> tuple[list[Guess], list[Guess]]:
    """The commits that ours and theirs may be, the likeliest first; the labels are %X and %Y, or empty."""
    command = _command()
    words = [Guess("command", word, command[0] == "stash") for word in command[1:] if _is_name(word)]
    if command[:1] == ["merge-tree"]:  # it names what it merges, and HEAD may hold either side's text by chance
        return words, words
    ours = [Guess("HEAD", "HEAD"), *_labelled(ours_label), *words]
    theirs = _traces() + [Guess(name, name) for name in _PSEUDO]
    theirs += _labelled(theirs_label) + _stashes() + words
    if reverting(theirs_label):
        theirs += [Guess("parent", word.name + parent) for word in words for parent in ("^1", "^2")]
    return ours, theirs


def reverting(theirs_label: str) -> bool | None:
    """Whether this is `git revert`; None if there is no trace, as on git < 2.44 without /proc."""
    if command := _command():
        return command[0] == "revert"
    if theirs_label:  # rebase --apply and am label a side by its subject, which may say anything
        return bool(_undone(theirs_label)) and not _exists("rebase-apply")
    if any(key.startswith("GITHEAD_") for key in _environ()) or _exists("rebase-merge", "rebase-apply"):
        return False
    todo = _first_words("sequencer/todo")
    return todo[0] == "revert" if todo else None


def picking() -> bool:
    """Whether theirs is one commit put onto ours, without those that it stands on: a rebase, a cherry-pick."""
    if next(iter(_lines("rebase-merge/done")[-1:]), "").startswith("merge"):
        return False
    if command := _command():
        return command[0] in ("rebase", "cherry-pick", "am")
    return not any(key.startswith("GITHEAD_") for key in _environ())


def outside_of_history() -> Guess | None:
    """What theirs is when no commit holds it: a patch by mail, named by its date, or uncommitted work."""
    command = _command()
    if command[:1] == ["am"] or _exists("rebase-apply/applying"):
        for line in _lines("rebase-apply/author-script"):
            if line.startswith("GIT_AUTHOR_DATE="):
                return Guess("mail", line[16:].strip("'"))
        return None
    uncommitted = command[0] in ("checkout", "switch", "stash", "apply") if command else not _traces()
    return Guess("worktree", "", uncommitted=True) if uncommitted else None


def _traces() -> list[Guess]:
    """The commits that git's environment and its list of things to do name."""
    found = [("GITHEAD", key[8:]) for key in _environ() if key.startswith("GITHEAD_")]
    for word in _last_words("rebase-merge/done"):
        found.append(("rebase", word if _is_hex(word) else f"refs/rewritten/{word}"))
    todo = _first_words("sequencer/todo")
    if len(todo) > 1:
        parents = ("^1", "^2") if todo[0] == "revert" else ("",)
        found += [("sequencer", todo[1] + parent) for parent in parents]
    found += [("rebase", line) for line in _lines("rebase-apply/original-commit")[:1]]
    return [Guess(how, name) for how, name in found if _is_name(name)]


def _labelled(label: str) -> list[Guess]:
    """`name`, `sha (subject)` or `parent of sha (subject)`."""
    if commit := _undone(label):
        return [Guess("label", commit + parent) for parent in ("^1", "^2")]
    name = label.partition(" ")[0]
    return [Guess("label", name)] if _is_name(name) else []


def _undone(label: str) -> str:
    """The commit that a label says is being reverted; empty where it says something else."""
    words = label.split(" ")
    return words[2] if words[:2] == ["parent", "of"] and _is_hex("".join(words[2:3])) else ""


def _stashes() -> list[Guess]:
    names = ["refs/stash", "refs/stash^2", "MERGE_AUTOSTASH"]
    for kept in ("rebase-merge/autostash", "rebase-apply/autostash"):
        names += [line for line in _lines(kept)[:1] if _is_name(line)]
    return [Guess("stash", name, uncommitted=True) for name in names]


def _command() -> list[str]:
    """The git command that started the driver, without git's own options: ["revert", "HEAD~1"]."""
    try:
        shell = files.read(f"/proc/{os.getppid()}/stat").rpartition(b")")[2].split()
        argv = files.read(f"/proc/{int(shell[1])}/cmdline").decode(errors="replace").split("\0")
    except (OSError, ValueError, IndexError):
        return []
    program, rest = argv[0].rpartition("/")[2], argv[1:]
    if program.startswith("git-"):
        return [program[4:], *rest]
    if program != "git":
        return []
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in _VALUED else rest[1:]
    return rest


def _environ() -> list[str]:
    return [key.decode(errors="replace") if isinstance(key, bytes) else key for key in os.environ]


def _git_folder() -> str:
    """This worktree's git folder: git names it where it is not simply .git in the root, where drivers run."""
    found = os.environ.get(b"GIT_DIR") or b".git"
    return found.decode(errors="surrogateescape")


def _exists(*names: str) -> bool:
    for name in names:
        try:
            os.stat(f"{_git_folder()}/{name}")
        except OSError:
            continue
        return True
    return False


def _lines(name: str) -> list[str]:
    try:
        text = files.read(f"{_git_folder()}/{name}")
    except OSError:
        return []
    return text.decode(errors="replace").splitlines()


def _first_words(name: str) -> list[str]:
    return next((line.split() for line in _lines(name) if line.strip() and not line.startswith("#")), [])


def _last_words(name: str) -> list[str]:
    """The commits or labels in the last line of a list of things to do."""
    words = next((line.split() for line in reversed(_lines(name)) if line.strip()), [])
    wanted = words[1 : words.index("#")] if "#" in words else words[1:3]  # `fixup -C sha subject`
    return [word for word in wanted if not word.startswith("-")]


def _is_hex(word: str) -> bool:
    return len(word) >= 4 and _HEX.issuperset(word)


def _is_name(word: str) -> bool:
    """Whether a word may be put to git as the name of one commit."""
    return bool(word) and word[0] not in "-^" and ".." not in word and not any(c in word for c in " :?*[\\\n")
