"""Starts guard in the checkout: `python -I guard.py CHECKOUT ARGUMENT...`.

Python itself starts outside the checkout and isolated, and has read guard before it goes there, so
that nothing the checkout holds is ever on its path.
"""

from __future__ import annotations

import os
import sys

from devmatrix_guard.__main__ import main

if __name__ == "__main__":
    os.chdir(sys.argv.pop(1))
    sys.argv[0] = "guard"
    main()
