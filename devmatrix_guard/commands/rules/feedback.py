"""`guard feedback`: a person's verdict on a rule or a finding, one file each."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from devmatrix_guard.commands.check.arguments.request import ALL, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.rules.active_rules import read_rulebook, suggest_nearest
from devmatrix_guard.engine.findings.fingerprint import is_fingerprint
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import write_file
from devmatrix_guard.git.repository import find_repository
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.rule import BUILT_IN
from devmatrix_guard.reports.escape import write_json

FEEDBACK_FOLDER = ".guard/feedback"
FALSE_POSITIVE, WONT_FIX, USEFUL = "false-positive", "wont-fix", "useful"
VERDICTS = (FALSE_POSITIVE, WONT_FIX, USEFUL)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MAX_REASON = 2000


def record_feedback(start: Path, subject: str, verdict: str, reason: str = "") -> str:
    """Write a verdict to a file of its own and return the file's path from the root.

    Args:
        start: the folder the command was called in.
        subject: a rule's id, or the fingerprint of a present finding.
        verdict: one of `VERDICTS`.
        reason: why; a verdict against a rule needs one.

    Raises:
        UsageError: there is no such rule or finding, or a reason is missing or too long.
    """
    if verdict != USEFUL and not reason.strip():
        raise UsageError(f'--{verdict} needs a reason; add -m "why".')
    if len(reason) > _MAX_REASON:
        raise UsageError(f"the reason is longer than {_MAX_REASON} characters; shorten it.")
    root = find_repository(start).root
    record: dict[str, object] = {"schema_version": 1}
    if is_fingerprint(subject):
        finding = _find_finding(start, subject)
        record |= {"rule_id": finding.rule_id, "fingerprint": subject, "path": finding.path}
    else:
        record |= {"rule_id": _find_rule_id(start, subject)}
    record |= {"verdict": verdict, "reason": reason.strip(), "at": tell_time()}
    name = f"{FEEDBACK_FOLDER}/{make_ulid()}.json"
    text = write_json(record)
    write_file(root, name, text.encode("utf-8", "backslashreplace"), sync=True)
    return name


def make_ulid() -> str:
    """Return an identifier that sorts by time and meets no other: 48 bits of time, 80 of chance."""
    number = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def _find_rule_id(start: Path, subject: str) -> str:
    known = [*read_rulebook(start).rules, *BUILT_IN]
    if subject not in known:
        hint = suggest_nearest(subject, known)
        raise UsageError(f"`{subject}` is neither a rule nor a fingerprint; {hint}")
    return subject


def _find_finding(start: Path, fingerprint: str) -> Finding:
    report = examine_request(CheckRequest(scope=ALL, flags={"fail_on": "candidate"}), start)
    staged = examine_request(CheckRequest(), start)
    silenced = [s.finding for s in (*report.suppressed, *staged.suppressed)]
    for finding in (*report.findings, *staged.findings, *silenced):
        if finding.fingerprint == fingerprint:
            return finding
    raise UsageError(
        f"no finding in the present files has the fingerprint {fingerprint}; name the rule instead."
    )


def tell_time() -> str:
    """Return this moment as records have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
