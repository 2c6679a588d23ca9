"""The whole engine in two cache files: to find and open its modules one by one takes longer than to run them.

One has the modules that every merge takes, and this one with them; the other is opened when one of the rest is wanted.
Both are the same as Python's own `.pyc` files, and beside them: code that was compiled from the sources in this folder,
and that counts only as long as these are what they were.
"""

from __future__ import annotations

import marshal
import sys

try:
    import posix as os
except ImportError:  # not POSIX
    import os  # type: ignore[no-redef]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    Modules = dict[str, tuple[int, int, CodeType | bytes]]
    """By name: when its source was changed in nanoseconds, how large that is, and the code (of `_RARE`, marshalled)."""

_PREFIX = __name__.rpartition(".")[0] + "."
_FIRST = ("files", "result", "clean", "job", "ledger", "driver")
_RARE = frozenset(("ask", "bundle", "clock", "history", "large", "operation", "seen", "superseded"))
"""What a contested place does not take: the others are read in one go, their common strings once."""


class Bundle:
    """A finder and loader for `sys.meta_path`."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.modules: Modules | None = None

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        module = name.removeprefix(_PREFIX)
        if module == name:
            return None
        if self.modules is None:
            self.modules = _read(self.folder) or _discarded(self.folder)
        if module not in self.modules:
            return None
        make: type[ModuleSpec] = sys.modules["_frozen_importlib"].ModuleSpec  # importlib itself is not loaded
        return make(name, self, origin=f"{self.folder}/{module}.py")  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's usual kind of module will do."""

    def exec_module(self, module: ModuleType) -> None:
        assert self.modules is not None
        code = self.modules[module.__name__.removeprefix(_PREFIX)][2]
        exec(marshal.loads(code) if isinstance(code, bytes) else code, module.__dict__)


def use(folder: str, modules: Modules) -> bool:
    """Load `modules`, and have the others come from the other file; False where the sources have changed since."""
    if not _is_current(folder, modules):
        return False
    new = type(sys)
    package = sys.modules[_PREFIX[:-1]] = new(_PREFIX[:-1])
    package.__path__ = [folder]
    sys.meta_path.insert(0, Bundle(folder))
    for name, (_, _, code) in modules.items():  # in the order in which they import one another
        module = sys.modules[_PREFIX + name] = new(_PREFIX + name)
        module.__package__ = _PREFIX[:-1]
        exec(code, module.__dict__)
        setattr(package, name, module)
    return True


def save(folder: str) -> None:
    """Make both files for the next run. Never raises OSError."""
    from .files import write_new

    try:
        first, rest, own = _compiled(folder)
        for name, data in (("bundle", (sys.version, rest)), ("start", (sys.version, own, first))):
            finished = f"{_stem(folder)}.{name}.{os.getpid()}"
            write_new(finished, marshal.dumps(data))
            os.replace(finished, f"{_stem(folder)}.{name}")
    except OSError:
        return


def _read(folder: str) -> Modules:
    try:
        with open(f"{_stem(folder)}.bundle", "rb") as data:
            version, modules = marshal.loads(data.read())
        return modules if version == sys.version and _is_current(folder, modules) else {}
    except (OSError, ValueError, EOFError, TypeError):
        return {}


def _discarded(folder: str) -> Modules:
    """No modules. Removes the first file, so that the next run writes both again."""
    try:  # noqa: SIM105 - contextlib takes long to load
        os.unlink(f"{_stem(folder)}.start")
    except OSError:
        pass
    return {}


def _is_current(folder: str, modules: Modules) -> bool:
    try:
        return all(_state(f"{folder}/{name}.py") == (when, size) for name, (when, size, _) in modules.items())
    except OSError:
        return False


def _compiled(folder: str) -> tuple[Modules, Modules, CodeType]:
    """The modules that every merge takes, the others, and this one's code."""
    names = [file[:-3] for file in os.listdir(folder) if file.endswith(".py") and not file.startswith("__")]
    found: Modules = {}
    for name in (*_FIRST, *sorted({*names}.difference(_FIRST))):
        source = f"{folder}/{name}.py"
        code = _code(source)
        found[name] = (*_state(source), marshal.dumps(code) if name in _RARE else code)
    first = {name: found.pop(name) for name in _FIRST}
    return first, found, _code(f"{folder}/bundle.py")


def _code(source: str) -> CodeType:
    """A module's code without what costs time to load: docstrings, line numbers, annotations."""
    import ast

    with open(source, "rb") as file:
        tree = ast.parse(file.read())
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.test = ast.copy_location(ast.Constant(False), node.test)
    tree.body = [node for node in tree.body if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")]
    return _light(compile(ast.fix_missing_locations(tree), source, "exec", dont_inherit=True, optimize=2))


def _light(code: CodeType) -> CodeType:
    inner = tuple(_light(const) if hasattr(const, "co_linetable") else const for const in code.co_consts)
    return code.replace(co_consts=inner, co_linetable=b"")


def _stem(folder: str) -> str:
    return f"{folder}/__pycache__/engine.{sys.implementation.cache_tag}"


def _state(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size
