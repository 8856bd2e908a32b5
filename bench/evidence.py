"""Replay histories: which undone fixes had to be repaired again, and what tells them apart?

    .venv/bin/python bench/evidence.py CLONE [CLONE ...] [--commits 6000] [--list]

Every commit of each history is asked, as `guard try` asks, what it undoes of the fixes before it.
An undoing counts as wanted where a later commit of the same history brought the fix back, in
product code. Prints, as Markdown: notes per 1,000 commits and the share wanted by stage and by
feature, then the weights of a logistic model of the features and its calibration.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from devmatrix_guard.commands.learn.undone import find_undone, read_span_of_newest  # noqa: E402
from devmatrix_guard.git.blobs import BlobReader  # noqa: E402
from devmatrix_guard.git.repository import find_repository  # noqa: E402
from devmatrix_guard.mining.undo_history import Undone  # noqa: E402
from devmatrix_guard.mining.undo_match import BOTH, order_match  # noqa: E402
from devmatrix_guard.mining.undo_stage import choose_stage, is_product_code  # noqa: E402

_NAMES = ("(constant)", "both sides, whole", "product code", "log2 files", "log2 weight", "merge")
_BINS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 1.0)
_RIDGE = 0.5


class Row(NamedTuple):
    """One undoing: a fix, a commit and a file."""

    undone: Undone
    files: int

    @property
    def is_wanted(self) -> bool:
        """Whether the fix came back, and the code is of the product."""
        return self.undone.mended_again is not None and is_product_code(self.undone.path)

    @property
    def features(self) -> list[float]:
        """What the model sees, in the order of `_NAMES`."""
        match = self.undone.match
        weight = sum(key[3] for key in (*match.hunk.removed, *match.hunk.added))
        return [
            1.0,
            float(match.kind == BOTH and match.share >= 1),
            float(is_product_code(match.path)),
            math.log2(1 + max(1, self.files)),
            math.log2(1 + weight),
            float(self.undone.is_merge),
        ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clones", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=6000)
    parser.add_argument("--list", action="store_true", help="name every undoing")
    options = parser.parse_args()
    rows: list[Row] = []
    total = 0
    for clone in options.clones:
        count, found = replay(clone, options.commits)
        total, rows = total + count, rows + found
    print_shares(rows, total)
    print_model(rows)
    for row in rows if options.list else ():
        one = row.undone
        again = one.mended_again.commit[:8] if one.mended_again else "-"
        stage, fix, by = choose_stage(one.match), one.fix.commit[:8], one.by.commit[:8]
        print(f"- {stage} {fix} {by} {again} {one.path}")


def replay(clone: Path, limit: int) -> tuple[int, list[Row]]:
    """Return how many commits were asked, and what they undid, once per fix, commit and file."""
    repo = find_repository(clone)
    with BlobReader(repo) as blobs:
        span = read_span_of_newest(repo, "HEAD", limit)
        sizes = {commit.id: len(commit.changes) for commit in span.commits}
        best: dict[tuple[str, str, str], Undone] = {}
        for one in find_undone(repo, blobs, span):
            key = one.fix.commit, one.by.commit, one.path
            known = best.setdefault(key, one)
            if _order(one) < _order(known):
                best[key] = one
    return len(span.commits), [Row(one, sizes.get(one.by.commit, 1)) for one in best.values()]


def _order(one: Undone) -> tuple[bool, tuple[int, bool, float, int]]:
    return one.mended_again is None, order_match(one.match)


def print_shares(rows: Sequence[Row], total: int) -> None:
    """Print the share wanted by stage and by feature."""
    print("| undone fixes | noted | per 1,000 commits | wanted |\n| --- | --- | --- | --- |")
    for name, chosen in _group(rows):
        wanted = sum(row.is_wanted for row in chosen)
        rate = 1000 * len(chosen) / max(total, 1)
        print(f"| {name} | {len(chosen)} | {rate:.1f} | {wanted} |")


def _group(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    yield "all", list(rows)
    for stage in ("warn", "advise"):
        yield stage, [row for row in rows if choose_stage(row.undone.match) == stage]
    for kind in ("both", "put-back", "removed", "copied"):
        yield kind, [row for row in rows if row.undone.match.kind == kind]
    yield "lost in a merge", [row for row in rows if row.undone.is_merge]
    yield (
        "in tests, pages and build files",
        [row for row in rows if not is_product_code(row.undone.path)],
    )


def print_model(rows: Sequence[Row]) -> None:
    """Print the weights of a logistic model, fitted by Newton's method, and its calibration."""
    seen = np.array([row.features for row in rows])
    wanted = np.array([float(row.is_wanted) for row in rows])
    weights = np.zeros(len(_NAMES))
    for _ in range(50):
        chance = 1 / (1 + np.exp(-seen @ weights))
        spread = (chance * (1 - chance))[:, None]
        curve = seen.T @ (seen * spread) + _RIDGE * np.eye(len(_NAMES))
        weights += np.linalg.solve(curve, seen.T @ (wanted - chance) - _RIDGE * weights)
    print("\n| feature | weight |\n| --- | --- |")
    for name, weight in zip(_NAMES, weights, strict=True):
        print(f"| {name} | {weight:+.2f} |")
    chance = 1 / (1 + np.exp(-seen @ weights))
    print("\n| estimated | undone fixes | wanted |\n| --- | --- | --- |")
    for low, high in pairwise(_BINS):
        inside = (chance >= low) & (chance < high)
        print(f"| {low:.0%} to {high:.0%} | {inside.sum()} | {int(wanted[inside].sum())} |")


if __name__ == "__main__":
    main()
