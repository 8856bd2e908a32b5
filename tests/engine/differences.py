"""Compare what rules find in process with what semgrep said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.engine.matching.formula import FileMatcher
from devmatrix_guard.engine.matching.match import match_of
from devmatrix_guard.engine.rules.compile_rule import compile_body
from devmatrix_guard.engine.tree.source import Source
from tests.engine.oracle import Answer, Span, Spans

Rules = Mapping[str, Mapping[str, Any]]


def semgrep_rules(rules: Rules) -> list[dict[str, Any]]:
    """Return the bodies as whole rules."""
    head = {"languages": ["python"], "severity": "INFO", "message": "m"}
    return [{"id": rule_id, **head, **body} for rule_id, body in rules.items()]


def spans_of(rules: Rules, sources: Mapping[str, str]) -> Spans:
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


def differences(rules: Rules, sources: Mapping[str, str], ours: Spans, answer: Answer) -> list[str]:
    """Return one readable line per rule and file that differ."""
    lines = []
    for key in sorted({*ours, *answer.spans}):
        rule_id, name = key
        if rule_id in answer.bad_rules or name in answer.bad_files:
            continue
        rows = sources[name].split("\n")
        got = ours.get(key, set())
        wanted = {_in_code_points(rows, place) for place in answer.spans.get(key, set())}
        if got != wanted:
            places = [(p, "missing") for p in sorted(wanted - got)]
            places += [(p, "extra") for p in sorted(got - wanted)]
            shown = "; ".join(f"{why} {p} {rows[p[0] - 1].strip()!r}" for p, why in places[:3])
            lines.append(f"{rules[rule_id]} in {name}: {shown}")
    return lines


def _in_code_points(rows: list[str], place: Span) -> Span:
    """Semgrep counts columns in bytes, a finding of ours in code points."""
    line, start, last, end = place
    return line, _column(rows[line - 1], start), last, _column(rows[last - 1], end)


def _column(row: str, column: int) -> int:
    if row.isascii():
        return column
    return len(row.encode()[: column - 1].decode(errors="replace")) + 1
