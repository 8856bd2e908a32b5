"""A line of a generated module leads to the operation, parameter or property that gave it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.origins.line_parts import (
    PartNames,
    find_line_parts,
    follow_line,
)
from devmatrix_guard.commands.application.verify import run_verify
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.model.knowledge.lineage import Lineage

SHOP = Path(__file__).parents[3] / "examples/shop/shop.yaml"
SERVICE, ROUTES = "src/services/product_service.py", "src/api/routes/products.py"
TESTS, FLOW = "tests/test_product_operations.py", "tests/test_flow_checkout.py"
SCHEMA, RULES = "src/models/schemas/product.py", "src/api/error_rules.py"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    target = tmp_path_factory.mktemp("lines") / "shop"
    run_generate(SHOP, target)
    yield target


def _find(root: Path, path: str, words: str, after: str = "") -> int:
    lines = (root / path).read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if after in line)
    return next(n for n, line in enumerate(lines[start:], start=start + 1) if words in line)


def _trace_parts(root: Path, path: str, line: int) -> dict[str, tuple[str, str]]:
    """Return {address: (pointer, text of the line of the spec)} of what gave a line."""
    (lineage,) = trace(root, f"{path}:{line}")
    found = {}
    for node in lineage.nodes:
        place = str(node.properties.get("at", ""))
        if place:
            name, _, number = place.rpartition(":")
            text = (root / name).read_text().splitlines()[int(number) - 1].strip()
            found[str(node.properties["address"])] = (str(node.properties["pointer"]), text)
    return found


@pytest.mark.parametrize(
    ("path", "words", "after", "address", "spec_line"),
    [
        pytest.param(SERVICE, "def create_product", "", "api/create_product", "post:", id="method"),
        pytest.param(
            SERVICE, "response.headers", "def create_", "api/create_product", "post:", id="its body"
        ),
        pytest.param(
            SERVICE, "if q is not None", "", "api/list_products", "- name: q", id="a filter"
        ),
        pytest.param(
            SERVICE, '"price"', "_PRODUCT_CREATE", "schemas/ProductCreate", "price:", id="a table"
        ),
        pytest.param(SERVICE, "def _find_row", "", "domain/Product", "Product:", id="a helper"),
        pytest.param(
            SERVICE, "import restock_product", "", "api/restock_product", "post:", id="an import"
        ),
        pytest.param(ROUTES, "status_code=201", "", "api/create_product", "post:", id="a route"),
        pytest.param(ROUTES, "    sort:", "", "api/list_products", "- name: sort",
                     id="a parameter"),
        pytest.param(RULES, '"conflict"', '"update_product"', "api/update_product", "patch:",
                     id="a rule of errors"),
        pytest.param(SCHEMA, "    price:", "class ProductCreate", "schemas/ProductCreate", "price:",
                     id="a field"),
        pytest.param(TESTS, "assert", "def test_delete_product_answers", "api/delete_product",
                     "delete:", id="a test of an operation"),
        pytest.param(FLOW, "assert", "def test_checkout_runs_through", "behavior/flows/checkout",
                     "checkout:", id="a test of a flow"),
    ],
)  # fmt: skip
def test_a_line_leads_to_the_one_part_that_gave_it(
    shop: Path, path: str, words: str, after: str, address: str, spec_line: str
) -> None:
    found = _trace_parts(shop, path, _find(shop, path, words, after))
    assert list(found) == [address]
    assert found[address][1].startswith(spec_line)


@cache
def _list_lines_of_functions(path: str, text: str) -> set[int]:
    """Return the lines of the functions that are about an operation, a flow or an entity."""
    if not path.startswith(("src/services/", "src/api/routes/", "tests/test_")):
        return set()
    bodies = [
        (node.body if isinstance(node, ast.ClassDef) else [node]) for node in ast.parse(text).body
    ]
    functions = [one for body in bodies for one in body if isinstance(one, ast.AsyncFunctionDef)]
    if path in ("tests/test_order_states.py", "tests/test_invariants.py"):
        functions = []
    return {n for one in functions for n in range(one.lineno, (one.end_lineno or 0) + 1)}


def test_every_line_of_services_routes_and_tests_leads_to_the_spec(shop: Path) -> None:
    from devmatrix_guard.commands.application.origins.origins import read_spec_places
    from devmatrix_guard.generator.manifest import read_manifest

    places, entries = read_spec_places(shop), read_manifest(shop).files
    for path, entry in entries.items():
        if not path.endswith(".py") or entry.stratum != "ast":
            continue
        text, names = (shop / path).read_text(), PartNames(entry.nodes, places.nodes)
        for line in range(1, text.count("\n") + 1):
            parts = follow_line(text, line, names)
            assert parts, f"{path}:{line}"
            if line in _list_lines_of_functions(path, text):
                assert len(parts) == 1, f"{path}:{line}"
                assert parts[0].pointer, f"{path}:{line}"


def test_a_name_of_the_file_itself_comes_before_one_of_another_part() -> None:
    text = "async def show_product(row):\n    return row\n"
    nodes = {"api/show_product": None, "views/Product": None, "schemas/Product": None}
    (part,) = find_line_parts(text, 2, ["views/Product"], nodes)
    assert part.address == "views/Product"


@pytest.mark.parametrize("text", ["def broken(:\n", "", "# only this\n"])
def test_where_nothing_tells_more_the_whole_file_is_meant(text: str) -> None:
    found = find_line_parts(text, 1, ["api/a", "api/b"], {})
    assert [part.address for part in found] == ["api/a", "api/b"]


def _list_kinds(lineage: Lineage) -> set[str]:
    return {edge.kind for edge in lineage.edges}


@pytest.mark.parametrize("recorded", [True, False], ids=["generated here", "a fresh clone"])
def test_a_failed_verification_hides_no_origin(repo: Path, recorded: bool) -> None:
    run_generate(SHOP, repo / "shop", memory=recorded)
    place = repo / "shop" / ROUTES
    place.write_text(place.read_text().replace("status_code=201", "status_code=200"))
    assert not run_verify(repo / "shop", static=True).passed
    line = _find(repo / "shop", ROUTES, "status_code=200")
    (lineage,) = trace(repo, f"shop/{ROUTES}:{line}")
    assert {"generated", "produced", "had-error"} <= _list_kinds(lineage)
    facts = {str(node.properties.get("address")): node.properties for node in lineage.nodes}
    assert facts["api/create_product"]["at"].startswith("shop/.guard/spec.yaml:")
    (file,) = [node for node in lineage.nodes if (node.kind, node.key) == lineage.start]
    assert file.properties["line"] == "written by hand"
