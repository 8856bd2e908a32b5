"""Compile loaded rules to the form a check runs, and say of each other why it needs semgrep."""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from typing import Any

from devmatrix_guard.engine.anchors import anchors_of
from devmatrix_guard.engine.compile_rule import compile_body
from devmatrix_guard.engine.compiled import CompiledRule, CompiledRules
from devmatrix_guard.engine.pattern_tree import PatternError
from devmatrix_guard.engine.prefilter import build_index
from devmatrix_guard.model.report import Note
from devmatrix_guard.model.rule import RETIRED, Rule

_PYTHON = ("python", "py", "python3")


def compile_rules(rules: Iterable[Rule], errors: Iterable[Note] = ()) -> CompiledRules:
    """Return the rules compiled; retired ones are left out.

    Args:
        rules: what `load.load_rules` found.
        errors: what it could not read, kept with the rules so that a check can say it.
    """
    compiled: list[CompiledRule] = []
    refused: dict[str, str] = {}
    semgrep: dict[str, tuple[Any, ...]] = {}
    for rule in rules:
        if rule.stage == RETIRED:
            continue
        try:
            compiled.append(compile_rule(rule))
        except PatternError as error:
            refused[rule.id] = str(error)
            semgrep[rule.id] = _fields(rule, {}, None, (), ())
    index = build_index([rule.anchors for rule in compiled])
    notes = [tuple(note) for note in errors]
    fields = ([rule.fields() for rule in compiled], index, refused, semgrep, notes)
    return CompiledRules(fields)


def compile_rule(rule: Rule) -> CompiledRule:
    """Return one rule compiled.

    Raises:
        PatternError: the rule needs semgrep; the text is the reason.
    """
    if not all(language.lower() in _PYTHON for language in rule.languages):
        raise PatternError(f"a rule for {', '.join(rule.languages)}")
    (leaves, formula), options = compile_body(rule.body)
    return CompiledRule(_fields(rule, options, anchors_of(leaves, formula), leaves, formula))


def _fields(
    rule: Rule, options: dict[str, Any], anchors: Any, leaves: Any, formula: Any
) -> tuple[Any, ...]:
    paths = rule.body.get("paths")
    include, exclude = (_globs(paths, key) for key in ("include", "exclude"))
    has_fix = "fix" in rule.body or "fix-regex" in rule.body
    return (
        rule.id, rule.message, rule.severity, rule.stage, rule.layer, rule.origin, rule.path,
        tuple(tuple(source) for source in rule.sources), include, exclude, has_fix, options,
        anchors, leaves, formula, marshal.dumps(dict(rule.body)),
    )  # fmt: skip


def _globs(paths: Any, key: str) -> tuple[str, ...]:
    found = paths.get(key) if isinstance(paths, dict) else None
    return tuple(str(glob) for glob in found) if isinstance(found, list) else ()
