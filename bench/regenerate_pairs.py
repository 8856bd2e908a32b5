"""Pairs of a person's edit and a change of the spec, every kind of one with every of the other.

    .venv/bin/python bench/regenerate_pairs.py [--each 4] [--seed N] [--show]
        [--kinds FILE.py] [--only-kinds]

Each pair changes the shop's spec in one way, and edits one file that it changes in one way, beside
what is generated differently where `--near` draws so. `--kinds` names a file with `EDITS` and
`SPEC_CHANGES` of its own, as those of `tests/generator/regenerate/edits.py`, which are added.

Prints Markdown: pairs merged without a conflict, in all and of those in which the two did not
change one line of what was generated before, lines of people lost, results that do not parse or
read a name that nobody defines.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
from collections import Counter
from collections.abc import Callable
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.regenerate_merge import _git_merges  # noqa: E402
from devmatrix_guard.errors import GuardError  # noqa: E402
from devmatrix_guard.generator.regenerate.merge import merge_texts, render_conflicts  # noqa: E402
from devmatrix_guard.generator.regenerate.python.undefined import find_name_faults  # noqa: E402
from tests.generator.regenerate import edits  # noqa: E402

Change = Callable[[edits.Spec, random.Random], None]


def main() -> int:
    """Measure and print; return 1 where a line was lost or a result is not sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--near", type=float, default=0.3)
    parser.add_argument("--kinds", type=Path)
    parser.add_argument("--only-kinds", action="store_true", help="without those of the tests")
    parser.add_argument("--show", action="store_true", help="name every conflict")
    given = parser.parse_args()
    if given.kinds:
        _add_kinds(given.kinds, alone=given.only_kinds)
    before = edits.shop_files()
    makers = list(edits.EDITS)
    total: Counter[str] = Counter()
    kinds = 0
    for change in dict.fromkeys(edits.SPEC_CHANGES):
        for make in makers:
            edits.EDITS[:] = [make]
            counts = _run_kind(before, change, given)
            kinds += bool(counts["n"])
            total += counts
            refused = counts["n"] - counts["guard"] if given.show else 0
            if counts["lost"] or counts["unsound"] or refused:
                print(f"- {change.__name__} x {make.__name__}: {dict(counts)}")
    print(f"{kinds} kinds, {total['n']} pairs: {total['lost']} with lines lost, ")
    print(f"{total['unsound']} unsound\n\n| pairs | n | guard clean | git clean |")
    print("| --- | --- | --- | --- |")
    apart = {name: total[f"{name} apart"] for name in ("n", "guard", "git")}
    for name, of in (("all", total), ("no line changed by both", apart)):
        shares = " | ".join(f"{100 * of[who] / of['n']:.1f} %" for who in ("guard", "git"))
        print(f"| {name} | {of['n']} | {shares} |")
    return 1 if total["lost"] or total["unsound"] else 0


def _find_changed_rows(before: str, after: str) -> set[int]:
    """Return the rows of a text that were changed or removed; what was only added changes none."""
    lines = [text.split("\n") for text in (before, after)]
    matcher = SequenceMatcher(None, *lines, autojunk=False)
    return {
        row
        for tag, first, last, _, _ in matcher.get_opcodes()
        if tag != "equal"
        for row in range(first, last)
    }


@cache
def _change_spec(change: Change, seed: int) -> tuple[dict[str, str], Any] | None:
    """Return what is generated after a change, and where its draw stands; None if it fails."""
    draw = random.Random(seed)
    attempt = yaml.safe_load(edits.SHOP.read_text())
    try:
        change(attempt, draw)
        return edits.files_of(attempt), draw.getstate()
    except (GuardError, LookupError):
        return None


def _add_kinds(path: Path, *, alone: bool) -> None:
    spec = importlib.util.spec_from_file_location("kinds", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    edits.EDITS[:] = [*([] if alone else edits.EDITS), *getattr(module, "EDITS", [])]
    edits.SPEC_CHANGES += getattr(module, "SPEC_CHANGES", [])


def _run_kind(before: dict[str, str], change: Change, given: argparse.Namespace) -> Counter[str]:
    counts: Counter[str] = Counter()
    for number in range(given.each):
        changed = _change_spec(change, given.seed * 1000 + number)
        if changed is None:
            continue
        now, state = changed
        draw = random.Random()
        draw.setstate(state)
        paths = edits.mergeable(before, now)
        if not paths:
            continue
        path = draw.choice(paths)
        mine = edits.edited(before[path], draw.randrange(10**6), 1, now[path], near=given.near)
        if mine.text == before[path]:
            continue
        result = merge_texts(path, before[path], mine.text, now[path])
        theirs = _find_changed_rows(before[path], now[path])
        is_apart = not theirs & _find_changed_rows(before[path], mine.text)
        by_git = _git_merges(before[path], mine.text, now[path])
        for name in ("", " apart") if is_apart else ("",):
            counts[f"n{name}"] += 1
            counts[f"git{name}"] += by_git
            counts[f"guard{name}"] += not result.conflicts
        counts["lost"] += any(line not in render_conflicts(result) for line in mine.added)
        faults = find_name_faults(result.text) - find_name_faults(mine.text)
        broken = not edits.parses(result.text) or bool(faults - find_name_faults(now[path]))
        counts["unsound"] += not result.conflicts and broken
    return counts


if __name__ == "__main__":
    sys.exit(main())
