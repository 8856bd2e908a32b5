"""Says of an undone fix what the change does to it."""

from __future__ import annotations

from devmatrix_guard.model.finding import Finding, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.mining.undo.match import Match

RULE_ID = "undo-of-fix"
_TOLD = {
    "both": "puts back what this fix removed and removes what it added",
    "put-back": "puts back code that this fix removed",
    "removed": "removes what this fix added",
    "copied": "writes code again that this fix replaced elsewhere",
    "loosened": "leaves what this fix put there with less effect",
    "part": "takes back part of this fix",
    "merge": "loses this fix, which one of the merged sides has",
}


def make_undo_finding(
    fix: tuple[str, str, str, str], match: Match, *, stage: str, is_merge: bool = False
) -> Finding:
    """Return the finding for a fix, given as (commit, date, subject, issue), that is undone."""
    # Costs the hook nothing unless there is something to say.
    from devmatrix_guard.engine.findings.fingerprint import compute_fingerprint
    from devmatrix_guard.mining.commits import name_fix

    commit, date, subject, issue = fix
    what = _TOLD["merge" if is_merge else "part" if match.hunk.is_part else match.kind]
    message = (
        f"This change {what}: {name_fix(commit, date, subject, issue)}. Keep the fix, "
        "or begin the commit's subject with “Revert” to say that this is intended."
    )
    is_shown = match.kind != "removed"
    width = len(match.text) if is_shown else 0
    keys = tuple(tuple(key[0] for key in side) for side in (match.hunk.removed, match.hunk.added))
    return Finding(
        rule_id=RULE_ID,
        path=match.path,
        start_line=match.line,
        start_col=len(match.text) - len(match.text.lstrip()) + 1 if is_shown else 1,
        end_line=match.line,
        end_col=width + 1,
        stage=stage,
        severity="INFO" if stage == "advise" else "WARNING",
        layer=None,
        message=message,
        fingerprint=compute_fingerprint(RULE_ID, match.path, code=repr((commit, keys))),
        sources=(Source(commit, date, subject),),
        code=match.text,
        kind="undo",
    )
