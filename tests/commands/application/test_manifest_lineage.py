from __future__ import annotations

import json
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.origins.manifest_lineage import read_manifest_lineage
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.errors import GenerationError, MemoryStoreError
from devmatrix_guard.generator.manifest import render_manifest
from devmatrix_guard.generator.strata import GeneratedFile
from tests.helpers import write_tree

ROUTES = "async def create_order() -> None: ...\n\n\nasync def get_order() -> None: ...\n"
FILES = [
    GeneratedFile("Dockerfile", "FROM x\n", "template", (), ("dockerfile", 1, "f0" * 32)),
    GeneratedFile("src/routes.py", ROUTES, "ast", ("api/create_order", "api/get_order")),
]


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """An application as in a fresh clone: files and manifest, no memory."""
    manifest = render_manifest(FILES, spec_sha="5b" * 32, overlay_sha="", ir_sha="1d" * 32)
    write_tree(
        tmp_path, {f.path: f.text for f in FILES} | {".guard/generation_manifest.json": manifest}
    )
    return tmp_path


def ends(start: Path, name: str) -> list[tuple[str, str]]:
    (lineage,) = trace(start, name)
    return [(node.kind, node.key[:12]) for node in lineage.nodes]


def test_a_template_leads_to_its_infra_pattern_and_the_spec(application: Path) -> None:
    assert ends(application, "Dockerfile") == [
        ("file", "Dockerfile"),
        ("infra-pattern", "dockerfile@1"),
        ("ir", "1d" * 6),
        ("spec", "5b" * 6),
        ("ir-node", "1d" * 6),
    ]


def test_a_line_leads_to_its_operation(application: Path) -> None:
    lineage = read_manifest_lineage(application / "src" / "routes.py")
    assert lineage is not None
    assert [n.properties["address"] for n in lineage.nodes if n.kind == "endpoint"] == [
        "api/create_order",
        "api/get_order",
    ]
    (at_4,) = trace(application, "src/routes.py:4")
    parts = [n.properties["address"] for n in at_4.nodes if n.kind == "endpoint"]
    assert parts == ["api/get_order"]


def test_a_file_may_be_named_from_below(application: Path) -> None:
    assert ends(application / "src", "routes.py:1") == ends(application, "./src/../src/routes.py:1")


def test_a_file_written_by_hand_has_no_lineage(application: Path) -> None:
    assert read_manifest_lineage(application / "src" / "mine.py") is None
    with pytest.raises(MemoryStoreError, match="no memory"):
        trace(application, "src/mine.py")


def test_a_deleted_generated_file_still_has_one(application: Path) -> None:
    (application / "src" / "routes.py").unlink()
    assert ("spec", "5b" * 6) in ends(application, "src/routes.py")


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"files": {"Dockerfile": 3}})])
def test_a_manifest_that_cannot_be_read_is_said_so(application: Path, text: str) -> None:
    write_tree(application, {".guard/generation_manifest.json": text})
    with pytest.raises(GenerationError, match="restore it"):
        trace(application, "Dockerfile")
