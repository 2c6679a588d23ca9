"""The demo: three clones at work in a sandbox, merged by git alone first, and then with mbgit."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import click

from mbgit import report

from .tour import BANK, EARLIER_FOCUS, FILES, PERSONAS, SEED, SESSIONS, Score, apply, score

SHOWN = ("mbgit: ", "CONFLICT", "fatal", "error")
DIGESTS = {"tech-lead": "counts", "devops": "full", "debugger": "counts"}  # how long each wants the digest to be
UNION = "*.md merge=union\n"
WIDTH = 80  # columns
COLOURS = {"CONFLICT": "red", "fatal": "red", "error": "red", "mbgit: ": "cyan"}


class Sandbox:
    """A folder with a remote and its clones, out of reach of the user's configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conflicts = 0
        self.clock = int(time.time()) - 3600  # every commit a minute after the last, none in the future
        (folder / "home").mkdir()

    def env(self) -> dict[str, str]:
        """The environment of every command: of the user's own only what finds programs."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "MBGIT"))}
        stamp, home = f"{self.clock} +0000", str(self.folder / "home")
        return kept | {
            "HOME": home, "XDG_CONFIG_HOME": home,
            "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_EDITOR": "true", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8",
            "GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp,
        }  # fmt: skip

    def run(self, clone: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a clone, whatever comes of it."""
        self.clock += 60
        return subprocess.run(
            command, cwd=self.folder / clone, env=self.env(), stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip

    def git(self, clone: str, *args: str) -> str:
        """What git prints in a clone that must do what it is asked."""
        done = self.run(clone, "git", *args)
        if done.returncode:
            raise RuntimeError(f"git {args} in {clone}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def typed(self, clone: str, command: str, shown: tuple[str, ...] = SHOWN) -> None:
        """Run a command as a user types it; show it, and of what it says the lines that begin so."""
        say(f"{clone + '$':<10} {command}", bold=True)
        done = self.run(clone, *command.split())
        for line in (done.stdout + done.stderr).replace("\r", "\n").split("\n"):
            self.conflicts += line.startswith("CONFLICT")
            if line.startswith(shown):
                colour = next((colour for start, colour in COLOURS.items() if line.startswith(start)), None)
                say(line.replace(f"{BANK}/", ""), indent="  ", fg=colour)

    def write(self, clone: str, texts: dict[str, str], message: str) -> None:
        """Write files in a clone, and commit."""
        for path, text in texts.items():
            file = self.folder / clone / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.git(clone, "add", "-A")
        self.git(clone, "commit", "-qm", message)

    def read(self, clone: str) -> dict[str, str]:
        """The four files of the bank in a clone."""
        return {path: (self.folder / clone / path).read_text(encoding="utf-8") for path in FILES}

    def clone(self, name: str, who: str) -> None:
        """Another clone of the remote, for somebody."""
        self.git(".", "clone", "-q", "remote.git", name)
        for key, value in {"user.name": who, "user.email": "x@example.org", "pull.rebase": "false"}.items():
            self.git(name, "config", key, value)
        self.git(name, "checkout", "-q", "-B", "main")


def say(text: str, *, indent: str = "", bold: bool = False, fg: str | None = None) -> None:
    """A text in lines of 80 columns at most, but for a longer path or command; in colour on a terminal that has any."""
    rows = textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent and f"{indent}  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    painted = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    for row in rows or [""]:
        report.say(click.style(row, fg=fg, bold=bold or None) if painted and (bold or fg) else row)


def run() -> int:
    """Show the tour, and keep its sandbox; the exit status."""
    box = Sandbox(Path(tempfile.mkdtemp(prefix="mbgit-demo-")).resolve())
    say(f"Three clones of a bare remote in {box.folder}, each set up with install.py --persona.")
    _set_up(box)
    tips = _work(box)
    say("Each has written to the same four files; tech-lead also took two harvested patterns out of one.")
    _show_git_alone(box, tips)
    _title("The same commits with mbgit")
    _sync(box)
    _show_result(box)
    say("")
    _row("mbgit", f"{box.conflicts} files in conflict", score(box.read("debugger")), colour="green")
    say("")
    report.say(f"Look around: cd {box.folder / 'devops'} && git log --graph --oneline")
    return 0


def _title(text: str) -> None:
    say("")
    say(text, bold=True)
    say("")


def _set_up(box: Sandbox) -> None:
    box.git(".", "init", "-q", "--bare", "-b", "main", "remote.git")
    for name, persona in PERSONAS.items():
        box.clone(name, persona)
        if name == "tech-lead":
            box.write(name, SEED, "Set up the bank")
            box.git(name, "push", "-q", "-u", "origin", "main")
        done = box.run(name, sys.executable, "-I", "-m", "mbgit.install", "--persona", persona)
        if done.returncode:
            raise RuntimeError(done.stderr)
        box.git(name, "config", "mbgit.digest", DIGESTS[name])


def _work(box: Sandbox) -> dict[str, str]:
    """Everybody's session, committed; the commits."""
    for name, edits in SESSIONS.items():
        texts: dict[str, str] = box.read(name)
        for edit in edits:
            texts[edit.path] = apply(edit, texts.get(edit.path, ""))
        box.write(name, texts, f"{PERSONAS[name]}: session")
    return {name: box.git(name, "rev-parse", "HEAD") for name in SESSIONS}


def _sync(box: Sandbox) -> None:
    """Everybody's pulls and pushes."""
    box.typed("tech-lead", "git push")
    box.typed("devops", "git pull")
    box.typed("devops", "git show mbgit/superseded", ("--- ", EARLIER_FOCUS))
    box.typed("devops", "git push")
    box.typed("debugger", "git pull --rebase")
    box.typed("debugger", "git push")
    box.typed("tech-lead", "git pull")
    box.typed("devops", "git pull")


def _show_result(box: Sandbox) -> None:
    say("")
    say(f"{'What everyone has now':<22} {'  '.join(f'{name:<9}' for name in PERSONAS)}".rstrip(), bold=True)
    for path in FILES:
        blobs = [box.git(name, "rev-parse", "--short=9", f"HEAD:{path}") for name in PERSONAS]
        same = "the same bytes" if len(set(blobs)) == 1 else "NOT THE SAME"
        report.say(f"  {path.rpartition('/')[2]:<20} {'  '.join(blobs)}  {same}")


def _show_git_alone(box: Sandbox, tips: dict[str, str]) -> None:
    """Merge the commits in a clone without mbgit, with markers and with the union that git has."""
    box.clone("git-alone", "git alone")
    for name in PERSONAS:
        box.git("git-alone", "fetch", "-q", f"../{name}", f"{tips[name]}:refs/heads/{name}")
    _title("What git alone makes of these commits")
    box.git("git-alone", "checkout", "-q", "devops")
    box.typed("git-alone", "git merge tech-lead")
    box.run("git-alone", "git", "merge", "--abort")
    box.conflicts = 0
    union, kept = _union(box, tips)
    files, places = _default(box, [(tips["devops"], tips["tech-lead"]), (kept, tips["debugger"])])
    say("")
    say(f"{'git merge':<15} {files} files in conflict in two merges, {places} places to mend", indent="  ", fg="red")
    _row("merge=union", "0 files in conflict", union, colour="red")


def _row(name: str, conflicts: str, found: Score, *, colour: str) -> None:
    rest = f"{found.back} harvested entries back, {found.twice} twice, {found.lost} lost"
    say(f"{name:<15} {conflicts}, {rest}", indent="  ", fg=colour)


def _default(box: Sandbox, pairs: list[tuple[str, str]]) -> tuple[int, int]:
    """Files and places in conflict when these pairs of commits are merged with no driver at all."""
    files = places = 0
    (box.folder / "git-alone/.git/info/attributes").unlink()
    for ours, theirs in pairs:
        box.git("git-alone", "checkout", "-q", "--force", "--detach", ours)
        box.run("git-alone", "git", "merge", theirs)
        names = box.git("git-alone", "diff", "--name-only", "--diff-filter=U").splitlines()
        files += len(names)
        places += sum((box.folder / "git-alone" / name).read_text().count("<<<<<<< ") for name in names)
        box.run("git-alone", "git", "merge", "--abort")
    return files, places


def _union(box: Sandbox, tips: dict[str, str]) -> tuple[Score, str]:
    """What the merges come to with the union that git has, and the commit of the first of them."""
    (box.folder / "git-alone/.git/info/attributes").write_text(UNION)
    box.git("git-alone", "checkout", "-q", "--force", "--detach", tips["devops"])
    box.git("git-alone", "merge", "-q", "--no-edit", tips["tech-lead"])
    first = box.git("git-alone", "rev-parse", "HEAD")
    box.git("git-alone", "merge", "-q", "--no-edit", tips["debugger"])
    return score(box.read("git-alone")), first
