"""The phases of a build: their order, what each gave, and who is told while they go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

State = Literal["done", "failed", "skipped", "kept"]

# In their order. Those of `SIDE_BY_SIDE` need nothing of one another, and run as cores are free.
PHASES = (
    "extract",
    "ir",
    "look-back",
    "generate",
    "write",
    "compliance",
    "repair",
    "environment",
    "fill",
    "checks",
    "migrations",
    "tests",
    "smoke",
    "deploy",
    "learn",
)
SIDE_BY_SIDE = ("tests", "smoke", "checks", "migrations")  # the longest first


class Phase(NamedTuple):
    """What a phase gave.

    Attributes:
        name: one of `PHASES`.
        state: `kept` is what an earlier, interrupted build did already.
        seconds: of the wall clock.
        text: the result in a line.
        facts: the result as numbers and texts, for the report.
    """

    name: str
    state: State
    seconds: float
    text: str
    facts: Mapping[str, Any] = {}


class Result(NamedTuple):
    """How a phase went, before its time is known; the fields are those of `Phase`."""

    state: State
    text: str
    facts: Mapping[str, Any] = {}


class Watcher(Protocol):
    """Who is told how a build goes on; calls may come from several threads."""

    def begin(self, name: str) -> None:
        """Be told that a phase begins."""

    def tell(self, name: str, step: str) -> None:
        """Be told what a phase is at."""

    def end(self, phase: Phase) -> None:
        """Be told what a phase gave."""


class Silence:
    """A watcher that shows nothing."""

    def begin(self, name: str) -> None:
        """Show nothing."""

    def tell(self, name: str, step: str) -> None:
        """Show nothing."""

    def end(self, phase: Phase) -> None:
        """Show nothing."""


def is_wanted(name: str, until: str) -> bool:
    """Tell whether a phase is one of those up to `until`, which is empty for all."""
    return not until or PHASES.index(name) <= PHASES.index(until)
