"""Runs a command and ends it, with all it started, when it takes too long.

Usage: bounded.py SECONDS COMMAND... Ends with 124 in that case, else with the command's own code.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

_TOO_LONG = 124  # as timeout(1), which not every system has


def main() -> int:
    """Run the command of the arguments; return its exit code."""
    seconds, *command = sys.argv[1:]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(float(seconds))
    except subprocess.TimeoutExpired:
        return _TOO_LONG
    finally:
        # Even a command that has ended may have left a child behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
