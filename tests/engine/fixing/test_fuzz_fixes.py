"""Safe fixes keep their promises in programs of a grammar; `bench/fuzz_fixes.py` runs more."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings

from bench.fixes import FAULTS, outcome
from bench.fuzz_fixes import list_examples, list_rules, make_program

SEED, PROGRAMS, PARTS = 7, 10, settings().max_examples // 7


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    return list_rules()


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_fixed_compiles_keeps_its_names_and_is_at_rest(
    part: int, rules: list[dict[str, Any]]
) -> None:
    examples = list_examples(rules)
    total: Counter[str] = Counter()
    for number in range(part * PROGRAMS, (part + 1) * PROGRAMS):
        found = outcome(make_program(number, SEED, examples), rules)
        total += found
        assert not [fault for fault in FAULTS if found[fault]], f"--seed {SEED} --first {number}"
    assert total["fixes written"] > PROGRAMS, "the grammar makes what the rules look for"


def test_the_rules_are_the_shapes_and_the_shipped_ones(rules: list[dict[str, Any]]) -> None:
    assert len(rules) > 40
    assert len({rule["id"] for rule in rules}) == len(rules)
