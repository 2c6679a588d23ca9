"""What the driver line starts. Python compiles it at every start, so it is short; the rest is cached."""

import gc
import marshal
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the line tries whatever is called python3
    sys.exit(1)
gc.disable()  # one merge and the process ends: what a collection could free is not worth looking for
FOLDER = __file__.rpartition("/")[0]


def bundled() -> bool:
    """Whether the modules that every merge takes come from the one file that has them (`bundle`)."""
    try:
        with open(f"{FOLDER}/__pycache__/engine.{sys.implementation.cache_tag}.start", "rb") as file:
            version, code, modules = marshal.loads(file.read())
        if version != sys.version:
            return False
        module = type(sys)("engine.bundle")
        exec(code, module.__dict__)
        return bool(module.use(FOLDER, modules))
    except (OSError, ValueError, EOFError, TypeError):
        return False


if bundled():
    from engine.driver import main  # type: ignore[import-not-found]
else:
    sys.path.insert(0, FOLDER.rpartition("/")[0] or ".")
    try:
        from engine import bundle  # type: ignore[import-not-found]
        from engine.driver import main
    except EOFError:  # Python takes a cache file for whole that a full disk cut short: away with it, for the next start
        import os

        for name in os.listdir(FOLDER + "/__pycache__"):
            os.unlink(f"{FOLDER}/__pycache__/{name}")
        sys.exit(1)
    bundle.save(FOLDER)

main(FOLDER, sys.argv[1:])
