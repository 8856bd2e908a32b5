"""Tells by its exit code whether every file of every installed package is still there.

An installer that was killed leaves packages it would take for installed the next time.
"""

from __future__ import annotations

import sys
from importlib.metadata import distributions
from pathlib import Path


def main() -> int:
    """Return 0 if the environment this runs in is complete, else 1."""
    for distribution in distributions():
        files = distribution.files
        if files is None:
            return 1
        for file in files:
            if file.suffix != ".pyc" and not Path(str(distribution.locate_file(file))).exists():
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
