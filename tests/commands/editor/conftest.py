"""An editor that has begun its conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.editor.test_server import Editor
from tests.matrix.world import World


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    """An editor in a repository with one rule."""
    editor = Editor(World.make(tmp_path / "world"))
    yield editor.begin()
    editor.wait()
