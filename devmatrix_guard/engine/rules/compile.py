"""Compile loaded rules to the form a check runs, and say of each other why it needs semgrep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from devmatrix_guard.engine.keywords import build_index
from devmatrix_guard.engine.patterns.compile import PatternError
from devmatrix_guard.engine.rules.anchors import find_anchors, find_near_anchors
from devmatrix_guard.engine.rules.compile_rule import compile_body
from devmatrix_guard.engine.rules.compiled import CompiledRule, CompiledRules
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.model.report import Note
from devmatrix_guard.model.rule import RETIRED, Rule

PYTHON = ("python", "py", "python3")
_ANY_TEXT = ("regex", "generic")


def compile_rules(rules: Iterable[Rule], errors: Iterable[Note] = ()) -> CompiledRules:
    """Return the rules compiled; retired ones are left out.

    Args:
        rules: what `load.load_rules` found.
        errors: what it could not read, kept with the rules so that a check can say it.
    """
    compiled: list[CompiledRule] = []
    refused: dict[str, str] = {}
    semgrep: dict[str, bytes] = {}
    failed = list(errors)
    for rule in rules:
        if rule.stage == RETIRED:
            continue
        try:
            compiled.append(compile_rule(rule))
            if others := [name for name in rule.languages if name.lower() not in PYTHON]:
                rest = rule._replace(body={**rule.body, "languages": others})
                semgrep[rule.id] = _build_compiled(rest, {}, (), ()).packed()
        except PatternError as error:
            refused[rule.id] = str(error)
            semgrep[rule.id] = _build_compiled(rule, {}, (), ()).packed()
        except Exception as error:
            text = describe_defect(error, f"the rule {rule.id}, which is switched off")
            failed.append(Note(rule.path, 0, text))
    return CompiledRules(
        (
            tuple(rule.id for rule in compiled),
            compiled,
            build_index([rule.anchors for rule in compiled]),
            build_index([rule.near for rule in compiled]),
            refused,
            semgrep,
            [tuple(note) for note in failed],
        )
    )


def compile_rule(rule: Rule) -> CompiledRule:
    """Return one rule compiled.

    Raises:
        PatternError: the rule needs semgrep; the text is the reason.
    """
    names = {language.lower() for language in rule.languages}
    if not names & {*PYTHON, *_ANY_TEXT}:
        raise PatternError(f"a rule for {', '.join(rule.languages)}")
    (leaves, formula), options = compile_body(rule.body)
    if not names & set(PYTHON) and not _is_textual(leaves, formula):
        raise PatternError(f"a rule for {', '.join(rule.languages)}")
    return _build_compiled(rule, options, leaves, formula)


def _is_textual(leaves: Any, formula: Any) -> bool:
    """Whether a rule is made of regular expressions, which see the text alone."""
    return all(leaf[0] == "regex" for leaf in leaves) and "pattern" not in _list_condition_kinds(
        formula
    )


def _list_condition_kinds(formula: Any) -> set[str]:
    if formula[0] == "leaf":
        return set()
    if formula[0] in ("inside", "or"):
        parts = formula[1] if formula[0] == "or" else (formula[1],)
        return {kind for part in parts for kind in _list_condition_kinds(part)}
    nested = {kind for part in (*formula[1], *formula[2]) for kind in _list_condition_kinds(part)}
    return nested | {condition[0] for condition in formula[3]}


def _build_compiled(rule: Rule, options: dict[str, Any], leaves: Any, formula: Any) -> CompiledRule:
    anchors = find_anchors(leaves, formula) if formula else None
    looks_up_names = options.get("symbolic_propagation", False)
    near = find_near_anchors(leaves, formula) if formula and not looks_up_names else None
    paths = rule.body.get("paths")
    include, exclude = (_read_globs(paths, key) for key in ("include", "exclude"))
    has_fix = "fix" in rule.body or "fix-regex" in rule.body
    return CompiledRule((
        rule.id, rule.message, rule.severity, rule.stage, rule.layer, rule.origin, rule.path,
        tuple(tuple(source) for source in rule.sources), include, exclude, has_fix, options,
        anchors, near, leaves, formula, dict(rule.body),
    ))  # fmt: skip


def _read_globs(paths: Any, key: str) -> tuple[str, ...]:
    found = paths.get(key) if isinstance(paths, dict) else None
    return tuple(str(glob) for glob in found) if isinstance(found, list) else ()
