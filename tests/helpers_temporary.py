"""Where a run of tests keeps its temporary files: in memory, where there is room for them.

Tests write, sync and delete many small files. A disk takes up to ten times as much of the processor
for that as memory does, besides the waiting.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = "/dev/shm"  # noqa: S108 (what lies in it is made by `tempfile`, as elsewhere)
_ROOM = 6 << 30  # bytes; a run of all tests takes a fifth


def use_memory() -> None:
    """Let this process and those it starts keep temporary files in memory.

    A `TMPDIR` that is set stays, and so does the usual place where memory is short.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    if min(shutil.disk_usage(MEMORY).free, _read_free_memory()) < _ROOM:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = MEMORY


def _read_free_memory() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    sizes = dict(line.split(":") for line in lines)
    return int(sizes["MemAvailable"].split()[0]) << 10
