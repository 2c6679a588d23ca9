"""`python -m tests.clones.storm`: see the package."""

import sys

from tests.clones.storm import main

if __name__ == "__main__":
    sys.exit(main())
