"""FixPatterns as text for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.knowledge import PatternDetails, PatternHit, PatternNotes
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.knowledge.pattern_facts import PatternFacts
from devmatrix_guard.reports.escape import make_visible, shorten, write_json
from devmatrix_guard.reports.layout import Line, Piece
from devmatrix_guard.reports.redact import redact
from devmatrix_guard.reports.views.code_diff import strip_stand_in, write_diff_lines
from devmatrix_guard.reports.views.evidence import write_counts, write_evidence

_SHORT_ID = 12
_TITLE_WIDTH = 76  # with its indent, a terminal of 80 columns shows it whole
_EMPTY: Line = ()


def write_list_lines(patterns: Sequence[FixPattern]) -> Iterator[Line]:
    """Yield two lines for each pattern: what is known of it, and what it is."""
    if not patterns:
        yield (Piece("No pattern is known; `guard learn` learns them from the history.", "dim"),)
    for pattern in patterns:
        yield from _write_headline(pattern)


def write_hit_lines(hits: Sequence[PatternHit]) -> Iterator[Line]:
    """Yield what a search found: each pattern with its change."""
    if not hits:
        yield (Piece("No pattern resembles this.", "dim"),)
    for hit in hits:
        yield from _write_headline(hit.pattern)
        yield from _write_change(hit.pattern)
        yield from ((Piece(f"  {text}", "dim"),) for text in _write_holders(hit.holders))
        yield _EMPTY


def write_details_lines(details: PatternDetails) -> Iterator[Line]:
    """Yield everything known about one pattern."""
    pattern = details.pattern
    yield Piece(make_visible(pattern.id), "title"), Piece("  "), Piece(pattern.stage, pattern.stage)
    yield (Piece(f"  {make_visible(pattern.title)}"),)
    yield _EMPTY
    yield (Piece("before and after, generalised", "title"),)
    yield from _write_change(pattern)
    yield from _write_section("evidence", write_evidence(pattern.evidence))
    yield from _write_section("learned by", _write_holders(details.holders))
    yield from _write_sources(pattern)
    yield from _write_sites(pattern)
    yield from _write_section("uses", _uses(details))
    yield from _write_section("related", _write_relations(details))
    if details.facts:
        yield from write_fact_lines(details.facts)
    yield from _write_section("notes", _write_notes(details.notes))


def write_fact_lines(facts: PatternFacts) -> Iterator[Line]:
    """Yield the fields of the design notes; a star marks what people said."""
    yield _EMPTY
    yield (Piece("in brief; a star marks what people said", "title"),)
    for name, value in facts._asdict().items():
        if name == "said" or not value:
            continue
        star = "*" if name in facts.said else ""
        label = f"  {name.replace('_', ' ')}{star}: "
        if name in ("solution_steps", "verification_steps", "learnings"):
            yield (Piece(label.rstrip(), "dim"),)
            for number, text in enumerate(value, 1):
                yield (Piece(f"    {number}. {make_visible(redact(text))}"),)
            continue
        texts = [str(one) for one in value] if isinstance(value, tuple) else [str(value)]
        short = [text[:_SHORT_ID] for text in texts] if name == "related_patterns" else texts
        yield Piece(label, "dim"), Piece(make_visible(redact(", ".join(short))))


def write_patterns_json(patterns: Iterable[FixPattern]) -> str:
    """Return patterns as a JSON document."""
    return _write_document(patterns=[_make_record(pattern) for pattern in patterns])


def write_hits_json(hits: Iterable[PatternHit]) -> str:
    """Return what a search found as a JSON document."""
    found = [
        _make_record(hit.pattern)
        | {"score": round(hit.score, 6), "ranks": dict(hit.signals)}
        | {"repositories": list(hit.holders)}
        for hit in hits
    ]
    return _write_document(patterns=found)


def write_details_json(details: PatternDetails) -> str:
    """Return everything known about one pattern as a JSON document."""
    return _write_document(
        pattern=_make_record(details.pattern),
        notes=details.notes._asdict(),
        relations=[relation._asdict() for relation in details.relations],
        record=details.record._asdict(),
        repositories=list(details.holders),
        facts=_make_facts_record(details.facts) if details.facts else None,
    )


def _make_facts_record(facts: PatternFacts) -> dict[str, Any]:
    def mask(value: Any) -> Any:
        if isinstance(value, tuple):
            return [mask(one) for one in value]
        return redact(value) if isinstance(value, str) else value

    return {name: mask(value) for name, value in facts._asdict().items()}


def write_source_lines(sources: Sequence[Source]) -> Iterator[Line]:
    """Yield one line for each commit something was learned from."""
    for source in sources:
        yield (
            Piece("  "),
            Piece(make_visible(source.commit)[:10], "commit"),
            Piece(f" {make_visible(source.date)} ", "dim"),
            Piece(shorten(source.subject)),
        )


def _write_headline(pattern: FixPattern) -> Iterator[Line]:
    yield (
        Piece(make_visible(pattern.id)[:_SHORT_ID].ljust(_SHORT_ID), "title"),
        Piece("  "),
        Piece(pattern.stage.ljust(9), pattern.stage),
        Piece(f"  {pattern.evidence.confidence:>4.0%}", "dim"),
        Piece(f"  {write_counts(pattern.evidence)}", "dim"),
    )
    title = make_visible(pattern.title)
    fits = len(title) <= _TITLE_WIDTH
    yield (Piece(f"  {title if fits else f'{title[: _TITLE_WIDTH - 1]}…'}"),)


def _write_change(pattern: FixPattern) -> Iterator[Line]:
    if pattern.after is None:
        yield from write_diff_lines(pattern.before, "")
        yield (Piece("    (found only: what to write instead differs from place to place)", "dim"),)
        return
    yield from write_diff_lines(*strip_stand_in(pattern.before, pattern.after))


def _write_section(title: str, sentences: Iterable[str]) -> Iterator[Line]:
    texts = list(sentences)
    if not texts:
        return
    yield _EMPTY
    yield (Piece(title, "title"),)
    for text in texts:
        yield (Piece(f"  {make_visible(text)}"),)


def _write_sources(pattern: FixPattern) -> Iterator[Line]:
    sources = tuple(dict.fromkeys(pair.source for pair in pattern.pairs))
    if not sources:
        return
    yield _EMPTY
    yield (Piece("learned from", "title"),)
    yield from write_source_lines(sources)


def _write_sites(pattern: FixPattern) -> Iterator[Line]:
    if not pattern.pairs:
        return
    yield _EMPTY
    yield (Piece("sites", "title"),)
    for pair in pattern.pairs:
        place = f"  {make_visible(pair.path)}:{pair.after_line}"
        yield Piece(place, "place"), Piece(f"  {make_visible(pair.qualname)}", "dim")
        yield from write_diff_lines(*strip_stand_in(pair.before, pair.after))


def _write_holders(holders: Sequence[str]) -> Iterator[str]:
    if len(holders) > 1:
        yield f"{len(holders)} repositories: {', '.join(map(make_visible, holders))}."


def _uses(details: PatternDetails) -> Iterator[str]:
    record = details.record
    if record.applied_count and record.success_rate is not None:
        yield f"Applied {record.applied_count} times, {record.success_rate:.0%} with success."
    if record.avg_minutes_saved is not None:
        yield f"Saved {record.avg_minutes_saved:.0f} minutes on average."
    if record.last_applied:
        yield f"Last applied {record.last_applied}."


def _write_relations(details: PatternDetails) -> Iterator[str]:
    for relation in details.relations:
        said = f" ({relation.description})" if relation.description else ""
        ends = f"{relation.source[:_SHORT_ID]} {relation.kind} {relation.target[:_SHORT_ID]}"
        yield f"{ends}, strength {relation.strength:.2f}{said}"


def _write_notes(notes: PatternNotes) -> Iterator[str]:
    for name, value in notes._asdict().items():
        if value:
            text = ", ".join(value) if isinstance(value, tuple) else str(value)
            yield f"{name.replace('_', ' ')}: {'yes' if value is True else text}"


def _make_record(pattern: FixPattern) -> dict[str, Any]:
    record = asdict(pattern)
    for pair in record["pairs"]:
        pair["source"] = Source(*pair["source"])._asdict()
        pair["before"], pair["after"] = redact(pair["before"]), redact(pair["after"])
    return record


def _write_document(**content: Any) -> str:
    document = {"schema_version": 1, **content}
    return write_json(document)
