"""What `guard-hook` costs when there is nothing to say: alone, and under prek.

Run: .venv/bin/python bench/hook.py [--rounds 15] [--files 10] [--remembered 1000]

With `--remembered N` two repositories alike are compared instead, one of which has learned N fixes
of the staged files with a test each: instructions by valgrind where it is installed, else CPU
seconds, of the second run, which finds everything in its caches.

Every round runs each command once, in turn, so that a slow moment of the machine hits all alike;
medians are printed, and the median of the differences within a round.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.mining.fixes import index as fix_index  # noqa: E402
from devmatrix_guard.mining.undo import index as undo_index  # noqa: E402
from devmatrix_guard.mining.undo.edits import ChangedFile, find_fix_hunks  # noqa: E402
from devmatrix_guard.mining.undo.indexing import build_index as build_undo_index  # noqa: E402
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit, RegressionTest  # noqa: E402

BIN = Path(sys.executable).parent
SOURCE = "def add(left, right):\n    return left + right\n\n\n" * 100
CONFIG = """\
repos:
  - repo: local
    hooks:
      - id: hook
        name: hook
        entry: {entry}
        language: system
        types: [python]
        require_serial: true
"""


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--remembered", type=int, default=0)
    options = parser.parse_args()
    if options.remembered:
        compare_remembered(options.files, options.remembered, options.rounds)
        return
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(Path(folder), options.files)
        times = _measure(commands, options.rounds)
    _print(times, options)


def compare_remembered(files: int, fixes: int, rounds: int) -> None:
    """Print what a hook with nothing to say costs without and with remembered fixes."""
    is_counted = bool(shutil.which("valgrind"))
    with tempfile.TemporaryDirectory() as folder:
        costs = {}
        for name, count in (("without", 0), ("with", fixes)):
            root = _repository(Path(folder) / name, files, None)
            if count:
                remember(root, files, count)
            subprocess.run([str(BIN / "guard-hook")], cwd=root, check=True)
            costs[name] = _count_instructions(root) if is_counted else _count_seconds(root, rounds)
    unit = "million instructions" if is_counted else "CPU seconds"
    print(f"{files} staged files, {fixes} remembered fixes, {unit}\n")
    print(f"| without | with | share |\n|---|---|---|\n| {costs['without']:.3f} |", end="")
    print(f" {costs['with']:.3f} | {costs['with'] / costs['without']:.2f} |")


def remember(root: Path, files: int, count: int) -> None:
    """Write the indexes of that many fixes to the staged files, each with a test of its own."""
    own = root / ".git" / "guard"
    own.mkdir(exist_ok=True)
    hunks, units = [], []
    for number in range(count):
        path, name = f"module_{number % files}.py", f"check_{number}"
        who = (f"{number:040x}", "2026-01-02", f"Fix value {number} (#{number})", f"#{number}")
        old = f"def {name}(value):\n    return value.find_{number}()\n".encode()
        new = old.replace(b"find", b"seek")
        hunks += find_fix_hunks(who, ChangedFile(path, path, old, new), path)
        test = RegressionTest(f"tests/test_{number % files}.py", f"test_{name}", "pytest", True)
        units.append(FixUnit(*who, (FixedFunction(path, name),), (test._replace(is_there=True),)))
    (own / undo_index.INDEX_NAME).write_bytes(undo_index.dump_index(build_undo_index(hunks)))
    (own / fix_index.INDEX_NAME).write_bytes(fix_index.dump_index(fix_index.build_index(units)))


def _count_instructions(root: Path) -> float:
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    done = subprocess.run(
        [*command, str(BIN / "python"), str(BIN / "guard-hook")],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=True,
    )
    counted = re.search(rb"I +refs: +([\d,]+)", done.stderr)
    if counted is None:
        sys.exit(f"valgrind counted no instructions: {os.fsdecode(done.stderr)}")
    return int(counted[1].replace(b",", b"")) / 1e6


def _count_seconds(root: Path, rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([str(BIN / "guard-hook")], cwd=root, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(spent)


def _commands(folder: Path, files: int) -> dict[str, tuple[list[str], Path]]:
    no_op = [str(BIN / "python"), "-c", "pass"]
    hook = [str(BIN / "guard-hook")]
    plain = _repository(folder / "plain", files, None)
    commands = {
        "bare Python": (no_op, plain),
        "git diff --cached": (["git", "diff", "--cached", "--raw", "-z"], plain),
        "guard-hook": (hook, plain),
    }
    entries = {"prek, /bin/true": "/bin/true", "prek, Python no-op": " ".join(no_op)}
    entries["prek, guard-hook"] = hook[0]
    for name, entry in entries.items():
        slug = "".join(c for c in name if c.isalnum())
        place = _repository(folder / slug, files, CONFIG.format(entry=entry))
        commands[name] = ([str(BIN / "prek"), "run"], place)
    return commands


def _repository(root: Path, files: int, config: str | None) -> Path:
    """Make a repository in which `files` files have a staged change that no rule minds."""
    root.mkdir()
    names = [f"module_{number}.py" for number in range(files)]
    for name in names:
        (root / name).write_text(SOURCE)
    if config:
        (root / ".pre-commit-config.yaml").write_text(config)
    _git(root, "init", "-q")
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "Start")
    for name in names:
        (root / name).write_text(SOURCE + "total = add(1, 2)\n")
    _git(root, "add", "-A")
    return root


def _git(root: Path, *args: str) -> None:
    identity = ("-c", "user.name=Bench", "-c", "user.email=bench@example.invalid")
    subprocess.run(["git", *identity, *args], cwd=root, check=True)


def _measure(commands: dict[str, tuple[list[str], Path]], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, (argv, place) in commands.items():
            start = time.perf_counter()
            done = subprocess.run(argv, cwd=place, capture_output=True, check=False)
            spent = (time.perf_counter() - start) * 1000
            if done.returncode:
                sys.exit(f"{name} ended with {done.returncode}: {os.fsdecode(done.stderr)}")
            if number:  # the first round fills caches
                times[name].append(spent)
    return times


def _print(times: dict[str, list[float]], options: argparse.Namespace) -> None:
    print(f"{options.files} staged files, {options.rounds} rounds, medians\n")
    print("| command | ms |\n|---|---|")
    for name, values in times.items():
        print(f"| {name} | {statistics.median(values):.1f} |")
    print("\n| difference | ms | bound |\n|---|---|---|")
    pairs = {
        ("guard-hook", "bare Python"): "60, aim 30",
        ("prek, guard-hook", "prek, Python no-op"): "60",
        ("prek, guard-hook", "prek, /bin/true"): "",
    }
    for (left, right), bound in pairs.items():
        gaps = [a - b for a, b in zip(times[left], times[right], strict=True)]
        print(f"| {left} over {right} | {statistics.median(gaps):.1f} | {bound} |")


if __name__ == "__main__":
    main()
