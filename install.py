"""Set up a git clone so that its memory banks merge themselves: `python3 install.py [TARGET]`."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - who starts this has no other way to know
    sys.exit(f"install.py: Python 3.11 or newer is needed, this is {sys.version.split()[0]}")

from mbgit.install import bootstrap

if __name__ == "__main__":
    sys.exit(bootstrap.main(sys.argv[1:]))
