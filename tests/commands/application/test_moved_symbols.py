"""A class or function that people moved to another module gets what is generated for it now."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.result import Regeneration
from tests.helpers import tree_bytes
from tests.helpers_apps import make_application
from tests.specs import Spec, edited

ENTITY = "src/models/entities/book.py"
MINE = "src/models/tables.py"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An application whose class of books a person moved, and imports where it was."""
    app = make_application(tmp_path)
    (app / MINE).write_text((app / ENTITY).read_text() + "\n\nLABEL = 'ours'\n")
    (app / ENTITY).write_text(
        '"""Books."""\n\nfrom src.models.tables import BookEntity\n\n__all__ = ["BookEntity"]\n'
    )
    return app


def _isbn(spec: Spec) -> None:
    spec.add("isbn", {"type": "string", "maxLength": 13})


def _regenerate(app: Path) -> Regeneration:
    spec = app.parent / "new.yaml"
    spec.write_text(yaml.safe_dump(edited(_isbn), sort_keys=False))
    return run_regenerate(app, RegenerateOptions(spec=spec, verify=False))


def _edit(app: Path, path: str, old: str, new: str) -> None:
    text = (app / path).read_text()
    assert old in text
    (app / path).write_text(text.replace(old, new, 1))


def test_it_is_merged_where_it_lies(app: Path) -> None:
    result = _regenerate(app)
    assert result.written, result.blockers
    text = (app / MINE).read_text()
    assert "isbn: Mapped[" in text
    assert text.endswith("LABEL = 'ours'\n")
    assert "class BookEntity" not in (app / ENTITY).read_text()
    (decision,) = [d for d in result.decisions if d.path == MINE]
    assert any("you moved BookEntity here" in note for note in decision.notes)


def test_edits_of_it_stay(app: Path) -> None:
    _edit(app, MINE, "    pages: Mapped", "    ours: int = 1\n    pages: Mapped")
    assert _regenerate(app).written
    text = (app / MINE).read_text()
    assert "    ours: int = 1\n" in text
    assert "isbn: Mapped[" in text


def test_what_both_changed_is_a_conflict(app: Path) -> None:
    def widen(spec: Spec) -> None:
        spec.add("title", {"type": "string", "maxLength": 77}, required=False)

    column = "    title: Mapped[str] = mapped_column(String("
    _edit(app, MINE, column, f"{column}9")
    spec = app.parent / "new.yaml"
    spec.write_text(yaml.safe_dump(edited(widen), sort_keys=False))
    before = tree_bytes(app)
    result = run_regenerate(app, RegenerateOptions(spec=spec, verify=False))
    assert [decision.path for decision in result.conflicts] == [MINE]
    assert not result.written
    assert tree_bytes(app) == before


def test_of_two_copies_none_is_changed(app: Path) -> None:
    (app / "src/models/other.py").write_text((app / MINE).read_text())
    _regenerate(app)
    assert "isbn: Mapped[" not in (app / MINE).read_text()


def test_something_else_of_the_same_name_is_left(app: Path) -> None:
    text = "class BookEntity:\n    def read(self) -> int:\n        return 1\n"
    (app / MINE).write_text(text)
    _regenerate(app)
    assert (app / MINE).read_text() == text


def test_regenerating_again_changes_nothing(app: Path) -> None:
    _regenerate(app)
    before = tree_bytes(app)
    _regenerate(app)
    assert tree_bytes(app) == before
