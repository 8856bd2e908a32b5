"""A line of generated code leads to the spec: pointer and line, IR node, emitter, InfraPattern."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.generator.manifest import read_manifest
from tests.specs import BOOKS

ENTITY = "src/models/entities/book.py"
ROUTES = "src/api/routes/book.py"


@pytest.fixture(params=["yaml", "json"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    import yaml

    spec = tmp_path / f"books.{request.param}"
    document = yaml.safe_load(BOOKS)
    spec.write_text(BOOKS if request.param == "yaml" else json.dumps(document, indent=2))
    run_generate(spec, tmp_path / "app")
    return tmp_path / "app"


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
