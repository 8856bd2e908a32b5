"""Which commits are fixes, judged by message and size, and what they say about themselves."""

from __future__ import annotations

import re

from devmatrix_guard.mining.product_paths import is_product_path, is_test_path
from devmatrix_guard.mining.reverts import is_titled_revert
from devmatrix_guard.model.diff import Commit, FileChange
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.fix import FixUnit

MAX_SOURCE_FILES = 5
MAX_FILES = 40

_FIX = re.compile(
    r"\b(?:(?:bug|hot)?fix(?:e[sd]|ing)?|bugs?|regressions?|crash(?:e[sd]|ing)?|broken|breaks"
    r"|deadlocks?|leak(?:s|ed|ing)?|race condition|incorrect(?:ly)?|wrong(?:ly)?"
    r"|prevents?|avoids?|vulnerab\w+|security|CVE-\d+)\b",
    re.IGNORECASE,
)
# That an issue is closed says nothing of what it asked for; that a test came with it does.
_CLOSES = re.compile(
    r"\b(?:(?:clos|resolv|address)e[sd]?|fix(?:e[sd])?):?\s+(?:[\w./-]*#\d+|https?://)",
    re.IGNORECASE,
)
_NO_FIX = re.compile(
    r"\b(?:typos?|spelling|misspell\w*|grammar|lint\w*|flake8|pep ?8|pyflakes|pylint|mypy|isort"
    r"|black|ruff|pre-commit|typing|type (?:hint|annotation)s?|annotations?|docs?|docstrings?"
    r"|documentation|readme|changelog|release notes?|comments?|renam(?:e[sd]?|ing)|whitespaces?"
    r"|indent\w*|formatting|reformat\w*|cosmetic\w*|copyright|licen[cs]e|bump\w*|travis|appveyor"
    r"|tox|CI|workflows?)\b|^\s*merged?\b|\bmerge (?:branch|conflicts?|pull|requests?)\b",
    re.IGNORECASE,
)
_ISSUE = re.compile(r"(?<![\w/])(?:(?:GH-|#)\d+|CVE-\d{4}-\d+|[A-Z][A-Z0-9]+-\d+(?=\b))")
_NUMBER = re.compile(r"(?:GH-|#)(\d+)|/(?:pull|issues|merge_requests)/(\d+)")
_COMMIT = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b")
_NOT_ISSUES = ("UTF-", "SHA-", "ISO-", "RFC-", "PEP-", "HTTP-", "MD-", "BASE-")


def is_fix(commit: Commit) -> bool:
    """Tell whether a commit says that it mends behaviour, is no merge and no titled revert."""
    if len(commit.parents) != 1 or is_titled_revert(commit.subject):
        return False
    if _NO_FIX.search(commit.subject):
        return False
    body = _strip_quoted(commit.body)
    if _FIX.search(commit.subject) or _FIX.search(_CLOSES.sub("", body)):
        return True
    closes = _CLOSES.search(commit.subject) or _CLOSES.search(body)
    return bool(closes) and any(is_test_path(change.path) for change in commit.changes)


def may_be_fix(commit: Commit) -> bool:
    """Tell whether a commit speaks of repairing something, whatever else it speaks of.

    Enough to remember what it did, so that undoing it is noticed; not enough to learn a rule from.
    """
    if len(commit.parents) != 1 or is_titled_revert(commit.subject):
        return False
    return bool(_FIX.search(commit.subject) or _FIX.search(_strip_quoted(commit.body)))


def is_titled_fix(subject: str) -> bool:
    """Tell whether a subject says that behaviour was mended, or names what asked for it (`#12`)."""
    is_said = _FIX.search(subject) and not _NO_FIX.search(subject)
    return bool(is_said or _NUMBER.search(subject))


def find_issue(commit: Commit) -> str:
    """Return the first issue, advisory or ticket a commit names, or an empty text."""
    for match in _ISSUE.finditer(f"{commit.subject}\n{commit.body}"):
        if not match[0].startswith(_NOT_ISSUES):
            return match[0]
    return ""


def read_mentions(commit: Commit) -> frozenset[str]:
    """Return what a message may name a fix by: numbers of issues, and starts of commit ids."""
    text = f"{commit.subject}\n{commit.body}"
    numbers = (number for pair in _NUMBER.findall(text) for number in pair if number)
    return frozenset((*numbers, *(name[:7] for name in _COMMIT.findall(text))))


def is_mentioned(fix: tuple[str, str, str, str], mentions: frozenset[str]) -> bool:
    """Tell whether a fix, given as (commit, date, subject, issue), is among what is mentioned."""
    commit, _, subject, issue = fix
    numbers = _NUMBER.findall(f"{subject}\n{issue}")
    own = {number for pair in numbers for number in pair if number}
    return commit[:7] in mentions or not own.isdisjoint(mentions)


def describe_source(commit: Commit) -> Source:
    """Return a commit as it is named in rules and reports."""
    return Source(commit=commit.id, date=commit.date[:10], subject=commit.subject)


def describe_unit(fix: FixUnit) -> str:
    """Return a fix as it is spoken of: commit, day, issue and subject."""
    return name_fix(fix.commit, fix.date, fix.subject, fix.issue)


def name_fix(commit: str, date: str, subject: str, issue: str) -> str:
    """Return a fix by its commit, day, issue and subject, which may name the issue itself."""
    about = f" ({issue})" if issue and issue not in subject else ""
    return f"{commit[:10]} of {date}{about}, “{subject}”"


def select_source_changes(commit: Commit) -> tuple[FileChange, ...]:
    """Return the modified Python product files; none when the commit is too large for a fix."""
    if len(commit.changes) > MAX_FILES:
        return ()
    chosen = tuple(change for change in commit.changes if _is_modified_source(change))
    return chosen if len(chosen) <= MAX_SOURCE_FILES else ()


def _is_modified_source(change: FileChange) -> bool:
    return (
        change.status in ("M", "R")
        and change.path.endswith(".py")
        and change.old_blob is not None
        and change.new_blob is not None
        and change.old_blob != change.new_blob
        and change.new_mode.startswith("100")
        and is_product_path(change.path)
    )


def _strip_quoted(body: str) -> str:
    """Return a body without quotes, trailers and the list of commits a squash leaves behind."""
    lines = [line for line in body.splitlines() if line[:1] not in ("*", ">", " ")]
    return "\n".join(line for line in lines if not re.match(r"[\w-]+-by: ", line))
