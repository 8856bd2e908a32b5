"""What the IR holds of behavior can be written as the spec held it, and reads the same again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard.commands.application.irs.ir import load_ir
from devmatrix_guard.generator.behavior.source import (
    write_flow,
    write_invariant,
    write_machine,
    write_steps,
)
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.behavior import BehaviorModel
from devmatrix_guard.ir.node import Node

ROOT = Path(__file__).parents[3]
SPECS = [ROOT / "examples/shop/shop.yaml", ROOT / "tests/cases/specs/lending.yaml"]
EXTENSIONS = ("x-flows", "x-business-logic", "x-state-machines", "x-invariants")


def without_places(value: Any) -> Any:
    """Return a value of the IR with all pointers left out."""
    if isinstance(value, tuple) and not isinstance(value, Node):
        return tuple(map(without_places, value))
    if isinstance(value, Node):
        fields = {name: getattr(value, name) for name in value.__annotations__}
        kept = {name: without_places(part) for name, part in fields.items() if name != "pointer"}
        return (type(value).__name__, tuple(kept.items()))
    return value


def rewrite(spec: Path, ir: ApplicationIR, folder: Path) -> Path:
    """Write the spec anew with its behavior as the IR has it."""
    document = yaml.safe_load(spec.read_text(encoding="utf-8"))
    for name in EXTENSIONS:
        document.pop(name, None)
    for schema in document["components"]["schemas"].values():
        schema.pop("x-state-machine", None)
    behavior = ir.behavior
    document["x-flows"] = {flow.wire: write_flow(flow) for flow in behavior.flows}
    document["x-state-machines"] = {m.entity: write_machine(m) for m in behavior.state_machines}
    document["x-invariants"] = list(map(write_invariant, behavior.invariants))
    path = folder / spec.name
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_behavior_reads_the_same_again(spec: Path, tmp_path: Path) -> None:
    first = load_ir(spec)
    assert first.behavior.flows
    again = load_ir(rewrite(spec, first, tmp_path))
    assert without_places(again.behavior) == without_places(first.behavior)


def test_no_behavior_is_written_as_none() -> None:
    assert write_steps(BehaviorModel().flows) == []
