"""Runs a program of ours, and stops it before a step that changes something on the disk.

Started as a module with the name of a signal, the number of the step, and the program with its
arguments; `stop_at` does so.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fork_server import ENTRIES
from tests.helpers_fork import Done, run_module

_CHANGING = ("write", "replace", "rename", "link", "unlink", "remove", "mkdir", "fchmod", "fsync")


def stop_at(step: int, by: signal.Signals, root: Path, *command: str) -> Done:
    """Run a command in a folder, and send it a signal before one of its steps."""
    words = (by.name, str(step), *command)
    return run_module(
        Path(sys.executable),
        "tests.commands.check.stopped_run",
        *words,
        cwd=root,
        environment=os.environ,
    )


def main() -> object:
    """Run the program up to the step."""
    name, number, entry = sys.argv[1:4]
    sent, left = signal.Signals[name], int(number)
    sys.argv[:4] = [entry]

    def count(step: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), sent)
            return step(*args, **more)

        return counted

    _replace({getattr(os, name): count(getattr(os, name)) for name in _CHANGING})
    return importlib.import_module(ENTRIES[entry]).main()


def _replace(steps: dict[Callable[..., Any], Callable[..., Any]]) -> None:
    """Count steps in `os`, and wherever a module that is loaded keeps them by names of its own."""
    for name, module in list(sys.modules.items()):
        if name == "os" or name.startswith(("devmatrix_guard", "tempfile", "shutil", "pathlib")):
            for own, value in list(vars(module).items()):
                if callable(value) and getattr(value, "__hash__", None) and value in steps:
                    setattr(module, own, steps[value])


if __name__ == "__main__":
    sys.exit(main())
