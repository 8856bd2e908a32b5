"""Runs the hook, and kills it before the step of a number that changes something on the disk.

Started as a module with that number before the hook's own arguments.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

_CHANGING = ("write", "replace", "rename", "link", "unlink", "remove", "mkdir", "fchmod", "fsync")


def main() -> int:
    """Run the hook up to its last step."""
    left = int(sys.argv.pop(1))

    def count(step: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*args, **more)

        return counted

    _replace({getattr(os, name): count(getattr(os, name)) for name in _CHANGING})
    from devmatrix_guard.hook import main as run_hook

    return run_hook()


def _replace(steps: dict[Callable[..., Any], Callable[..., Any]]) -> None:
    """Count steps in `os`, and wherever a module that is loaded keeps them by names of its own."""
    for name, module in list(sys.modules.items()):
        if name == "os" or name.startswith(("devmatrix_guard", "tempfile", "shutil", "pathlib")):
            for own, value in list(vars(module).items()):
                if callable(value) and getattr(value, "__hash__", None) and value in steps:
                    setattr(module, own, steps[value])


if __name__ == "__main__":
    sys.exit(main())
