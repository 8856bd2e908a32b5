"""Shows a first look: what is most worth acting on comes first, and little is called little."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import asdict
from typing import TextIO

from devmatrix_guard.commands.learn.preview import DEFAULT_SECONDS, Tried, TryReport
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.history import Undone
from devmatrix_guard.mining.undo.stage import choose_stage
from devmatrix_guard.model.finding import Source
from devmatrix_guard.reports.escape import make_visible, shorten, write_json
from devmatrix_guard.reports.layout import Line, Piece, wrap_text
from devmatrix_guard.reports.redact import redact
from devmatrix_guard.reports.views.code_diff import strip_stand_in
from devmatrix_guard.reports.views.evidence import write_progress

_SHOWN_UNDONE = 5
_SHOWN_SITES = 3
_SHOWN_PLACES = 5
_SHOWN_DIFF = 14
_FURTHER = 6
_WIDTH = 80
_STYLES = {"-": "removed", "+": "added"}
_EMPTY: Line = ()


def try_view(report: TryReport, format_name: str, stream: TextIO) -> str:
    """Return a first look as text or JSON."""
    return render(View(format_name, stream), report, _render_lines, _render_json, wraps=True)


def _render_lines(report: TryReport) -> Iterator[Line]:
    for note in report.notes:
        yield Piece("note ", "note"), Piece(note)
    yield from _render_reading(report)
    yield from _render_siblings(report)
    yield from _render_undone(report)
    yield from _render_lost(report)
    yield from _render_best(report)
    yield from _render_no_lesson(report)
    yield from _render_protected(report)
    yield from _render_next_steps(report)


def _render_reading(report: TryReport) -> Iterator[Line]:
    yield (
        Piece(
            f"Read {report.commits} of {_count(report.total, 'commit')}: "
            f"{_count(report.fixes, 'fix', 'es')}, {_count(report.candidates, 'candidate pattern')}"
            + (
                f"; {_count(report.unreadable, 'file version')} this Python cannot parse"
                if report.unreadable
                else ""
            )
            + "."
        ),
    )
    if report.commits < report.total or _is_undone_part(report):
        yield (
            Piece(f"`guard try --seconds {_FURTHER * DEFAULT_SECONDS:.0f}` looks further back."),
        )
    if report.foreign:
        counts = ", ".join(
            f"{_count(n, 'fix', 'es')} in {name}" for name, n in report.foreign.items()
        )
        for text in wrap_text(f"{counts}: rules are learned from Python only.", _WIDTH):
            yield (Piece(text),)
        yield (Piece("If one of them is undone, guard notices in every language."),)
    yield _EMPTY


def _render_siblings(report: TryReport) -> Iterator[Line]:
    if not report.siblings:
        return
    yield (Piece("Fixed in one place, still present in another", "title"),)
    for tried in report.siblings:
        yield from _render_tried(tried)


def _render_undone(report: TryReport) -> Iterator[Line]:
    is_part = _is_undone_part(report)
    if not report.undone:
        if is_part and not report.undone_commits:
            yield (Piece("There was no time to look for undone fixes."),)
            yield _EMPTY
        elif is_part:
            yield (Piece(f"No fix was undone in the newest {report.undone_commits} commits."),)
            yield _EMPTY
        return
    groups = _group_by_commits(report.undone)
    told = [group for group in groups if any(map(_is_worth_reading, group))]
    again = sum(group[0].mended_again is not None for group in told)
    if told or is_part:
        yield (
            Piece(
                f"Fixes that a later commit undid: {len(told) or 'none'}"
                + (f", {again} of them had to be fixed again" if again else "")
                + (f" (newest {report.undone_commits} commits)" if is_part else ""),
                "title",
            ),
        )
    for group in told[:_SHOWN_UNDONE]:
        yield from _render_group(group)
    if len(told) > _SHOWN_UNDONE:
        yield (Piece(f"  … and {len(told) - _SHOWN_UNDONE} more", "dim"),)
    if rest := len(groups) - len(told):
        yield (
            Piece(f"  {rest} {'more ' if told else ''}only in part, or written otherwise", "dim"),
        )
    if rest or len(told) > _SHOWN_UNDONE:
        yield (Piece("  `guard try --format json` lists them all", "dim"),)
        yield _EMPTY


def _render_lost(report: TryReport) -> Iterator[Line]:
    """Yield what later commits took from the tests of fixes, without what goes with its code."""
    told = [finding for finding in report.lost if finding.stage == "warn"]
    if not told:
        return
    yield (
        Piece(f"Regression tests that a later commit took something from: {len(told)}", "title"),
    )
    for finding in told[:_SHOWN_UNDONE]:
        yield (Piece(f"  {make_visible(finding.path)}:{finding.start_line}", "place"),)
        said = make_visible(redact(finding.message)).partition(" Keep what it asks for")[0]
        for text in wrap_text(said.removeprefix("This change "), _WIDTH - 4):
            yield (Piece(f"    {text}"),)
    if len(told) > _SHOWN_UNDONE:
        yield (Piece(f"  … and {len(told) - _SHOWN_UNDONE} more", "dim"),)
    yield _EMPTY


def _is_worth_reading(undone: Undone) -> bool:
    """Tell whether a hook would have stopped it, or a later fix says that it was a loss.

    Of the others a reader wanted one in ten (docs/evidence.md), too few to begin with.
    """
    is_loss = undone.mended_again is not None and is_product_code(undone.path)
    return is_loss or choose_stage(undone.match, is_mentioned=undone.is_mentioned) == "warn"


def _is_undone_part(report: TryReport) -> bool:
    """Tell whether time allowed to look for undone fixes in the newest of the commits only."""
    return report.undone_commits < report.commits


def _group_by_commits(undone: tuple[Undone, ...]) -> list[list[Undone]]:
    """Put together what the same commits did to several places."""
    groups: dict[tuple[str, str, str], list[Undone]] = {}
    for one in undone:
        again = one.mended_again.commit if one.mended_again else ""
        groups.setdefault((one.fix.commit, one.by.commit, again), []).append(one)
    return list(groups.values())


def _render_group(group: list[Undone]) -> Iterator[Line]:
    undone = group[0]
    fix = undone.fix
    issue = f" ({fix.issue})" if fix.issue and fix.issue not in fix.subject else ""
    yield (
        Piece("  fix    "),
        Piece(fix.commit[:10], "commit"),
        Piece(f" {fix.date}  {shorten(fix.subject)}{issue}"),
    )
    yield (
        Piece("  undone "),
        Piece(undone.by.commit[:10], "commit"),
        Piece(f" {undone.by.date}  {shorten(undone.by.subject)}"),
    )
    for one in group[:_SHOWN_SITES]:
        yield (
            Piece(f"         {make_visible(one.path)}:{one.line} ", "place"),
            Piece(shorten(redact(one.text.strip())), "plain"),
        )
    if len(group) > _SHOWN_SITES:
        yield (Piece(f"         … and {_count(len(group) - _SHOWN_SITES, 'more place')}", "dim"),)
    if undone.mended_again is not None:
        yield (
            Piece("  again  "),
            Piece(undone.mended_again.commit[:10], "commit"),
            Piece(f" {undone.mended_again.date}  {shorten(undone.mended_again.subject)}"),
        )
    yield _EMPTY


def _render_best(report: TryReport) -> Iterator[Line]:
    if not report.best:
        return
    repeated = any(tried.pattern.evidence.sites_fixed > 1 for tried in report.best)
    yield (
        Piece(
            "Lessons this code has kept" if repeated else "Lessons of single fixes, kept since",
            "title",
        ),
    )
    for tried in report.best:
        yield from _render_tried(tried)


def _render_no_lesson(report: TryReport) -> Iterator[Line]:
    if report.siblings or report.best or report.late:
        return
    yield (
        Piece(
            "No fix in these commits teaches a rule."
            if report.undone or report.lost or report.foreign or _is_undone_part(report)
            else "Nothing here repeats, and no fix was undone: these commits teach no rule."
        ),
    )
    yield _EMPTY


def _render_protected(report: TryReport) -> Iterator[Line]:
    """Yield what a memory keeps even where no rule is worth having."""
    protected = report.protected
    if not protected.fixes:
        return
    yield (Piece("What a memory of these commits watches over", "title"),)
    tested = f", {protected.tested} of them with a test" if protected.tested else ""
    fixes = _count(protected.fixes, "fix", "es")
    yield (Piece(f"  {fixes} of code{tested}"),)
    yield (Piece("  a change that takes one back is named with the commit of the fix"),)
    for place in protected.hot:
        yield (
            Piece(f"  {make_visible(place.path)} ", "place"),
            Piece(f"{make_visible(place.qualname)} "),
            Piece(f"fixed {place.fixes} times, last by "),
            Piece(place.last.commit[:10], "commit"),
            Piece(f" {place.last.date}"),
        )
    yield _EMPTY


def _render_tried(tried: Tried) -> Iterator[Line]:
    pattern, evidence = tried.pattern, tried.pattern.evidence
    first = pattern.pairs[0]
    yield (Piece(f"  {pattern.title}", "title"),)
    for text in _shorten_diff(*strip_stand_in(first.before, first.after)):
        yield (Piece(f"    {make_visible(text)}", _STYLES.get(text[:1], "plain")),)
    more = f" and {evidence.commits - 1} more" if evidence.commits > 1 else ""
    done = "changed" if evidence.is_migration else "fixed"
    yield (
        Piece("    learned from "),
        Piece(first.source.commit[:10], "commit"),
        Piece(f" {first.source.date}{more}  {shorten(first.source.subject)}"),
    )
    kept = (
        f"{done} in {_count(evidence.sites_fixed, 'place')}, written the new way in "
        f"{_count(evidence.followed, 'place')} today, "
        f"{_count(evidence.replay_alarms, 'alarm')} on {evidence.replay_added_lines} lines "
        "added later"
    )
    for text in wrap_text(kept, _WIDTH - 4):
        yield (Piece(f"    {text}", "dim"),)
    if evidence.is_migration:
        yield (Piece(f"    a migration: {write_progress(evidence)}", "dim"),)
    for path, line in tried.places[:_SHOWN_PLACES]:
        yield Piece("    today  "), Piece(f"{make_visible(path)}:{line}", "place")
    yield _EMPTY


def _shorten_diff(before: str, after: str) -> list[str]:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[
        2:
    ]
    shown_lines = [line for line in lines if not line.startswith("@@")]
    if len(shown_lines) > _SHOWN_DIFF:
        return [*shown_lines[:_SHOWN_DIFF], "…"]
    return shown_lines


def _render_next_steps(report: TryReport) -> Iterator[Line]:
    has_rules = bool(report.siblings or report.best)
    what = "writes the rules for review" if has_rules else "keeps what the fixes did"
    yield (
        Piece("Next: ", "title"),
        Piece(f"`guard learn` {what}; `guard init` sets up the hook."),
    )


def _render_json(report: TryReport) -> str:
    value = {
        "schema_version": 1,
        "head": report.head,
        "commits": report.commits,
        "total_commits": report.total,
        "fixes": report.fixes,
        "unreadable": report.unreadable,
        "candidates": report.candidates,
        "siblings": [_make_pattern_record(tried) for tried in report.siblings],
        "undone_commits": report.undone_commits,
        "undone": [_make_undone_record(undone) for undone in report.undone],
        "lost_tests": [
            {
                "path": finding.path,
                "line": finding.start_line,
                "stage": finding.stage,
                "message": redact(finding.message),
                "fixes": [_make_source_record(source) for source in finding.sources],
            }
            for finding in report.lost
        ],
        "best": [_make_pattern_record(tried) for tried in report.best],
        "notes": list(report.notes),
        "foreign_fixes": dict(report.foreign),
        "protected": {
            "fixes": report.protected.fixes,
            "tested": report.protected.tested,
            "hot": [
                {**place._asdict(), "last": _make_source_record(place.last)}
                for place in report.protected.hot
            ],
        },
    }
    return write_json(value)


def _make_pattern_record(tried: Tried) -> dict[str, object]:
    pattern = tried.pattern
    return {
        "pattern": pattern.id,
        "title": pattern.title,
        "before": pattern.before,
        "after": pattern.after,
        "fix": tried.fix,
        "stage": pattern.stage,
        "sources": [_make_source_record(pair.source) for pair in pattern.pairs],
        "evidence": asdict(pattern.evidence),
        "places": [{"path": path, "line": line} for path, line in tried.places],
    }


def _make_source_record(source: Source) -> dict[str, str]:
    return {"commit": source.commit, "date": source.date, "subject": source.subject}


def _make_undone_record(undone: Undone) -> dict[str, object]:
    fix = undone.fix
    again = undone.mended_again
    return {
        "fix": {"commit": fix.commit, "date": fix.date, "subject": fix.subject},
        "issue": fix.issue,
        "undone_by": undone.by._asdict(),
        "path": undone.path,
        "line": undone.line,
        "code": redact(undone.text),
        "both_sides": undone.both,
        "stage": choose_stage(undone.match, is_mentioned=undone.is_mentioned),
        "in_merge": undone.is_merge,
        "stands": undone.stands,
        "mended_again_by": again._asdict() if again else None,
    }


def _count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{'' if number == 1 else plural}"
