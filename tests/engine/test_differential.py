"""The matcher gives the findings semgrep gives: on our own rules, and on random ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.engine.patterns.compile import PatternError
from devmatrix_guard.engine.rules.compile_rule import compile_body
from devmatrix_guard.engine.rules.load import load_rules
from tests.engine.differences import differences, semgrep_rules, spans_of
from tests.engine.grammar import Programs, Rules
from tests.engine.oracle import ask, semgrep_path

ROOT = Path(__file__).parent.parent.parent
PROGRAMS, RULES = 40, 55

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        semgrep_path() is None, reason="semgrep is not installed: run scripts/setup dev first"
    ),
]


def test_shipped_rules_find_in_their_examples_what_semgrep_finds(tmp_path: Path) -> None:
    loaded = load_rules(ROOT / "rules")
    assert not loaded.errors
    sources = {
        f"{rule.id}_{index}.py": example.code
        for rule in loaded.rules
        for index, example in enumerate(rule.examples)
    }
    keys = ("pattern", "patterns", "pattern-either", "pattern-regex", "options")
    rules = {r.id: {k: v for k, v in r.body.items() if k in keys} for r in loaded.rules}
    answer = ask(tmp_path, semgrep_rules(rules), sources)
    assert not answer.bad_rules
    found = differences(rules, sources, spans_of(rules, sources), answer)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.timeout(900)  # semgrep alone can take minutes on a busy machine
@pytest.mark.parametrize("seed", [1])
def test_random_rules_find_in_random_programs_what_semgrep_finds(seed: int, tmp_path: Path) -> None:
    programs, makers = Programs(seed), Rules(seed + 1)
    sources = {f"p{index}.py": programs.program() for index in range(PROGRAMS)}
    rules: dict[str, dict[str, Any]] = {}
    while len(rules) < RULES:
        body = makers.rule(sources[f"p{len(rules) % PROGRAMS}.py"])
        try:
            compile_body(body)
        except PatternError:
            continue
        rules[f"r{len(rules)}"] = body
    answer = ask(tmp_path, semgrep_rules(rules), sources)
    judged = (len(rules) - len(answer.bad_rules)) * (len(sources) - len(answer.bad_files))
    assert judged >= 2_000
    assert len(answer.spans) > judged // 20, "too few of the random rules match anything"
    found = differences(rules, sources, spans_of(rules, sources), answer)
    assert not found, "\n".join(found)
