"""Writes a judged candidate as a FixPattern, and as the Semgrep rule that people review."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from devmatrix_guard.globs import find_layer
from devmatrix_guard.mining.candidates.evidence import decide_stage
from devmatrix_guard.mining.candidates.messages import (
    MAX_SUBJECT,
    build_message,
    join_lines,
    shorten,
)
from devmatrix_guard.mining.candidates.proof import build_example
from devmatrix_guard.mining.candidates.rank import Judged
from devmatrix_guard.mining.edits.forms import find_anchors
from devmatrix_guard.mining.edits.terms import render
from devmatrix_guard.mining.product_paths import find_test_globs, is_test_path
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern, Pair

PREFIX = "learned-"
_SEVERITY = {"block": "ERROR", "warn": "WARNING"}
_MAX_SOURCES = 10
_WORD = re.compile(r"\w+")
_SEPARATOR = re.compile(r"[^a-z0-9]+")
_KEYWORD = re.compile(r"(\w+)=")

Layers = Mapping[Any, Sequence[str]]


def build_pattern(judged: Judged, layers: Layers) -> FixPattern:
    """Return the FixPattern of a judged candidate, with the stage its evidence supports."""
    proven = judged.proven
    anchors = find_anchors(proven.form.before)
    stage, reasons = decide_stage(
        judged.evidence,
        has_fix=proven.fix is not None,
        names_api=bool(anchors),
        turns_on_value=proven.turns_on_value,
    )
    before = render(proven.form.before)
    constraints = {
        key: text
        for item in proven.query.get("patterns", ())
        for key, text in item.items()
        if key != "pattern"
    }
    return FixPattern(
        id=_hash_form(before, proven.after, constraints),
        title=shorten(f"{join_lines(before)} → {join_lines(proven.after)}", 120),
        before=before,
        after=proven.after,
        anchors=anchors,
        pairs=tuple(
            Pair(
                source=fixed.source,
                path=fixed.site.path,
                qualname=fixed.site.qualname,
                before=fixed.site.before,
                after=fixed.site.after,
                before_line=fixed.site.before_line,
                after_line=fixed.site.after_line,
            )
            for fixed in proven.sites
        ),
        evidence=_add_reasons(judged.evidence, reasons),
        stage=stage,
        layer=_find_common_layer({fixed.site.path for fixed in proven.sites}, layers),
        severity=_SEVERITY.get(stage, "INFO"),
        constraints=constraints,
    )


def build_rule_id(pattern: FixPattern) -> str:
    """Return the id of a pattern's rule: readable, and unique by the pattern's own id."""
    after = pattern.after or ""
    kept = set(_WORD.findall(after))
    gone = [name for name in pattern.anchors if name.rpartition(".")[2] not in kept]
    words = _WORD.findall(max(gone or pattern.anchors, key=len, default=pattern.before))
    added = set(_KEYWORD.findall(after)) - set(_KEYWORD.findall(pattern.before))
    if len(added) == 1 and not gone:
        words += added
    name = _SEPARATOR.sub("-", "-".join(words).lower())[:40].strip("-")
    return f"{PREFIX}{name}-{pattern.id[:8]}"


def build_rule(judged: Judged, pattern: FixPattern, redact: Callable[[str], str]) -> dict[str, Any]:
    """Return the rule as the mapping that its file holds."""
    invalid, valid = build_example(judged.proven)
    first = {"invalid": invalid.code}
    if invalid.fixed is not None:
        first["fixed"] = invalid.fixed
    guard: dict[str, Any] = {
        "origin": "mined",
        "stage": pattern.stage,
        "layer": pattern.layer,
        "pattern": pattern.id,
        "imports": list(judged.proven.imports),
        "sources": _list_sources(pattern, redact),
        "evidence": write_evidence(pattern),
        "examples": [first, {"valid": valid.code}],
    }
    rule: dict[str, Any] = {
        "id": build_rule_id(pattern),
        "languages": ["python"],
        "severity": pattern.severity,
        "message": redact(build_message(judged, pattern)),
        "paths": _build_scope({fixed.site.path for fixed in judged.proven.sites}),
        **judged.proven.query,
        "fix": judged.proven.fix,
        "metadata": {"guard": {key: value for key, value in guard.items() if value}},
    }
    return {key: value for key, value in rule.items() if value is not None}


def write_evidence(pattern: FixPattern) -> dict[str, Any]:
    """Return the evidence as it stands in a rule file."""
    evidence = pattern.evidence
    return {
        "stage": pattern.stage,
        "commits": evidence.commits,
        "bulk_commits": evidence.bulk_commits,
        "files": evidence.files,
        "sites_fixed": evidence.sites_fixed,
        "left_alone": evidence.left_alone,
        "followed": evidence.followed,
        "reverse_edits": evidence.reverse_edits,
        # As texts: semgrep refuses a rule file in which a fraction stands anywhere.
        "confidence": f"{evidence.confidence:.4f}",
        "wilson_low": f"{evidence.wilson_low:.4f}",
        "replay": {
            "commits": evidence.replay_commits,
            "added_lines": evidence.replay_added_lines,
            "alarms": list(evidence.alarms),
        },
        "not_higher_because": list(evidence.reasons),
        **({"also": list(evidence.also)} if evidence.also else {}),
    }


def read_evidence(record: Any) -> Evidence | None:
    """Return the evidence that stands in a rule file; what it does not hold was not counted."""
    if not isinstance(record, Mapping) or not record:
        return None
    replay = record.get("replay")
    replay = replay if isinstance(replay, Mapping) else {}
    alarms = _read_texts(replay.get("alarms"))
    return Evidence(
        commits=_read_count(record, "commits"),
        files=_read_count(record, "files"),
        sites_fixed=_read_count(record, "sites_fixed"),
        left_alone=_read_count(record, "left_alone"),
        reverse_edits=_read_count(record, "reverse_edits"),
        followed=_read_count(record, "followed"),
        bulk_commits=_read_count(record, "bulk_commits"),
        also=_read_texts(record.get("also")),
        replay_commits=int(_number(replay.get("commits"))),
        replay_added_lines=int(_number(replay.get("added_lines"))),
        replay_alarms=len(alarms),
        confidence=_number(record.get("confidence")),
        wilson_low=_number(record.get("wilson_low")),
        reasons=_read_texts(record.get("not_higher_because")),
        alarms=alarms,
    )


def _read_count(record: Mapping[str, Any], name: str) -> int:
    return int(_number(record.get(name)))


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def _read_texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def write_rule(mapping: Mapping[str, Any]) -> str:
    """Return a rule file's text."""
    return yaml.dump(
        {"rules": [dict(mapping)]},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )


class _Dumper(yaml.SafeDumper):
    """Writes code as literal blocks, and lists indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _build_scope(paths: set[str]) -> dict[str, list[str]] | None:
    """Return the `paths` of a rule that was learned in tests alone, and says nothing of others."""
    if not all(map(is_test_path, paths)):
        return None
    return {"include": sorted({glob for path in paths for glob in find_test_globs(path)})}


def _list_sources(pattern: FixPattern, redact: Callable[[str], str]) -> list[dict[str, str]]:
    sources = sorted({pair.source for pair in pattern.pairs}, key=lambda s: (s.date, s.commit))
    return [
        {
            "commit": source.commit,
            "date": source.date,
            "subject": redact(shorten(source.subject, MAX_SUBJECT)),
        }
        for source in sources[:_MAX_SOURCES]
    ]


def _add_reasons(evidence: Evidence, reasons: tuple[str, ...]) -> Evidence:
    values = {name: getattr(evidence, name) for name in Evidence.__slots__}
    return Evidence(**{**values, "reasons": reasons})


def _find_common_layer(paths: set[str], layers: Layers) -> int | None:
    found = {find_layer(path, layers) for path in paths}
    return found.pop() if len(found) == 1 else None


def _hash_form(before: str, after: str, constraints: Mapping[str, str]) -> str:
    text = json.dumps([before, after, sorted(constraints.items())])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
