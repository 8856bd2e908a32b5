"""`guard explain`: what a rule finds, why it is there, and what speaks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import yaml

from devmatrix_guard.commands.check.findings.applications import RULE_ID as APPLICATION_DRIFT
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.commands.rules.active_rules import (
    get_pattern_id,
    guard_facts,
    read_rulebook,
    suggest_nearest,
)
from devmatrix_guard.engine.patterns.compile import PatternError
from devmatrix_guard.engine.rules.compile import compile_rule
from devmatrix_guard.errors import UsageError
from devmatrix_guard.mining.candidates.learned_rules import read_evidence
from devmatrix_guard.mining.fixes.removed_proof import RULE_ID as REMOVED_PROOF
from devmatrix_guard.mining.undo.finding import RULE_ID as UNDO_OF_FIX
from devmatrix_guard.model.answers.explanation import Explanation
from devmatrix_guard.model.rule import RETIRED, Rule
from devmatrix_guard.reports.terminal import choose_options
from devmatrix_guard.reports.views.explain import write_explanation, write_explanation_json

# What stands beside the patterns in a Semgrep rule and says nothing about what it finds.
_OTHER_KEYS = {"id", "message", "severity", "languages", "metadata", "fix", "options", "paths"}

_UNDO = Explanation(
    rule_id=UNDO_OF_FIX,
    origin="built in",
    stage="warn",
    severity="WARNING",
    layer=None,
    message="This change undoes part of an earlier fix.",
    finds=(
        "a change that brings statements back as they were before a remembered fix,\n"
        "in the same function, a moved one or a copy, or that deletes what the fix\n"
        "added; layout, comments and names of locals play no part"
    ),
    fix=None,
    engine="in process, from the index that `guard learn` keeps",
    why=(
        "Measured on two histories, 1 to 5 commits in 1,000 undo a hunk of a fix as a whole, "
        "in product code; about one in six of them had to be fixed again.",
        "It warns about those, and advises where only one side or a part of a hunk is undone, "
        "or where it is in tests, pages or build files. It says nothing about a commit whose "
        "title announces a revert.",
    ),
)

_PROOF = Explanation(
    rule_id=REMOVED_PROOF,
    origin="built in",
    stage="warn",
    severity="WARNING",
    layer=None,
    message="This change takes something from the test that proves an earlier fix.",
    finds=(
        "a test that came with a recorded fix and is deleted, skipped, no longer collected,\n"
        "emptied, or asks for less than before"
    ),
    fix=None,
    engine="in process, from the index that `guard learn` keeps",
    why=(
        "A fix whose test is gone can be lost without anybody noticing.",
        "It warns, advises where the tested function goes too or where an expectation changes "
        "together with it, and says nothing about a test that moved, was renamed, split or "
        "written in another way and still asks for the same.",
    ),
)
_APPLICATION = Explanation(
    rule_id=APPLICATION_DRIFT,
    origin="built in",
    stage="block",
    severity="ERROR",
    layer=None,
    message="This change leaves a generated application out of step with its spec.",
    finds=(
        "a spec that changed without a regeneration, a manifest and files of different\n"
        "generations, an edit after which the code keeps a promise of the spec no more"
    ),
    fix=None,
    engine="in process, from the manifest and the generated texts beside the application",
    why=(
        "Other work builds on what the spec says; what does not follow it is found by callers.",
        "It says nothing about what people may do: add, delete, move and rewrite, as long as what "
        "the spec promises to callers is kept, and nothing about what was so before the change.",
    ),
)
BUILT_IN = {one.rule_id: one for one in (_UNDO, _PROOF, _APPLICATION)}


def explain(start: Path, rule_id: str) -> Explanation:
    """Return everything known about a rule.

    Raises:
        UsageError: there is no such rule; the nearest name is suggested.
    """
    if rule_id in BUILT_IN:
        return BUILT_IN[rule_id]
    book = read_rulebook(start)
    if rule_id in book.rules:
        return _explain_rule(book.rules[rule_id], book.root)
    known = [*book.rules, *BUILT_IN]
    raise UsageError(f"there is no rule `{rule_id}`; {_suggest(rule_id, known, len(book.errors))}")


def render_explanation(explanation: Explanation, format_name: str, stream: TextIO) -> str:
    """Return an explanation as text or JSON."""
    lines = partial(write_explanation, width=choose_options(stream, os.environ).width)
    return render(View(format_name, stream), explanation, lines, write_explanation_json)


def _suggest(rule_id: str, known: list[str], unreadable: int) -> str:
    hint = suggest_nearest(rule_id, known)
    if unreadable and "did you mean" not in hint:
        count = "one rule" if unreadable == 1 else f"{unreadable} rules"
        return f"{count} could not be read: `guard rules list` says which."
    return hint


def _explain_rule(rule: Rule, root: Path) -> Explanation:
    guard = guard_facts(rule)
    return Explanation(
        rule_id=rule.id,
        origin=rule.origin,
        stage=rule.stage,
        severity=rule.severity,
        layer=rule.layer,
        message=rule.message,
        finds=_render_query(rule.body),
        fix=rule.body.get("fix"),
        engine=_name_engine(rule),
        path=_place(rule, root),
        sources=rule.sources,
        evidence=read_evidence(guard.get("evidence")),
        examples=rule.examples,
        pattern_id=get_pattern_id(rule),
    )


def _render_query(body: Mapping[str, Any]) -> str:
    """Return the patterns as written; a single one without its YAML key."""
    parts = {key: value for key, value in body.items() if key not in _OTHER_KEYS}
    if set(parts) == {"pattern"}:
        return str(parts["pattern"]).rstrip()
    text: str = yaml.dump(parts, Dumper=_BlockDumper, sort_keys=False, allow_unicode=True)
    return text.rstrip()


class _BlockDumper(yaml.SafeDumper):
    """Writes a text of several lines as a block, so that code reads as code."""


def _represent_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )


_BlockDumper.add_representer(str, _represent_block)


def _name_engine(rule: Rule) -> str:
    if rule.stage == RETIRED:
        return "nowhere: it is retired"
    try:
        compile_rule(rule)
    except PatternError as error:
        return f"needs semgrep: {error}"
    return "in process"


def _place(rule: Rule, root: Path) -> str:
    path = Path(rule.path)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else rule.path
