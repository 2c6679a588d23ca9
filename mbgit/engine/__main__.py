"""What the driver line starts. Compiled anew at every start, hence short: the rest has a cached form."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the line tries whatever is called python3
    sys.exit(1)
FOLDER = __file__.rpartition("/")[0]
sys.path.insert(0, FOLDER.rpartition("/")[0] or ".")
try:
    from engine import bundle  # type: ignore[import-not-found]

    bundled = bundle.load(FOLDER)
    from engine.driver import main  # type: ignore[import-not-found]
except EOFError:  # Python takes a cache file for whole that a full disk cut short: away with it, before the next start
    import os

    for name in os.listdir(FOLDER + "/__pycache__"):
        os.unlink(f"{FOLDER}/__pycache__/{name}")
    sys.exit(1)

del sys.path[0]
if not bundled:
    bundle.save(FOLDER)
main(FOLDER, sys.argv[1:])
