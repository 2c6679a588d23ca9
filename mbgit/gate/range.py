"""`python -m mbgit.range`, as workflows that `install.py --scaffold ci` placed until 0.2 call the gate.

The wheel has this file as `mbgit/range.py`, and only there.
"""

from __future__ import annotations

import sys

from mbgit.gate.__main__ import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
