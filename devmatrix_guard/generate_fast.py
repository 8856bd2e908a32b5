"""`guard generate SPEC -o DIR` as it is mostly written, without click: a fifth of a small run.

Whatever else stands on the command line, help and mistakes above all, is left to click.
"""

from __future__ import annotations

import gc
from pathlib import Path

from devmatrix_guard.error_handling import accept_any_character, leave_at_once
from devmatrix_guard.errors import EXIT_CLEAN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_VALUES = {"-o": "target", "--output": "target", "--overlay": "overlay"}


def parse_arguments(words: Sequence[str]) -> dict[str, Any] | None:
    """Return the arguments of `run_generate`, or None where click has to look at the words."""
    found: dict[str, Any] = {"overlay": None, "force": False, "memory": True}
    rest = iter(words)
    for word in rest:
        value = next(rest, "-") if word in _VALUES else ""
        if word == "--force":
            found["force"] = True
        elif word in ("--memory", "--no-memory"):
            found["memory"] = word == "--memory"
        elif word in _VALUES and not value.startswith("-"):
            found[_VALUES[word]] = Path(value)
        elif word.startswith("-") or "spec" in found:
            return None
        else:
            found["spec"] = Path(word)
    return found if {"spec", "target"} <= found.keys() else None


def main(arguments: dict[str, Any]) -> None:
    """Generate, say what was made, and leave with the exit code."""
    leave_at_once(lambda: _run(arguments))


def _run(arguments: dict[str, Any]) -> int:
    gc.disable()  # nearly all that a generation loads and makes is in use until it ends
    from devmatrix_guard.commands.application.generate import print_generated, run_generate

    accept_any_character()
    print_generated(run_generate(**arguments))
    return EXIT_CLEAN
