"""What `guard rules` shows: rules in short, and whether their tests hold."""

from __future__ import annotations

from typing import NamedTuple

from devmatrix_guard.model.report import Note


class ListedRule(NamedTuple):
    """One rule in short; `needs_semgrep` is the reason it cannot run in process, or empty."""

    rule_id: str
    stage: str
    severity: str
    layer: int | None
    origin: str
    path: str
    has_fix: bool
    needs_semgrep: str = ""


class RuleList(NamedTuple):
    """The rules in force, and what is wrong with the files that hold others."""

    rules: tuple[ListedRule, ...]
    errors: tuple[Note, ...] = ()


class RuleTest(NamedTuple):
    """How the tests of one rule went.

    `checks` counts what was proven or not; `failures` are sentences; `not_run` says why nothing
    could be.
    """

    rule_id: str
    path: str
    checks: int = 0
    failures: tuple[str, ...] = ()
    not_run: str = ""
