"""Every clone of a user at once: drivers, rules and hooks from git's own global files, the engine in the data folder.

A clone's own install outranks all of it: git reads the clone's configuration and `info/attributes` last, and the hook
that stands here yields to the clone's. Text, ledger and refs are the clone's own all the same.
"""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from mbgit import git
from mbgit.bank.kinds import scope
from mbgit.bank.places import PLACES
from mbgit.words import quoted, shown_path

from . import config, environment
from .attributes import Attributes
from .check import Trial
from .engine import Engine
from .options import Options
from .plan import ARMED, UNARMED, Change, Failure, Finding, Interpreter, Site, Step, Work, find_site
from .record import FILE, Record, content, replace
from .shims import EVENTS, Runner, Shims, source

ABOUT = "every clone of yours"
_TEMPLATE = "init.templatedir"  # as git lists it
_NOWHERE = {"GIT_DIR": os.devnull}  # git, asked for what holds in no repository


def site() -> Site:
    """Where everything of it lies: the data folder, taken as a clone would be."""
    folder = environment.home() / "global"
    return Site(folder.parent, folder, folder)


def is_armed() -> bool:
    """Whether it was installed."""
    return (site().home / FILE).exists()


def config_file() -> Path:
    """The file that `git config --global` writes. Raises Failure where there is none."""
    if named := os.environ.get("GIT_CONFIG_GLOBAL"):
        if named == os.devnull:
            raise Failure("GIT_CONFIG_GLOBAL switches git's global configuration off: unset it")
        return Path(named).absolute()
    home, other = _home() / ".gitconfig", _xdg() / "config"
    return other if other.exists() and not home.exists() else home


def attributes_file() -> Path:
    """The file of attributes that git reads for every clone."""
    named = _setting("core.attributesFile")
    return Path(named) if named else _xdg() / "attributes"


def _home() -> Path:
    if not (home := os.environ.get("HOME")):
        raise Failure("HOME is not set, and git's global configuration lies there: set it")
    return Path(home)


def _xdg() -> Path:
    named = os.environ.get("XDG_CONFIG_HOME")
    return (Path(named) if named else _home() / ".config") / "git"


def _setting(key: str) -> str:
    """A path in git's configuration outside of any repository."""
    try:
        return git.line_of(git.run("config", "--type=path", "--get", key, env=_NOWHERE))
    except git.GitError:
        return ""


def prepare(options: Options, interpreter: Interpreter, record: Record) -> Work:
    """What the steps work on. Raises Failure."""
    config_file()
    return Work(site(), options, record, list(PLACES), interpreter)


def driver_steps(work: Work) -> list[Step]:
    """What merging needs."""
    return [Folder(work), Engine(work), config.drivers(work, config_file()), Attributes(work, attributes_file())]


def all_steps(work: Work) -> list[Step]:
    """With the hooks: an older git takes them from the template of new clones."""
    steps: list[Step] = [*driver_steps(work), Runners(work), config.hooks(work, config_file())]
    if git.version() < git.CONFIG_HOOKS:
        steps.append(Template(work))
    return [*steps, *config.personal(work, config_file()), Facts(work)]


def undoable(work: Work) -> list[Step]:
    """What an uninstall takes out, last things first."""
    known = [Path(os.path.normpath(work.site.home / name)) for name in work.record.values.get("files", {})]
    marked = [file for file in known if file.name == "attributes" or file == attributes_file()]
    configs: list[Step] = [config.Config(work, "", {}, file) for file in known if file not in marked]
    texts: list[Step] = [Attributes(work, file) for file in marked]
    return [*configs, *texts, environment.Environment(work), Facts(work)]


def findings(work: Work, looked_at: Site | None) -> Iterator[Finding]:
    """Of each part whether it is armed, a merge by each driver in a scratch clone, and what of all this does not hold
    in one repository."""
    for step in all_steps(work):
        yield from step.verify()
    with _scratch() as scratch:
        yield from Trial(work._replace(site=scratch)).verify()
    if looked_at is not None and (pages := _pages(looked_at.top)):
        yield from _outranked(looked_at.top, pages)
        if not (looked_at.home / FILE).exists():
            yield from Hooks(work._replace(site=looked_at)).verify()


def target(options: Options) -> Site | None:
    """The repository to look at: the one that is named, or around the current folder."""
    try:
        return find_site(Path(*options.target[:1]) if options.target else Path(), bare=None)
    except Failure:
        if options.target:
            raise
        return None


@contextmanager
def _scratch() -> Iterator[Site]:
    """A clone that knows nothing but the user's configuration."""
    with tempfile.TemporaryDirectory(prefix="mbgit-") as folder:
        git.run("init", "-q", "--template=", folder)
        yield find_site(Path(folder))


def _pages(top: Path) -> list[str]:
    """The files of one repository that are governed."""
    listed = os.fsdecode(git.run("ls-files", "-z", "--", *scope(PLACES, ()), cwd=top)).split("\0")
    return [path for path in listed if path.endswith(".md")]


def _outranked(top: Path, pages: list[str]) -> Iterator[Finding]:
    """What of the rules does not hold in one repository, and why."""
    its = git.config("core.attributesFile", "--type=path", cwd=top)
    if its and Path(its) != attributes_file():
        why = f"core.attributesFile is {its} in this clone: git does not read {attributes_file()}"
        yield Finding(UNARMED, f"merge rules in {top}", why)
    said = git.run("check-attr", "-z", "--stdin", "merge", cwd=top, stdin=os.fsencode("\0".join(pages)))
    drivers = dict(zip(pages, os.fsdecode(said).split("\0")[2::3], strict=False))
    others: dict[str, list[str]] = {}
    for path, driver in drivers.items():
        if not driver.startswith("mbgit-"):
            others.setdefault(driver, []).append(path)
    for driver, paths in others.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        why = f"{_where(top, driver)} says merge={driver}: install.py in this clone goes first"
        yield Finding(UNARMED, f"merge of {shown_path(paths[0])}{more}", why)


def _where(top: Path, driver: str) -> str:
    """The file, and the line in it, that names a driver for some path; in words where it is not plain to see."""
    for file in (top / ".git/info/attributes", top / ".gitattributes"):
        for number, line in enumerate((content(file) or b"").decode(errors="replace").split("\n"), 1):
            if f"merge={driver}" in line.split() and not line.startswith("#"):
                return f"{file.relative_to(top)}:{number} ({quoted(line)})"
    return "another file of attributes"


class Folder(Step):
    """The folder of all this, and those that it lies in: what is made here goes with an uninstall."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def do(self) -> list[Change]:
        folder = self.work.site.common
        if folder.exists():
            return []
        return [Change(f"make {self.work.shown(folder)}", partial(self.work.record.make_folder, folder))]


class Runners(Runner):
    """What the hooks start: the runner, the script that lets a clone's own install go first, and the governed paths."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        here, places = os.fsencode(shlex.quote(str(work.site.home))), shlex.join(PLACES).encode()
        text = source("global").replace(b"@HERE", here).replace(b"@PLACES", places)
        self.wanted[work.site.home / "global"] = (text, 0o700)


class Hooks(Shims):
    """The hooks of a clone without an install of its own: from the template, or from git's configuration."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self.shim = template(site().home)

    def _finding(self, event: str) -> Finding:
        found = super()._finding(event)
        if found.state == ARMED or self.elsewhere == os.devnull:
            return found
        why = f"core.hooksPath is {self.elsewhere}" if self.elsewhere else "the file is missing, or not mbgit's"
        return found._replace(state=UNARMED, why=f"{why}: run install.py in this clone")


def template(home: Path) -> bytes:
    """The hook of new clones, which starts what lies in `home`."""
    return source("template").replace(b"@RUN", os.fsencode(shlex.quote(str(home / "global"))))


class Template(Step):
    """`init.templateDir`, where a git before 2.54 has the hooks of a new clone from; with all of git's own template."""

    def __init__(self, work: Work) -> None:
        self.work, self.folder = work, work.site.home / "template"
        self.key = config.Config(work, "hooks of new clones", {_TEMPLATE: str(self.folder)}, config_file())
        self.hook = template(work.site.home)

    def do(self) -> list[Change]:
        if self._taken():
            return []
        stale = [event for event in EVENTS if content(self.folder / "hooks" / event) != self.hook]
        making = Change(f"make the template of new clones in {self.work.shown(self.folder)}", self._make)
        return [*([making] if stale else []), *self.key.do()]

    def verify(self) -> list[Finding]:
        if taken := self._taken():
            why = f"init.templateDir is {taken}: copy {self.folder}/hooks there, or install git 2.54"
            return [Finding(UNARMED, "hooks of new clones", why)]
        if any(content(self.folder / "hooks" / event) != self.hook for event in EVENTS):
            return [Finding(UNARMED, "hooks of new clones", f"{self.folder} does not hold them")]
        return self.key.verify()

    def _taken(self) -> str:
        """The template of somebody else that is in use."""
        named = os.environ.get("GIT_TEMPLATE_DIR") or _setting("init.templateDir")
        return "" if named == str(self.folder) else named

    def _make(self) -> None:
        with tempfile.TemporaryDirectory(dir=self.work.site.home) as place:
            git.run("init", "-q", "--bare", place)
            for name in ("description", "info", "hooks", "branches"):
                found = Path(place, name)
                if found.is_dir():
                    shutil.copytree(found, self.folder / name, dirs_exist_ok=True)
                elif found.exists():
                    self.folder.mkdir(exist_ok=True)
                    shutil.copyfile(found, self.folder / name)
        (self.folder / "hooks").mkdir(parents=True, exist_ok=True)
        for event in EVENTS:
            replace(self.folder / "hooks" / event, self.hook, 0o755)


class Facts(Step):
    """What is noted, and the folder when all else is gone."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def do(self) -> list[Change]:
        path = self.work.python.path
        if self.work.record.values.get("python") == path:
            return []
        text = f"note the interpreter in {self.work.shown(self.work.site.home)}"
        return [Change(text, partial(self.work.record.set, "python", path))]

    def undo(self) -> list[Change]:
        folder = self.work.site.common
        return [Change(f"remove {self.work.shown(folder)}", self._remove)] if folder.exists() else []

    def _remove(self) -> None:
        names = self.work.record.values.get("folders", [])
        made = [Path(os.path.normpath(self.work.site.home / name)) for name in names]
        shutil.rmtree(self.work.site.common, ignore_errors=True)
        for folder in reversed(made):
            with suppress(OSError):  # not empty: others have put something there since
                folder.rmdir()


def summary(work: Work) -> str:
    """What every clone has, in one line; where that is less than all, why."""
    hooks = Template(work).verify() if git.version() < git.CONFIG_HOOKS else []
    lacking = [finding for finding in hooks if finding.state != ARMED]
    if lacking:
        return f"{ABOUT} merges its banks; hooks will not fire: {lacking[0].why}"
    if hooks:
        return f"{ABOUT} merges its banks; new ones have the hooks, older ones get them by: git init"
    return f"{ABOUT} merges its banks, and has the hooks"
