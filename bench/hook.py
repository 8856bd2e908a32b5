"""What `guard-hook` costs when there is nothing to say: alone, and under prek.

Run: .venv/bin/python bench/hook.py [--rounds 15] [--files 10]

Every round runs each command once, in turn, so that a slow moment of the machine hits all alike;
medians are printed, and the median of the differences within a round.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(Path(folder), options.files)
        times = _measure(commands, options.rounds)
    _print(times, options)


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
