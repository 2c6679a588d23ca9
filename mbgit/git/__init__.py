"""The only room that knows git: every question that mbgit puts to it, and every object and ref that it writes.

Use it as one module, `from mbgit import git`. `clone` and `bases` beside it know what a memory bank is.
"""

from __future__ import annotations

from .log import (
    Commit,
    Line,
    Touch,
    beyond,
    blame,
    changes_of,
    commits,
    history,
    is_shallow,
    merge_bases,
    published,
    recent,
    touches,
    versions,
)
from .objects import Objects
from .process import (
    CONFIG_HOOKS,
    LOCAL,
    OLDEST,
    QUIET,
    Environment,
    GitError,
    config,
    configuration,
    ended,
    failure,
    line,
    line_of,
    run,
    version,
)
from .trees import (
    ABSENT,
    FILES,
    Change,
    InTheWay,
    contents,
    differences,
    empty_tree,
    files,
    index_files,
    is_edited,
    modes,
    staged,
    submodules,
)
from .writing import branch, clear_stale_locks, commit, commit_index, forget, point, refs, write_blob

__all__ = [
    "ABSENT", "CONFIG_HOOKS", "FILES", "LOCAL", "OLDEST", "QUIET", "Change", "Commit", "Environment", "GitError",
    "InTheWay", "Line", "Objects", "Touch", "beyond", "blame", "branch", "changes_of", "clear_stale_locks", "commit",
    "commit_index", "commits", "config", "configuration", "contents", "differences", "empty_tree", "ended", "failure",
    "files", "forget", "history", "index_files", "is_edited", "is_shallow", "line", "line_of", "merge_bases", "modes",
    "point", "published", "recent", "refs", "run", "staged", "submodules", "touches", "version", "versions",
    "write_blob",
]  # fmt: skip
