"""The matcher gives the findings semgrep gives: on our own rules, and on random ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.engine.compile_rule import compile_body
from devmatrix_guard.engine.formula import FileMatcher
from devmatrix_guard.engine.load import load_rules
from devmatrix_guard.engine.match import match_of
from devmatrix_guard.engine.pattern_tree import PatternError
from devmatrix_guard.engine.source import Source
from tests.engine.grammar import Programs, Rules
from tests.engine.oracle import Answer, Spans, ask, semgrep_path

ROOT = Path(__file__).parent.parent.parent
PROGRAMS, RULES = 40, 55

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        semgrep_path() is None, reason="semgrep is not installed: run scripts/setup dev first"
    ),
]


def _ours(rules: dict[str, dict[str, Any]], sources: dict[str, str]) -> Spans:
    """Return our spans by (rule id, file name), all rules in one walk over each file."""
    compiled = [compile_body(body) for body in rules.values()]
    spans: Spans = {}
    for name, text in sources.items():
        source = Source(text.encode())
        found = FileMatcher(source, compiled).matches(None)
        for rule_id, (_, options), ranges in zip(rules, compiled, found, strict=True):
            for one in ranges:
                place = match_of(source, options, one)[:4]
                spans.setdefault((rule_id, name), set()).add(place)
    return spans


def _differences(
    rules: dict[str, dict[str, Any]], sources: dict[str, str], ours: Spans, answer: Answer
) -> list[str]:
    """Return one readable line per rule and file that differ."""
    lines = []
    for key in sorted({*ours, *answer.spans}):
        rule_id, name = key
        if rule_id in answer.bad_rules or name in answer.bad_files:
            continue
        got, wanted = ours.get(key, set()), answer.spans.get(key, set())
        if got != wanted:
            rows = sources[name].split("\n")
            places = [(p, "missing") for p in sorted(wanted - got)]
            places += [(p, "extra") for p in sorted(got - wanted)]
            shown = "; ".join(f"{why} {p} {rows[p[0] - 1].strip()!r}" for p, why in places[:3])
            lines.append(f"{rules[rule_id]} in {name}: {shown}")
    return lines


def _semgrep_rules(rules: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    head = {"languages": ["python"], "severity": "INFO", "message": "m"}
    return [{"id": rule_id, **head, **body} for rule_id, body in rules.items()]


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
    answer = ask(tmp_path, _semgrep_rules(rules), sources)
    assert not answer.bad_rules
    differences = _differences(rules, sources, _ours(rules, sources), answer)
    assert not differences, "\n".join(differences)


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
    answer = ask(tmp_path, _semgrep_rules(rules), sources)
    judged = (len(rules) - len(answer.bad_rules)) * (len(sources) - len(answer.bad_files))
    assert judged >= 2_000
    assert len(answer.spans) > judged // 20, "too few of the random rules match anything"
    differences = _differences(rules, sources, _ours(rules, sources), answer)
    assert not differences, "\n".join(differences)
