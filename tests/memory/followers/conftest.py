"""What follows a memory, and the truth that it follows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devmatrix_guard.memory.followers.base import Follower
from devmatrix_guard.memory.followers.qdrant import open_qdrant
from tests.fixtures_memory import location, memory

__all__ = ["location", "memory"]


@pytest.fixture
def qdrant() -> Iterator[Follower]:
    """Qdrant within the process."""
    follower = open_qdrant(":memory:")
    yield follower
    follower.close()
