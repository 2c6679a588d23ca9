"""Every question that mbgit puts to git, and every object and ref that it writes."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pygit2

OLDEST = (2, 39)
CONFIG_HOOKS = (2, 54)  # from here on git starts the hooks that its configuration names

# What git tells its hooks and aliases about the repository around them: no business of another repository's.
LOCAL = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY",
         "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_NAMESPACE")  # fmt: skip


# `git --literal-pathspecs push` (Magit always says so) reaches the hooks; no pathspec with magic would match anything.
_PATHSPECS = {f"GIT_{how}_PATHSPECS": "0" for how in ("LITERAL", "GLOB", "NOGLOB", "ICASE")}
QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1"} | _PATHSPECS
ABSENT = "000000"  # the mode of a file that is not there
FILES = ("100644", "100755")  # the modes of regular files
_FOLDER = "040000"
_STALE = 60  # seconds after which a lock on a ref of mbgit's own is nobody's
LARGEST = 32 << 20  # bytes of a blob that are taken into memory
_AT_ONCE = 500  # ids: so many fit into a pipe that git has not read from yet
_LOG = ("log", "-z", "--no-show-signature", "--no-color", "--no-notes", "--encoding=UTF-8")
_FIELDS = "--format=%m%H%n%P%n%an%n%ae%n%at%n%ct%n%B"
_DIFF = ("-r", "-z", "--raw", "--no-abbrev", "--no-color", "--no-ext-diff")


# A user's list of commits to ignore is fatal to blame where the file is missing, and cannot be overridden.
_NO_IGNORES = {"GIT_CONFIG_GLOBAL": os.devnull}


Environment = Mapping[str, str | None]
"""Variables for git beside those of this process; None: not that one."""


class GitError(Exception):
    """git refused; the message is what it printed on stderr, in one line; `status` is what it exited with."""

    def __init__(self, message: str, status: int = -1) -> None:
        super().__init__(message)
        self.status = status


def run(*args: str, cwd: Path | None = None, stdin: bytes = b"", env: Environment | None = None) -> bytes:
    """What `git ARGS` prints on stdout. Raises GitError where it fails, or where there is no git."""
    done = ended(*args, cwd=cwd, stdin=stdin, env=env)
    if done.returncode:
        raise failure(args, done)
    return done.stdout


def ended(
    *args: str, cwd: Path | None = None, stdin: bytes = b"", env: Environment | None = None
) -> subprocess.CompletedProcess[bytes]:
    """`git ARGS` once it has ended, in whatever way. Raises GitError where there is no git."""
    command = ["git", *args]
    whole = {name: value for name, value in {**os.environ, **(env or {})}.items() if value is not None}
    try:
        return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=False, env=whole)
    except FileNotFoundError as error:
        raise GitError("git is not installed, or not on PATH") from error


def failure(args: Sequence[str], done: subprocess.CompletedProcess[bytes]) -> GitError:
    """What git's failure is as an error."""
    said = " ".join(done.stderr.decode(errors="replace").split())
    return GitError(said or f"git {args[0]} ended with status {done.returncode}", done.returncode)


def line(*args: str, cwd: Path | None = None) -> str:
    """What `git ARGS` prints, as text without the last line end. Raises GitError."""
    return line_of(run(*args, cwd=cwd))


def config(key: str, *options: str, cwd: Path | None = None) -> str:
    """The value of a key as git sees it there, empty where it has none. Raises GitError."""
    return line("config", *options, "--default", "", "--get", key, cwd=cwd)


def version() -> tuple[int, int]:
    """git's version, as far as it matters. Raises GitError."""
    found = re.search(r"(\d+)\.(\d+)", line("version"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


# -- what a repository holds --------------------------------------------------------------------------------------


class InTheWay(GitError):
    """A symlink, a submodule, or a file where a folder should be: a commit of mbgit's own would take it away."""


class Change(NamedTuple):
    """One file that differs between two trees; an id is empty where the file is not there."""

    path: str
    old_path: str
    """The same, but for a file that was renamed."""
    old_mode: str
    new_mode: str
    old: str
    new: str


class Commit(NamedTuple):
    """One commit, as far as mbgit asks; times are epoch seconds."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    authored: int
    committed: int
    message: str


class History(NamedTuple):
    """Commits, newest first, children before parents; and the commits that the range ends before."""

    commits: list[Commit]
    boundary: list[str]


def history(tips: Sequence[str], known: Sequence[str], most: int, *, remotes: bool = True) -> History:
    """The commits below `tips` that are not below `known`, nor (`remotes`) below a remote-tracking branch.

    At most so many. Raises GitError.
    """
    # By stdin: there may be thousands of them.
    asked = "".join([f"{tip}\n" for tip in tips] + [f"^{commit}\n" for commit in known]).encode()
    but = ["--not", "--remotes"] if remotes else []
    order = ("--topo-order", "--boundary", f"--max-count={most}")
    found = _commits(run(*_LOG, *order, _FIELDS, "--stdin", *but, stdin=asked, env=QUIET))
    return History([c for mark, c in found if mark != "-"], [c.id for mark, c in found if mark == "-"])


def recent(tip: str, most: int) -> list[Commit]:
    """The newest commits below a commit, by date: at most so many, and no more than these are read. Raises GitError."""
    return [found for _, found in _commits(run(*_LOG, f"--max-count={most}", _FIELDS, tip, "--", env=QUIET))]


def commits(ids: Sequence[str]) -> list[Commit]:
    """Some commits by their ids, in the same order. Raises GitError."""
    asked = "".join(f"{name}\n" for name in ids).encode()
    said = run(*_LOG, "--no-walk=unsorted", "--stdin", _FIELDS, stdin=asked, env=QUIET) if ids else b""
    return [found for _, found in _commits(said)]


def is_shallow() -> bool:
    """Whether history ends before its beginning here. Raises GitError."""
    return line("rev-parse", "--is-shallow-repository") == "true"


def _commits(said: bytes) -> list[tuple[str, Commit]]:
    return [_commit(record) for record in said.decode(errors="replace").split("\0") if record]


def _commit(record: str) -> tuple[str, Commit]:
    head, parents, author, email, authored, committed, message = record.split("\n", 6)
    times = (_seconds(authored), _seconds(committed))
    return head[:1], Commit(head[1:], tuple(parents.split()), author, email, *times, message)


def _seconds(text: str) -> int:
    """A commit with a broken date has none: 1970."""
    return int(text) if text.isdigit() and len(text) < 12 else 0


class Touch(NamedTuple):
    """A commit, and the files that it changed."""

    id: str
    email: str
    committed: int
    paths: list[str]


def touches(tip: str, since: int, paths: Sequence[str] | None) -> list[Touch]:
    """The commits below `tip` since a time (epoch seconds), newest first, that changed files below `paths`.

    None: all commits, without files. What only a merge changed is left out. Raises GitError.
    """
    which = ("--no-renames", "--name-only") if paths is not None else ()
    limit = (f"--since={since}", "--format=%x00%H%n%ae%n%ct", *which, tip, "--", *(paths or ()))
    said = run("-c", "core.quotePath=false", *(word for word in _LOG if word != "-z"), *limit, env=QUIET)
    records = (record.split("\n") for record in os.fsdecode(said).split("\0") if record.strip())
    return [Touch(row[0], row[1], _seconds(row[2]), [path for path in row[3:] if path]) for row in records]


def differences(pairs: Sequence[tuple[str, str]], paths: Sequence[str], *, renames: bool = False) -> list[list[Change]]:
    """For each pair (commit, older commit) the files below `paths` in which they differ. Raises GitError.

    An older commit that is empty stands for no parent at all.
    """
    if not pairs:
        return []
    asked = "".join(f"{new} {old}".rstrip() + "\n" for new, old in pairs).encode()
    follow = "-M" if renames else "--no-renames"
    said = run("diff-tree", "--stdin", "--always", "--root", "-m", *_DIFF, follow, "--", *paths, stdin=asked, env=QUIET)
    return list(_records(said))


def staged(against: str, paths: Sequence[str], *, renames: bool = False) -> list[Change]:
    """The files below `paths` in which the index differs from a commit (or a tree). Raises GitError."""
    follow = "-M" if renames else "--no-renames"
    said = run("diff-index", "--cached", *_DIFF, follow, against, "--", *paths, env=QUIET)
    return next(_records(b"\0" + said), [])


def contents(commit: str, paths: Sequence[str]) -> list[Change]:
    """The files of a commit below `paths`, all of them as new ones. Raises GitError."""
    said = run("diff-tree", *_DIFF, "--no-renames", empty_tree(commit), commit, "--", *paths, env=QUIET)
    return next(_records(b"\0" + said), [])


def _records(said: bytes) -> Iterator[list[Change]]:
    """What `--raw -z` prints, a list for each header (a token without a colon in front)."""
    tokens = iter(os.fsdecode(said).split("\0"))
    found: list[Change] | None = None
    for token in tokens:
        if token.startswith(":"):
            old_mode, new_mode, old, new, status = token[1:].split(" ")
            before = next(tokens)
            after = next(tokens) if status[0] in "RC" else before
            gone = (old_mode == ABSENT, new_mode == ABSENT)
            assert found is not None
            found.append(Change(after, before, old_mode, new_mode, "" if gone[0] else old, "" if gone[1] else new))
        elif token or found is None:
            if found is not None:
                yield found
            found = []
    if found is not None:
        yield found


def files(commit: str, paths: Sequence[str]) -> dict[str, str]:
    """The regular files of a commit below `paths` (pathspecs), with their blobs' ids.

    Raises GitError, also where there is no such commit.
    """
    said = run("diff-tree", *_DIFF, "--no-renames", empty_tree(commit), commit, "--", *paths, env=QUIET)
    return {change.path: change.new for change in next(_records(b"\0" + said), []) if change.new_mode in FILES}


def submodules(revision: str) -> set[str]:
    """Where a revision (empty: the index) says that submodules lie; none where it cannot be read."""
    try:
        said = run("config", "--blob", f"{revision}:.gitmodules", "-z", "--get-regexp", r"^submodule\..*\.path$")
    except GitError:
        return set()
    return {value.strip("/") for entry in os.fsdecode(said).split("\0") if (value := entry.partition("\n")[2])}


def beyond(commits: Sequence[str], tips: Sequence[str]) -> list[str]:
    """Those of some commits that no tip contains. Raises GitError."""
    asked = "".join([f"{commit}\n" for commit in commits] + [f"^{tip}\n" for tip in tips]).encode()
    found = set(line_of(run("rev-list", "--stdin", stdin=asked, env=QUIET)).split())
    return [commit for commit in commits if commit in found]


def published(commit: str, below: str = "refs/remotes") -> list[str]:
    """The branches below a prefix that contain a commit. Raises GitError."""
    rows = line("for-each-ref", "--format=%(refname) %(symref)", "--contains", commit, below).split("\n")
    return [row.strip() for row in rows if row.endswith(" ")]


def merge_bases(commits: Sequence[str]) -> list[str]:
    """The best common ancestors of some commits; none where they share no history. Raises GitError."""
    try:
        return line("merge-base", "--all", *commits).split("\n")
    except GitError as error:
        if error.status == 1:
            return []
        raise


class Line(NamedTuple):
    """A line of a file, and who wrote it: in which commit, and when (epoch seconds)."""

    text: str
    commit: str
    author: str
    email: str
    authored: int


def blame(commit: str, path: str) -> list[Line]:
    """The lines of a file in a commit (an id), with their authors. Raises GitError."""
    said = run("blame", "--porcelain", "--no-textconv", "--encoding=UTF-8", commit, "--", path, env=QUIET | _NO_IGNORES)
    known: dict[str, dict[str, str]] = {}
    found, at = [], ""
    for row in said.decode(errors="replace").split("\n"):
        key, _, value = row.partition(" ")
        if row.startswith("\t"):
            facts = known[at]
            mail = facts.get("author-mail", "").strip("<>")
            found.append(Line(row[1:], at, facts.get("author", ""), mail, _seconds(facts.get("author-time", ""))))
        elif len(key) == len(commit):
            at = key
            known.setdefault(at, {})
        elif at:
            known[at][key] = value
    return found


def changes_of(commit: str, path: str, most: int) -> list[tuple[str, str]]:
    """What the newest commits of all branches of history made of a file: the blob before and after, newest first.

    Zeros: it was not there. A merge is held against each of its parents, also against one whose file it has. Raises
    GitError.
    """
    which = ("--full-history", "--topo-order", "--diff-merges=separate", f"--max-count={most}")
    how = ("--raw", "--no-abbrev", "--no-renames", "--format=%H %P", "--no-show-signature")
    rows = line("log", *which, *how, commit, "--", f":(top,literal){path}").split("\n")
    found: list[tuple[str, str]] = []
    told = _with_headers(row.split() for row in rows if row)
    for header, group in groupby(told, key=itemgetter(0)):
        pairs = [(words[2], words[3]) for _, words in group]
        same = [(pairs[0][1], pairs[0][1])] if len(pairs) < len(header) - 1 else []
        found += pairs + same
    return found


def versions(since: str, tip: str, path: str) -> set[str]:
    """The blobs that a file was in the commits up to a tip that stand on another commit. Raises GitError."""
    which = ("--ancestry-path", "--full-history", "--diff-merges=separate", f"{since}..{tip}")
    how = ("--raw", "--no-abbrev", "--no-renames", "--format=", "--no-show-signature")
    rows = line("log", *which, *how, "--", f":(top,literal){path}").split("\n")
    return {blob for row in rows if row.startswith(":") and (blob := row.split()[3]).strip("0")}


def _with_headers(rows: Iterable[list[str]]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The raw rows of a log, each behind the ids of its commit and that one's parents."""
    header: tuple[str, ...] = ()
    for words in rows:
        if words[0].startswith(":"):
            yield header, words
        else:
            header = tuple(words)


_EMPTY_TREES = {  # by the length of ids: git knows them whether they are stored or not
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def empty_tree(beside: str = "") -> str:
    """The id of the tree without files; git is asked only where `beside` is no id of this repository.

    Raises GitError.
    """
    return _EMPTY_TREES[len(beside)] if _ID.fullmatch(beside) else line_of(run("hash-object", "-t", "tree", "--stdin"))


def index_files() -> set[str]:
    """Every path in the index. Raises GitError."""
    return set(os.fsdecode(run("ls-files", "--cached", "-z", "--full-name", ":/", env=QUIET)).split("\0")) - {""}


class Objects:
    """Reads objects by name, through one process of git. Use it as a context manager, or close it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._kept: dict[str, bytes | None] = {}

    def __enter__(self) -> Objects:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                with suppress(BrokenPipeError):  # git has ended before
                    pipe.close()
            self._process.wait()
            self._process = None

    def blob(self, name: str) -> bytes | None:
        """A file's bytes, by its id or as `REV:PATH`; None where no file (or one too large) is there."""
        if name not in self._kept:
            kind, data = self._ask("contents", name)
            self._kept[name] = data if kind == "blob" else None
        return self._kept[name]

    def read_ahead(self, ids: Iterable[str]) -> None:
        """Read many blobs in few goes: to ask for one after the other takes longer than all else."""
        missing = [name for name in dict.fromkeys(ids) if name and name not in self._kept]
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            self._say("".join(f"contents {name}\n" for name in some))
            for name in some:
                kind, data = self._answer("contents")
                if self._process is None:  # git has ended over a broken object: `blob` asks for the others one by one
                    return
                self._kept[name] = data if kind == "blob" else None

    def kind(self, name: str) -> str:
        """blob, tree, commit or tag; empty where nothing has that name."""
        return self._ask("info", name)[0]

    def id(self, name: str) -> str:
        """The id of an object; empty where nothing has that name."""
        return self._ask("info", name)[1].decode()

    def commit(self, name: str) -> str:
        """The id of the commit that a name means, through tags; empty where it means none."""
        return self._ask("info", f"{name}^{{commit}}")[1].decode()

    def _ask(self, how: str, name: str) -> tuple[str, bytes]:
        """(kind, contents) or (kind, id) of an object."""
        if "\n" in name or "\0" in name or not name:
            return "", b""
        self._say(f"{how} {name}\n")
        return self._answer(how)

    def _say(self, text: str) -> None:
        to_git = self._pipes()[0]
        with suppress(BrokenPipeError):
            to_git.write(os.fsencode(text))
            to_git.flush()

    def _answer(self, how: str) -> tuple[str, bytes]:
        from_git = self._pipes()[1]
        said = from_git.readline()
        if not said:  # a name such as `@{upstream}` where there is none ends git; the next question starts another
            self.close()
        words = said.rstrip(b"\n").rsplit(b" ", 2)
        if len(words) < 3 or not words[2].isdigit():
            return "", b""
        if how == "info":
            return words[1].decode(), words[0]
        return self._contents(from_git, words[1].decode(), int(words[2]))

    def _contents(self, from_git: IO[bytes], kind: str, size: int) -> tuple[str, bytes]:
        if size <= LARGEST:
            return kind, from_git.read(size + 1)[:-1]
        left = size + 1
        while left > 0:
            left -= len(from_git.read(min(left, 1 << 20))) or left
        return "", b""

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            command = ["git", "cat-file", "--batch-command"]
            env = {**os.environ, **QUIET}
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


def write_blob(data: bytes) -> str:
    """Store a blob; its id. Raises GitError."""
    return line_of(run("hash-object", "-w", "--stdin", stdin=data))


def point(ref: str, target: str, old: str | None = None) -> None:
    """Let a ref of mbgit's own point at an object, if it still points at `old` (None: whatever it was).

    Raises GitError.
    """
    run("update-ref", ref, target, *([] if old is None else [old or "0" * len(target)]))


def clear_stale_locks(common: Path, now: float) -> None:
    """Take away the locks that a process which was killed has left on refs of mbgit's own.

    `common` is the repository's folder, `now` the machine's time in epoch seconds. git leaves that to people; but
    nobody is told of these refs' locks, and nothing of mbgit's holds one for long. Raises OSError.
    """
    for lock in (common / "refs/mbgit").rglob("*.lock"):
        with suppress(FileNotFoundError):
            if now - lock.stat().st_mtime > _STALE:
                lock.unlink()


def forget(ref: str) -> None:
    """Take a ref of mbgit's own away; one that is not there is fine. Raises GitError."""
    run("update-ref", "-d", ref)


def refs(*below: str, cwd: Path | None = None) -> list[str]:
    """The refs below prefixes, or that fit patterns, in the order of their names. Raises GitError."""
    return line("for-each-ref", "--format=%(refname)", "--sort=refname", *below, cwd=cwd).split()


def commit(parent: str, edits: Mapping[str, bytes | None], message: str) -> str:
    """Store a commit that is `parent` but for some files (None: without that file); its id.

    From objects alone: no checkout, no index, no ref. It belongs to who would commit here now. A file keeps its mode.
    Raises GitError; InTheWay where something else than a regular file would be overwritten.
    """
    import pygit2

    standing = modes(parent, edits)
    author, committer = (line("var", f"GIT_{who}_IDENT") for who in ("AUTHOR", "COMMITTER"))
    try:
        repository = pygit2.Repository(os.environ.get("GIT_DIR") or pygit2.discover_repository("."))
        tree = _edited(repository, parent, edits, standing)
        whom = (_signature(author), _signature(committer))
        return str(repository.create_commit(None, *whom, message, tree, [pygit2.Oid(hex=parent)]))
    except (pygit2.GitError, KeyError, ValueError, TypeError):
        return _commit_by_git(parent, edits, standing, message)


def modes(commit: str, paths: Collection[str]) -> dict[str, str]:
    """The modes of those of some files that a commit has.

    Raises GitError; InTheWay where a symlink, a submodule or a folder stands in place of one, or a file above it.
    """
    folders = {path[:end] for path in paths for end, char in enumerate(path) if char == "/"}
    said = run("ls-tree", "-z", "--full-tree", commit, "--", *sorted({*folders, *paths}), env=QUIET)
    found = {}
    for row in filter(None, os.fsdecode(said).split("\0")):
        facts, _, path = row.partition("\t")
        mode = facts.partition(" ")[0]
        if path in paths and mode in FILES:
            found[path] = mode
        elif path in paths or (path in folders and mode != _FOLDER):
            raise InTheWay(f"{path} is in the way")
    return found


def _edited(
    repository: pygit2.Repository, parent: str, edits: Mapping[str, bytes | None], modes: Mapping[str, str]
) -> pygit2.Oid:
    """The tree of a commit with some files as they are to be, stored."""
    import pygit2

    index = pygit2.Index()
    index.read_tree(repository[parent].peel(pygit2.Tree))
    for path, data in edits.items():
        if data is None:
            index.remove(path)
        else:
            mode = pygit2.enums.FileMode(int(modes.get(path, FILES[0]), 8))
            index.add(pygit2.IndexEntry(path, repository.create_blob(data), mode))
    return index.write_tree(repository)


def _signature(ident: str) -> pygit2.Signature:
    import pygit2

    who, _, when = ident.rpartition("> ")
    name, _, email = who.partition(" <")
    seconds, zone = when.split(" ")
    minutes = (int(zone[1:3]) * 60 + int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
    return pygit2.Signature(name, email, int(seconds), minutes, "utf-8")


def _commit_by_git(parent: str, edits: Mapping[str, bytes | None], modes: Mapping[str, str], message: str) -> str:
    """The same in a repository that libgit2 does not open (reftable, SHA-256), with an index in a folder of its own."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        env = {"GIT_INDEX_FILE": f"{folder}/index"}
        run("read-tree", parent, env=env)
        tree = _tree_with(edits, modes, env)
    made = run("commit-tree", tree, "-p", parent, "--no-gpg-sign", stdin=message.encode(errors="replace"))
    return line_of(made)


def _tree_with(edits: Mapping[str, bytes | None], modes: Mapping[str, str], env: dict[str, str]) -> str:
    """Store the tree of an index that `env` names, with some files as they are to be; its id."""
    gone = "0" * len(empty_tree())
    rows = "".join(
        f"0 {gone}\t{path}\0" if data is None else f"{modes.get(path, FILES[0])} {write_blob(data)}\t{path}\0"
        for path, data in edits.items()
    )
    run("update-index", "-z", "--index-info", stdin=os.fsencode(rows), env=env)
    return line_of(run("write-tree", env=env))


def commit_index(edits: Mapping[str, bytes | None], message: str) -> str:
    """Store a commit that is what is staged but for some files (None: without that file), upon HEAD; its id.

    The index itself is not touched: a copy of it is written to. Raises GitError, OSError.
    """
    import shutil
    import tempfile

    index = Path(os.environ.get("GIT_INDEX_FILE") or line("rev-parse", "--git-path", "index"))
    with tempfile.TemporaryDirectory(dir=index.resolve().parent, prefix="mbgit-") as folder:
        env = {"GIT_INDEX_FILE": f"{folder}/index"}
        shutil.copyfile(index, f"{folder}/index")
        listed = os.fsdecode(run("ls-files", "-s", "-z", "--full-name", ":/", env=env)).split("\0")
        modes = {path: facts[:6] for facts, _, path in (row.partition("\t") for row in listed if row)}
        tree = _tree_with(edits, modes, env)
    try:
        parents = ["-p", line("rev-parse", "--verify", "--quiet", "HEAD^{commit}")]
    except GitError:
        parents = []
    made = run("commit-tree", tree, *parents, "--no-gpg-sign", stdin=message.encode(errors="replace"))
    return line_of(made)


def is_edited(path: str, against: str = "") -> bool:
    """Whether a file of the worktree differs from what is staged, or from a commit. Raises GitError."""
    try:
        run(
            "diff",
            *([against] if against else []),
            "--quiet",
            "--no-ext-diff",
            "--",
            f":(top,literal){path}",
            env=QUIET,
        )
    except GitError as error:
        if error.status == 1:
            return True
        raise
    return False


def branch(ref: str = "HEAD") -> str:
    """The branch that HEAD (or another symbolic ref) is on, in short; empty where it is on none."""
    try:
        return line("symbolic-ref", "--quiet", "--short", ref)
    except GitError:
        return ""


def line_of(said: bytes) -> str:
    """What git printed, as text without the last line end."""
    return os.fsdecode(said).removesuffix("\n")


def configuration(cwd: Path | None = None) -> dict[str, str]:
    """All of git's configuration as it holds there, the last value of each key. Raises GitError."""
    entries = os.fsdecode(run("config", "--null", "--list", cwd=cwd, env=QUIET)).split("\0")
    return {key: value for key, _, value in (entry.partition("\n") for entry in entries if entry)}
