"""What the driver line starts. Compiled anew at every start, hence short: the rest has a cached form."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the line tries whatever is called python3
    sys.exit(1)
FOLDER = __file__.rpartition("/")[0]
sys.path.insert(0, FOLDER.rpartition("/")[0] or ".")
from engine import bundle  # type: ignore[import-not-found]  # noqa: E402

bundled = bundle.load(FOLDER)
from engine.driver import main  # type: ignore[import-not-found]  # noqa: E402

del sys.path[0]
if not bundled:
    bundle.save(FOLDER)
main(FOLDER, sys.argv[1:])
