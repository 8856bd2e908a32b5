"""SARIF 2.1.0 as code scanning takes it: relative URIs, stable fingerprints, 5,000 results.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from devmatrix_guard import __version__
from devmatrix_guard.model.finding import Edit, Finding
from devmatrix_guard.model.report import CheckReport, SuppressedFinding
from devmatrix_guard.model.rule import rank_stage
from devmatrix_guard.reports.escape import encode_uri_path, make_decodable, write_json
from devmatrix_guard.reports.options import RenderOptions

MAX_RESULTS = 5000  # code scanning shows no more of a run
_LEVELS = {"block": "error", "warn": "warning"}
_SUPPRESSION_KINDS = {"inline": "inSource", "baseline": "external"}


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return one SARIF log with one run."""
    entries: list[Finding | SuppressedFinding] = [*report.findings, *report.suppressed]
    kept = _keep_most_severe(entries)
    rule_ids = sorted({_get_finding(entry).rule_id for entry in kept})
    run = {
        "tool": {"driver": _make_driver(rule_ids, kept)},
        # The default of SARIF is UTF-16 code units, which Python does not count in.
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            "%SRCROOT%": {"description": {"text": "The root of the checked repository."}}
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    *_make_notifications(report, len(entries) - len(kept))
                ],
            }
        ],
        "results": [_make_result(entry, rule_ids) for entry in kept],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return write_json(log)


def _get_finding(entry: Finding | SuppressedFinding) -> Finding:
    return entry if isinstance(entry, Finding) else entry.finding


def _keep_most_severe(
    entries: list[Finding | SuppressedFinding],
) -> list[Finding | SuppressedFinding]:
    """Return the entries in order, the least severe left out beyond the limit."""
    if len(entries) <= MAX_RESULTS:
        return entries

    def rank(index: int) -> tuple[bool, int, int]:
        entry = entries[index]
        return (
            isinstance(entry, SuppressedFinding),
            -rank_stage(_get_finding(entry).stage),
            index,
        )

    kept = sorted(range(len(entries)), key=rank)[:MAX_RESULTS]
    return [entries[index] for index in sorted(kept)]


def _make_driver(
    rule_ids: list[str], entries: Iterable[Finding | SuppressedFinding]
) -> dict[str, Any]:
    strongest: dict[str, Finding] = {}
    for finding in map(_get_finding, entries):
        known = strongest.setdefault(finding.rule_id, finding)
        if rank_stage(finding.stage) > rank_stage(known.stage):
            strongest[finding.rule_id] = finding
    return {
        "name": "devmatrix-guard",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_make_rule(strongest[rule_id]) for rule_id in rule_ids],
    }


def _make_rule(finding: Finding) -> dict[str, Any]:
    identifier = make_decodable(finding.rule_id)
    return {
        "id": identifier,
        "shortDescription": {"text": identifier},
        "help": {"text": f"guard explain {identifier}"},
        "defaultConfiguration": {"level": _LEVELS.get(finding.stage, "note")},
        "properties": {"tags": [f"stage:{finding.stage}"]},
    }


def _make_result(entry: Finding | SuppressedFinding, rule_ids: list[str]) -> dict[str, Any]:
    finding = _get_finding(entry)
    location = {"artifactLocation": _make_artifact(finding.path), "region": _make_region(finding)}
    result: dict[str, Any] = {
        "ruleId": make_decodable(finding.rule_id),
        "ruleIndex": rule_ids.index(finding.rule_id),
        "level": _LEVELS.get(finding.stage, "note"),
        "message": {"text": make_decodable(_write_message(finding))},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"guardFingerprint/v1": finding.fingerprint},
    }
    if finding.fix and finding.fix.safe:
        result["fixes"] = [_make_fix(finding.path, finding.fix.edits)]
    if properties := _list_properties(finding):
        result["properties"] = properties
    if isinstance(entry, SuppressedFinding):
        result["suppressions"] = [_make_suppression(entry)]
    return result


def _list_properties(finding: Finding) -> dict[str, Any]:
    """Return what SARIF has no place for: why a fix is not safe, and the cell of a notebook."""
    properties: dict[str, Any] = {}
    if finding.fix and finding.fix.doubt:
        doubt = finding.fix.doubt
        properties["fixDoubt"] = {
            "code": doubt.code,
            "reason": make_decodable(doubt.sentence),
        }
    if finding.cell:
        properties["cell"] = finding.cell._asdict()
    return properties


def _write_message(finding: Finding) -> str:
    lines = [finding.message.strip() or finding.rule_id]
    lines += [f"Learned from {s.commit[:10]} {s.date} {s.subject}" for s in finding.sources[:3]]
    return "\n".join(lines)


def _make_artifact(path: str) -> dict[str, str]:
    return {"uri": encode_uri_path(path), "uriBaseId": "%SRCROOT%"}


def _make_region(place: Finding | Edit) -> dict[str, int]:
    return {
        "startLine": place.start_line,
        "startColumn": place.start_col,
        "endLine": place.end_line,
        "endColumn": place.end_col,
    }


def _make_fix(path: str, edits: Iterable[Edit]) -> dict[str, Any]:
    replacements = [
        {
            "deletedRegion": _make_region(edit),
            "insertedContent": {"text": make_decodable(edit.text)},
        }
        for edit in edits
    ]
    return {
        "description": {"text": "Safe fix"},
        "artifactChanges": [
            {"artifactLocation": _make_artifact(path), "replacements": replacements}
        ],
    }


def _make_suppression(entry: SuppressedFinding) -> dict[str, str]:
    words = ": ".join(word for word in (entry.kind, entry.reason) if word)
    kind = _SUPPRESSION_KINDS.get(entry.how, "external")
    return {"kind": kind} | ({"justification": make_decodable(words)} if words else {})


def _make_notifications(report: CheckReport, cut: int) -> Iterator[dict[str, Any]]:
    if cut:
        text = f"{cut} of the less severe results were left out: at most {MAX_RESULTS} are kept."
        yield {"level": "warning", "message": {"text": text}}
    for one in report.unjudged:
        yield _make_notification(
            one.path, f"Not judged: {one.reason}", "error" if one.fails else "warning"
        )
    for added in report.new_suppressions:
        text = f"New suppression: {added.text}"
        yield _make_notification(added.path, text, "error" if added.fails else "warning")
    told = {(one.path, one.reason) for one in report.unjudged}
    for note in report.notes:
        yield _make_notification(note.path, note.text, "note")
    for skip in report.skipped:
        if (skip.path, skip.reason) in told:
            continue
        yield _make_notification(skip.path, f"Not checked: {skip.reason}", "note")
    for item in report.deferred:
        text = f"Rule {item.rule_id} was not run here: {item.reason}"
        yield {"level": "note", "message": {"text": make_decodable(text)}}


def _make_notification(path: str, text: str, level: str) -> dict[str, Any]:
    about: dict[str, Any] = {"level": level, "message": {"text": make_decodable(text)}}
    if path:
        about["locations"] = [{"physicalLocation": {"artifactLocation": _make_artifact(path)}}]
    return about
