"""Real git in a sealed room: HOME, config, clock and identity come from the test alone."""

from __future__ import annotations

import atexit
import compileall
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from mbgit.bank.layouts import LAYOUTS
from mbgit.bank.places import PLACES
from mbgit.install.engine import SOURCE

GIT = os.environ.get("MBGIT_TEST_GIT", "git")
ROOT = Path(__file__).resolve().parent.parent
START = 1_760_000_000  # 2025-10-09 08:53:20 UTC: every test's clock begins here


def storms(values: Iterable[tuple[object, ...]]) -> list[ParameterSet]:
    """Parameters for the long runs alone."""
    return [pytest.param(*row, marks=pytest.mark.storm) for row in values]


def sealed_env(home: Path, **extra: str) -> dict[str, str]:
    """An environment that knows nothing of the machine's user: PATH is all that is inherited."""
    path = os.environ["PATH"]
    if GIT != "git":
        path = f"{Path(GIT).parent}{os.pathsep}{path}"
    env = {
        "PATH": path,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    return env | extra


def merge_file(base: bytes, ours: bytes, theirs: bytes) -> tuple[bool, bytes]:
    """git's own merge of the lines: whether it is clean, and what it gives (markers where it is not)."""
    with tempfile.TemporaryDirectory(prefix="mbgit-lines-") as room:
        for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
            Path(room, name).write_bytes(text)
        argv = [GIT, "merge-file", "-p", "-q", "ours", "base", "theirs"]
        done = subprocess.run(argv, cwd=room, env=sealed_env(Path(room)), capture_output=True)
    return done.returncode == 0, done.stdout


class Clone:
    """A working clone: `clone.git("pull")`, `clone.write(...)`, `clone.commit(...)`."""

    clock = START

    def __init__(self, path: Path, home: Path, who: str = "Ada") -> None:
        self.path, self.home, self.who = path, home, who

    def env(self, **extra: str) -> dict[str, str]:
        mail = f"{self.who.lower().replace(' ', '.')}@example.org"
        stamp = f"{Clone.clock} +0000"
        return sealed_env(
            self.home,
            GIT_AUTHOR_NAME=self.who, GIT_AUTHOR_EMAIL=mail, GIT_AUTHOR_DATE=stamp,
            GIT_COMMITTER_NAME=self.who, GIT_COMMITTER_EMAIL=mail, GIT_COMMITTER_DATE=stamp,
        ) | extra  # fmt: skip

    def run(self, *argv: str, check: bool = True, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the clone; a failure shows both streams."""
        done = subprocess.run(
            argv, cwd=self.path, env=self.env(**extra), input=stdin, text=True, errors="surrogateescape",
            capture_output=True, timeout=120,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"{argv} exited {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def git(self, *args: str, check: bool = True, **extra: str) -> str:
        """Run git; returns what it printed on stdout, stripped."""
        return self.run(GIT, *args, check=check, **extra).stdout.strip()

    def write(self, name: str, text: str | bytes) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def read(self, name: str) -> str:
        return (self.path / name).read_bytes().decode(errors="surrogateescape")

    def commit(self, message: str = "work", later: int = 60, **files: str) -> str:
        """Write `files` (none: what is there), commit all, `later` seconds after the last commit; the commit's id."""
        return self._commit([message], later, files)

    def past_gate(self, message: str = "work", later: int = 60, **files: str) -> str:
        """The same without mbgit's check before a commit, which costs a Python: for tests of what comes after it."""
        return self._commit([message, "--no-verify"], later, files)

    def _commit(self, how: Sequence[str], later: int, files: Mapping[str, str]) -> str:
        Clone.clock += later
        for name, text in files.items():
            self.write(name, text)
        self.git("add", "-A")
        self.git("commit", "-qm", *how)
        return self.head

    @property
    def head(self) -> str:
        """The id of the commit that HEAD means: read where it usually stands, else asked for."""
        try:
            ref = (self.path / ".git/HEAD").read_text().removeprefix("ref: ").strip()
            return (self.path / ".git" / ref).read_text().strip() if ref.startswith("refs/heads/") else ref
        except OSError:
            return self.git("rev-parse", "HEAD")

    def configure(self, values: Mapping[str, str]) -> None:
        """Set keys (`section.key` or `section.name.key`) of the configuration: what `git config` does for each."""
        file = self.common / "config"
        with open(file, "a") as config:
            for key, value in values.items():
                section, _, name = key.rpartition(".")
                head, _, within = section.partition(".")
                quoted = value.replace("\\", "\\\\").replace('"', '\\"')
                config.write(f'[{head} "{within}"]\n' if within else f"[{head}]\n")
                config.write(f'\t{name} = "{quoted}"\n')

    @property
    def common(self) -> Path:
        """git's folder that all worktrees share."""
        folder = self.path / ".git"
        return folder if folder.is_dir() else self.path / self.git("rev-parse", "--git-common-dir")


def install(clone: Clone, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run install.py in the clone with the interpreter of the tests (no environment is made). A bank that is named is
    there, as a folder at least.
    """
    for bank in (bank for word, bank in pairwise(args) if word == "--bank"):
        (clone.path / bank).mkdir(parents=True, exist_ok=True)
    return clone.run(sys.executable, str(ROOT / "install.py"), "--python", sys.executable, *args, check=check)


_WARM = """
import sys
sys.path.insert(0, sys.argv[1].rpartition("/")[0])
from engine import bundle
bundle.save(sys.argv[1])
"""


def warm(engine: Path) -> None:
    """Let a copy of the engine (a folder of that name) have its bundle, as its first merge leaves it behind."""
    subprocess.run([sys.executable, "-IS", "-c", _WARM, str(engine)], check=True)


@cache
def compiled_engine() -> Path:
    """The engine in a folder of its own, compiled and bundled."""
    folder = Path(tempfile.mkdtemp(prefix="mbgit-engine-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(SOURCE, folder / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(folder, quiet=2)
    warm(folder / "engine")
    return folder / "engine"


_COPIED = ("--bank", "--scaffold", "--personas")  # options with a value of which a copy can be made
_MODELS: dict[tuple[object, ...], tuple[Path, str]] = {}


def armed(clone: Clone, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """What `install` does, copied from a repository where it was done before: for tests that are not about it."""
    values = dict(zip(args[::2], args[1::2], strict=False))
    persona = values.pop("--persona", "")
    copied = set(values) <= set(_COPIED) and values.get("--scaffold", "buffers") in LAYOUTS
    if len(args) % 2 or not copied or not _is_untouched(clone):
        return install(clone, *args, check=check)
    scaffold = "--scaffold" in values  # a persona's name gets into its files
    banks = tuple(place for place in PLACES if (clone.path / place).is_dir())
    key = (banks, *values.items(), persona if scaffold else "", Clone.clock // 86_400)
    if key not in _MODELS:
        _MODELS[key] = _model(banks, clone.home, args if scaffold else [word for row in values.items() for word in row])
    _copy_arms(*_MODELS[key], clone, scaffold=scaffold)
    if persona and not scaffold:
        clone.configure({"mbgit.persona": persona})
    return subprocess.CompletedProcess([], 0, "", "")


def _copy_arms(model: Path, added: str, clone: Clone, *, scaffold: bool) -> None:
    """Copy what install.py has put into a model; without a scaffold the templates are those of a bank of buffers."""
    folder, inside = clone.path / ".git", model / ".git"
    shutil.copytree(inside / "mbgit", folder / "mbgit", symlinks=True)
    for name in ("hooks", "info", "refs/mbgit", "objects"):
        shutil.copytree(inside / name, folder / name, dirs_exist_ok=True)
    if scaffold:
        shutil.copytree(model, clone.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    with open(folder / "config", "a") as config:
        config.write(added.replace(str(inside), str(folder)))


def _is_untouched(clone: Clone) -> bool:
    """Whether nothing in the clone or its user's configuration makes install.py do other things than elsewhere."""
    folder, own = clone.path / ".git", clone.home / ".gitconfig"
    if not folder.is_dir() or (folder / "mbgit").exists() or own.exists():
        return False
    hooks = [file for file in (folder / "hooks").glob("*") if file.suffix != ".sample"]
    config = (folder / "config").read_text().lower()
    return not hooks and not any(word in config for word in ("hookspath", "worktreeconfig", "[mbgit", "\"mbgit-"))


def _model(banks: tuple[str, ...], home: Path, args: Sequence[str]) -> tuple[Path, str]:
    """A repository with these banks that install.py has set up, and what was added to its configuration."""
    folder = Path(tempfile.mkdtemp(prefix="mbgit-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    model = Clone(folder, home)
    model.git("init", "-q", "--template=", "-b", "main")
    for bank in banks:
        (folder / bank).mkdir(parents=True)
    before = model.read(".git/config")
    install(model, *args)
    warm(folder / ".git/mbgit/engine")
    return folder, model.read(".git/config").removeprefix(before)
