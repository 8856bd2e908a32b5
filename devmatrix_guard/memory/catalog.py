"""The catalogue of patterns of every kind, as Protocols beside those of `base`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from devmatrix_guard.model.knowledge.catalog import (
        CatalogFilter,
        CatalogRow,
        MatchRecord,
        SuccessOutcome,
        SuccessPattern,
    )


class CatalogStore(Protocol):
    """Listings over FixPatterns and success patterns alike, and what is counted and hidden."""

    def list_rows(
        self, only: CatalogFilter, *, order: str = "quality", limit: int = 50, offset: int = 0
    ) -> tuple[CatalogRow, ...]:
        """Return what is listed, in one of the `ORDERS`."""

    def count(self, only: CatalogFilter) -> int:
        """Return how many are listed."""

    def find_rows(self, ids: Sequence[str]) -> dict[str, CatalogRow]:
        """Return {id: row} of those of the ids that are listed."""

    def count_facets(self, only: CatalogFilter) -> dict[str, dict[str, int]]:
        """Return how many are listed, in all (under an empty value) and by facet and value."""

    def count_matches(self, counts: Mapping[str, int], at: str) -> None:
        """Add to how often patterns were returned by a search."""

    def read_matches(self, ids: Sequence[str]) -> dict[str, MatchRecord]:
        """Return {id: how often it was returned} of those that ever were."""

    def hide(self, pattern_id: str, by: str = "") -> None:
        """Take a FixPattern or InfraPattern out of the catalogue; it stays in the memory."""

    def show(self, pattern_id: str) -> None:
        """Bring a hidden pattern back."""

    def list_hidden(self, ids: Iterable[str] | None = None) -> dict[str, str]:
        """Return {id: when it was hidden}, of the ids or of all."""

    def read_moments(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return {id: (when it was learned first, when changed last)} of FixPatterns."""


class SuccessStore(Protocol):
    """Success patterns, shared by all repositories, and how their uses went."""

    def create(self, patterns: Iterable[SuccessPattern]) -> None:
        """Write new patterns, all or none; a name that its type has already is refused."""

    def get(self, pattern_id: str) -> SuccessPattern | None:
        """Return a pattern, deleted or not."""

    def get_many(self, ids: Sequence[str]) -> dict[str, SuccessPattern]:
        """Return {id: pattern} of those that there are."""

    def find_by_name(self, pattern_type: str, name: str) -> str | None:
        """Return the id of the pattern of this type and name that is not deleted."""

    def list_children(self, pattern_id: str) -> tuple[str, ...]:
        """Return the ids of the patterns that name this one as their parent."""

    def change(self, pattern: SuccessPattern) -> SuccessPattern:
        """Write what was read at `revision` and changed; refused where it is another by now."""

    def remove(self, pattern_id: str, revision: int) -> None:
        """Delete a pattern softly: it stays, with its outcomes, and nothing finds it."""

    def restore(self, pattern_id: str, revision: int) -> None:
        """Bring a deleted pattern back."""

    def record_outcomes(self, pattern_id: str, outcomes: Sequence[SuccessOutcome]) -> int:
        """Write how uses went and return how many were new; of two with a key the first counts."""

    def read_outcomes(self, pattern_id: str, limit: int = 100) -> tuple[SuccessOutcome, ...]:
        """Return the newest outcomes of a pattern."""

    def iterate(self) -> Iterator[SuccessPattern]:
        """Yield every pattern that is not deleted, the oldest first."""

    def rank_words(
        self, text: str, limit: int, only: CatalogFilter | None = None
    ) -> list[tuple[str, float]]:
        """Return the ids nearest to a text by its words, and the share of a perfect match."""
