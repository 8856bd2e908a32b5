"""InfraPatterns and their metrics as text for people and as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from devmatrix_guard.model.infra import InfraPattern
from devmatrix_guard.reports.escape import make_decodable, make_visible, split_visible_lines
from devmatrix_guard.reports.layout import Line, Piece, wrap_text

_EMPTY: Line = ()
_WIDTH = 80


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


def matches_lines(matches: Iterable[tuple[InfraPattern, float]]) -> Iterator[Line]:
    """Yield what a search found, nearest first."""
    found = list(matches)
    if not found:
        yield (Piece("No InfraPattern resembles this purpose.", "dim"),)
    for pattern, similarity in found:
        yield (
            Piece(f"{similarity:.2f}  ", "dim"),
            Piece(pattern.reference.ljust(24), "title"),
            Piece(make_visible(pattern.signature.purpose)),
        )


def matches_json(matches: Iterable[tuple[InfraPattern, float]]) -> str:
    """Return what a search found as a JSON document."""
    return _write_document(
        patterns=[
            _collect_facts(p) | {"similarity": round(similarity, 6)} for p, similarity in matches
        ]
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
            yield (
                Piece(f"  {pattern['reference']:24}", "title"),
                Piece(f" {pattern['uses']:>6} uses  {pattern['success_rate']:>6.1%}"),
            )


def write_metrics_json(metrics: dict[str, Any]) -> str:
    """Return the metrics as a JSON document."""
    return _write_document(**metrics)


def _describe_origin(pattern: InfraPattern) -> str:
    return pattern.origin if pattern.frozen_at else "draft"


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
    return make_decodable(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"
