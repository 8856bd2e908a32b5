"""The schema of a rule file: what is asked of every rule before its patterns are compiled."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.commands.schemas.settings import ignore_case
from devmatrix_guard.engine.rules.compile_rule import CONDITION_KEYS, PATTERN_KEYS
from devmatrix_guard.engine.rules.load import ID, SEVERITY_NAMES
from devmatrix_guard.model.rule import LAYERS, RETIRED, SEVERITIES, STAGES

_TEXT = {"type": "string", "pattern": r"\S"}
_COMPLETED = (*PATTERN_KEYS, *CONDITION_KEYS, "focus-metavariable", "fix", "fix-regex", "paths")


def describe_rules() -> dict[str, Any]:
    """Return the schema of a file in `.guard/rules`.

    The language of patterns is Semgrep's: its keys are named for completion, and checked by
    `guard rules test`.
    """
    return {
        "title": "Rules of devmatrix-guard",
        "type": "object",
        "required": ["rules"],
        "properties": {"rules": {"type": "array", "items": _describe_rule()}},
    }


def _describe_rule() -> dict[str, Any]:
    severities = [*SEVERITIES, *SEVERITY_NAMES]
    return {
        "type": "object",
        "required": ["id", "severity", "languages"],
        "if": {"not": {"properties": {"mode": {"const": "join"}}, "required": ["mode"]}},
        "then": {"required": ["message"]},
        "properties": {
            "id": {"type": "string", "pattern": f"^{ID.pattern.removesuffix(chr(92) + 'Z')}$"},
            "message": _TEXT,
            "severity": {
                "anyOf": [
                    {"enum": severities},
                    {"type": "string", "pattern": f"^({ignore_case(severities)})$"},
                ]
            },
            "languages": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "metadata": {
                "if": {"type": "object"},
                "then": {"properties": {"guard": _describe_guard()}},
            },
            **{key: {} for key in _COMPLETED},
        },
    }


def _describe_guard() -> dict[str, Any]:
    entries = {"type": ["array", "null"], "items": {"type": "object"}}
    return {
        "type": ["object", "null"],
        "properties": {
            "stage": {"enum": [*STAGES, RETIRED]},
            "layer": {"anyOf": [{"type": "null"}, {"enum": list(LAYERS)}]},
            "origin": {},
            "imports": {},
            "pattern": {},
            "sources": entries,
            "evidence": {},
            "examples": entries,
            "approved": {},
            "retired": {},
        },
    }
