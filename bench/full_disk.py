"""Run commands on a disk with little room, and look what they leave behind.

Usage: python bench/full_disk.py FOLDER [WORD]

FOLDER is an empty file system of its own, of 60 MB (`mount -t tmpfs -o size=60m tmpfs FOLDER`).
Each command of `bench/kills.py` runs in a copy of its repository there while a file takes all but
so many kilobytes of the room. It has to end as ever, or with one sentence; nothing may be
half-written, and once there is room the next run has to come to what an undisturbed one comes to.
WORD runs only the commands that hold it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.kills import (
    COMMANDS,
    GUARD,
    copy_world,
    judge_end,
    make_world,
    read_state,
    run_again,
    run_here,
)

ROOM_KB = (0, 4, 12, 40, 100, 300, 1000)
_MOST_BYTES = 100_000_000  # a folder with more room is hardly one made for this
_BLOCK = 4096


def main() -> None:
    """Print what is wrong at each room that is left."""
    disk, word = Path(sys.argv[1]), " ".join(sys.argv[2:])
    if _count_free(disk) > _MOST_BYTES or any(disk.iterdir()):
        sys.exit(f"{disk} is not an empty file system of its own; see `{__file__}`.")
    os.environ["GUARD_VECTORS"] = ".guard/vectors"
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        repo = make_world(top)
        for command in COMMANDS:
            if word in " ".join(command):
                start = repo
                if command[0] == "init":
                    start = copy_world(repo, top, "start")
                    run_here(start, "uninstall", "--yes")
                _try(start, top, disk, command)


def _try(start: Path, top: Path, disk: Path, command: tuple[str, ...]) -> None:
    whole = copy_world(start, top, "whole")
    done = run_here(whole, *command)
    wanted = read_state(whole)
    print(f"== {' '.join(command)}: exit {done.returncode}", flush=True)
    for room in ROOM_KB:
        here = copy_world(start, disk, "full")
        scratch = disk / "scratch"
        scratch.mkdir(exist_ok=True)
        _fill(disk / "ballast", _count_free(disk) - room * 1024)
        code, err = _run_full(here, command, scratch)
        (disk / "ballast").unlink()
        for text in judge_end(here, signal.SIGINT, code, err, scratch):
            print(f"{room} KB: {text}", flush=True)
        if code == done.returncode and read_state(here) == wanted:
            continue
        if wrong := run_again(here, command, done.returncode, wanted):
            print(f"{room} KB: ended with {code} {err[-200:]!r}; {wrong}", flush=True)


def _run_full(here: Path, command: tuple[str, ...], scratch: Path) -> tuple[int, str]:
    done = subprocess.run(
        [GUARD, *command], cwd=here, env={**os.environ, "TMPDIR": str(scratch)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    return done.returncode, done.stderr


def _fill(path: Path, count: int) -> None:
    with path.open("wb") as file:
        while count > 0:
            file.write(bytes(min(count, _BLOCK)))
            count -= _BLOCK


def _count_free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


if __name__ == "__main__":
    main()
