"""The whole engine in one cache file: to find and open its modules one by one takes longer than to run them.

The same as Python's own `.pyc` files, and beside them: code that was compiled from the sources in this
folder, and that counts only as long as these are what they were.
"""

from __future__ import annotations

import marshal
import sys

from . import files
from .files import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    Modules = dict[str, tuple[str, int, int, CodeType]]
    """By name: source, its time of change in nanoseconds, its size, and the code."""

_PREFIX = __name__.rpartition(".")[0] + "."


class Bundle:
    """A finder and loader for `sys.meta_path`."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        if name not in self.modules:
            return None
        make: type[ModuleSpec] = sys.modules["_frozen_importlib"].ModuleSpec  # importlib itself is not loaded
        return make(name, self, origin=self.modules[name][0])  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's usual kind of module will do."""

    def exec_module(self, module: ModuleType) -> None:
        exec(self.modules[module.__name__][3], module.__dict__)


def load(folder: str) -> bool:
    """Have the engine's modules come from the bundle in `folder`; False where it has none that is current."""
    try:
        version, modules = marshal.loads(files.read(_file(folder)))
        if version != sys.version or any(_state(found[0]) != found[1:3] for found in modules.values()):
            return False
    except (OSError, ValueError, EOFError, TypeError):
        return False
    sys.meta_path.insert(0, Bundle(modules))
    return True


def save(folder: str) -> None:
    """Bundle the modules that are loaded by now, for the next run. Never raises OSError."""
    try:
        data, finished = marshal.dumps((sys.version, _loaded())), f"{_file(folder)}.{os.getpid()}"
        files.write_new(finished, data)
        os.replace(finished, _file(folder))
    except OSError:
        return


def _loaded() -> Modules:
    modules: Modules = {}
    for name, module in list(sys.modules.items()):
        spec = module.__spec__
        if name.startswith(_PREFIX) and name != __name__ and spec and spec.origin and spec.loader:
            state, source = _state(spec.origin), files.read(spec.origin)
            code = compile(source, spec.origin, "exec", dont_inherit=True, optimize=2)
            modules[name] = (spec.origin, *state, _light(code))
    return modules


def _light(code: CodeType) -> CodeType:
    """Code without its table of line numbers, a quarter of what there is to load; docstrings are gone by now."""
    inner = tuple(_light(const) if hasattr(const, "co_linetable") else const for const in code.co_consts)
    return code.replace(co_consts=inner, co_linetable=b"")


def _file(folder: str) -> str:
    return f"{folder}/__pycache__/engine.{sys.implementation.cache_tag}.bundle"


def _state(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size
