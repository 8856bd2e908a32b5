"""Where InfraPatterns come from: the Protocols that the PatternBank asks in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from devmatrix_guard.model.knowledge.infra import InfraOutcome, InfraPattern, InfraRecord, Signature


class PatternSource(Protocol):
    """Something that holds InfraPatterns; only frozen versions are handed out without a version."""

    def find_latest(self, pattern_id: str) -> InfraPattern | None:
        """Return the newest frozen version of a pattern."""

    def find_exact(self, pattern_id: str, version: int) -> InfraPattern | None:
        """Return one version of a pattern, frozen or not."""

    def list_all(self) -> tuple[InfraPattern, ...]:
        """Return the newest frozen version of every pattern, by id."""


class BankStore(PatternSource, Protocol):
    """The bank proper: a source that is written to and remembers how its patterns did."""

    def list_drafts(self) -> tuple[InfraPattern, ...]:
        """Return every version that is not frozen, by id and version."""

    def save(self, patterns: Iterable[InfraPattern]) -> int:
        """Write versions and return how many were new; a frozen version cannot be changed."""

    def record_outcomes(self, outcomes: Iterable[InfraOutcome]) -> None:
        """Record how uses of patterns went."""

    def list_records(self) -> tuple[InfraRecord, ...]:
        """Return what the outcomes of each version add up to, by id and version."""


class PatternWriter(Protocol):
    """The last resort, an LLM: writes the body a signature describes, or returns None."""

    def write(self, signature: Signature) -> str | None:
        """Return a body for the signature."""
