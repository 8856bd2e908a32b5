"""Rules in short, and how their tests went, as text for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from devmatrix_guard.model.answers.rule_test import ListedRule, RuleList, RuleTest
from devmatrix_guard.model.report import Note
from devmatrix_guard.reports.escape import make_visible, write_json
from devmatrix_guard.reports.layout import Line, Piece

_WIDTH = 80  # of a terminal
_STAGE_WIDTH = 9


def write_rule_lines(listed: RuleList) -> Iterator[Line]:
    """Yield the rules in columns that fit a terminal, then what could not be read.

    Those of the project come first, and the last line names them: a terminal shows the end.
    """
    rules = listed.rules
    rows = [_describe_rule(rule) for rule in rules]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = _WIDTH - sum(width + 2 for width in (_STAGE_WIDTH, *widths))
    longest = max((len(make_visible(rule.rule_id)) for rule in listed.rules), default=0)
    for rule, row in zip(rules, rows, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield from _write_row(rule, "  ".join(cells).rstrip(), min(room, longest))
    yield from _write_errors(listed.errors)
    yield (Piece(_sum_up(rules), "dim"),)


def _sum_up(rules: Sequence[ListedRule]) -> str:
    """Return how many rules there are, and as many of the project's own as a line has room for."""
    own = [make_visible(rule.rule_id) for rule in rules if rule.origin != "shipped"]
    said = _count(len(rules), "rule") + (f", {len(own)} of this repository" if own else "")
    if len(own) == len(rules):
        return said
    for place, name in enumerate(own):
        if len(f"{said}, {name}, …") > _WIDTH:
            return f"{said}, …" if place else said
        said += f"{', ' if place else ': '}{name}"
    return said


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
    """Return the columns beside id and stage: fix, layer and origin."""
    layer = f"layer {rule.layer}" if rule.layer else ""
    return "fix" if rule.has_fix else "", layer, rule.origin


def _write_row(rule: ListedRule, about: str, width: int) -> Iterator[Line]:
    """Yield a rule's line; an id that is too wide, and an own file, have lines of their own."""
    name = make_visible(rule.rule_id)
    if len(name) > width:
        yield (Piece(name, "title"),)
        name = ""
    yield (
        Piece(name.ljust(width), "title"),
        Piece(f"  {rule.stage:{_STAGE_WIDTH}}", rule.stage),
        Piece(f"  {about}".rstrip(), "dim"),
    )
    if rule.origin != "shipped":
        yield (Piece(f"    {make_visible(rule.path)}", "dim"),)


def _write_errors(errors: Sequence[Note]) -> Iterator[Line]:
    for note in errors:
        place = f"{make_visible(note.path)}:{note.line} "
        yield Piece("off ", "note"), Piece(place, "dim"), Piece(make_visible(note.text))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _write_document(**content: Any) -> str:
    document = {"schema_version": 1, **content}
    return write_json(document)
