"""What people called wrong makes a rule quieter, wherever it speaks and in every repository."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from devmatrix_guard.files import FileError, read_chosen
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.knowledge.review import Dismissal
from devmatrix_guard.model.rule import STAGES

# One verdict is one opinion about one place; two lower the rule by a step, four silence it.
LOWERED, SILENCED = 2, 4
DISMISSED_NAME = "dismissed.json"  # in our folder in git's own, which no commit can fill
_MAX_BYTES = 16_000_000
_SEVERITY = {"block": "ERROR", "warn": "WARNING"}


class Verdicts(NamedTuple):
    """How often findings of a rule were called false positives, and how often useful."""

    wrong: int = 0
    useful: int = 0

    @property
    def against(self) -> int:
        """How many more people contradict than agree."""
        return max(self.wrong - self.useful, 0)


def count_verdicts(dismissals: Iterable[Dismissal]) -> dict[str, Verdicts]:
    """Return how the findings of each rule were judged.

    That something is not going to be fixed says nothing against the rule, and does not count.
    """
    found: dict[str, Verdicts] = {}
    for one in dismissals:
        before = found.get(one.rule_id, Verdicts())
        if one.verdict == "false-positive":
            found[one.rule_id] = before._replace(wrong=before.wrong + 1)
        elif one.verdict == "useful":
            found[one.rule_id] = before._replace(useful=before.useful + 1)
    return found


def silence_pattern(pattern: FixPattern, verdicts: Verdicts) -> FixPattern:
    """Return a pattern at the stage that is left to it after people judged what it finds."""
    if verdicts.against < LOWERED or pattern.stage not in STAGES[1:]:
        return pattern
    step = STAGES.index(pattern.stage) - 1 if verdicts.against < SILENCED else 0
    stage = STAGES[step]
    reason = f"people called {verdicts.wrong} of its findings false positives"
    evidence = replace(pattern.evidence, reasons=(reason, *pattern.evidence.reasons))
    severity = _SEVERITY.get(stage, "INFO")
    return replace(pattern, stage=stage, severity=severity, evidence=evidence)


def select_dismissed(dismissals: Iterable[Dismissal]) -> frozenset[tuple[str, str]]:
    """Return rule and code of the findings that more people call false positives than useful.

    The code is told apart from its file, so that it holds wherever the same code stands.
    """
    balance: dict[tuple[str, str], int] = {}
    for one in dismissals:
        if one.code and one.verdict in ("false-positive", "useful"):
            key = one.rule_id, one.code
            balance[key] = balance.get(key, 0) + (1 if one.verdict == "false-positive" else -1)
    return frozenset(key for key, count in balance.items() if count > 0)


def dump_dismissed(dismissed: frozenset[tuple[str, str]]) -> bytes:
    """Return what is kept of dismissed findings, and of rules, without a code, for checks."""
    return json.dumps(sorted(dismissed), indent=0).encode("ascii") + b"\n"


def load_dismissed(path: str | os.PathLike[str]) -> frozenset[tuple[str, str]]:
    """Return the dismissed findings kept at `path`, none where it cannot be read."""
    try:
        rows = json.loads(read_chosen(path, _MAX_BYTES))
        return frozenset((str(rule_id), str(code)) for rule_id, code in rows)
    except (FileError, ValueError, TypeError, RecursionError):
        return frozenset()
