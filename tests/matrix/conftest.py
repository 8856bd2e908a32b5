"""The world every row starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.matrix.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with one rule and one clean file, all committed."""
    return World.make(tmp_path / "world")
