"""The Beta posterior of a rate, against values from tables."""

from __future__ import annotations

import pytest

from devmatrix_guard.model.posterior import Posterior


@pytest.mark.parametrize(
    ("posterior", "mean"), [(Posterior(), 0.5), (Posterior(9, 0), 10 / 11), (Posterior(0, 3), 0.2)]
)
def test_the_mean_is_laplaces_rule(posterior: Posterior, mean: float) -> None:
    assert posterior.mean == pytest.approx(mean)


@pytest.mark.parametrize(
    ("posterior", "low", "high"),
    [
        (Posterior(), 0.05, 0.95),
        (Posterior(10, 0), 0.1 ** (1 / 11), 1.0),
        (Posterior(0, 2), 0.0, 1 - 0.1 ** (1 / 3)),
        (Posterior(4, 4), 0.2514, 0.7486),
    ],
)
def test_the_interval_holds_nine_tenths(posterior: Posterior, low: float, high: float) -> None:
    assert posterior.find_interval() == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize("posterior", [Posterior(n, m) for n in (0, 1, 7) for m in (0, 1, 7)])
def test_the_interval_holds_the_rate_that_was_seen(posterior: Posterior) -> None:
    low, high = posterior.find_interval()
    if posterior.is_known:
        assert low <= posterior.successes / (posterior.successes + posterior.failures) <= high


@pytest.mark.parametrize(
    ("one", "other", "probability"),
    [
        (Posterior(), Posterior(), 0.5),
        (Posterior(), Posterior(0, 2), 0.75),
        (Posterior(10, 0), Posterior(0, 1), 1 - 2 / 156),
        (Posterior(5000, 3), Posterior(3, 5000), 1.0),
    ],
)
def test_one_rate_is_higher_than_another(
    one: Posterior, other: Posterior, probability: float
) -> None:
    assert one.calculate_superiority(other) == pytest.approx(probability, abs=2e-3)
    assert other.calculate_superiority(one) == pytest.approx(1 - probability, abs=2e-3)


def test_only_what_was_recorded_is_known() -> None:
    assert not Posterior().is_known
    assert Posterior(0, 0.1).is_known
