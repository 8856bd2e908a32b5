"""Chooses among the forms of the same edits, and puts what is worth most first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.evidence import ADVISE_RATIO
from devmatrix_guard.mining.forms import Form, anchors_of
from devmatrix_guard.mining.judge import specificity
from devmatrix_guard.mining.proof import Proven
from devmatrix_guard.mining.step_forms import LEFT_OUT
from devmatrix_guard.mining.survey import Place
from devmatrix_guard.model.pattern import Evidence

# More alarms than this per thousand lines of later, unmended code: the code is simply right there.
_MAX_ALARMS_PER_KLOC = 2.0


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


def score(judged: Judged) -> float:
    """Return how much a candidate is worth; only the order has a meaning."""
    evidence, proven = judged.evidence, judged.proven
    imported = any("." in name for name in anchors_of(proven.form.before))
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
    spoken_for: set[tuple[str, str, str]] = set()
    for one in sorted(judged, key=_order):
        edits = {_edit(one, index) for index in range(len(one.proven.sites))}
        # A form that only repeats what a better one says about most of its sites adds nothing.
        if 2 * len(edits - spoken_for) > len(edits):
            chosen.append(one)
            spoken_for |= edits
    return chosen


def _edit(judged: Judged, index: int) -> tuple[str, str, str]:
    fixed = judged.proven.sites[index]
    return fixed.source.commit, fixed.site.path, fixed.site.before


def _order(judged: Judged) -> tuple[float, bool, int, str, str]:
    return (
        -round(score(judged), 6),
        # A forgotten argument is forgotten whatever else the call is given.
        judged.form.kind not in ("keyword", "wrap"),
        specificity(judged.proven.form),
        repr(judged.proven.query),
        judged.proven.after,
    )


def siblings(judged: Sequence[Judged], most: int = 5) -> list[Judged]:
    """Return the candidates that were mended in most places and left alone in a few."""
    return [one for one in judged if 0 < len(one.left) <= most]
