"""How fast `guard learn` is, how much memory it takes, and what is left after a kill.

    .venv/bin/python bench/learn_speed.py CLONE... [--limit N] [--kills 20] [--seconds 900]

For each clone, in a clone of it that shares its objects: a first run, then one after a new commit.
Seconds are of the processor, git's included; memory is the largest resident set. With `--kills`
that many first runs are killed at a random moment and run again: said is how many of its commits
the second run had not to read again, how its processor time compares with a whole run's, and
whether it ended with the same rules and the same memory as a run that nobody killed. No kill begins
after `--seconds`, so that a busy machine makes fewer of them and not a run without end.
Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.commands.learn.cache import read_known  # noqa: E402
from devmatrix_guard.commands.learn.results.folders import CACHE_NAME  # noqa: E402

# What is kept of a run on its way is kept every half minute; a bench has no time for that.
_LEARN = (
    "import sys; from devmatrix_guard.commands.learn import history; "
    "history._KEEP_SECONDS = float(sys.argv.pop(1)); "
    "from devmatrix_guard.__main__ import main; main()"
)
_COLUMNS = (
    "repository", "commits", "fixes", "CPU s", "commits a second", "fixes a second", "MB",
    "CPU s after one more commit",
)  # fmt: skip
_OF_A_RUN = ("pipeline_runs", "sqlite_sequence", "memory_facts")  # names made by chance
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")


class Run(NamedTuple):
    """One run: what it printed, and what it took."""

    report: dict[str, Any]
    seconds: float
    megabytes: int
    wall: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clones", type=Path, nargs="+")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=900, help="of the clock, for the kills")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print("| " + " | ".join(_COLUMNS) + " |\n|" + " --- |" * len(_COLUMNS), flush=True)
    options = ["--limit", str(given.limit)] if given.limit else []
    for clone in given.clones:
        with tempfile.TemporaryDirectory(prefix="guard-learn-") as folder:
            copy = make_copy(clone, Path(folder) / "clone")
            print(measure(clone.name, copy, options), flush=True)
            if given.kills:
                until = time.monotonic() + given.seconds
                chance = random.Random(given.seed)
                print(kill_often(copy, options, given.kills, chance, until), flush=True)


def make_copy(clone: Path, copy: Path) -> Path:
    """Return a clone that shares the objects of another, in which commits can be made."""
    subprocess.run(["git", "clone", "-q", "--shared", clone, copy], check=True)
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.invalid")):
        subprocess.run(["git", "-C", copy, "config", name, value], check=True)
    return copy


def measure(name: str, copy: Path, options: list[str]) -> str:
    """Return the row of one clone."""
    first = learn(copy, options)
    (copy / "added_by_bench.py").write_text("def area(width):\n    return width * width\n")
    subprocess.run(["git", "-C", copy, "add", "added_by_bench.py"], check=True)
    subprocess.run(["git", "-C", copy, "commit", "-qm", "Add area"], check=True)
    again = learn(copy, options)
    subprocess.run(["git", "-C", copy, "reset", "-q", "--hard", "HEAD~1"], check=True)
    commits, fixes = first.report["commits"], first.report["fixes"]
    values = (
        name, f"{commits:,}", f"{fixes:,}", f"{first.seconds:.1f}",
        f"{commits / first.seconds:.0f}", f"{fixes / first.seconds:.0f}",
        first.megabytes, f"{again.seconds:.1f}",
    )  # fmt: skip
    return "| " + " | ".join(map(str, values)) + " |"


def learn(copy: Path, options: list[str], *, keep: float = 30, kill_after: float = 0) -> Run:
    """Learn, and kill it after so many seconds of the clock where that is asked for."""
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        command = [sys.executable, "-c", _LEARN, str(keep), "learn", "--format", "json", *options]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        running = subprocess.Popen(
            command, cwd=copy, stdout=output, stderr=subprocess.DEVNULL, env=environ
        )
        if kill_after:
            time.sleep(kill_after)
            os.kill(running.pid, signal.SIGKILL)  # one that ended is there until it is waited for
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        output.seek(0)
        report = json.loads(output.read() or b"{}") if running.returncode == 0 else {}
    if not kill_after and running.returncode:
        raise SystemExit(f"guard learn ended with {running.returncode} in {copy}")
    return Run(report, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, wall)


def kill_often(
    copy: Path, options: list[str], times: int, chance: random.Random, until: float
) -> str:
    """Return what became of killed runs, of which none begins after a time of the clock."""
    forget(copy)
    whole = learn(copy, options, keep=0.5)
    expected = read_results(copy)
    same, kept, rest = 0, [], []
    for _ in range(times):
        if time.monotonic() > until:
            break
        forget(copy)
        moment = chance.uniform(0.05, 0.95) * whole.wall
        learn(copy, options, keep=0.5, kill_after=moment)
        kept.append(len(read_known(copy / ".git" / "guard" / CACHE_NAME).fixes))
        rest.append(learn(copy, options, keep=0.5).seconds / whole.seconds)
        same += read_results(copy) == expected
    forget(copy)
    return (
        f"\n{len(kept)} of {times} runs killed: {same} ended as a whole run does; "
        "commits kept at the kill: "
        f"{', '.join(map(str, kept))}; processor time of the second run as a share of a whole one: "
        f"{', '.join(f'{share:.2f}' for share in rest)}\n"
    )


def forget(copy: Path) -> None:
    """Remove all that was learned."""
    for folder in (copy / ".guard", copy / ".git" / "guard"):
        shutil.rmtree(folder, ignore_errors=True)


def read_results(copy: Path) -> tuple[dict[str, bytes], dict[str, list[str]]]:
    """Return the rule files, and the rows of the memory without times and those of the run."""
    rules = {path.name: path.read_bytes() for path in (copy / ".guard" / "rules").glob("*.yml")}
    with sqlite3.connect(copy / ".guard" / "memory.db") as memory:
        tables = memory.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        ).fetchall()
        rows = {
            name: sorted(
                _TIME.sub("", repr(row)) for row in memory.execute(f'SELECT * FROM "{name}"')
            )
            for (name,) in tables
            if name not in _OF_A_RUN
        }
    return rules, rows


if __name__ == "__main__":
    main()
