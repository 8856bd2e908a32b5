"""What is counted for Prometheus: latencies, errors, cache hits, work, the lag of followers."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """The counters of one process; `guard_worker` tells those of several apart."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.requests = Histogram(
            "guard_request_seconds",
            "How long requests took, by route and status.",
            ("route", "method", "status"),
            registry=registry,
            buckets=_BUCKETS,
        )
        self.cache = Counter(
            "guard_cache", "Look-ups in caches, by their end.", ("cache", "end"), registry=registry
        )
        self.at_work = Gauge(
            "guard_requests_at_work", "Requests that are being answered.", registry=registry
        )
        self.waiting = Gauge(
            "guard_requests_waiting", "Requests that wait for a memory.", registry=registry
        )
        self.errors = Counter(
            "guard_errors", "Requests that failed for a reason of ours.", registry=registry
        )
        self.phases = Histogram(
            "guard_match_seconds",
            "How long the parts of a match took.",
            ("part",),
            registry=registry,
            buckets=_BUCKETS,
        )
        self.lag = Gauge(
            "guard_follower_lag_seconds",
            "How long the oldest change waits for a follower.",
            ("follower",),
            registry=registry,
        )
        self.queue = Gauge(
            "guard_follower_waiting",
            "How many changes wait for a follower.",
            ("follower",),
            registry=registry,
        )

    def tell_lag(self, follower: str, waiting: int, seconds: float) -> None:
        """Note how far a follower is behind."""
        self.lag.labels(follower).set(seconds)
        self.queue.labels(follower).set(waiting)

    def render(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
