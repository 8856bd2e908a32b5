"""What runs and errors add up to over time."""

from __future__ import annotations

from typing import NamedTuple


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
