"""Values the contract tests write; every field that is not named has a value of its own kind."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.infra import InfraPattern, Signature
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern, Pair
from devmatrix_guard.model.rule import Example, Rule


def source(number: int = 1, subject: str = "Fix the parser") -> Source:
    return Source(f"{number:040x}", "2026-03-02", subject)


def pair(number: int = 1, **facts: Any) -> Pair:
    values: dict[str, Any] = {
        "source": source(number),
        "path": f"app/part_{number}.py",
        "qualname": "Parser.run",
        "before": "json.loads(page)",
        "after": "self._parse_json(page, video_id)",
        "before_line": 10 + number,
        "after_line": 11 + number,
    }
    return Pair(**(values | facts))


def fix_pattern(pattern_id: str = "p1", **facts: Any) -> FixPattern:
    values: dict[str, Any] = {
        "id": pattern_id,
        "title": "json.loads becomes self._parse_json",
        "before": "json.loads($X)",
        "after": "self._parse_json($X, $ID)",
        "anchors": ("json.loads",),
        "pairs": (pair(1), pair(2)),
        "evidence": Evidence(
            commits=2,
            files=2,
            sites_fixed=2,
            left_alone=1,
            reverse_edits=1,
            replay_commits=40,
            replay_added_lines=900,
            replay_alarms=1,
            confidence=0.6,
            wilson_low=0.2,
            reasons=("two commits", "one left alone"),
            followed=3,
            bulk_commits=1,
            also=("ruff F821",),
            alarms=("3f2a91c0 app/pay.py:12",),
        ),
        "stage": "advise",
        "layer": 4,
        "severity": "ERROR",
        "constraints": {"ID": "name"},
    }
    return FixPattern(**(values | facts))


def rule(rule_id: str = "mined-json", **facts: Any) -> Rule:
    values: dict[str, Any] = {
        "id": rule_id,
        "message": "Use self._parse_json.",
        "severity": "WARNING",
        "stage": "warn",
        "layer": 3,
        "languages": ("python",),
        "body": {"id": rule_id, "pattern": "json.loads($X)", "fix": "self._parse_json($X)"},
        "origin": "mined",
        "sources": (source(1),),
        "examples": (Example("invalid", "json.loads(x)", "self._parse_json(x)"),),
        "path": ".guard/rules/mined-json.yml",
    }
    return Rule(**(values | facts))


def infra_pattern(pattern_id: str = "dockerfile", version: int = 1, **facts: Any) -> InfraPattern:
    values: dict[str, Any] = {
        "pattern_id": pattern_id,
        "version": version,
        "signature": Signature(
            "A Dockerfile in two stages",
            "execute",
            "infrastructure",
            {"name": "str"},
            {"D": "text"},
        ),
        "body": f"FROM python:3.{10 + version}\nLABEL %%name%%\n",
        "frozen_at": "2026-11-21",
    }
    return InfraPattern(**(values | facts))
