"""Masks what looks like a secret in everything a report shows.

A mask has the length of what it hides, so that spans, columns and edits stay true.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

from devmatrix_guard.model.finding import Edit, Finding, Fix
from devmatrix_guard.model.report import CheckReport

MASKED_FIX = "The fix holds something that looks like a secret, so it is masked here."

# Tokens that name their issuer. The shapes are public; none of these occurs in ordinary code.
_TOKEN = re.compile(
    r"(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|xox[abeprs]-[\w-]{8,}"
    r"|[rs]k_(?:live|test)_\w{10,}|sk-[\w-]{16,}"
    r"|AIza[\w-]{30,}|npm_\w{30,}|pypi-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/@:'\"]*:([^\s/@'\"]+)(?=@)")
# password = "…", "api_key": '…', token="…": a telling name, then a literal.
_NAMED = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key|access_?key|private_?key|credential)s?"
    r"[\w\]\"')]*\s*(?::\s*[\w\[\], |.]+)?(?:=|:|:=|,)\s*[rbfuRBFU]{0,2}"
    r"(?P<quote>\"\"\"|'''|\"|')(?P<value>(?:\\.|(?!(?P=quote)).){3,})(?P=quote)",
    re.IGNORECASE | re.DOTALL,
)
_LITERAL = re.compile(r"(?P<quote>\"|')(?P<value>[A-Za-z0-9+/=_\-.]{20,})(?P=quote)")
_BITS_FOR_RANDOM = 4.0
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32,}")


def redact(text: str) -> str:
    """Return `text` with every secret-looking part masked."""
    return _mask(text, sorted(secrets_in(text), key=len, reverse=True))


def secrets_in(text: str) -> set[str]:
    """Return the parts of `text` that look like secrets."""
    found = {m[0] for m in _TOKEN.finditer(text)}
    found |= {m[1] for m in _PRIVATE_KEY.finditer(text)}
    found |= {m[1] for m in _URL_PASSWORD.finditer(text)}
    found |= {m["value"] for m in _NAMED.finditer(text)}
    found |= {m["value"] for m in _LITERAL.finditer(text) if _looks_random(m["value"])}
    return {secret for secret in found if secret.strip("*\n \t")}


def redact_report(report: CheckReport) -> CheckReport:
    """Return `report` with every text that came from code or history masked."""
    return report._replace(
        findings=tuple(map(_redact_finding, report.findings)),
        suppressed=tuple(
            item._replace(finding=_redact_finding(item.finding), reason=redact(item.reason))
            for item in report.suppressed
        ),
        notes=tuple(note._replace(text=redact(note.text)) for note in report.notes),
        skipped=tuple(skip._replace(reason=redact(skip.reason)) for skip in report.skipped),
        deferred=tuple(item._replace(reason=redact(item.reason)) for item in report.deferred),
    )


def _redact_finding(finding: Finding) -> Finding:
    texts = [finding.code, finding.message, *(s.subject for s in finding.sources)]
    edits = finding.fix.edits if finding.fix else ()
    texts += [edit.text for edit in edits]
    # One set for the whole finding: a value is only telling next to its name, which may stand in
    # the code while the value alone is repeated in the message or the fix.
    secrets = sorted(set().union(*map(secrets_in, texts)), key=len, reverse=True)
    if not secrets:
        return finding
    return finding._replace(
        code=_mask(finding.code, secrets),
        message=_mask(finding.message, secrets),
        sources=tuple(s._replace(subject=_mask(s.subject, secrets)) for s in finding.sources),
        fix=_mask_fix(finding.fix, secrets),
    )


def _mask_fix(fix: Fix | None, secrets: Iterable[str]) -> Fix | None:
    if fix is None:
        return None
    edits: tuple[Edit, ...] = tuple(
        edit._replace(text=_mask(edit.text, secrets)) for edit in fix.edits
    )
    if edits == fix.edits:
        return fix
    return Fix(safe=False, edits=edits, reason=MASKED_FIX)


def _mask(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, re.sub(r"[^\n]", "*", secret))
    return text


def _looks_random(value: str) -> bool:
    if _HEXADECIMAL.fullmatch(value):
        return len(set(value)) > 8
    has_both = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return has_both and _entropy(value) >= _BITS_FOR_RANDOM


def _entropy(value: str) -> float:
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
