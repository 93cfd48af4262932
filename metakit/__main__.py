"""``python -m metakit`` is the command ``metakit``."""

import sys

from metakit.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
