"""Rules in short, and how their tests went, as text for people and as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from devmatrix_guard.model.report import Note
from devmatrix_guard.model.rule import LAYERS
from devmatrix_guard.model.rule_test import ListedRule, RuleList, RuleTest
from devmatrix_guard.reports.escape import make_decodable, make_visible
from devmatrix_guard.reports.layout import Line, Piece


def write_rule_lines(listed: RuleList) -> Iterator[Line]:
    """Yield one line for each rule in columns, then what could not be read."""
    rows = [(make_visible(rule.rule_id), *_describe_rule(rule)) for rule in listed.rules]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for rule, row in zip(listed.rules, rows, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        about = "  ".join(cells[1:]).rstrip()
        yield (
            Piece(cells[0], "title"),
            Piece(f"  {rule.stage:9}", rule.stage),
            Piece(f"  {about}".rstrip(), "dim"),
        )
    yield from _write_errors(listed.errors)
    yield (Piece(_count(len(listed.rules), "rule"), "dim"),)


def write_engine_lines(listed: RuleList) -> Iterator[Line]:
    """Yield for each rule where it runs, and why there."""
    width = max((len(rule.rule_id) for rule in listed.rules), default=0)
    for rule in listed.rules:
        where = "semgrep" if rule.needs_semgrep else "in process"
        why = f"  {make_visible(rule.needs_semgrep)}" if rule.needs_semgrep else ""
        yield Piece(rule.rule_id.ljust(width), "title"), Piece(f"  {where:10}"), Piece(why, "dim")
    yield from _write_errors(listed.errors)
    foreign = sum(1 for rule in listed.rules if rule.needs_semgrep)
    total = _count(len(listed.rules), "rule")
    yield (Piece(f"{total}, {foreign} of them for semgrep", "dim"),)


def write_rules_json(listed: RuleList) -> str:
    """Return the list as a JSON document."""
    rules = [
        rule._asdict() | {"engine": "semgrep" if rule.needs_semgrep else "in-process"}
        for rule in listed.rules
    ]
    return _write_document(rules=rules, errors=[note._asdict() for note in listed.errors])


def write_outcome_lines(tests: Sequence[RuleTest]) -> Iterator[Line]:
    """Yield what fails or was not run, then the counts."""
    for test in tests:
        for failure in test.failures:
            yield (
                Piece("fails ", "block"),
                Piece(make_visible(test.rule_id or test.path), "title"),
                Piece(f"  {make_visible(failure)}"),
            )
        if test.not_run:
            yield (
                Piece("not tested ", "note"),
                Piece(make_visible(test.rule_id), "title"),
                Piece(f"  {make_visible(test.not_run)}", "dim"),
            )
    failing = sum(1 for test in tests if test.failures)
    untested = sum(1 for test in tests if test.not_run)
    passing = len(tests) - failing - untested
    checks = sum(test.checks for test in tests)
    total = f"{passing} of {_count(len(tests), 'rule')} passed, {failing} failed"
    yield (Piece(f"{total}, {untested} not tested; {checks} checks.", "title"),)


def write_outcomes_json(tests: Sequence[RuleTest]) -> str:
    """Return the results as a JSON document."""
    return _write_document(tests=[test._asdict() for test in tests])


def _describe_rule(rule: ListedRule) -> tuple[str, ...]:
    """Return the columns beside id and stage: fix, layer, origin and the own file."""
    layer = f"{rule.layer} {LAYERS[rule.layer]}" if rule.layer else ""
    place = "" if rule.origin == "shipped" else make_visible(rule.path)
    return "fix" if rule.has_fix else "", layer, rule.origin, place


def _write_errors(errors: Sequence[Note]) -> Iterator[Line]:
    for note in errors:
        place = f"{make_visible(note.path)}:{note.line} "
        yield Piece("off ", "note"), Piece(place, "dim"), Piece(make_visible(note.text))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _write_document(**content: Any) -> str:
    document = {"schema_version": 1, **content}
    return make_decodable(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"
