"""How sure a success rate is: the Beta posterior of a share, its interval, and a comparison."""

from __future__ import annotations

import math

from devmatrix_guard.model.named_value import NamedValue

_STEPS = 200  # Simpson's rule over (0, 1): three digits, which is more than counts can say
_BISECTIONS = 40


class Posterior(NamedValue):
    """What is known of a success rate after some successes and failures, from a uniform prior.

    Nothing starts at a score: without an outcome every rate is as likely as any other. The counts
    may be fractions, as outcomes weigh less with their age.
    """

    successes: float = 0.0
    failures: float = 0.0

    @property
    def mean(self) -> float:
        """The probability that the next use goes well (Laplace's rule of succession)."""
        return (1 + self.successes) / (2 + self.successes + self.failures)

    @property
    def is_known(self) -> bool:
        """Whether anything was recorded."""
        return self.successes + self.failures > 0

    def find_interval(self, level: float = 0.9) -> tuple[float, float]:
        """Return the credible interval that holds the rate with this probability.

        Equal-tailed, but for a rate with no failure or no success at all: its shortest interval
        reaches to 1 or to 0, and so holds the rate that was seen (L. D. Brown, T. T. Cai and A.
        DasGupta, 2001, section 4.1, on what an interval should do at the ends).
        """
        if self.is_known and not self.failures:
            return self._find_quantile(1 - level), 1.0
        if self.is_known and not self.successes:
            return 0.0, self._find_quantile(level)
        tail = (1 - level) / 2
        return self._find_quantile(tail), self._find_quantile(1 - tail)

    def calculate_superiority(self, other: Posterior) -> float:
        """Return the probability that this rate is higher than another, both independent."""
        width = 1 / _STEPS
        points = [width * (index + 0.5) for index in range(_STEPS)]
        mine, theirs = ([weigh_rate(one, x) for x in points] for one in (self, other))
        below, total, won = 0.0, math.fsum(mine) * math.fsum(theirs), 0.0
        for own, its in zip(mine, theirs, strict=True):
            won += own * (below + its / 2)
            below += its
        return won / total if total else 0.5

    def _find_quantile(self, share: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if _integrate_beta(1 + self.successes, 1 + self.failures, middle) < share:
                low = middle
            else:
                high = middle
        return (low + high) / 2


def weigh_rate(posterior: Posterior, x: float) -> float:
    """Return the density of a rate at `x`, times a constant that keeps it within a float."""
    a, b = posterior.successes, posterior.failures
    peak = a / (a + b) if a + b else 0.5
    at_peak = _log_power(peak, a) + _log_power(1 - peak, b)
    return math.exp(_log_power(x, a) + _log_power(1 - x, b) - at_peak)


def _log_power(base: float, exponent: float) -> float:
    return exponent * math.log(base) if exponent else 0.0


def _integrate_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by Lentz's continued fraction.

    As in W. H. Press et al., Numerical Recipes, 2nd edition, section 6.4.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _integrate_beta(b, a, 1 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    tiny, c, d = 1e-30, 1.0, 1 / max(1 - (a + b) * x / (a + 1), 1e-30)
    found = d
    for m in range(1, 200):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 + numerator * d, 1 + numerator / c
            d = 1 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            found *= c * d
        if abs(c * d - 1) < 1e-10:
            break
    return front * found / a
