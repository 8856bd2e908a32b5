"""What docs/behavior.md says of steps can be said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard.generator.behavior.flows import FlowReader, FlowSource
from devmatrix_guard.generator.behavior.steps import StepReader
from devmatrix_guard.generator.behavior.types import Types
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.spec.document import Place

ROOT = Path(__file__).parents[3]
BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/behavior.md").read_text("utf-8"), re.S)
LENDING = read_application(ROOT / "tests/cases/specs/lending.yaml")
TYPES = Types(LENDING.domain, {schema.name: schema for schema in LENDING.api.schemas})
OPERATIONS = {operation.name: operation for operation in LENDING.api.operations}


def _make_scope(*operations: str) -> dict[str, str]:
    """Return a scope with what these operations are called with."""
    parameters = [p for name in operations for p in OPERATIONS[name].parameters]
    scope = {
        place: TYPES.add_group([p for p in parameters if p.location == place])
        for place in ("path", "header")
    }
    return {**scope, "body": "object:LendBookRequest"}


SCOPE = _make_scope("book_room", "call_next", "return_book", "lend_book")
STEPS = [block for block in BLOCKS if block.startswith("- ")]


@pytest.mark.parametrize("block", STEPS, ids=[block.splitlines()[0] for block in STEPS])
def test_documented_steps_are_understood(block: str) -> None:
    if "body.ends_at" in block:
        block = block.replace("body.ends_at", "now()").replace("body.starts_at", "now()")
    assert StepReader(SCOPE, TYPES, {}).read(Place(yaml.safe_load(block), ""))


def test_documented_flows_run_each_other() -> None:
    (block,) = [block for block in BLOCKS if "inputs:" in block]
    flows: dict[str, Any] = yaml.safe_load(block)["x-flows"]
    inner, outer = (
        FlowSource(name, name, Place(flow, f"/{name}"), ()) for name, flow in flows.items()
    )
    flows["return_book"]["inputs"] = {"path": "Loan"}
    reader = FlowReader([inner], TYPES, {}, LENDING.domain, "")
    made = {flow.wire: flow for flow in reader.read_all()}
    assert made["charge_fine"].returns == "row:Fine"
    assert made["charge_fine"].inputs == (("loan", "row:Loan"), ("amount", "decimal"))
    assert outer.wire == "return_book"


def test_there_are_examples_of_every_new_step() -> None:
    words = {word for block in STEPS for step in yaml.safe_load(block) for word in step}
    assert words >= {"load", "load_many", "let", "number", "require", "when", "for_each"}
