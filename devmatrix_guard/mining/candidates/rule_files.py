"""Brings what was learned together with the rule files that people may have edited.

A file carries the digest of what learning wrote. Where the digest still fits, learning owns the
file; where it does not, a person has spoken, and only the counts of the evidence are renewed.
"""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from devmatrix_guard.mining.candidates.learned_rules import write_rule

NEW, CHANGED, SAME, KEPT = "new", "changed", "unchanged", "kept"
_KEY = "learned"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RuleFile(NamedTuple):
    """The text a rule file gets, and what that means: new, changed, unchanged, or a person's."""

    text: str
    status: str


def merge_rule(existing: str | None, mapping: Mapping[str, Any]) -> RuleFile:
    """Return the text of a rule's file after learning.

    Args:
        existing: what the file holds now, None if there is none.
        mapping: the rule as it was learned.
    """
    text = write_rule(_seal(mapping))
    if existing is None:
        return RuleFile(text, NEW)
    if is_untouched(existing):
        return RuleFile(text, SAME if text == existing else CHANGED)
    return RuleFile(_replace_evidence(existing, mapping), KEPT)


def is_untouched(text: str) -> bool:
    """Tell whether a rule file still says exactly what learning wrote."""
    try:
        (rule,) = yaml.load(text, Loader=_Loader)["rules"]  # noqa: S506  # a safe loader
        seal = rule["metadata"]["guard"].pop(_KEY)
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
        return False
    return bool(seal == _digest_rule(rule))


def read_stage(text: str) -> str:
    """Return the stage that a rule file gives its rule, an empty text if it names none."""
    try:
        (rule,) = yaml.load(text, Loader=_Loader)["rules"]  # noqa: S506  # a safe loader
        return str(rule["metadata"]["guard"]["stage"])
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
        return ""


def read_also(text: str) -> tuple[str, ...]:
    """Return the rules of other tools that a rule file says find the same; none by default."""
    try:
        (rule,) = yaml.load(text, Loader=_Loader)["rules"]  # noqa: S506  # a safe loader
        names = rule["metadata"]["guard"]["evidence"]["also"]
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
        return ()
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _seal(mapping: Mapping[str, Any]) -> dict[str, Any]:
    sealed: dict[str, Any] = json.loads(json.dumps(mapping))
    sealed["metadata"]["guard"][_KEY] = _digest_rule(sealed)
    return sealed


def _digest_rule(rule: Mapping[str, Any]) -> str:
    text = json.dumps(rule, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _replace_evidence(text: str, mapping: Mapping[str, Any]) -> str:
    """Return a person's file with the block `evidence` renewed and every other line kept."""
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.strip() == "evidence:"]
    if len(starts) != 1:
        return text
    start = starts[0]
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > indent:
        end += 1
    evidence = mapping["metadata"]["guard"]["evidence"]
    block = yaml.safe_dump({"evidence": evidence}, sort_keys=False, allow_unicode=True, width=100)
    renewed = [*lines[:start], textwrap.indent(block, " " * indent), *lines[end:]]
    return "".join(renewed)
