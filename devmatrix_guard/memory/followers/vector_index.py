"""What the `VectorIndex` of every follower does alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devmatrix_guard.memory.base import VectorHit, VectorItem
from devmatrix_guard.memory.followers.base import Change, Reference
from devmatrix_guard.memory.sql.stores.vectors import normalise, refuse_other_size


class FollowerVectorIndex(ABC):
    """One search as one of many."""

    @abstractmethod
    def search_many(
        self,
        collection: str,
        model_id: str,
        vectors: Sequence[Sequence[float]],
        *,
        limit: int = 10,
        aspect: str = "content",
        where: Mapping[str, Any] | None = None,
    ) -> list[tuple[VectorHit, ...]]:
        """As in `VectorIndex`."""

    def search(
        self, collection: str, model_id: str, vector: Sequence[float], **options: Any
    ) -> tuple[VectorHit, ...]:
        """As in `VectorIndex`; the options are those of `search_many`."""
        (found,) = self.search_many(collection, model_id, [vector], **options)
        return found


def make_changes(
    own: int, collection: str, model_id: str, items: Iterable[VectorItem], size: int
) -> list[Change]:
    """Return what a follower is told of vectors that are written.

    Args:
        own: the row of the repository they are written for.
        collection: where they belong.
        model_id: whose vectors they are.
        items: the vectors, of any length.
        size: that of the model's vectors, 0 where there are none yet.

    Raises:
        MemoryStoreError: one has no direction, or another size.
    """
    changes = []
    for item in items:
        unit = normalise(item.vector, item.key)
        size = size or len(unit)
        refuse_other_size(len(unit), size, model_id)
        parts = (collection, model_id, item.aspect, item.key)
        value = {"vector": unit.tolist(), "payload": dict(item.payload)}
        changes.append(Change(Reference("vector", own, parts), value))
    return changes
