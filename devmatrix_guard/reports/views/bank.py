"""InfraPatterns and their metrics as text for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.model.knowledge.fragment import CodeFragment
from devmatrix_guard.model.knowledge.infra import InfraPattern
from devmatrix_guard.reports.escape import (
    make_visible,
    split_visible_lines,
    write_json,
)
from devmatrix_guard.reports.layout import Line, Piece, wrap_text

_EMPTY: Line = ()
_WIDTH = 80


class FoundCode(NamedTuple):
    """A function that was found: what it says of itself, how near it is, how it did, and where."""

    fragment: CodeFragment
    summary: str
    similarity: float
    passed: int
    failed: int
    applications: tuple[str, ...]


class BankFound(NamedTuple):
    """What a search found: InfraPatterns with their similarity, and functions."""

    patterns: tuple[tuple[InfraPattern, float], ...]
    functions: tuple[FoundCode, ...] = ()


def list_pattern_lines(listed: Iterable[tuple[InfraPattern, Any]]) -> Iterator[Line]:
    """Yield each pattern's version, where it comes from and how it did; below it its purpose."""
    for pattern, metrics in listed:
        yield (
            Piece(pattern.reference.ljust(24), "title"),
            Piece(f"{_describe_origin(pattern):9} {_describe_success(metrics):>16}", "dim"),
        )
        for text in wrap_text(make_visible(pattern.signature.purpose), _WIDTH - 2):
            yield (Piece(f"  {text}"),)


def write_list_json(listed: Iterable[tuple[InfraPattern, Any]]) -> str:
    """Return the list as a JSON document."""
    found = [
        _collect_facts(pattern) | {"uses": metrics.uses, "success_rate": metrics.success_rate}
        for pattern, metrics in listed
    ]
    return _write_document(patterns=found)


def describe_pattern(pattern: InfraPattern) -> Iterator[Line]:
    """Yield a pattern's facts, then its text."""
    signature = pattern.signature
    yield (Piece(pattern.reference, "title"), Piece(f"  {_describe_origin(pattern)}", "dim"))
    yield (Piece(f"  {make_visible(signature.purpose)}"),)
    for name, value in (
        ("intent", signature.intent),
        ("domain", signature.domain),
        ("inputs", _describe_types(signature.inputs)),
        ("outputs", _describe_types(signature.outputs)),
        ("frozen", pattern.frozen_at or "no: a draft"),
        ("sha", pattern.sha),
    ):
        if value:
            yield Piece(f"  {name:8}", "dim"), Piece(make_visible(value))
    yield _EMPTY
    for text in split_visible_lines(pattern.body):
        yield (Piece(text),)


def write_pattern_json(pattern: InfraPattern) -> str:
    """Return one version in the form `guard bank import` takes."""
    return _write_document(**_collect_facts(pattern), body=pattern.body)


def matches_lines(found: BankFound) -> Iterator[Line]:
    """Yield what a search found, nearest first: InfraPatterns, then functions."""
    if not found.patterns:
        yield (Piece("No InfraPattern resembles this purpose.", "dim"),)
    for pattern, similarity in found.patterns:
        yield (
            Piece(f"{similarity:.2f}  ", "dim"),
            Piece(pattern.reference.ljust(24), "title"),
            Piece(make_visible(pattern.signature.purpose)),
        )
    if found.functions:
        yield _EMPTY
        yield (Piece("Functions of applications", "title"),)
    for code in found.functions:
        one = code.fragment
        yield (
            Piece(f"{code.similarity:.2f}  ", "dim"),
            Piece(make_visible(one.name), "title"),
            Piece(f"  {make_visible(one.path)}"),
        )
        facts = ", ".join(filter(None, (_name_author(one), _describe_record(code))))
        yield (Piece(f"      {facts}", "dim"),)
        for text in wrap_text(make_visible(code.summary), _WIDTH - 6) if code.summary else ():
            yield (Piece(f"      {text}"),)


def matches_json(found: BankFound) -> str:
    """Return what a search found as a JSON document."""
    return _write_document(
        patterns=[
            _collect_facts(p) | {"similarity": round(similarity, 6)}
            for p, similarity in found.patterns
        ],
        functions=[
            code.fragment._asdict()
            | {
                "passed": code.passed,
                "failed": code.failed,
                "similarity": round(code.similarity, 6),
                "applications": list(code.applications),
            }
            for code in found.functions
        ],
    )


def duplicates_lines(record: Mapping[str, Any]) -> Iterator[Line]:
    """Yield each function that several applications hold, with its places."""
    duplicates: Sequence[Sequence[CodeFragment]] = record["duplicates"]
    if not duplicates:
        yield (Piece("No code written by hand stands in several applications.", "dim"),)
    for places in duplicates:
        names = len({(one.application, one.path.rpartition("src/")[0]) for one in places})
        yield (
            Piece(make_visible(places[0].name), "title"),
            Piece(f"  in {names} applications, {_name_author(places[0])}", "dim"),
        )
        for one in places:
            yield (Piece(f"  {make_visible(one.application)}  {make_visible(one.path)}"),)
    if record["generated"]:
        number = record["generated"]
        yield (Piece(f"{number} more by the generator: --generated names them.", "dim"),)


def write_duplicates_json(record: Mapping[str, Any]) -> str:
    """Return functions that several applications hold as a JSON document."""
    return _write_document(
        duplicates=[
            {"digest": places[0].digest, "places": [p._asdict() for p in places]}
            for places in record["duplicates"]
        ],
        generated=record["generated"],
    )


def describe_import(imported: dict[str, tuple[str, ...]]) -> Iterator[Line]:
    """Yield what an import added, knew already, and refused to overwrite."""
    yield (Piece(f"{len(imported['added'])} added, {len(imported['known'])} known already."),)
    for reference in imported["added"]:
        yield Piece("  + ", "added"), Piece(make_visible(reference))
    for reference in imported["kept"]:
        yield (
            Piece("  ! ", "note"),
            Piece(make_visible(reference)),
            Piece(" is another text in the bank; that one was kept", "dim"),
        )


def write_import_json(imported: dict[str, tuple[str, ...]]) -> str:
    """Return what an import did as a JSON document."""
    return _write_document(**imported)


def describe_metrics(metrics: dict[str, Any]) -> Iterator[Line]:
    """Yield the bank as a whole, then the patterns that were used."""
    rate = metrics["avg_success_rate"]
    yield (Piece(f"{metrics['total_patterns']} patterns, {metrics['used_patterns']} used."),)
    for domain, number in metrics["domain_distribution"].items():
        yield (Piece(f"  {domain:16} {number}", "dim"),)
    if rate is None:
        yield (Piece("No outcome is recorded yet, so there is no success rate."),)
        return
    yield (Piece(f"Success on average {rate:.1%}, over the patterns that were used."),)
    for pattern in metrics["patterns"]:
        if pattern["uses"]:
            low, high = pattern["interval"]
            yield (
                Piece(f"  {pattern['reference']:24}", "title"),
                Piece(f" {pattern['uses']:>6} uses  {pattern['success_rate']:>6.1%}"),
                Piece(f"  {low:.0%} to {high:.0%}", "dim"),
            )


def write_metrics_json(metrics: dict[str, Any]) -> str:
    """Return the metrics as a JSON document."""
    return _write_document(**metrics)


def _describe_origin(pattern: InfraPattern) -> str:
    return pattern.origin if pattern.frozen_at else "draft"


def _name_author(fragment: CodeFragment) -> str:
    return fragment.infra_pattern or ("by the generator" if fragment.emitter else "by hand")


def _describe_record(code: FoundCode) -> str:
    number = len(code.applications)
    where = (
        f"in {number} applications" if number > 1 else f"in {make_visible(code.applications[0])}"
    )
    return f"{where}, passed {code.passed} of {code.passed + code.failed} times"


def _describe_success(metrics: Any) -> str:
    if metrics.success_rate is None:
        return "never recorded"
    return f"{metrics.success_rate:.0%} of {metrics.uses}"


def _describe_types(names: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {kind}" for name, kind in sorted(names.items()))


def _collect_facts(pattern: InfraPattern) -> dict[str, Any]:
    return {
        "pattern_id": pattern.pattern_id,
        "version": pattern.version,
        "frozen_at": pattern.frozen_at,
        "origin": pattern.origin,
        "sha": pattern.sha,
        "signature": pattern.signature._asdict(),
    }


def _write_document(**content: Any) -> str:
    document = {"schema_version": 1, **content}
    return write_json(document)
