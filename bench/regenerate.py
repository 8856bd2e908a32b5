"""Measure `guard drift` and `guard regenerate` on the shop, and kill it at random moments.

    .venv/bin/python bench/regenerate.py [--runs 7] [--kills 200]

Prints Markdown: processor milliseconds of whole processes, medians, and how many kills left an
application that is neither the old one nor, after the next command, the new one.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHOP = Path(__file__).parents[1] / "examples" / "shop" / "shop.yaml"
GUARD = (sys.executable, "-m", "devmatrix_guard")
_FIELD = "        weight:\n          type: integer\n          minimum: 0\n"


def main() -> int:
    """Measure, print, and return 1 where a kill left something else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--kills", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        old, new = place / "old", place / "new.yaml"
        new.write_text(_with_weight(SHOP.read_text()))
        _run("generate", str(SHOP), "-o", str(old))
        print("| command, on `examples/shop` | CPU, whole process |\n| --- | --- |")
        drift = statistics.median(_timed("drift", str(old)) for _ in range(given.runs))
        print(f"| `guard drift` | {drift:.0f} ms |")
        times = [_regenerated(old, place / f"run{n}", new) for n in range(given.runs)]
        print(f"| `guard regenerate --no-verify`, one field | {statistics.median(times):.0f} ms |")
        torn, finished = _killed(old, new, place, given.kills)
        print(
            f"\n{given.kills} kills: {finished} left the new application or what became it with "
            f"the next command, {given.kills - finished - torn} the old one, {torn} neither."
        )
    return 1 if torn else 0


def _with_weight(text: str) -> str:
    for name in ("Product", "ProductCreate", "ProductUpdate"):
        at = text.index("      properties:\n", text.index(f"\n    {name}:\n"))
        at += len("      properties:\n")
        text = text[:at] + _FIELD + text[at:]
    return text


def _run(*arguments: str) -> None:
    subprocess.run([*GUARD, *arguments], check=True, stdout=subprocess.DEVNULL)


def _timed(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _regenerated(old: Path, copy: Path, spec: Path) -> float:
    shutil.copytree(old, copy)
    return _timed("regenerate", str(copy), "--spec", str(spec), "--no-verify")


def _killed(old: Path, spec: Path, place: Path, kills: int) -> tuple[int, int]:
    """Return how many kills left neither the old nor the new application, and how many the new."""
    wanted = place / "wanted"
    started = time.monotonic()
    _regenerated(old, wanted, spec)
    whole = time.monotonic() - started
    before, after = _files(old), _files(wanted)
    torn = finished = 0
    draw = random.Random(1)
    for _ in range(kills):
        target = place / "target"
        shutil.copytree(old, target)
        _kill_after(draw.uniform(0.3 * whole, 1.1 * whole), target, spec)
        subprocess.run(  # what it says does not matter, but what it leaves
            [*GUARD, "verify", "--static", str(target)], check=False, capture_output=True
        )
        found = _files(target)
        finished += found == after
        torn += found not in (before, after)
        shutil.rmtree(target)
    return torn, finished


def _kill_after(seconds: float, target: Path, spec: Path) -> None:
    command = [*GUARD, "regenerate", str(target), "--spec", str(spec), "--no-verify"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def _files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.relative_to(root).as_posix().startswith(".guard/")
    }


if __name__ == "__main__":
    sys.exit(main())
