"""What runs and errors add up to over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from devmatrix_guard.model.knowledge.learning import SimilarSpec


class DayOfRuns(NamedTuple):
    """The runs that began on one day (UTC) and have ended; `compliance` is the mean measured."""

    day: str
    runs: int
    succeeded: int
    compliance: float | None


class FailingSpec(NamedTuple):
    """A spec whose runs fail again and again, or comply too little."""

    spec_hash: str
    runs: int
    succeeded: int
    compliance: float | None


class GrowingError(NamedTuple):
    """An error met more often in the last period (`now`) than in the one before."""

    error_type: str
    signature: str
    now: int
    before: int


class SimilarRun(NamedTuple):
    """A run that succeeded on a spec like another's; `similarity` is the cosine."""

    run_id: str
    similarity: float
    compliance: float | None


class DayOfOutcomes(NamedTuple):
    """How the verifications of one day (UTC) went.

    `first` counts those that were the first after a generation, `first_passed` those of them that
    passed with no repair in between.
    """

    day: str
    judged: int
    passed: int
    compliance: float | None
    first: int
    first_passed: int


class Anomaly(NamedTuple):
    """A run whose number is far from those of the same command; `z` is the robust z-score."""

    run_id: str
    command: str
    measure: str
    value: float
    median: float
    z: float


class ReviewTask(NamedTuple):
    """Something for a person to look at, and why; `kind` is review, confirm, tune or calibrate."""

    kind: str
    name: str
    reason: str


class Trends(NamedTuple):
    """How generated applications fare over time.

    Attributes:
        since, until: ISO 8601.
        days: verifications day by day.
        growing: errors met more often in the second half of the time.
        repaired, repeated: errors that were repaired, and those of them that were met again after.
        files, reused: generated files, and those from InfraPattern versions that have passed.
        failing: specs that keep failing.
        alike: the last application that failed, and those like it that passed.
        anomalies: far-off runs, the farthest first.
        window: how many runs the anomalies were measured against, by command.
        tasks: what a person should look at.
    """

    since: str
    until: str
    days: tuple[DayOfOutcomes, ...] = ()
    growing: tuple[GrowingError, ...] = ()
    repaired: int = 0
    repeated: int = 0
    files: int = 0
    reused: int = 0
    failing: tuple[FailingSpec, ...] = ()
    alike: tuple[str, tuple[SimilarSpec, ...]] = ("", ())
    anomalies: tuple[Anomaly, ...] = ()
    window: Mapping[str, int] = {}
    tasks: tuple[ReviewTask, ...] = ()

    @property
    def first(self) -> tuple[int, int]:
        """First verifications after a generation, and those that passed without a repair."""
        return sum(d.first for d in self.days), sum(d.first_passed for d in self.days)
