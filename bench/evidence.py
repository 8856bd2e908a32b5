"""Replay histories: which undone fixes had to be repaired again, and what tells them apart?

    .venv/bin/python bench/evidence.py CLONE [CLONE ...] [--commits 6000] [--list]

Every commit of each history is asked, as `guard try` asks, what it undoes of the fixes before it.
An undoing counts as wanted where a later commit of the same history brought the fix back, in
product code. Prints, as Markdown: notes per 1,000 commits and the share wanted, by stage and by
feature; the weights of a logistic model of the features, fitted on all histories; and its
calibration where each half of the histories is judged by a model fitted on the other half.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from devmatrix_guard.commands.learn.undone import find_undone, read_span_of_newest  # noqa: E402
from devmatrix_guard.git.blobs import BlobReader  # noqa: E402
from devmatrix_guard.git.repository import find_repository  # noqa: E402
from devmatrix_guard.mining.commits import may_be_fix  # noqa: E402
from devmatrix_guard.mining.product_paths import (  # noqa: E402
    is_product_code,
    is_test_path,
)
from devmatrix_guard.mining.undo.context import weigh_hunk  # noqa: E402
from devmatrix_guard.mining.undo.history import Undone  # noqa: E402
from devmatrix_guard.mining.undo.match import BOTH, order_match  # noqa: E402
from devmatrix_guard.mining.undo.stage import (  # noqa: E402
    MOST_OF_FIX,
    choose_stage,
    is_candidate,
    is_of_imports,
)
from devmatrix_guard.model.diff import Commit  # noqa: E402

Weights = np.ndarray[tuple[int], np.dtype[np.float64]]

_NAMES = (
    "(constant)", "both sides, whole", "product code", "log2 files", "log2 weight", "merge",
    "imports only", "within a week", "same author", "the commit speaks of fixing",
    "its test is left as it is", "log2 of the fix's hunks undone", "undone before",
    "to the letter", "most of the fix in the file", "said again elsewhere", "named by the commit",
)  # fmt: skip
_BINS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0)
_RIDGE = 0.5
_SOON = 7


class Row(NamedTuple):
    """One undoing: a fix, a commit and a file, with what was known when it was made."""

    undone: Undone
    by: Commit
    fix: Commit | None
    hunks: int
    was_undone: bool

    @property
    def is_wanted(self) -> bool:
        """Whether the fix came back, and the code is of the product."""
        return self.undone.mended_again is not None and is_product_code(self.undone.path)

    @property
    def stage(self) -> str:
        """The stage at which it is told."""
        return choose_stage(self.undone.match, is_mentioned=self.undone.is_mentioned)

    @property
    def features(self) -> list[float]:
        """What the model sees, in the order of `_NAMES`."""
        match = self.undone.match
        return [
            1.0,
            float(match.kind == BOTH and match.share >= 1),
            float(is_product_code(match.path)),
            math.log2(1 + max(1, len(self.by.changes))),
            math.log2(1 + weigh_hunk(match.hunk)),
            float(self.undone.is_merge),
            float(is_of_imports(match)),
            float(self.days <= _SOON),
            float(self.fix is not None and self.fix.author == self.by.author),
            float(may_be_fix(self.by)),
            float(self._has_test_left),
            math.log2(self.hunks),
            float(self.was_undone),
            float(match.context.is_exact),
            float(match.context.share_of_fix >= MOST_OF_FIX),
            float(match.context.is_said_again),
            float(self.undone.is_mentioned),
        ]

    @property
    def days(self) -> int:
        """How long after the fix it was undone."""
        made, undone = (date.fromisoformat(d) for d in (self.undone.fix.date, self.undone.by.date))
        return abs((undone - made).days)

    @property
    def _has_test_left(self) -> bool:
        tests = {c.path for c in (self.fix.changes if self.fix else ()) if is_test_path(c.path)}
        return bool(tests) and tests.isdisjoint(change.path for change in self.by.changes)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clones", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=6000)
    parser.add_argument("--list", action="store_true", help="name every undoing")
    options = parser.parse_args()
    halves: tuple[list[Row], list[Row]] = ([], [])
    total = 0
    for number, clone in enumerate(options.clones):
        count, found = replay(clone, options.commits)
        print_shares(found, count, clone.name)
        halves[number % 2].extend(found)
        total += count
    rows = [*halves[0], *halves[1]]
    print_shares(rows, total, "all")
    print_weights(fit(rows))
    if all(halves):
        judged = [(fit(halves[1 - n]), halves[n]) for n in (0, 1)]
        print_calibration(judged)
    for row in rows if options.list else ():
        one = row.undone
        again = one.mended_again.commit[:8] if one.mended_again else "-"
        stage, fix, by = row.stage, one.fix.commit[:8], one.by.commit[:8]
        part = " (part)" if one.fix.is_part else ""
        print(f"- {stage} {fix} {by} {again} {one.match.kind}{part} {one.path}")


def replay(clone: Path, limit: int) -> tuple[int, list[Row]]:
    """Return how many commits were asked, and what they undid, once per fix, commit and file."""
    repo = find_repository(clone)
    with BlobReader(repo) as blobs:
        span = read_span_of_newest(repo, "HEAD", limit)
        return len(span.commits), make_rows(span.commits, find_undone(repo, blobs, span))


def make_rows(commits: Sequence[Commit], found: Sequence[Undone]) -> list[Row]:
    """Return what commits undid, once per fix, commit and file, and once where it was picked."""
    by_id = {commit.id: commit for commit in commits}
    hunks = Counter((one.fix.commit, one.by.commit) for one in found)
    best: dict[tuple[object, ...], tuple[Undone, bool]] = {}
    seen: set[tuple[str, object, object]] = set()
    for one in found:
        place = one.path, one.fix.removed, one.fix.added
        key = one.by.commit, *place
        if key not in best or _order(one) < _order(best[key][0]):
            best[key] = one, place in seen
        seen.add(place)
    chosen: dict[tuple[str, str, str], tuple[Undone, bool]] = {}
    for one, again in best.values():
        name = one.fix.commit, one.by.commit, one.path
        if name not in chosen or _order(one) < _order(chosen[name][0]):
            chosen[name] = one, again
    return [
        Row(
            one, by_id[one.by.commit], by_id.get(one.fix.commit),
            hunks[one.fix.commit, one.by.commit], again,
        )
        for one, again in chosen.values()
    ]  # fmt: skip


def _order(one: Undone) -> tuple[bool, tuple[int, bool, float, int]]:
    return one.mended_again is None, order_match(one.match)


def print_shares(rows: Sequence[Row], total: int, title: str) -> None:
    """Print the share wanted by stage and by feature."""
    print(f"\n| {title}: {total} commits | noted | per 1,000 commits | wanted |")
    print("| --- | --- | --- | --- |")
    for name, chosen in _group(rows):
        wanted = sum(row.is_wanted for row in chosen)
        rate = 1000 * len(chosen) / max(total, 1)
        print(f"| {name} | {len(chosen)} | {rate:.1f} | {wanted} |")


def _group(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    yield "all", list(rows)
    for stage in ("warn", "advise"):
        yield stage, [row for row in rows if row.stage == stage]
    whole = [row for row in rows if is_candidate(row.undone.match)]
    yield "a whole hunk in the product", whole
    for kind in ("both", "put-back", "removed", "copied"):
        yield kind, [row for row in rows if row.undone.match.kind == kind]
    yield "part of a hunk", [row for row in rows if row.undone.fix.is_part]
    yield "lost in a merge", [row for row in rows if row.undone.is_merge]
    yield (
        "in tests, pages and build files",
        [row for row in rows if not is_product_code(row.undone.path)],
    )


def fit(rows: Sequence[Row]) -> Weights:
    """Return the weights of a logistic model, by Newton's method with a ridge."""
    seen = np.array([row.features for row in rows])
    wanted = np.array([float(row.is_wanted) for row in rows])
    weights = np.zeros(len(_NAMES))
    for _ in range(50):
        chance = 1 / (1 + np.exp(-seen @ weights))
        spread = (chance * (1 - chance))[:, None]
        curve = seen.T @ (seen * spread) + _RIDGE * np.eye(len(_NAMES))
        weights += np.linalg.solve(curve, seen.T @ (wanted - chance) - _RIDGE * weights)
    return weights


def print_weights(weights: Weights) -> None:
    """Print how much more a fix is missed where a feature is there."""
    print("\n| feature | weight |\n| --- | --- |")
    for name, weight in zip(_NAMES, weights, strict=True):
        print(f"| {name} | {weight:+.2f} |")


def print_calibration(judged: Sequence[tuple[Weights, Sequence[Row]]]) -> None:
    """Print, of rows no model was fitted on that judges them, what was estimated and what came."""
    chance = np.concatenate(
        [1 / (1 + np.exp(-np.array([row.features for row in rows]) @ w)) for w, rows in judged]
    )
    wanted = np.array([row.is_wanted for _, rows in judged for row in rows])
    print("\n| estimated by the other half | undone fixes | wanted |\n| --- | --- | --- |")
    for low, high in pairwise(_BINS):
        inside = (chance >= low) & (chance < high)
        print(f"| {low:.0%} to {high:.0%} | {inside.sum()} | {int(wanted[inside].sum())} |")


if __name__ == "__main__":
    main()
