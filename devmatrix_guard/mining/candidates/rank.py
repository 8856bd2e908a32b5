"""Chooses among the forms of the same edits, and puts what is worth most first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.candidates.cluster import is_repeated
from devmatrix_guard.mining.candidates.evidence import ADVISE_RATIO
from devmatrix_guard.mining.candidates.proof import Proven
from devmatrix_guard.mining.candidates.rejection import measure_specificity
from devmatrix_guard.mining.candidates.survey import Place
from devmatrix_guard.mining.edits.forms import ANY_KEYWORD, Form, find_anchors
from devmatrix_guard.mining.edits.step_forms import LEFT_OUT
from devmatrix_guard.model.knowledge.pattern import Evidence

# More alarms than this per thousand lines of later, unmended code: the code is simply right there.
_MAX_ALARMS_PER_KLOC = 2.0


_Edit = tuple[str, str, str]


class Judged(NamedTuple):
    """A proven candidate with its evidence, where it still matches, and where it is followed."""

    proven: Proven
    evidence: Evidence
    left: tuple[Place, ...]
    followed: tuple[Place, ...]

    @property
    def form(self) -> Form:
        """What is looked for, and what it became."""
        return self.proven.form


def is_seen_twice(judged: Judged) -> bool:
    """Tell whether more than one place was ever written the wrong or the right way."""
    evidence = judged.evidence
    return evidence.sites_fixed > 1 or evidence.left_alone > 0 or evidence.followed > 1


def is_worth_a_rule(judged: Judged) -> bool:
    """Tell whether the repository itself agrees with the fix more often than not."""
    evidence = judged.evidence
    fixed = evidence.sites_fixed
    if fixed / (fixed + evidence.left_alone) < ADVISE_RATIO:
        return False
    if not evidence.followed and judged.form.kind != LEFT_OUT:
        return False
    # One alarm says nothing yet: it may as well be the mistake, made again.
    allowed = max(1.0, _MAX_ALARMS_PER_KLOC * evidence.replay_added_lines / 1000)
    return evidence.replay_alarms <= min(allowed, fixed)


def drop_overfitted(judged: Sequence[Judged]) -> list[Judged]:
    """Return the candidates that are no mere exception of a lesson the tree disagrees with.

    Where one fix gives a call an argument and most other calls go without, the call as it was
    written there, to the last argument, is left nowhere else: that says nothing.
    """
    refuted: dict[_Edit, list[Judged]] = {}
    for one in judged:
        if one.evidence.left_alone > max(1, one.evidence.sites_fixed):
            for edit in _list_edits(one):
                refuted.setdefault(edit, []).append(one)
    return [
        one
        for one in judged
        if is_repeated(one.proven.sites)
        or not any(
            _is_more_general(other, one)
            for edit in _list_edits(one)
            for other in refuted.get(edit, ())
        )
    ]


def _is_more_general(one: Judged, other: Judged) -> bool:
    return measure_specificity(one.form) < measure_specificity(other.form)


def _list_edits(judged: Judged) -> set[_Edit]:
    return {_edit(judged, index) for index in range(len(judged.proven.sites))}


def rate(judged: Judged) -> float:
    """Return how much a candidate is worth; only the order has a meaning."""
    evidence, proven = judged.evidence, judged.proven
    imported = any("." in name for name in find_anchors(proven.form.before))
    return (
        3.0 * math.log2(1 + evidence.sites_fixed)
        + 2.0 * math.log2(evidence.commits)
        + 1.0 * math.log2(evidence.files)
        + 0.7 * math.log2(1 + min(evidence.followed, 30))
        + 1.0 * (proven.fix is not None)
        + 1.0 * imported
        - 2.0 * math.log2(1 + evidence.left_alone)
        - 2.0 * evidence.replay_alarms
    )


def represent(judged: Iterable[Judged]) -> list[Judged]:
    """Return the best form of each edit, the best first; every site is spoken for once."""
    chosen: list[Judged] = []
    spoken_for: set[_Edit] = set()
    looked_for: set[str] = set()
    for one in sorted(judged, key=_order):
        edits = _list_edits(one)
        # A form that only repeats what a better one says about most of its sites adds nothing.
        # And two that look for the same code would give the same line two remedies.
        query = repr(one.proven.query)
        if 2 * len(edits - spoken_for) > len(edits) and query not in looked_for:
            chosen.append(one)
            spoken_for |= edits
            looked_for.add(query)
    return chosen


def _edit(judged: Judged, index: int) -> _Edit:
    fixed = judged.proven.sites[index]
    return fixed.source.commit, fixed.site.path, fixed.site.before


def _order(judged: Judged) -> tuple[float, bool, int, str, str]:
    return (
        -round(rate(judged), 6),
        # A forgotten argument is forgotten whatever else the call is given.
        judged.form.kind not in ("keyword", ANY_KEYWORD, "wrap"),
        measure_specificity(judged.proven.form),
        repr(judged.proven.query),
        judged.proven.after,
    )


def find_siblings(judged: Sequence[Judged], most: int = 5) -> list[Judged]:
    """Return the candidates that were mended in most places and left alone in a few."""
    return [one for one in judged if 0 < len(one.left) <= most]
