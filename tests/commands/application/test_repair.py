"""A repair mends what is broken against the spec, and leaves what people decided."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli.generate.repair import command
from devmatrix_guard.cli.generate.verify import command as verify_command
from devmatrix_guard.commands.application.regeneration.interrupted import run_undo
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.repair import render_repair_diff, run_repair
from devmatrix_guard.commands.application.verify import run_verify
from tests.helpers import tree_bytes
from tests.helpers_apps import make_application

SPEC = """\
openapi: 3.1.0
info: {title: Books, version: "1"}
paths:
  /quote:
    post:
      operationId: makeQuote
      requestBody:
        content: {application/json: {schema: {type: object, properties: {a: {type: integer}}}}}
      responses:
        "200":
          description: A price.
          content:
            application/json: {schema: {type: object, properties: {total: {type: number}}}}
  /quote/all:
    get: {operationId: listQuotes, responses: {"204": {description: Nothing.}}}
  /books:
    post:
      operationId: makeBook
      requestBody: &book
        content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
      responses: {"201": {description: A book., <<: *book}}
  /books/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getBook, responses: {"200": {description: A book., <<: *book}}}
    delete: {operationId: deleteBook, responses: {"204": {description: Gone.}}}
  /books/{id}/frob:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    post: {x-flow: Frob, responses: {"200": {description: A book., <<: *book}}}
components:
  schemas:
    Book:
      type: object
      required: [id, title]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string, maxLength: 20}
x-flows:
  Frob:
    steps:
      - load: {as: book, entity: Book, by: {id: path.id}}
      - describe: do something that no rule says
"""
QUOTE, BOOK = "src/api/routes/quote.py", "src/api/routes/book.py"
ENTITY, SCHEMA = "src/models/entities/book.py", "src/models/schemas/book.py"
FLOW, SERVICE = "src/workflows/frob.py", "src/services/book_service.py"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_application(tmp_path, SPEC)


def _edit(app: Path, path: str, old: str, new: str) -> None:
    text = (app / path).read_text()
    assert old in text
    (app / path).write_text(text.replace(old, new, 1))


def _cut(app: Path, path: str, start: str, stop: str) -> None:
    text = (app / path).read_text()
    begin = text.index(start)
    (app / path).write_text(text[:begin] + text[text.index(stop, begin + 1) :])


def _fill_route(app: Path) -> None:
    text = (app / QUOTE).read_text()
    start = text.index("    raise ProblemError(", text.index("async def make_quote"))
    end = text.index("    )\n", start) + len("    )\n")
    written = "    # agreed with sales\n    return MakeQuoteResponse(total=1.5)\n"
    (app / QUOTE).write_text(text[:start] + written + text[end:])


def _fill_flow(app: Path) -> None:
    text = (app / FLOW).read_text()
    written = text[: text.rindex("    raise refuse(")] + '    book.title = "frobbed"\n'
    written = written.replace("from src.workflows.base import refuse\n", "")
    start = written.index("    if book is None")
    stop = written.index("    book.title")
    (app / FLOW).write_text(written[:start] + "    assert book is not None\n" + written[stop:])


class Case(NamedTuple):
    """What a person did, and what a repair says of it."""

    name: str
    act: Callable[[Path], None]
    yours: str = ""
    mended: str = ""


DECISIONS = [
    Case("a route's hole that was written", _fill_route),
    Case("a flow's hole that was written", _fill_flow),
    Case(
        "a wider column",
        lambda app: _edit(app, ENTITY, "String(20)", "String(25)"),
        "BookEntity.title:mapped_column[0]",
    ),
    Case(
        "a route that was deleted",
        lambda app: _cut(app, BOOK, "@router.delete(", "@router."),
        "DELETE /books/{id}",
    ),
    Case(
        "a CHECK that was deleted",
        lambda app: _cut(app, ENTITY, "    __table_args__", "\n    id:"),
        "BookEntity[",
    ),
    Case(
        "another way to do a step",
        lambda app: _edit(app, SERVICE, "return await show_book(row", "return await self.show(row"),
        "return await show_book",
    ),
    Case("a Dockerfile that was deleted", lambda app: (app / "docker/Dockerfile").unlink(), "file"),
]

BREAKAGES = [
    Case(
        "another status",
        lambda app: _edit(app, BOOK, "status_code=201", "status_code=200"),
        mended=BOOK,
    ),
    Case(
        "another type of a field",
        lambda app: _edit(app, SCHEMA, "Annotated[str, Field(max_length=20)", "Annotated[int"),
        mended=SCHEMA,
    ),
    Case(
        "a limit of a field that is gone",
        lambda app: _edit(app, SCHEMA, "Field(max_length=20)", "Field()"),
        mended=SCHEMA,
    ),
    Case(
        "an import of what is still used",
        lambda app: _edit(app, BOOK, "from src.models.schemas.book import Book\n", ""),
        mended=BOOK,
    ),
    Case("a module that others import", lambda app: (app / ENTITY).unlink(), mended=ENTITY),
    Case(
        "a method that a route calls",
        lambda app: _cut(app, SERVICE, "    async def get_book(", "    async def "),
        mended=SERVICE,
    ),
]


@pytest.mark.parametrize("case", DECISIONS, ids=lambda case: case.name)
def test_what_people_decided_is_listed_and_left(app: Path, case: Case) -> None:
    case.act(app)
    before = tree_bytes(app)
    result = run_repair(app)
    assert result.files == {}
    assert result.left == ()
    assert tree_bytes(app).items() >= before.items()
    said = CliRunner().invoke(command, [str(app)], standalone_mode=False)
    assert said.return_value == 0
    assert case.yours in said.output


@pytest.mark.parametrize("case", DECISIONS, ids=lambda case: case.name)
def test_verify_tells_a_decision_as_yours_and_accepts_it_where_asked(app: Path, case: Case) -> None:
    case.act(app)
    found = run_verify(app, static=True)
    verified = run_verify(app, static=True, accept_yours=True)
    assert found.decisions == verified.decisions
    assert found.passed == (not found.decisions)
    assert [(c.name, c.detail) for c in verified.checks if c.status == "fail"] == []
    assert verified.passed
    yours = run_repair(app, dry_run=True).yours
    assert [decision.deviation for decision in verified.decisions] == list(yours)
    assert all(decision.place for decision in verified.decisions)


@pytest.mark.parametrize("case", BREAKAGES, ids=lambda case: case.name)
def test_verify_fails_for_what_repair_mends(app: Path, case: Case) -> None:
    case.act(app)
    verified = run_verify(app, static=True)
    assert not verified.passed
    assert run_repair(app, dry_run=True).files


def test_a_decision_is_shown_with_the_place_of_the_spec_it_departs_from(app: Path) -> None:
    _edit(app, ENTITY, "String(20)", "String(25)")
    done = CliRunner().invoke(verify_command, [str(app), "--static"], standalone_mode=False)
    assert done.return_value == 1
    line = SPEC.splitlines().index("        title: {type: string, maxLength: 20}") + 1
    assert f"departs from .guard/spec.yaml:{line} (" in done.output
    assert "yours: src/models/entities/book.py:" in done.output
    assert "change the spec or an overlay" in done.output
    options = [str(app), "--static", "--accept-yours"]
    assert CliRunner().invoke(verify_command, options, standalone_mode=False).return_value == 0


@pytest.mark.parametrize("case", [*DECISIONS, *BREAKAGES], ids=lambda case: case.name)
def test_nobody_speaks_of_files_that_a_team_took_over(app: Path, case: Case) -> None:
    run_regenerate(app, RegenerateOptions(ignored=("src/*", "docker/*"), verify=False))
    case.act(app)
    assert run_verify(app, static=True).passed
    result = run_repair(app, dry_run=True)
    assert (result.files, result.yours, result.left) == ({}, (), ())


def test_a_decision_hides_no_breakage_beside_it(app: Path) -> None:
    _edit(app, ENTITY, "String(20)", "String(25)")
    _edit(app, BOOK, "status_code=201", "status_code=200")
    verified = run_verify(app, static=True, accept_yours=True)
    assert verified.decisions
    assert not verified.passed


@pytest.mark.parametrize("case", BREAKAGES, ids=lambda case: case.name)
def test_what_breaks_the_application_is_mended_and_can_be_undone(app: Path, case: Case) -> None:
    sound = (app / case.mended).read_bytes()
    case.act(app)
    before = {p: d for p, d in tree_bytes(app).items() if ".guard/" not in p}
    result = run_repair(app)
    assert list(result.files) == [case.mended]
    assert (app / case.mended).read_bytes() == sound
    run_undo(app)
    assert {p: d for p, d in tree_bytes(app).items() if ".guard/" not in p} == before


def test_what_people_wrote_into_a_hole_is_said_to_be_theirs(app: Path) -> None:
    _fill_route(app)
    _fill_flow(app)
    found = run_verify(app, static=True)
    assert found.passed
    assert found.compliance.by_hand == ("POST /quote", "frob")


def test_a_hole_below_another_is_a_hole_of_its_own(app: Path) -> None:
    """`/quote` is written, `/quote/all` is not: what is missing there is still seen."""
    _fill_route(app)
    _edit(app, QUOTE, "    raise ProblemError(", "    print('x')\n    raise ProblemError(")
    _cut(app, QUOTE, "    raise ProblemError(", "    )\n")
    _edit(app, QUOTE, "    )\n", "    pass\n")
    found = run_verify(app, static=True)
    assert any("GET /quote/all" in d.key for d in found.compliance.deviations) or (
        "GET /quote/all" in found.compliance.by_hand
    )


def test_a_written_hole_lives_through_a_regeneration_and_a_repair(app: Path) -> None:
    _fill_route(app)
    wide = app.parent / "wide.yaml"
    wide.write_text(SPEC.replace("maxLength: 20", "maxLength: 30"))
    assert run_regenerate(app, RegenerateOptions(spec=wide)).written
    run_repair(app)
    assert "return MakeQuoteResponse(total=1.5)" in (app / QUOTE).read_text()
    assert "raise ProblemError" not in (app / QUOTE).read_text().partition("make_quote")[2][:300]


def test_mending_one_thing_leaves_the_rest_of_its_file(app: Path) -> None:
    _edit(app, BOOK, '"""Make book."""', '"""Make one."""\n    print("ours")  # ours')
    _edit(app, BOOK, "status_code=201", "status_code=299")
    _cut(app, BOOK, "@router.delete(", "@router.")
    run_repair(app)
    text = (app / BOOK).read_text()
    assert "status_code=201" in text
    assert 'print("ours")  # ours' in text
    assert "@router.delete" not in text


def test_a_file_can_be_brought_back_when_asked_for(app: Path) -> None:
    sound = (app / ENTITY).read_bytes()
    _edit(app, ENTITY, "String(20)", "String(25)")
    assert run_repair(app, restored=["src/models/*"]).files.keys() == {ENTITY}
    assert (app / ENTITY).read_bytes() == sound


def test_a_dry_run_shows_the_difference_and_writes_nothing(app: Path) -> None:
    _edit(app, BOOK, "status_code=201", "status_code=200")
    before = tree_bytes(app)
    diff = render_repair_diff(app, run_repair(app, dry_run=True))
    assert f"--- a/{BOOK}" in diff
    assert "+@router.post(" in diff or "status_code=201" in diff
    said = CliRunner().invoke(command, [str(app), "--dry-run"], standalone_mode=False)
    assert f"would repair {BOOK}" in said.output
    assert tree_bytes(app) == before


def test_the_command_line_undoes(app: Path) -> None:
    _edit(app, BOOK, "status_code=201", "status_code=200")
    edited = (app / BOOK).read_bytes()
    run_repair(app)
    CliRunner().invoke(command, [str(app), "--undo"], standalone_mode=False)
    assert (app / BOOK).read_bytes() == edited


def test_a_method_that_people_renamed_where_it_is_called_too_is_theirs(app: Path) -> None:
    text = (app / SERVICE).read_text()
    (app / SERVICE).write_text(text.replace("make_book", "add_book"))
    _edit(app, BOOK, ".make_book(", ".add_book(")
    before = tree_bytes(app / "src")
    result = run_repair(app)
    assert tree_bytes(app / "src") == before
    assert "BookService.make_book" in {d.key for d in result.yours}


def test_a_method_that_is_renamed_and_still_called_by_its_name_comes_back(app: Path) -> None:
    text = (app / SERVICE).read_text()
    (app / SERVICE).write_text(text.replace("make_book", "add_book"))
    run_repair(app)
    assert "def make_book(" in (app / SERVICE).read_text()
