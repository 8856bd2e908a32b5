"""A line of generated code leads to the spec: pointer and line, IR node, emitter, InfraPattern."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.origins.file_parts import find_file_parts
from devmatrix_guard.commands.application.origins.origins import add_origins, read_spec_places
from devmatrix_guard.commands.application.origins.spec_places import SpecPlaces
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.generator.emitters import find_emitter
from devmatrix_guard.generator.manifest import PATH, read_manifest
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.model.knowledge.lineage import Lineage, LineageNode
from tests.helpers_apps import make_application
from tests.specs import BOOKS

ENTITY = "src/models/entities/book.py"
ROUTES = "src/api/routes/book.py"


@pytest.fixture(params=["yaml", "json"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    import yaml

    spec = BOOKS if request.param == "yaml" else json.dumps(yaml.safe_load(BOOKS), indent=2)
    return make_application(tmp_path, spec, f"books.{request.param}")


def _facts(app: Path, name: str) -> dict[str, dict[str, Any]]:
    (lineage,) = trace(app, name)
    return {
        str(node.properties.get("address") or node.kind): dict(node.properties)
        for node in lineage.nodes
    }


def _find_line(app: Path, path: str, word: str) -> int:
    lines = (app / path).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if word in line)


def _read_place(app: Path, place: str) -> str:
    path, _, line = place.rpartition(":")
    return (app / path).read_text().splitlines()[int(line) - 1]


def test_an_operation_leads_to_its_line_in_the_spec(app: Path) -> None:
    line = _find_line(app, ROUTES, "def post_books")
    facts = _facts(app, f"{ROUTES}:{line}")
    assert facts["file"]["emitter"] == "generator/emit/api/routes.py:emit_routes"
    operation = facts["api/post_books"]
    assert operation["pointer"] == "/paths/~1books/post"
    assert "post" in _read_place(app, operation["at"])


def test_an_attribute_leads_to_its_property(app: Path) -> None:
    line = _find_line(app, ENTITY, "pages: Mapped")
    book = _facts(app, f"{ENTITY}:{line}")["domain/Book"]
    assert book["member"] == "pages"
    assert book["pointer"].endswith("/properties/pages")
    assert "pages" in _read_place(app, book["at"])


def test_an_infra_pattern_is_named_instead_of_an_emitter(app: Path) -> None:
    (lineage,) = trace(app, "docker/Dockerfile")
    assert ("infra-pattern", "dockerfile@1") in {(node.kind, node.key) for node in lineage.nodes}
    (file,) = [node for node in lineage.nodes if node.kind == "file"]
    assert "emitter" not in file.properties


def test_lines_are_those_of_the_spec_that_it_was_generated_from(app: Path) -> None:
    (copy,) = (app / ".guard").glob("spec.*")
    text = copy.read_text()
    copy.write_text(f"\n{text}")
    sha = read_manifest(app).spec_sha
    assert _facts(app, ENTITY)["domain/Book"]["at"].startswith(f".guard/base/{sha[:12]}:")


def test_without_the_spec_of_then_the_rest_is_said(app: Path) -> None:
    (app / ".guard/base" / read_manifest(app).spec_sha).unlink()
    assert "at" in _facts(app, ENTITY)["domain/Book"]  # the copy beside it is still that text
    (copy,) = (app / ".guard").glob("spec.*")
    copy.write_text(f"\n{copy.read_text()}")
    assert "at" not in _facts(app, ENTITY)["domain/Book"]


OVERLAY = """\
overlay: 1
entities:
  Author:
    x-seed:
      - {name: Ada}
operations:
  POST /books/{id}/turn: {x-flow: turn}
x-flows:
  turn:
    steps:
      - load: {as: book, entity: Book, by: {id: path.id}, else: 404}
      - set: {book.pages: book.pages + 1}
      - emit: {event: book.turned, payload: {id: book.id}}
      - return: book
"""
TURN = """\
  /books/{id}/turn:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    post: {responses: {"200": *book}}
"""
MIGRATION = "alembic/versions/0001_initial.py"


@pytest.fixture(scope="module")
def overlaid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overlaid")
    (folder / "books.yaml").write_text(BOOKS.replace("components:", f"{TURN}components:"))
    (folder / "ours.yaml").write_text(OVERLAY)
    run_generate(folder / "books.yaml", folder / "app", overlay=folder / "ours.yaml")
    return folder / "app"


@pytest.mark.parametrize(
    ("path", "words", "address", "where", "said"),
    [
        pytest.param("src/workflows/turn.py", "book.pages + 1", "behavior/flows/turn",
                     ".guard/overlay.yaml", "turn:", id="a flow of the overlay"),
        pytest.param("src/workflows/turn.py", '"""The flow', "behavior/flows/turn",
                     ".guard/overlay.yaml", "turn:", id="what stands outside of it"),
        pytest.param(MIGRATION, '"pages"', "domain/Book",
                     ".guard/spec.yaml", "pages:", id="a column of a migration"),
        pytest.param(MIGRATION, '"pages >= 1"', "domain/Book",
                     ".guard/spec.yaml", "pages:", id="a constraint of a migration"),
        pytest.param(MIGRATION, '"position", sa', "domain/Book",
                     ".guard/spec.yaml", "tags:", id="the table of a list"),
        pytest.param("ledger.json", '"path id"', "api/get_authors_id",
                     ".guard/spec.yaml", "parameters:", id="a parameter in the ledger"),
        pytest.param("ledger.json", '"pages: required"', "schemas/BookIn",
                     ".guard/spec.yaml", "pages:", id="a field in the ledger"),
        pytest.param("README.md", "`post_books_turn`", "api/post_books_turn",
                     ".guard/spec.yaml", "post:", id="a row of the README"),
        pytest.param("README.md", "# Books", "application", ".guard/spec.yaml", "info:",
                     id="the title in the README"),
        pytest.param("pyproject.toml", 'version = "', "application", ".guard/spec.yaml",
                     "info:", id="the version"),
        pytest.param("docker/Dockerfile", "FROM", "application", ".guard/spec.yaml",
                     "openapi:", id="what every application has"),
        pytest.param("src/core/database.py", "import", "application", ".guard/spec.yaml",
                     "openapi:", id="a module that every application has"),
    ],
)  # fmt: skip
def test_a_line_of_every_kind_of_file_leads_to_spec_or_overlay(
    overlaid: Path, path: str, words: str, address: str, where: str, said: str
) -> None:
    facts = _facts(overlaid, f"{path}:{_find_line(overlaid, path, words)}")
    place = facts[address]["at"]
    assert place.startswith(f"{where}:")
    assert said in _read_place(overlaid, place)
    assert facts[address]["pointer"]


def test_every_line_leads_to_a_part_a_place_and_a_maker(overlaid: Path) -> None:
    places, entries = read_spec_places(overlaid), read_manifest(overlaid).files
    kept = json.loads((overlaid / PATH).read_text())["files"]
    for path, entry in entries.items():
        assert find_emitter(path) or "infra_pattern" in kept[path], path
        text = (overlaid / path).read_text()
        for line in range(1, text.count("\n") + 1):
            parts = find_file_parts(path, text, line, entry.nodes, places)
            assert parts, f"{path}:{line}"
            assert all(part.address in places.nodes for part in parts), f"{path}:{line}"
            assert all(places.find_place(part.pointer) for part in parts), f"{path}:{line}"


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/components/schemas/A/properties/b", "spec:8"),
        ("/components/schemas/A/properties/gone", "spec:7"),
        ("/paths/~1as~1{id}/get", "spec:4"),
        ("/paths/~1as~1{id}/get/x-auth", "ours:4"),
        ("/x-flows/none", "spec:1"),
        ("", "spec:1"),
    ],
)
def test_a_pointer_is_looked_up_as_the_spec_spells_it(pointer: str, place: str) -> None:
    spec = (
        'swagger: "2.0"\npaths:\n  /as/:id:\n    get: {operationId: a, responses: {}}\n'
        "definitions:\n  A:\n    properties:\n      b: {type: integer}\n"
    )
    overlay = "overlay: 1\noperations:\n  a:\n    {x-auth: true}\n"
    places = SpecPlaces(ApplicationIR("a"), (spec, "spec"), (overlay, "ours"))
    assert places.find_place(pointer) == place


def test_a_file_that_nobody_generated_leads_to_no_spec(overlaid: Path) -> None:
    lineage = Lineage(("file", "x"), (LineageNode("file", "x", {}),), ())
    assert add_origins(lineage, overlaid / "src/mine.py", 1) == lineage
