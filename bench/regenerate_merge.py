"""Merge random edits of people with random changes of the spec; compare with `git merge-file`.

    .venv/bin/python bench/regenerate_merge.py [--specs N] [--near SHARE] [--seed N]

Each file of the shop that a changed spec generates differently is edited once or twice, `--near` of
the edits beside what is generated differently. Prints Markdown: one row for each kind of edit.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.generator.regenerate.merge import merge_texts, render_conflicts  # noqa: E402
from tests.generator.regenerate.edits import (  # noqa: E402
    changed_shop,
    edited,
    mergeable,
    parses,
    shop_files,
)

_COLUMNS = ("n", "git", "guard", "lost", "broken", "unstable", "gave up")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specs", type=int, default=40)
    parser.add_argument("--near", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1000)
    options = parser.parse_args()
    before = shop_files()
    counts: dict[str, Counter[str]] = {}
    spent = 0.0
    for seed in range(options.seed, options.seed + options.specs):
        now = changed_shop(seed)
        for number, path in enumerate(mergeable(before, now)):
            mine = edited(before[path], seed * 100 + number, 1, now[path], near=options.near)
            if mine.text == before[path]:
                continue
            began = time.process_time()
            result = merge_texts(path, before[path], mine.text, now[path])
            spent += time.process_time() - began
            by_git = _git_merges(before[path], mine.text, now[path])
            row = counts.setdefault(mine.kind, Counter())
            row["n"] += 1
            row["git"] += by_git
            row["guard"] += not result.conflicts
            row["lost"] += any(line not in render_conflicts(result) for line in mine.added)
            row["broken"] += not (result.conflicts or parses(result.text))
            again = merge_texts(path, now[path], result.text, now[path])
            row["unstable"] += again.text != result.text
            row["gave up"] += bool(by_git and result.conflicts)
    _print(counts, spent)


def _print(counts: dict[str, Counter[str]], spent: float) -> None:
    print("| edit | " + " | ".join(_COLUMNS) + " |")
    print("| --- " * (len(_COLUMNS) + 1) + "|")
    for kind in sorted(counts):
        print(f"| {kind} | " + " | ".join(str(counts[kind][c]) for c in _COLUMNS) + " |")
    total = sum(counts.values(), Counter[str]())
    print("| **all** | " + " | ".join(str(total[c]) for c in _COLUMNS) + " |")
    shares = (f"{name} {100 * total[name] / total['n']:.1f} %" for name in ("git", "guard"))
    print(f"\nMerged without a conflict: {', '.join(shares)}. ", end="")
    print(f"{1000 * spent / total['n']:.1f} ms of CPU for a file.")


def _git_merges(base: str, ours: str, theirs: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
            (Path(folder) / name).write_text(text)
        command = ["git", "merge-file", "-p", "ours", "base", "theirs"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    main()
