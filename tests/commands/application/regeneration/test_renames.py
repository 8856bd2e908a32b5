"""An entity is called otherwise: what people wrote in its files follows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.result import Regeneration
from tests.helpers import tree_bytes
from tests.helpers_apps import make_application
from tests.specs import Spec, edited

OLD, NEW = "src/models/entities/book.py", "src/models/entities/tome.py"
METHOD = """
    def copy(self) -> "BookEntity":
        # a book like this one
        return BookEntity(title=f"{self.title} (a book)")
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_application(tmp_path)


def _tome(spec: Spec) -> None:
    spec.rename_books("Tome")


def _longer(spec: Spec) -> None:
    spec.add("title", {"type": "string", "maxLength": 140})
    _tome(spec)


def _rename(
    app: Path, change: Callable[[Spec], None] = _tome, *, inline: bool = False
) -> Regeneration:
    spec = app.parent / "new.yaml"
    spec.write_text(yaml.safe_dump(edited(change), sort_keys=False))
    return run_regenerate(app, RegenerateOptions(spec=spec, verify=False, inline=inline))


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def test_what_people_wrote_is_in_the_new_file_and_the_old_one_goes(app: Path) -> None:
    _append(app / OLD, METHOD)
    result = _rename(app)
    assert result.written, result.blockers
    assert not (app / OLD).exists()
    text = (app / NEW).read_text()
    assert "class TomeEntity" in text
    assert text.count("def copy(self)") == 1
    assert [(drift.kind, drift.path) for drift in run_drift(app)] == [("edited", NEW)]


def test_names_follow_and_what_people_say_stays(app: Path) -> None:
    _append(app / OLD, METHOD)
    _rename(app)
    text = (app / NEW).read_text()
    assert "return TomeEntity(title=" in text
    assert "# a book like this one" in text
    assert "(a book)" in text


def test_but_for_it_the_files_are_as_generated(app: Path, tmp_path: Path) -> None:
    _append(app / OLD, METHOD)
    _rename(app)
    run_generate(tmp_path / "new.yaml", tmp_path / "fresh")
    fresh = {p.relative_to(tmp_path / "fresh") for p in (tmp_path / "fresh/src").rglob("*.py")}
    assert {p.relative_to(app) for p in (app / "src").rglob("*.py")} == fresh
    assert (app / NEW).read_text().startswith((tmp_path / "fresh" / NEW).read_text())


def test_a_changed_line_stays_changed_under_the_new_name(app: Path) -> None:
    (app / OLD).write_text((app / OLD).read_text().replace("String(100)", "String(120)"))
    assert _rename(app).written
    assert "String(120)" in (app / NEW).read_text()


def test_a_file_that_people_deleted_stays_deleted(app: Path) -> None:
    (app / "src/views/book.py").unlink()
    assert _rename(app).written
    assert not (app / "src/views/tome.py").exists()
    assert ("deleted", "src/views/tome.py") in [(d.kind, d.path) for d in run_drift(app)]


def test_a_line_with_the_name_that_people_changed_stays_as_they_left_it(app: Path) -> None:
    text = (app / OLD).read_text()
    (app / OLD).write_text(text.replace("A row: one book.", "A thing."))
    result = _rename(app)
    assert (result.written, result.conflicts) == (True, [])
    assert not (app / OLD).exists()
    text = (app / NEW).read_text()
    assert "A thing." in text
    assert "A row: one tome." not in text


def test_what_both_changed_is_a_conflict_and_nothing_is_written(app: Path) -> None:
    (app / OLD).write_text((app / OLD).read_text().replace("String(100)", "String(120)"))
    before = tree_bytes(app)
    result = _rename(app, _longer)
    assert not result.written
    assert [decision.path for decision in result.conflicts] == [NEW]
    assert len(result.blockers) == 1
    assert f"both sides changed the same in {NEW}:" in result.blockers[0]
    assert tree_bytes(app) == before


def test_what_both_changed_is_written_between_markers_where_that_is_wished(app: Path) -> None:
    (app / OLD).write_text((app / OLD).read_text().replace("String(100)", "String(120)"))
    result = _rename(app, _longer, inline=True)
    assert result.written
    assert [decision.path for decision in result.conflicts] == [NEW]
    assert not (app / OLD).exists()
    marked = (app / NEW).read_text().partition("<<<<<<<")[2].partition(">>>>>>>")[0]
    ours, _, theirs = marked.partition("=======")
    assert "String(120)" in ours
    assert "String(140)" in theirs


def test_a_file_that_a_team_took_over_stays_where_it_is(app: Path) -> None:
    (app / OLD).write_text("# all ours\n")
    spec = app.parent / "new.yaml"
    spec.write_text(yaml.safe_dump(edited(_tome), sort_keys=False))
    options = RegenerateOptions(spec=spec, verify=False, ignored=(OLD,))
    assert run_regenerate(app, options).written
    assert (app / OLD).read_text() == "# all ours\n"
    assert "# all ours" not in (app / NEW).read_text()
