"""`guard baseline`: accept what is found today, so that only what is new counts."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.check.arguments.request import ALL, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.engine.findings.baseline import (
    BASELINE_PATH,
    Baseline,
    add_to_baseline,
    format_baseline,
    list_fingerprints,
    read_baseline,
)
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import write_file
from devmatrix_guard.git.repository import find_repository
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport

_NO_PATHS = ("create", "update", "add", "init")  # what other tools call it
_REFRESH_SCOPE = "guard baseline --prune looks at every file; leave out the paths."


class BaselineChange(NamedTuple):
    """What a run did to the baseline: entries added and taken out, and how many there are now.

    `stale` are entries whose finding is gone and which are still there; `rewritten` those of an
    earlier version that are now in today's form.
    """

    added: int
    removed: int
    entries: int
    stale: int
    rewritten: int = 0


def refresh_baseline(
    start: Path, *, paths: tuple[str, ...] = (), prune: bool = False
) -> BaselineChange:
    """Accept every present finding, or with `prune` take out entries whose finding is gone.

    Args:
        start: the folder the command was called in.
        paths: accept only what is found in these; none mean every file.
        prune: take out instead of adding.

    Raises:
        GuardError: not a repository, or the baseline cannot be read or written.
    """
    if prune and paths:
        raise UsageError(_REFRESH_SCOPE)
    if len(paths) == 1 and paths[0] in _NO_PATHS and not (start / paths[0]).exists():
        raise UsageError(f"`{paths[0]}` is no path; `guard baseline` alone accepts what is there.")
    root = find_repository(start).root
    old = read_baseline(root)
    report = examine_request(CheckRequest(paths=paths, scope=ALL), start)
    findings = _list_all_findings(report)
    new = _prune(old, findings, report) if prune else add_to_baseline(old, findings)
    content = format_baseline(new)
    if new.entries.keys() != old.entries.keys() or not (root / BASELINE_PATH).exists():
        write_file(root, BASELINE_PATH, content, sync=True)
    there = {mark for finding in findings for mark in list_fingerprints(finding)}
    former = {finding.former_fingerprint for finding in findings}
    gone = old.entries.keys() - new.entries.keys()
    rewritten = len(gone & former)
    return BaselineChange(
        added=len(new.entries.keys() - old.entries.keys()) - rewritten,
        removed=len(gone) - rewritten,
        entries=len(new.entries),
        stale=0 if paths else len(new.entries.keys() - there),
        rewritten=rewritten,
    )


def describe_change(change: BaselineChange) -> str:
    """Return the change as a sentence or two."""
    text = f"{change.entries} accepted ({change.added} new, {change.removed} removed)."
    if change.rewritten:
        text += f" {change.rewritten} of an earlier version of guard now in today's form."
    if change.stale:
        text += f" {change.stale} no longer found: guard baseline --prune takes them out."
    return text


def _list_all_findings(report: CheckReport) -> list[Finding]:
    """Return the findings, those the baseline accepts already among them."""
    accepted = [s.finding for s in report.suppressed if s.how == "baseline"]
    return [f for f in (*report.findings, *accepted) if f.fingerprint]


def _prune(old: Baseline, findings: list[Finding], report: CheckReport) -> Baseline:
    """Return the baseline without entries that are gone; what did not run here is not gone."""
    there = {mark for finding in findings for mark in list_fingerprints(finding)}
    silent_rules = {deferral.rule_id for deferral in report.deferred}
    silent_files = {skip.path for skip in report.skipped}

    def must_stay(mark: str, about: str) -> bool:
        rule, _, path = about.partition(" ")
        return mark in there or rule in silent_rules or path in silent_files

    return Baseline({mark: about for mark, about in old.entries.items() if must_stay(mark, about)})
