"""What the pages say of the API is what it describes of itself."""

from __future__ import annotations

import re
from pathlib import Path

from devmatrix_guard.server.routes.patterns import make_router
from devmatrix_guard.server.schemas import Pattern
from tests.server.serving import Server
from tests.server.test_patterns import FIELDS

DOCS = Path(__file__).parents[2] / "docs"


def test_every_route_is_documented(server: Server) -> None:
    page = (DOCS / "http-api.md").read_text("utf-8")
    paths = server.ask("GET", "/api/v1/openapi.json").json["paths"]
    assert len(paths) > 12
    for path, methods in paths.items():
        shown = re.sub(r"\{\w+\}", "{id}", path)
        assert f"{shown}" in page, path
        for method in methods if path.startswith("/api/v1/patterns") else ():
            assert f"`{method.upper()} {shown}`" in page, (method, path)


def test_every_field_of_the_original_design_is_answered_for() -> None:
    page = (DOCS / "memory.md").read_text("utf-8")
    section = page.partition("## Patterns as the API serves them")[2].partition("\n## ")[0]
    answered = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert answered == FIELDS
    assert len(FIELDS) == 18
    assert set(Pattern.model_fields) >= FIELDS


def test_the_routes_of_patterns_are_those_of_the_original_design() -> None:
    routes = {(m, r.path) for r in make_router().routes for m in getattr(r, "methods", ())}  # type: ignore[attr-defined]
    assert ("POST", "/api/v1/patterns/match") in routes
    for method in ("GET", "PATCH", "DELETE"):
        assert (method, "/api/v1/patterns/{pattern_id}") in routes
