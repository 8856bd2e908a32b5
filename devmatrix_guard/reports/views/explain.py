"""One rule, explained: text for people and JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from devmatrix_guard.model.answers.explanation import Explanation
from devmatrix_guard.model.rule import LAYERS, RETIRED, STAGE_OF_SEVERITY, Example
from devmatrix_guard.reports.escape import (
    make_visible,
    split_visible_lines,
    write_json,
)
from devmatrix_guard.reports.layout import Line, Piece, wrap_text
from devmatrix_guard.reports.views.code_diff import write_code_lines, write_diff_lines
from devmatrix_guard.reports.views.evidence import write_evidence
from devmatrix_guard.reports.views.patterns import write_source_lines

_EMPTY: Line = ()


def write_explanation(explanation: Explanation, *, width: int) -> Iterator[Line]:
    """Yield what the rule is, what it finds, why, the proof, and how to answer it."""
    yield _write_headline(explanation)
    for text in split_visible_lines(explanation.message.strip()):
        yield from _wrap_prose(text, width)
    yield from _write_title("finds")
    yield from write_code_lines(explanation.finds, margin="    ")
    if explanation.fix is not None:
        yield from _write_title("writes instead")
        yield from write_code_lines(explanation.fix.rstrip(), margin="    ")
    yield from _write_reason(explanation, width)
    yield from _write_examples(explanation.examples)
    yield from _write_places(explanation)
    yield from _write_answer(explanation, width)


def write_explanation_json(explanation: Explanation) -> str:
    """Return the explanation as a JSON document."""
    record = explanation._asdict() | {
        "schema_version": 1,
        "sources": [source._asdict() for source in explanation.sources],
        "examples": [example._asdict() for example in explanation.examples],
        "evidence": asdict(explanation.evidence) if explanation.evidence else None,
    }
    return write_json(record)


def _write_headline(explanation: Explanation) -> Line:
    layer = (
        f"  layer {explanation.layer} ({LAYERS[explanation.layer]})" if explanation.layer else ""
    )
    return (
        Piece(make_visible(explanation.rule_id), "title"),
        Piece("  "),
        Piece(explanation.stage, explanation.stage),
        Piece(f"  {explanation.origin}{layer}", "dim"),
    )


def _write_reason(explanation: Explanation, width: int) -> Iterator[Line]:
    if explanation.sources:
        yield from _write_title("learned from")
        yield from write_source_lines(explanation.sources)
    if explanation.evidence is not None or explanation.why:
        yield from _write_title("why")
    if explanation.evidence is not None:
        for sentence in write_evidence(explanation.evidence):
            yield from _wrap_prose(make_visible(sentence), width)
    for sentence in explanation.why:
        yield from _wrap_prose(make_visible(sentence), width)


def _write_examples(examples: tuple[Example, ...]) -> Iterator[Line]:
    for example in examples:
        if example.kind == "invalid" and example.fixed is not None:
            yield from _write_title("for example")
            yield from write_diff_lines(example.code.rstrip("\n"), example.fixed.rstrip("\n"))
        else:
            yield from _write_title(
                "for example, this" if example.kind == "invalid" else "but not this"
            )
            yield from write_code_lines(example.code.rstrip("\n"), margin="    ")


def _write_places(explanation: Explanation) -> Iterator[Line]:
    yield from _write_title("where")
    if explanation.path:
        yield Piece("  file     ", "dim"), Piece(make_visible(explanation.path), "place")
    yield Piece("  runs     ", "dim"), Piece(make_visible(explanation.engine))
    if STAGE_OF_SEVERITY.get(explanation.severity) != explanation.stage:
        meant = f"{explanation.severity} to semgrep; here its stage decides"
        yield Piece("  severity ", "dim"), Piece(make_visible(meant))
    if explanation.pattern_id:
        command = f"guard patterns show {make_visible(explanation.pattern_id)[:12]}"
        yield Piece("  pattern  ", "dim"), Piece(command)
    if explanation.origin == "mined":
        yield (
            Piece("  history  ", "dim"),
            Piece(f"guard lineage {make_visible(explanation.rule_id)}"),
        )
    if explanation.stage == RETIRED:
        yield (Piece("  It is retired: it finds nothing any more.", "note"),)


def _write_to_copy(head: str, text: str, width: int) -> Iterator[Line]:
    """Yield what people copy in one piece: below its heading where there is no room beside it."""
    if len(head) + len(text) <= width:
        yield Piece(head, "dim"), Piece(text)
    else:
        yield (Piece(head.rstrip(), "dim"),)
        yield (Piece(f"    {text}"),)


def _write_answer(explanation: Explanation, width: int) -> Iterator[Line]:
    name = make_visible(explanation.rule_id)
    yield from _write_title("if it is wrong")
    comment = f"# guard: ignore[{name}] reason=… kind=false-positive"
    feedback = f"guard feedback {name} --false-positive -m …"
    yield from _write_to_copy("  at one place     ", comment, width)
    yield from _write_to_copy("  on its record    ", feedback, width)
    if explanation.origin == "shipped":
        yield Piece("  everywhere       ", "dim"), Piece("copy its file into .guard/rules, then")
        yield Piece("                   "), Piece(f"guard rules retire {name}")
    elif explanation.path:
        yield Piece("  everywhere       ", "dim"), Piece(f"guard rules retire {name}")


def _wrap_prose(text: str, width: int) -> Iterator[Line]:
    for line in wrap_text(text, width - 2):
        yield (Piece(f"  {line}"),)


def _write_title(text: str) -> Iterator[Line]:
    yield _EMPTY
    yield (Piece(text, "title"),)
