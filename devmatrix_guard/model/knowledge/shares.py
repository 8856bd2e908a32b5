"""What counts say: the share of good ones among all, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import replace

from devmatrix_guard.model.knowledge.pattern import Evidence

_Z = 1.644854


def calculate_wilson_low(good: int, total: int) -> float:
    """Return the lower 95 % Wilson bound of a share; 0 where nothing was counted.

    The bound is one-sided: only how low the share may be is asked, never how high (E. B. Wilson,
    1927, with the 95th percentile of the normal distribution). Three places fixed and none left
    give 0.53, two give 0.43, so that the ladder's first step fits its last, which asks for three.
    """
    if total <= 0:
        return 0.0
    share, z2 = good / total, _Z * _Z
    spread = _Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return (share + z2 / (2 * total) - spread) / (1 + z2 / total)


def calculate_beta_mean(good: int, bad: int) -> float:
    """Return the mean of the Beta posterior of a share, from a uniform prior."""
    return (1 + good) / (2 + good + bad)


def weigh(evidence: Evidence) -> Evidence:
    """Return the evidence with its confidence worked out from its counts.

    The bound counts commits, as what one of them did in ten places is one opinion. Of a migration
    it counts places: there the question is how much of the tree has followed.
    """
    agreed = evidence.sites_fixed if evidence.is_migration else evidence.commits
    return replace(
        evidence,
        confidence=round(calculate_beta_mean(evidence.sites_fixed, evidence.left_alone), 4),
        wilson_low=round(calculate_wilson_low(agreed, agreed + evidence.left_alone), 4),
    )
