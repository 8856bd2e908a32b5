"""Findings and reports the format tests share: an ordinary one and the most hostile one."""

from __future__ import annotations

from devmatrix_guard.model.diff import Deferral, Skip
from devmatrix_guard.model.finding import Edit, Finding, Fix, Source
from devmatrix_guard.model.report import (
    CheckReport,
    NewSuppression,
    Note,
    SuppressedFinding,
    Unjudged,
)

COMMIT = "3f2a91c" + "0" * 33
FIX_COMMIT = Source(COMMIT, "2026-03-02", "fix: use aware clocks in invoices")
NAIVE_CLOCK = Finding(
    rule_id="naive-clock",
    path="app/billing.py",
    start_line=14,
    start_col=15,
    end_line=14,
    end_col=32,
    stage="block",
    severity="ERROR",
    layer=4,
    message="Use an aware clock.",
    fingerprint="0123456789abcdef",
    fix=Fix((Edit(14, 15, 14, 32, "datetime.now(UTC)"),)),
    sources=(FIX_COMMIT,),
    code="    paid_at = datetime.utcnow()",
)
# What a hostile author can choose: a path, code, a message through a metavariable, a subject.
HOSTILE_TEXT = (
    "\x1b[31mred\x1b[0m\r\n::error::owned\n##[add-mask]x | `a` <script>alert(1)</script> "
    "%0A, @team [x](http://e) ]]> \u202eevil \udcff"
)
HOSTILE = NAIVE_CLOCK._replace(
    path="dir/%1|`<script>`\n::error::\x1b[31m,:\udcff.py",
    message=HOSTILE_TEXT,
    sources=(FIX_COMMIT._replace(subject=HOSTILE_TEXT),),
    code="    paid_at = datetime.utcnow()  # ``` </details> ::error:: \x1b[31m",
)


def ordinary_report() -> CheckReport:
    """A report with one finding and one of everything else."""
    return CheckReport(
        findings=(NAIVE_CLOCK,),
        skipped=(Skip("data/big.py", "larger than 1024 KB"),),
        deferred=(Deferral("slow-rule", "over the budget of 2 s"),),
        suppressed=(
            SuppressedFinding(
                NAIVE_CLOCK._replace(start_line=40, end_line=40), "inline", "old", "legacy"
            ),
            SuppressedFinding(NAIVE_CLOCK._replace(start_line=50, end_line=50), "baseline"),
        ),
        notes=(Note("app/api.py", 3, "This suppression silences nothing."),),
        files_checked=3,
    )


def hostile_report() -> CheckReport:
    """A report whose every text tries to break out of its format."""
    return CheckReport(
        findings=(HOSTILE,),
        skipped=(Skip(HOSTILE.path, HOSTILE_TEXT),),
        deferred=(Deferral("slow-rule", HOSTILE_TEXT),),
        unjudged=(Unjudged(HOSTILE.path, HOSTILE_TEXT, HOSTILE_TEXT, fails=True),),
        new_suppressions=(NewSuppression(HOSTILE.path, 3, HOSTILE_TEXT),),
        suppressed=(SuppressedFinding(HOSTILE, "inline", HOSTILE_TEXT, "legacy"),),
        notes=(Note(HOSTILE.path, 3, HOSTILE_TEXT),),
        files_checked=1,
    )


def many_findings(count: int) -> CheckReport:
    """A report with `count` findings; every tenth blocks, the others advise."""
    return CheckReport(
        findings=tuple(
            NAIVE_CLOCK._replace(
                path=f"app/m{n:05}.py",
                stage="block" if n % 10 == 0 else "advise",
                fingerprint=f"{n:016x}",
            )
            for n in range(count)
        )
    )


def range_report() -> CheckReport:
    """A report on a range in which something was not judged, and something is silenced."""
    return CheckReport(
        skipped=(Skip("data/big.py", "larger than 1024 KB"),),
        unjudged=(
            Unjudged("data/big.py", "larger than 1024 KB", fails=True),
            Unjudged("link.py", "symbolic link"),
            Unjudged("b.py", "rule odd was stopped: too slow", "odd"),
        ),
        new_suppressions=(NewSuppression("b.py", 3, "`nosemgrep` silences every rule"),),
    )
