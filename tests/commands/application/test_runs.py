from __future__ import annotations

from pathlib import Path

from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.runs import (
    record_application_run,
    record_files,
)
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.strata import GeneratedFile
from devmatrix_guard.memory.connect import open_memory
from tests.helpers import write_tree

SPEC = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    post:
      operationId: create_order
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/Order"}}
      responses:
        "201":
          description: made
          content:
            application/json: {schema: {$ref: "#/components/schemas/Order"}}
components:
  schemas:
    Order:
      type: object
      required: [id]
      properties: {id: {type: string, format: uuid}, note: {type: string}}
"""
ROUTES = """\
\"\"\"Routes.\"\"\"

from x import y


@router.post("/orders")
@traced
async def create_order() -> None:
    return None


class Order:
    def create_order(self) -> None: ...
"""
FILES = [
    GeneratedFile("Dockerfile", "FROM x\n", "template", (), ("dockerfile", 1, "f0")),
    GeneratedFile("src/routes.py", ROUTES, "ast", ("api/create_order", "application")),
]


def generate(root: Path, target: Path) -> None:
    write_tree(root, {"spec.yml": SPEC})
    ir = read_application(root / "spec.yml", None)
    with record_application_run("generate", read_context(target)) as (record, _memory):
        record_files(record, FILES, ir, spec_sha="5bec", ir_sha="1d")


def kinds(start: Path, name: str) -> set[str]:
    (lineage,) = trace(start, name)
    return {node.kind for node in lineage.nodes}


def test_an_application_in_a_repository_is_recorded_in_its_memory(repo: Path) -> None:
    generate(repo, repo / "apps" / "shop")
    assert not (repo / "apps" / "shop" / ".guard").exists()
    assert kinds(repo, "apps/shop/Dockerfile") == {"file", "run", "spec", "ir", "infra-pattern"}
    assert kinds(repo / "apps" / "shop", "src/routes.py:8") == {
        "file", "run", "spec", "ir", "endpoint", "ir-node",
    }  # fmt: skip


def test_an_application_of_its_own_has_a_memory_of_its_own(tmp_path: Path) -> None:
    generate(tmp_path, tmp_path / "shop")
    assert kinds(tmp_path / "shop", "Dockerfile") == {"file", "run", "spec", "ir", "infra-pattern"}


def test_an_endpoint_is_found_by_its_path(repo: Path) -> None:
    generate(repo, repo)
    with open_memory(".guard/memory.db", repo) as memory:
        (node,) = memory.lineage.find("/orders")
    assert node.properties == {"address": "api/create_order", "method": "POST", "path": "/orders"}
