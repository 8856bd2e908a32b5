"""`guard rules`: list, show, test, approve and retire the rules in force."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from devmatrix_guard.commands.output import View, render
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.rules.active_rules import (
    Rulebook,
    find_rule,
    read_rulebook,
    show_path,
)
from devmatrix_guard.commands.rules.rule_edit import extract_rule_text, set_guard_values
from devmatrix_guard.commands.rules.rule_tests import try_rules
from devmatrix_guard.commands.rules.stage_memory import remember_stage
from devmatrix_guard.engine.patterns.compile import PatternError
from devmatrix_guard.engine.rules.compile import compile_rule
from devmatrix_guard.engine.rules.load import load_rules
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import FileError, anchor, read_file, write_file
from devmatrix_guard.model.answers.rule_test import ListedRule, RuleList, RuleTest
from devmatrix_guard.model.rule import RETIRED, STAGES, Rule, rank_stage
from devmatrix_guard.reports.layout import Line
from devmatrix_guard.reports.views.rule_list import (
    write_engine_lines,
    write_outcome_lines,
    write_outcomes_json,
    write_rule_lines,
    write_rules_json,
)


def list_rules(start: Path, *, stages: tuple[str, ...] = ()) -> RuleList:
    """Return the rules in force, own before shipped; `stages` leaves out those at others."""
    book = read_rulebook(start)
    listed = [_list_rule(rule, book.root) for rule in book.rules.values()]
    chosen = [rule for rule in listed if not stages or rule.stage in stages]
    return RuleList(tuple(sorted(chosen, key=_order_own_first)), book.errors)


def show_rule(start: Path, rule_id: str) -> tuple[str, str]:
    """Return the file a rule stands in, and the rule as it is written there.

    Raises:
        UsageError: there is no such rule.
    """
    book = read_rulebook(start)
    rule = find_rule(book, rule_id)
    return show_path(rule.path, book.root), extract_rule_text(_read(rule, book.root), rule_id)


def test_rules(start: Path, path: Path | None = None) -> tuple[RuleTest, ...]:
    """Return how the tests of the rules in force went, or of those in a file or folder.

    Raises:
        UsageError: the path holds nothing.
    """
    if path is None:
        book = read_rulebook(start)
        rules, errors = tuple(book.rules.values()), book.errors
    else:
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder.")
        rules, errors = load_rules(path, root=find_project_root(start))
    broken = [RuleTest("", note.path, 0, (f"line {note.line}: {note.text}",)) for note in errors]
    found = [one._replace(path=show_path(one.path, start)) for one in try_rules(rules)]
    return (*broken, *sorted(found))


def approve_rule(start: Path, rule_id: str, *, stage: str = "", reason: str = "") -> str:
    """Raise a rule's stage in its file, as a change to review, and say what was done.

    Args:
        start: the folder the command was called in.
        rule_id: the rule.
        stage: the stage to give it; the next higher one when empty.
        reason: why.

    Raises:
        UsageError: there is no such rule, it comes with the package, or it is at that stage.
    """
    book = read_rulebook(start)
    rule = find_rule(book, rule_id)
    wanted = stage or STAGES[min(rank_stage(rule.stage) + 1, len(STAGES) - 1)]
    if wanted == rule.stage:
        raise UsageError(f"the rule {rule_id} is at `{wanted}` already.")
    _write(book, rule, {"stage": wanted, "approved": reason.strip() or True})
    return _tell_stage(start, book, rule, wanted)


def retire_rule(start: Path, rule_id: str, *, reason: str = "") -> str:
    """Retire a rule in its file, as a change to review, and say what was done.

    Raises:
        UsageError: there is no such rule, it comes with the package, or it is retired.
    """
    book = read_rulebook(start)
    rule = find_rule(book, rule_id)
    if rule.stage == RETIRED:
        raise UsageError(f"the rule {rule_id} is retired already.")
    _write(book, rule, {"stage": RETIRED, "retired": reason.strip() or True})
    return _tell_stage(start, book, rule, RETIRED)


def render_rules(
    listed: RuleList, format_name: str, stream: TextIO, *, engine: bool = False
) -> str:
    """Return the list as text or JSON; `engine` tells where each rule runs."""
    lines: Callable[[RuleList], Iterator[Line]] = write_engine_lines if engine else write_rule_lines
    return render(View(format_name, stream), listed, lines, write_rules_json)


def render_tests(tests: tuple[RuleTest, ...], format_name: str, stream: TextIO) -> str:
    """Return the results as text or JSON."""
    return render(View(format_name, stream), tests, write_outcome_lines, write_outcomes_json)


def _list_rule(rule: Rule, root: Path) -> ListedRule:
    reason = ""
    try:
        compile_rule(rule)
    except PatternError as error:
        reason = str(error)
    return ListedRule(
        rule_id=rule.id,
        stage=rule.stage,
        severity=rule.severity,
        layer=rule.layer,
        origin=rule.origin,
        path=show_path(rule.path, root),
        has_fix="fix" in rule.body or "fix-regex" in rule.body,
        needs_semgrep=reason,
    )


def _order_own_first(rule: ListedRule) -> tuple[bool, str]:
    return rule.origin == "shipped", rule.rule_id


def _read(rule: Rule, root: Path) -> str:
    try:
        return read_file(*anchor(root, rule.path)).decode("utf-8")
    except (FileError, UnicodeDecodeError) as error:
        raise UsageError(f"the file of the rule {rule.id} cannot be read any more.") from error


def _tell_stage(start: Path, book: Rulebook, rule: Rule, stage: str) -> str:
    said = remember_stage(start, book.root, rule, stage)
    return f"{rule.id}: {rule.stage} -> {stage}" + (f"\n{said}" if said else "")


def _write(book: Rulebook, rule: Rule, values: dict[str, str | bool]) -> None:
    path = Path(rule.path)
    if not path.is_relative_to(book.root):
        raise UsageError(
            f"the rule {rule.id} comes with the package; copy its file into .guard/rules and "
            f"change that: `mkdir -p .guard/rules && cp {shlex.quote(rule.path)} .guard/rules/`."
        )
    before = _read(rule, book.root)
    text = set_guard_values(before, rule.id, values)
    write_file(book.root, path, text.encode(), expected=before.encode(), sync=True)
