"""What the recorded outcomes say about the patterns in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from devmatrix_guard.model.knowledge.infra import InfraPattern, InfraRecord
from devmatrix_guard.model.posterior import Posterior


class PatternMetrics(NamedTuple):
    """One pattern's uses; no rate where there was no use.

    `interval` holds the rate with a probability of 90 % (Beta posterior, uniform prior).
    """

    reference: str
    purpose: str
    domain: str
    uses: int
    success_rate: float | None
    interval: tuple[float, float] | None = None


class BankMetrics(NamedTuple):
    """The bank as a whole; the average is over patterns that were used, each counting once."""

    total_patterns: int
    used_patterns: int
    avg_success_rate: float | None
    avg_usage_count: float
    domain_distribution: Mapping[str, int]
    patterns: tuple[PatternMetrics, ...]


def measure(patterns: Iterable[InfraPattern], records: Iterable[InfraRecord]) -> BankMetrics:
    """Return the metrics, the most used pattern first."""
    by_version = {(r.pattern_id, r.version): r for r in records}
    measured = [
        _combine_metrics(
            p, by_version.get((p.pattern_id, p.version), InfraRecord(p.pattern_id, p.version))
        )
        for p in patterns
    ]
    rates = [m.success_rate for m in measured if m.success_rate is not None]
    return BankMetrics(
        total_patterns=len(measured),
        used_patterns=len(rates),
        avg_success_rate=sum(rates) / len(rates) if rates else None,
        avg_usage_count=sum(m.uses for m in measured) / len(measured) if measured else 0.0,
        domain_distribution=dict(sorted(Counter(m.domain for m in measured).items())),
        patterns=tuple(sorted(measured, key=lambda m: (-m.uses, m.reference))),
    )


def _combine_metrics(pattern: InfraPattern, record: InfraRecord) -> PatternMetrics:
    signature = pattern.signature
    interval = None
    if record.uses:
        low, high = Posterior(record.successes, record.uses - record.successes).find_interval()
        interval = round(low, 4), round(high, 4)
    return PatternMetrics(
        pattern.reference,
        signature.purpose,
        signature.domain,
        record.uses,
        record.success_rate,
        interval,
    )
