"""Measures what editors and agents wait for: a keystroke in `guard lsp`, and a silent agent's hook.

    python bench/editors.py [--lines 2000] [--rules 500] [--keys 30]

A module of LINES lines is opened in a repository with RULES rules, whose words lie in it, and
one character is typed at a time; then an edit without a finding is told to `guard agent-hook`. CPU
seconds of the processes are counted, since other work on the machine makes the clock useless.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from devmatrix_guard.commands.editor.checker import Checker
from devmatrix_guard.commands.editor.texts import Text
from devmatrix_guard.commands.editor.views import make_diagnostic

_RULE = """\
  - id: rule-{n}
    languages: [python]
    severity: ERROR
    message: Call new_{n} instead.
    patterns:
      - pattern: old_{n}($X, timeout=None)
"""


def make_module(lines: int, rules: int, chance: random.Random) -> str:
    """Return a module of functions that call what the rules wait for, mostly rightly."""
    parts = []
    for number in range(lines // 5):
        n = chance.randrange(rules * 4)
        given = "timeout=3" if number % 50 else "timeout=None"
        parts.append(
            f"def work_{number}(value, other=None):\n"
            f'    """Do what {number} asks for."""\n'
            f"    found = old_{n}(value, {given})\n"
            f"    return [found, other, {{'name': value}}]\n\n"
        )
    return "".join(parts)


def measure_keys(root: Path, text: str, keys: int, chance: random.Random) -> list[float]:
    """Return the CPU seconds from each keystroke to its diagnostics."""
    checker = Checker(root)
    opened = Text(text)
    count = text.count("\n")
    checker.check_rules("a.py", opened.content)
    spent = []
    for _ in range(keys):
        place = {"line": chance.randrange(count // 5) * 5 + 2, "character": 4}
        started = time.process_time()
        opened.change([{"range": {"start": place, "end": place}, "text": "x"}], 1)
        found = checker.check_rules("a.py", opened.content)
        shown = json.dumps([make_diagnostic(opened, finding) for finding in found])
        spent.append(time.process_time() - started)
        assert shown
    return spent


def measure_hook(root: Path, runs: int) -> list[float]:
    """Return the CPU seconds of an agent's hook with nothing to say."""
    event = {"hook_event_name": "PostToolUse", "cwd": str(root), "session_id": "s",
             "tool_input": {"file_path": "b.py"}}  # fmt: skip
    guard = Path(sys.executable).parent / "guard"
    spent = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [guard, "agent-hook", "--agent", "claude"],
            input=json.dumps(event).encode(), cwd=root, capture_output=True, check=True,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.stdout == b"", done.stdout
        spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return spent


def show(name: str, spent: list[float]) -> None:
    """Print the median and the worst but one in twenty, in milliseconds of CPU."""
    ordered = sorted(spent)
    late = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    print(f"{name:<34}{statistics.median(spent) * 1000:7.1f} ms{late * 1000:9.1f} ms at 95 %")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--rules", type=int, default=500)
    parser.add_argument("--keys", type=int, default=30)
    asked = parser.parse_args()
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rules = "".join(_RULE.format(n=n) for n in range(asked.rules))
        (root / ".guard" / "rules").mkdir(parents=True)
        (root / ".guard" / "rules" / "all.yml").write_text(f"rules:\n{rules}")
        (root / "guard.toml").write_text("shipped = false\n")
        text = make_module(asked.lines, asked.rules, chance)
        (root / "a.py").write_text(text)
        (root / "b.py").write_text("x = 1\n")
        names = ["-c", "user.name=x", "-c", "user.email=x"]
        for words in (["init", "-q"], ["add", "-A"], [*names, "commit", "-qm", "Start"]):
            subprocess.run(["git", *words], cwd=root, check=True, env=dict(os.environ))
        show("keystroke to diagnostics", measure_keys(root, text, asked.keys, chance))
        guard = Path(sys.executable).parent / "guard"
        (root / "c.py").write_text("y = 1\n")
        subprocess.run(["git", "add", "c.py"], cwd=root, check=True)
        subprocess.run([guard, "check"], cwd=root, check=True)
        (root / "b.py").write_text(text[: len(text) // 4].replace("old_", "other_"))
        show("agent's hook, nothing to say", measure_hook(root, 15))


if __name__ == "__main__":
    main()
