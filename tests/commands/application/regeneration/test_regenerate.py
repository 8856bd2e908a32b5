from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from devmatrix_guard.cli.generate.regenerate import command
from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.interrupted import run_undo
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.result import Regeneration
from devmatrix_guard.commands.application.verify import run_verify
from devmatrix_guard.errors import GenerationError, UsageError
from tests.helpers import tree_bytes
from tests.helpers_apps import make_application
from tests.specs import Spec, edited

ENTITY = "src/models/entities/book.py"
FIRST = "alembic/versions/0001_initial.py"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_application(tmp_path)


def regenerate(app: Path, edit: Callable[[Spec], None], **wishes: object) -> Regeneration:
    spec = app.parent / "new.yaml"
    spec.write_text(yaml.safe_dump(edited(edit), sort_keys=False))
    return run_regenerate(app, RegenerateOptions(spec=spec, **{"verify": False, **wishes}))  # type: ignore[arg-type]


def outcomes(result: Regeneration) -> dict[str, str]:
    return {decision.path: decision.outcome for decision in result.decisions}


def add_isbn(spec: Spec) -> None:
    spec.add("isbn", {"type": "string", "maxLength": 13})


def of_people(app: Path) -> dict[str, bytes]:
    """Everything but what guard keeps for itself."""
    return {p: d for p, d in tree_bytes(app).items() if not p.startswith(".guard/")}


def test_without_a_change_no_file_is_touched(app: Path) -> None:
    before = of_people(app)
    result = regenerate(app, lambda spec: None)
    assert (result.decisions, result.changes, result.migration) == ((), (), None)
    assert of_people(app) == before


def test_the_result_is_what_a_fresh_generation_gives_but_for_the_migrations(
    app: Path, tmp_path: Path
) -> None:
    regenerate(app, add_isbn)
    run_generate(tmp_path / "new.yaml", tmp_path / "fresh")
    fresh, now = (
        {p: d for p, d in of_people(root).items() if not p.startswith("alembic/versions/")}
        for root in (tmp_path / "fresh", app)
    )
    assert now == fresh


def test_edits_of_people_stay_beside_what_is_new(app: Path) -> None:
    entity = app / ENTITY
    method = "\n    def label(self) -> str:\n        return self.title.upper()  # ours\n"
    entity.write_text(entity.read_text() + method)
    result = regenerate(app, add_isbn)
    assert outcomes(result)[ENTITY] == "merged"
    assert "return self.title.upper()  # ours" in entity.read_text()
    assert "isbn: Mapped[str | None]" in entity.read_text()


def test_migrations_that_may_have_run_stay_as_they_are(app: Path) -> None:
    first = (app / FIRST).read_bytes()
    regenerate(app, add_isbn)
    assert (app / FIRST).read_bytes() == first
    text = (app / "alembic/versions/0002_add_books_isbn.py").read_text()
    assert 'down_revision: str | Sequence[str] | None = "0001_initial"' in text


def test_a_second_regeneration_follows_the_first_and_a_migration_of_peoples_own(app: Path) -> None:
    regenerate(app, add_isbn)
    own = 'revision = "mine"\ndown_revision = "0002_add_books_isbn"\n'
    (app / "alembic/versions/mine.py").write_text(own)

    def add_both(spec: Spec) -> None:
        add_isbn(spec)
        spec.add("notes", {"type": "string"})

    regenerate(app, add_both)
    text = (app / "alembic/versions/0004_add_books_notes.py").read_text()
    assert 'down_revision: str | Sequence[str] | None = "mine"' in text


def test_two_heads_are_brought_together(app: Path) -> None:
    (app / "alembic/versions/other.py").write_text('revision = "other"\ndown_revision = None\n')
    regenerate(app, add_isbn)
    text = (app / "alembic/versions/0003_add_books_isbn.py").read_text()
    assert 'None = ("0001_initial", "other")' in text


def test_what_a_migration_of_peoples_own_added_is_not_added_again(app: Path) -> None:
    own = (
        'from alembic import op\nimport sqlalchemy as sa\nrevision = "own"\n'
        'down_revision = "0001_initial"\n\n\ndef upgrade():\n'
        "    op.add_column('books', sa.Column('isbn', sa.String(length=13), nullable=True))\n"
        "    op.create_table('audit', sa.Column('id', sa.Integer(), primary_key=True))\n"
    )
    (app / "alembic/versions/own.py").write_text(own)
    result = regenerate(app, add_isbn)
    assert result.migration is not None
    assert "add_column" not in result.migration.text.partition("def downgrade")[0]
    assert "audit" not in result.migration.text


def test_where_both_changed_the_same_nothing_is_written(app: Path) -> None:
    entity = app / ENTITY
    entity.write_text(entity.read_text().replace("String(100)", "String(50)"))
    before = tree_bytes(app)
    result = regenerate(app, lambda spec: spec.add("title", {"type": "string", "maxLength": 200}))
    assert [decision.path for decision in result.conflicts] == [ENTITY]
    assert "both sides changed the same" in result.blockers[0]
    assert tree_bytes(app) == before


def test_conflicts_are_written_between_markers_when_asked_for(app: Path) -> None:
    entity = app / ENTITY
    entity.write_text(entity.read_text().replace("String(100)", "String(50)"))
    edit: Callable[[Spec], None] = lambda spec: spec.add(  # noqa: E731
        "title", {"type": "string", "maxLength": 200}
    )
    result = regenerate(app, edit, inline=True)
    assert result.written
    text = entity.read_text()
    assert text.index("<<<<<<<") < text.index("String(50)") < text.index(">>>>>>>")
    assert "String(200)" in text


def test_a_deleted_file_stays_deleted_and_is_said(app: Path) -> None:
    (app / ENTITY).unlink()
    result = regenerate(app, add_isbn)
    decision = next(d for d in result.decisions if d.path == ENTITY)
    assert (decision.outcome, decision.text) == ("kept", None)
    assert "stays deleted" in decision.notes[0]
    assert not (app / ENTITY).exists()


def test_what_is_not_generated_any_more_goes_unless_it_was_edited(app: Path) -> None:
    regenerate(app, lambda spec: spec.entity("Shelf", "shelves"))
    shelf = app / "src/models/entities/shelf.py"
    service = app / "src/services/shelf_service.py"
    service.write_text(service.read_text() + "# ours\n")
    result = regenerate(app, lambda spec: None, destructive=True)
    assert outcomes(result)["src/models/entities/shelf.py"] == "removed"
    assert outcomes(result)["src/services/shelf_service.py"] == "kept"
    assert not shelf.exists()
    assert service.read_text().endswith("# ours\n")


def test_losing_data_needs_to_be_allowed(app: Path) -> None:
    before = tree_bytes(app)
    result = regenerate(app, lambda spec: spec.drop("pages"))
    assert result.blockers == (
        "the migration would lose data (column books.pages): say x-renamed-from in the spec where "
        "it is only called otherwise, or pass --allow-data-loss",
    )
    assert tree_bytes(app) == before
    assert regenerate(app, lambda spec: spec.drop("pages"), destructive=True).written


def test_a_required_column_needs_a_value_for_the_rows_there_are(app: Path) -> None:
    edit: Callable[[Spec], None] = lambda spec: spec.add(  # noqa: E731
        "weight", {"type": "integer"}, required=True
    )
    result = regenerate(app, edit)
    assert "books.weight must hold a value" in result.blockers[0]
    assert regenerate(app, edit, backfill={"books.weight": "7"}).written
    text = (app / "alembic/versions/0002_add_books_weight.py").read_text()
    assert '.values({"weight": 7})' in text


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("books.weight", "heavy", "heavy is no value"), ("books.nothing", "1", "no column")],
)
def test_a_backfill_that_makes_no_sense_is_refused(
    app: Path, column: str, value: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        regenerate(
            app,
            lambda spec: spec.add("weight", {"type": "integer"}, required=True),
            backfill={column: value},
        )


def test_the_copy_of_the_spec_can_be_edited_in_place(app: Path) -> None:
    spec = app / ".guard/spec.yaml"
    spec.write_text(yaml.safe_dump(edited(add_isbn)))
    assert [drift.kind for drift in run_drift(app)] == ["spec-changed"]
    result = run_regenerate(app, RegenerateOptions(verify=False))
    assert result.written
    assert "isbn" in (app / ENTITY).read_text()
    assert run_drift(app) == []


def test_what_undo_writes_is_told_without_the_names_of_kept_texts(app: Path) -> None:
    regenerate(app, add_isbn)
    told = CliRunner().invoke(command, [str(app), "--undo", "--yes"], standalone_mode=False).output
    lines = [line for line in told.splitlines() if ".guard/base" in line]
    assert len(lines) == 1
    assert "generated texts" in lines[0]
    heading, *below = told.splitlines()[:-1]
    assert heading == "Going back changes:"
    assert all(line.startswith("  ") for line in below)
    assert "  README.md" in below


def test_each_undo_says_that_another_takes_it_back(app: Path) -> None:
    regenerate(app, add_isbn)
    for isbn in (False, True):
        arguments = [str(app), "--undo", "--yes"]
        told = CliRunner().invoke(command, arguments, standalone_mode=False).output
        assert told.endswith("files are as they were; another --undo takes this back.\n")
        assert ("isbn" in (app / ENTITY).read_text()) is isbn


def test_markers_that_nobody_settled_are_told_when_nothing_else_is_to_be_done(app: Path) -> None:
    entity = app / ENTITY
    entity.write_text(entity.read_text().replace("String(100)", "String(50)"))
    edit: Callable[[Spec], None] = lambda spec: spec.add(  # noqa: E731
        "title", {"type": "string", "maxLength": 200}
    )
    assert regenerate(app, edit, inline=True).written
    told = CliRunner().invoke(command, [str(app)], standalone_mode=False)
    assert "Nothing to regenerate" not in told.output
    assert f"not written: {ENTITY} has conflict markers that nobody has settled" in told.output
    assert told.return_value == 1


def test_undo_brings_back_every_byte(app: Path) -> None:
    before = tree_bytes(app)
    regenerate(app, add_isbn)
    run_undo(app)
    after = {p: d for p, d in tree_bytes(app).items() if not p.startswith(".guard/undo/")}
    assert after == before


def test_a_dry_run_writes_nothing(app: Path) -> None:
    before = tree_bytes(app)
    result = regenerate(app, add_isbn, dry_run=True)
    assert outcomes(result)[ENTITY] == "replaced"
    assert not result.written
    assert tree_bytes(app) == before


def test_what_lacked_before_is_no_reason_to_refuse(app: Path) -> None:
    (app / "src/api/routes/book.py").write_text("")
    assert regenerate(app, lambda spec: spec.entity("Shelf", "shelves"), verify=True).written


def test_a_result_that_would_lack_what_the_spec_asks_for_is_not_written(app: Path) -> None:
    """A route that people moved away keeps its old path there, which the new spec renames."""
    routes = app / "src/api/routes/book.py"
    routes.rename(app / "src/api/routes/volume.py")
    index = app / "src/api/routes/__init__.py"
    index.write_text(index.read_text().replace("book", "volume"))
    before = of_people(app)

    def move(spec: Spec) -> None:
        spec.data["paths"]["/volumes/{id}"] = spec.data["paths"].pop("/books/{id}")

    result = regenerate(app, move, verify=True)
    assert not result.written
    assert any("/volumes/{id}" in text for text in result.blockers)
    assert of_people(app) == before


def test_the_application_verifies_against_the_new_spec_afterwards(app: Path) -> None:
    regenerate(app, add_isbn)
    assert run_verify(app, static=True).passed


def test_line_ends_and_bytes_of_an_edited_file_stay(app: Path) -> None:
    entity = app / ENTITY
    entity.write_bytes(entity.read_bytes().replace(b"\n", b"\r\n") + b"# caf\xc3\xa9\r\n")
    regenerate(app, add_isbn)
    data = entity.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert b"# caf\xc3\xa9\r\n" in data


def test_a_fresh_generation_over_later_migrations_is_refused(app: Path, tmp_path: Path) -> None:
    regenerate(app, add_isbn)
    with pytest.raises(GenerationError, match="guard regenerate"):
        run_generate(tmp_path / "new.yaml", app, force=True)


def test_a_folder_without_an_application_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="holds no generated application"):
        run_regenerate(tmp_path, RegenerateOptions())
    with pytest.raises(GenerationError, match="holds no generated application"):
        run_undo(tmp_path)


_KEYED = """\
openapi: 3.1.0
info: {title: Lamps, version: "1"}
paths:
  /lamps:
    post:
      operationId: create_lamp
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Lamp"}}}}
      responses: {"201": {description: A lamp.}}
components:
  schemas:
    Lamp:
      type: object
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string}
"""


def test_one_value_for_all_rows_is_not_advised_where_each_row_must_hold_another(
    tmp_path: Path,
) -> None:
    app = make_application(tmp_path, _KEYED, "lamps.yaml")
    spec = tmp_path / "new.yaml"
    spec.write_text(_KEYED.replace("{type: integer,", "{type: string, format: uuid,"))
    result = run_regenerate(app, RegenerateOptions(spec=spec, verify=False, destructive=True))
    (said,) = result.blockers
    assert said.startswith("lamps.id must hold another value in each row")
    assert "default" not in said
