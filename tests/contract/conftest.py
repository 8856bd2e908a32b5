"""Every contract test runs on every backend; the embedded one is always there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import open_memory


@pytest.fixture(params=["embedded"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    """An empty memory of the backend."""
    locations = {"embedded": "memory.db"}
    with open_memory(locations[request.param], tmp_path) as opened:
        yield opened
