"""An empty memory, on each backend: the embedded one is always there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import open_memory
from tests.helpers_postgres import empty_schema


@pytest.fixture(params=["embedded", pytest.param("postgres", marks=pytest.mark.server)])
def location(request: pytest.FixtureRequest) -> str:
    """Where an empty memory of the backend is."""
    if request.param == "postgres":
        return empty_schema(request.getfixturevalue("postgres_url"))
    return "memory.db"


@pytest.fixture
def memory(location: str, tmp_path: Path) -> Iterator[Memory]:
    """An empty memory of the backend."""
    with open_memory(location, tmp_path) as opened:
        yield opened
