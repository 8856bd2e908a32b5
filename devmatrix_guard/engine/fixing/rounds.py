"""Fixes a file until nothing is left to fix: fixes that overlap take turns, one gives another work.

findings -> `select_fixes` -> `apply_edits` -> the fixed content checked again -> ... -> at rest
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from devmatrix_guard.engine.fixing.fixes import (
    apply_edits,
    collect_edits,
    has_safe_fix,
    select_fixes,
)
from devmatrix_guard.model.finding import Finding

_MAX_ROUNDS = 10


class Round(NamedTuple):
    """One pass: the content `before` it, and the findings in that whose fixes were applied."""

    before: bytes
    fixes: tuple[Finding, ...]


class Settled(NamedTuple):
    """A file after its rounds.

    `circling` are the rules that undo each other's fixes or give each other work without end, and
    whose fixes were therefore left; `is_at_rest` tells that another run would change nothing.
    """

    fixed: bytes
    rounds: tuple[Round, ...] = ()
    circling: tuple[str, ...] = ()
    is_at_rest: bool = True


def settle_fixes(
    source: bytes, findings: Sequence[Finding], check: Callable[[bytes], Sequence[Finding]]
) -> Settled:
    """Return the file with its safe fixes, and those that they made possible.

    Args:
        source: the file's content.
        findings: what was found in it.
        check: returns what is found in the content of a later round.
    """
    left_out: set[str] = set()
    while True:
        settled = _go_through(source, findings, check, left_out)
        if left_out.issuperset(settled.circling):
            return settled._replace(circling=tuple(sorted(left_out)))
        left_out |= set(settled.circling)


def _go_through(
    source: bytes,
    findings: Sequence[Finding],
    check: Callable[[bytes], Sequence[Finding]],
    left_out: set[str],
) -> Settled:
    """Return the rounds without some rules; those that circle only then are named in it."""
    rounds: list[Round] = []
    waiting: list[int] = []
    content = source
    while True:
        fixable = [f for f in findings if f.rule_id not in left_out and has_safe_fix(f)]
        chosen = select_fixes(fixable)
        if not chosen or len(rounds) == _MAX_ROUNDS:
            is_endless = bool(chosen) and _is_endless(waiting)
            circling = _name_rules(rounds[_MAX_ROUNDS // 2 :]) if is_endless else ()
            return Settled(content, tuple(rounds), circling, is_at_rest=not chosen)
        rounds.append(Round(content, chosen))
        waiting.append(len(fixable))
        content = apply_edits(content, collect_edits(chosen))
        known = [one.before for one in rounds]
        if content in known:
            return Settled(content, tuple(rounds), _name_rules(rounds[known.index(content) :]))
        findings = check(content)


def _is_endless(waiting: Sequence[int]) -> bool:
    """Tell whether the fixes that wait do not become fewer, as they do where they take turns."""
    half = len(waiting) // 2
    return min(waiting[half:]) >= min(waiting[:half])


def _name_rules(rounds: Sequence[Round]) -> tuple[str, ...]:
    return tuple(sorted({finding.rule_id for one in rounds for finding in one.fixes}))
