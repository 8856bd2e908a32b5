"""Shows what learning did, as text for people or JSON for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TextIO

from devmatrix_guard.commands.learn.results.generated_edits import GeneratedEdit
from devmatrix_guard.commands.learn.results.report import Learned, LearnReport
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.mining.candidates.rule_files import CHANGED, KEPT, NEW
from devmatrix_guard.model.rule import STAGES
from devmatrix_guard.reports.escape import make_visible, write_json
from devmatrix_guard.reports.layout import Line, Piece
from devmatrix_guard.reports.views.evidence import write_progress

_SHOWN = 20
_PLACES = 4


def render_report(report: LearnReport, format_name: str, stream: TextIO) -> str:
    """Return a report of learning as text or JSON."""
    return render(View(format_name, stream), report, _render_lines, _render_json, wraps=True)


def _render_lines(report: LearnReport) -> Iterator[Line]:
    for note in report.notes:
        yield Piece("note ", "note"), Piece(note)
    if not report.fresh:
        yield (
            Piece(f"Nothing new since {report.head[:10]}: "),
            Piece(
                f"{_count(report.standing, 'learned rule')} {_choose_verb(report.standing)}.",
                "title",
            ),
        )
        return
    yield from _render_reading(report)
    lessons = [one for one in report.rules if not one.pattern.evidence.is_migration]
    yield from _render_rules(lessons)
    yield from _render_migrations(
        [one for one in report.rules if one.pattern.evidence.is_migration]
    )
    yield from _render_generated(report.generated)
    yield from _render_ending(report)


def _render_generated(edits: Sequence[GeneratedEdit]) -> Iterator[Line]:
    """Yield the edits of generated code, and what they belong to."""
    if not edits:
        return
    yield Piece("Generated code", "title"), Piece(": edits that belong to what generated it")
    for edit in edits[:_SHOWN]:
        said = make_visible((edit.added or edit.removed)[0])
        verb = "adds" if edit.added else "removes"
        more = f" and {len(edit.places) - _PLACES} more" if len(edit.places) > _PLACES else ""
        places = make_visible(", ".join(edit.places[:_PLACES]))
        yield Piece(f"  {verb} ", "dim"), Piece(said, "title"), Piece(f"  {places}{more}", "dim")
        yield (Piece(f"      belongs to {make_visible(edit.origin)}: {make_visible(edit.advice)}"),)
    if len(edits) > _SHOWN:
        yield (Piece(f"  … and {len(edits) - _SHOWN} more", "dim"),)


def _render_rules(rules: Sequence[Learned]) -> Iterator[Line]:
    for learned in rules[:_SHOWN]:
        yield (
            Piece(f"  {learned.status:<9} ", "dim"),
            Piece(f"{learned.stage:<9} ", learned.stage if learned.stage in STAGES else "dim"),
            Piece(learned.rule_id, "title"),
        )
        yield (Piece(f"      {learned.pattern.title}"),)
    if len(rules) > _SHOWN:
        yield (Piece(f"  … and {len(rules) - _SHOWN} more", "dim"),)


def _render_migrations(rules: Sequence[Learned]) -> Iterator[Line]:
    """Yield how far each bulk edit has got; whether the old form is a mistake, a person says."""
    if not rules:
        return
    yield (Piece("Migrations", "title"), Piece(": bulk edits, which advise until you confirm them"))
    yield from _render_rules(rules)
    for learned in rules[:_SHOWN]:
        yield (
            Piece(f"  {learned.rule_id}: ", "dim"),
            Piece(write_progress(learned.pattern.evidence)),
        )
    unconfirmed = [learned for learned in rules if learned.stage == learned.pattern.stage]
    if unconfirmed:
        yield (Piece("Should an old form never come back, at warn or block:", "dim"),)
        yield (Piece(f"  guard rules approve {unconfirmed[0].rule_id} --stage warn", "dim"),)


def _render_reading(report: LearnReport) -> Iterator[Line]:
    yield (
        Piece(
            f"Read {_count(report.commits, 'commit')}: {_count(report.fixes, 'fix', 'es')}"
            + (f", {report.duplicates} more picked twice" if report.duplicates else "")
            + (f", {report.bulk_edits} changed many places alike" if report.bulk_edits else "")
            + (
                f"; {_count(report.unreadable, 'file version')} this Python cannot parse"
                if report.unreadable
                else ""
            )
            + "."
        ),
    )


def _render_ending(report: LearnReport) -> Iterator[Line]:
    if not report.rules:
        yield (Piece("No fix here gives a rule that the rest of this code agrees with."),)
    stages = Counter(learned.stage for learned in report.rules)
    order = [*reversed(STAGES), *sorted(stages.keys() - set(STAGES))]
    parts = [f"{stages[stage]} {stage}" for stage in order if stages[stage]]
    statuses = Counter(learned.status for learned in report.rules)
    if report.rules:
        made = f"{statuses[NEW]} new, {statuses[CHANGED]} changed, {statuses[KEPT]} kept as edited"
        yield (
            Piece(f"{_count(len(report.rules), 'rule')} ({', '.join(parts)}): {made}.", "title"),
        )
    if report.removed:
        yield (Piece(f"Removed, as history no longer supports them: {', '.join(report.removed)}"),)
    if report.remembered_fixes or report.indexed_fixes:
        yield (Piece(_describe_remembered(report)),)
    if report.is_dry:
        yield (Piece("Nothing was written (--dry-run); `guard learn` writes it.", "dim"),)
        return
    if stages["candidate"]:
        approve = "`guard rules approve RULE --stage warn`"
        yield (Piece(f"A candidate stays silent until {approve} (or block).", "dim"),)
    if report.rules:
        yield (Piece("Next: review .guard/rules, then `guard check` or `guard init`.", "dim"),)


def _describe_remembered(report: LearnReport) -> str:
    """Return how many fixes a change can undo today, and of how many the places are known.

    Neither are part of the other: settings and pages are watched and have no functions, and of a
    fix whose lines were written anew only the place is left.
    """
    known, watched = report.remembered_fixes, report.indexed_fixes
    fixes = _count(watched, "fix", "es")
    if watched == known:
        return f"{fixes} remembered and watched for changes that undo them."
    return f"{fixes} watched for changes that undo them; `guard recall` tells of {known}."


def _render_json(report: LearnReport) -> str:
    value = {
        "schema_version": 1,
        "head": report.head,
        "fresh": report.fresh,
        "commits": report.commits,
        "fixes": report.fixes,
        "sweeps": report.bulk_edits,
        "duplicates": report.duplicates,
        "unreadable": report.unreadable,
        "candidates": report.candidates,
        "dropped": dict(sorted(report.dropped.items())),
        "rules": [
            {
                "id": learned.rule_id,
                "status": learned.status,
                "stage": learned.stage,
                "pattern": learned.pattern.id,
                "before": learned.pattern.before,
                "after": learned.pattern.after,
                "evidence": asdict(learned.pattern.evidence),
            }
            for learned in report.rules
        ],
        "removed": list(report.removed),
        "remembered_fixes": report.remembered_fixes,
        "indexed_fixes": report.indexed_fixes,
        "notes": list(report.notes),
        "generated": [edit._asdict() for edit in report.generated],
    }
    return write_json(value)


def _count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{'' if number == 1 else plural}"


def _choose_verb(number: int) -> str:
    return "stands" if number == 1 else "stand"
