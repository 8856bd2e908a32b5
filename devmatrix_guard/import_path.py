"""Keeps what lies in the folder guard runs in out of the places Python imports from."""

from __future__ import annotations

import os
import sys

_PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120


def remove_current_folder() -> None:
    """Take the current folder, and what is below it, off the import path.

    `python -m` and a PYTHONPATH such as `.` or `src` put it there, and then a `json.py` of the
    checked repository would be run. An environment below the folder, and the one that guard itself
    comes from, stay.
    """
    try:
        here = os.getcwd()  # noqa: PTH109  # pathlib costs a hook milliseconds
    except OSError:
        return  # the folder is gone, and nothing can be imported from it
    sys.path[:] = [entry for entry in sys.path if _is_kept(entry, here)]


def _is_kept(entry: str, here: str) -> bool:
    if entry == _PACKAGE_FOLDER or entry.startswith(
        (sys.prefix + os.sep, sys.base_prefix + os.sep)
    ):
        return True
    whole = os.path.realpath(os.path.join(here, entry))  # noqa: PTH118
    return whole != here and not whole.startswith(here.rstrip(os.sep) + os.sep)
