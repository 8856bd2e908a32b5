from __future__ import annotations

import pytest

from devmatrix_guard.generator.bank.metrics import measure
from devmatrix_guard.model.knowledge.infra import InfraRecord
from tests.contract.build import infra_pattern


def test_without_outcomes_there_is_no_rate_at_all() -> None:
    metrics = measure([infra_pattern("a"), infra_pattern("b")], [])
    assert (metrics.total_patterns, metrics.used_patterns) == (2, 0)
    assert metrics.avg_success_rate is None
    assert metrics.avg_usage_count == 0.0
    assert [m.success_rate for m in metrics.patterns] == [None, None]


def test_an_empty_bank_has_metrics_too() -> None:
    assert measure([], []).total_patterns == 0


def test_rates_come_from_the_outcomes_of_the_version_in_use() -> None:
    patterns = [infra_pattern("a", 2), infra_pattern("b"), infra_pattern("c")]
    records = [InfraRecord("a", 1, 9, 9), InfraRecord("a", 2, 4, 1), InfraRecord("b", 1, 6, 6)]
    metrics = measure(patterns, records)
    assert [(m.reference, m.uses, m.success_rate) for m in metrics.patterns] == [
        ("b@1", 6, 1.0),
        ("a@2", 4, 0.25),
        ("c@1", 0, None),
    ]
    assert metrics.avg_success_rate == pytest.approx(0.625)
    assert metrics.avg_usage_count == pytest.approx(10 / 3)
    assert metrics.domain_distribution == {"infrastructure": 3}
