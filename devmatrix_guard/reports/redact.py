"""Masks what looks like a secret in everything a report shows.

A mask has the length of what it hides, so that spans, columns and edits stay true.
"""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Iterable
from devmatrix_guard.model.finding import Doubt, Edit, Finding, Fix
from devmatrix_guard.model.report import CheckReport

MASKED_FIX = Doubt(
    "secret", "The fix holds something that looks like a secret, so it is masked here."
)

# In ASCII text one of these words, in any case, or a long run of these characters and a digit
# stands in whatever looks secret.
_WORDS = (
    "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "a3t", "akc",
    "k_live_", "k_test_", "sk-", "aiza", "npm_", "pypi-", "sg.", "eyj", "private key", "://",
    "abia", "acca", "hf_", "age-", "_v1_", "dapi", "dp.pt.", "dt0c01", "fo1_", "fm1", "fm2_",
    "glc_", "glsa_", "atlasv1", "lin_", "ntn_", "pmak-", "pul-", "rubygems_", "sntry", "shp",
    "sq0", "hvb.", "hvs.", "atatt3", "q~", "key-", "accountkey", "whsec_", "basic", "bearer",
    "glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glcbt-", "glimt-", "glptt-", "glagent-",
    "gloas-", "glffct-", "gr1348941", "putty-", "hooks.slack", "/:_", "contrase",
    "passw", "passphrase", "pwd", "secret", "token", "api", "access", "private", "credential",
    "_pass", "dbpass", "basepass", "keypass", "auth_k", "authk", "service_k", "servicek",
    "account_k", "db_k", "dbk", "database_k", "databasek", "priv_k", "privk", "client_k", "clientk",
    "clou", "cl_", "cl-", "clpw", "clkey", "sl_", "sl-", "slkey", "slpw", "softlayer", "ibm", "iam",
)  # fmt: skip
_LONG = 20
_RUN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.:~"
_APART = {code: " " for code in range(128) if chr(code) not in _RUN}
_HEXADECIMAL = "0123456789abcdef"
_PLAIN: set[str] = set()  # runs that hold no word and are not long
_MOST_PLAIN = 20_000


def redact(text: str) -> str:
    """Return `text` with every secret-looking part masked."""
    return _mask(text, sorted(find_secrets(text), key=len, reverse=True))


def find_secrets(text: str) -> set[str]:
    """Return the parts of `text` that look like secrets."""
    if not _may_hold_secrets(text):
        return set()
    from devmatrix_guard.reports.secret_shapes import find_secrets as found

    return found(text)


def _may_hold_secrets(text: str) -> bool:
    """Whether a search, whose expressions take long to compile, could find anything.

    None of the words reaches over the end of a run, so that runs that were looked through once, as
    names in code are, need not be again.
    """
    if not text.isascii():
        return True
    if not text.strip(_HEXADECIMAL):
        return False  # the id of a commit: no secret is told by these characters alone
    runs = set(text.translate(_APART).split()) - _PLAIN
    if not runs:
        return False
    joined = " ".join(runs)
    lower = joined.lower()
    if "AP" in joined or any(map(lower.__contains__, _WORDS)):
        return True
    if any(len(run) >= _LONG and any(map(str.isdigit, run)) for run in runs):
        return True
    if len(_PLAIN) > _MOST_PLAIN:
        _PLAIN.clear()
    _PLAIN.update(runs)
    return False


def redact_report(report: CheckReport) -> CheckReport:
    """Return `report` with every text that came from code or history masked."""
    return report._replace(
        findings=tuple(map(_redact_finding, report.findings)),
        fixed=tuple(map(_redact_finding, report.fixed)),
        suppressed=tuple(
            item._replace(finding=_redact_finding(item.finding), reason=redact(item.reason))
            for item in report.suppressed
        ),
        notes=tuple(note._replace(text=redact(note.text)) for note in report.notes),
        skipped=tuple(skip._replace(reason=redact(skip.reason)) for skip in report.skipped),
        unjudged=tuple(one._replace(reason=redact(one.reason)) for one in report.unjudged),
        new_suppressions=tuple(
            one._replace(text=redact(one.text)) for one in report.new_suppressions
        ),
        deferred=tuple(item._replace(reason=redact(item.reason)) for item in report.deferred),
    )


def _redact_finding(finding: Finding) -> Finding:
    texts = [finding.code, finding.message, *(s.subject for s in finding.sources)]
    edits = finding.fix.edits if finding.fix else ()
    texts += [edit.text for edit in edits]
    texts += [finding.fix.doubt.sentence] if finding.fix and finding.fix.doubt else []
    # One set for the whole finding: a value is only telling next to its name, which may stand in
    # the code while the value alone is repeated in the message or the fix.
    secrets = sorted(set().union(*map(find_secrets, texts)), key=len, reverse=True)
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
    if edits != fix.edits:
        return Fix(edits, MASKED_FIX)
    doubt = fix.doubt
    return fix._replace(doubt=doubt and doubt._replace(sentence=_mask(doubt.sentence, secrets)))


def _mask(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "\n".join("*" * len(line) for line in secret.split("\n")))
    return text
