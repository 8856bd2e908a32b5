"""What a count of good and bad cases says about the share of good ones."""

from __future__ import annotations

import math

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
