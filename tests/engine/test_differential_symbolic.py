"""Rules with `symbolic_propagation` find what semgrep finds, in random programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.engine.patterns.compile import PatternError
from devmatrix_guard.engine.rules.compile_rule import compile_body
from tests.engine.differences import differences, semgrep_rules, spans_of
from tests.engine.oracle import ask, semgrep_path
from tests.engine.symbolic_grammar import SymbolicGrammar

PROGRAMS, RULES, SEED = 30, 200, 2

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        semgrep_path() is None, reason="semgrep is not installed: run scripts/setup dev first"
    ),
]


@pytest.mark.slow
@pytest.mark.timeout(600)  # semgrep alone can take minutes on a busy machine
def test_names_are_looked_up_as_semgrep_looks_them_up(tmp_path: Path) -> None:
    grammar = SymbolicGrammar(SEED)
    sources = {f"p{number}.py": grammar.program() for number in range(PROGRAMS)}
    rules: dict[str, dict[str, Any]] = {}
    while len(rules) < RULES:
        body = grammar.rule()
        try:
            compile_body(body)
        except PatternError:
            continue
        rules[f"r{len(rules)}"] = body
    ours = spans_of(rules, sources)
    without = {name: {**body, "options": {}} for name, body in rules.items()}
    plain = spans_of(without, sources)
    changed = {key for key in {*ours, *plain} if ours.get(key) != plain.get(key)}
    assert len(changed) >= 20, "too few of the random rules need names looked up"
    found = differences(rules, sources, ours, ask(tmp_path, semgrep_rules(rules), sources))
    assert not found, "\n".join(found)
