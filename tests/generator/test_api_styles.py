"""Specs in styles that nobody tuned the generator for: everything works, and nothing is silent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.packaged import PackagedPatterns
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.ledger.ledger import make_ledger
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.generator.strata import generate_files

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from api_styles import list_styles, make_specs

SPECS = make_specs(more=4)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_operation_of_a_style_works_and_every_promise_has_a_line(name: str) -> None:
    document: dict[str, Any] = SPECS[name]
    plan = make_plan(extract(load_spec(json.dumps(document).encode(), name=name)))
    files = {f.path: f.text for f in generate_files(plan, PatternBank(PackagedPatterns()))}
    lines = make_ledger(plan, files)
    operations = {line.subject: line.state for line in lines if line.kind == "operation"}
    assert set(operations.values()) == {"implemented"}
    declared = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert set(operations) == declared
    assert [line for line in lines if line.state != "implemented" and not line.reason] == []


def test_the_same_seed_gives_the_same_specs() -> None:
    assert make_specs(more=4) == SPECS
    assert len(list_styles()) >= 40
