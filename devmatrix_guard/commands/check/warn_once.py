"""Asks once about warnings: a hook runner shows nothing of a hook that passes.

The first commit that holds a warning is stopped, and the warning's fingerprint is remembered in
git's own folder of this work tree. The same commit made again goes through. One file holds one
fingerprint, because runners check parts of a commit in several processes at once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.files import (
    FileError,
    list_folder,
    read_chosen,
    remove_file,
    replace_file,
)
from devmatrix_guard.git.repository import Repository, resolve_commit
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import is_asked_about

ASK_ONCE, SHOW, STOP = "ask-once", "show", "stop"
_FOLDER = "guard/asked"
_MAX_BYTES = 1024
_SECONDS = 24 * 3600.0  # who comes back the next day is asked anew


class PendingCommit(NamedTuple):
    """The commit in the making: which files it changes, and what a warning is to do to it."""

    repo: Repository
    paths: frozenset[str]
    on_warn: str = ASK_ONCE


class Answer(NamedTuple):
    """Whether warnings stop the commit, and what to say about them."""

    stops: bool = False
    text: str = ""


def answer_warnings(commit: PendingCommit, report: CheckReport, *, is_failing: bool) -> Answer:
    """Return what the warnings in a commit's own files do to it, and remember that they were shown.

    Args:
        commit: the commit in the making.
        report: what was found.
        is_failing: whether it is stopped for something else; warnings shown with that count too.
    """
    found = find_warnings(commit, report)
    if not found or commit.on_warn == SHOW:
        return Answer()
    count = f"{len(found)} warning{'s' * (len(found) != 1)}"
    if commit.on_warn == STOP:
        verb = "stops" if len(found) == 1 else "stop"
        return Answer(True, f"{count} {verb} the commit (on-warn = stop).")
    shown = _ShownWarnings(commit.repo)
    if shown.hold(found):
        return Answer(False, f"{count}, shown before: the commit goes through.")
    if not shown.add(found):
        return Answer(False, f"{count}; .git cannot be written, so the commit is not stopped.")
    if is_failing:
        return Answer(True)
    return Answer(True, f"Stopped once for {count}: commit again to keep what is there.")


def find_warnings(commit: PendingCommit, report: CheckReport) -> tuple[Finding, ...]:
    """Return the warnings of the commit's own files, where they do not fail the check anyway."""
    return tuple(
        f
        for f in report.findings
        if f.path in commit.paths and is_asked_about(f.stage, report.gate)
    )


class _ShownWarnings:
    """The fingerprints that were shown for the commit that would follow today's HEAD."""

    def __init__(self, repo: Repository) -> None:
        self._folder = repo.git_dir / _FOLDER
        self._head = (resolve_commit(repo, "HEAD") or "").encode("ascii")

    def hold(self, findings: Iterable[Finding]) -> bool:
        return all(self._is_valid(self._locate(finding)) for finding in findings)

    def add(self, findings: Iterable[Finding]) -> bool:
        """Remember the findings, forget what is over; tell whether that was possible."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name in list_folder(self._folder, "."):
                if not name.startswith(".") and not self._is_valid(self._folder / name):
                    remove_file(self._folder, name)
            for finding in findings:
                replace_file(self._locate(finding), self._head)
        except (OSError, FileError):
            return False
        return True

    def _locate(self, finding: Finding) -> Path:
        return self._folder / (finding.fingerprint or finding.rule_id)

    def _is_valid(self, file: Path) -> bool:
        try:
            age = time.time() - os.stat(file).st_mtime  # noqa: PTH116
            return age < _SECONDS and read_chosen(file, _MAX_BYTES) == self._head
        except (OSError, FileError):
            return False
