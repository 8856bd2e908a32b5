"""A path that was moved: `recall` and `lineage` say where it is, and tell of it there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.matrix.world import World, run

CODE = "def load(path, rows):\n    data = path.read({})\n    return finish(data, rows)\n"


@pytest.fixture
def moved(tmp_path: Path) -> World:
    """A repository with a fix in a file that was moved twice since."""
    world = World.make(tmp_path / "world")
    world.commit({"old.py": CODE.format("")}, "Start")
    world.commit({"old.py": CODE.format("rows")}, "Fix reading of rows (#12)")
    for former, name in (("old.py", "mid.py"), ("mid.py", "pkg/new.py")):
        (world.root / "pkg").mkdir(exist_ok=True)
        world.git("mv", former, name)
        world.git("commit", "-qm", f"Move to {name}")
    assert run("guard", world.root, "learn").code == 0
    return world


@pytest.mark.parametrize("subject", ["old.py", "mid.py", "old.py:2"])
def test_recall_tells_where_a_file_is_now(moved: World, subject: str) -> None:
    out = run("guard", moved.root, "recall", subject).out
    assert out.startswith("pkg/new.py")
    assert f"it was {subject.partition(':')[0]} before" in out
    assert "Fix reading of rows" in out


def test_lineage_names_the_move(moved: World) -> None:
    out = run("guard", moved.root, "lineage", "old.py").out
    by = moved.git("rev-parse", "--short=10", "HEAD").strip()
    assert "function pkg/new.py::load" in out
    assert f"moved source-file old.py  by {by}" in out


@pytest.mark.parametrize("subject", ["gone.py", "pkg/new.py"])
def test_what_was_not_moved_is_not_said_to_be(moved: World, subject: str) -> None:
    for verb in ("recall", "lineage"):
        assert "moved" not in run("guard", moved.root, verb, subject).out
