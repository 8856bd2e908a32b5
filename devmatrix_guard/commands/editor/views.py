"""Findings as editors show them: diagnostics, code actions and hovers of the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from devmatrix_guard.commands.editor.texts import Text
from devmatrix_guard.commands.rules.explain import explain
from devmatrix_guard.engine.fixing.fixes import has_safe_fix
from devmatrix_guard.errors import GuardError
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.reports.escape import make_visible
from devmatrix_guard.reports.redact import redact

_ERROR, _WARNING, _HINT = 1, 2, 4
_SEVERITIES = {"block": _ERROR, "warn": _WARNING}
_MAX_WHY = 6


def make_diagnostic(text: Text, finding: Finding) -> dict[str, Any]:
    """Return a finding as a diagnostic."""
    return {
        "range": make_range(text, finding),
        "severity": _SEVERITIES.get(finding.stage, _HINT),
        "code": make_visible(finding.rule_id),
        "source": "guard",
        "message": make_visible(redact(finding.message)),
    }


def make_range(text: Text, finding: Finding) -> dict[str, Any]:
    """Return where a finding stands."""
    return {
        "start": text.place(finding.start_line, finding.start_col),
        "end": text.place(finding.end_line, finding.end_col),
    }


def touches(wanted: dict[str, Any], given: dict[str, Any]) -> bool:
    """Whether two ranges have a place in common, their ends included."""

    def order(position: dict[str, Any]) -> tuple[int, int]:
        return int(position["line"]), int(position["character"])

    starts_before = order(wanted["start"]) <= order(given["end"])
    return starts_before and order(given["start"]) <= order(wanted["end"])


def make_fix(uri: str, text: Text, finding: Finding) -> dict[str, Any] | None:
    """Return the action that writes a finding's fix, None where there is no safe one."""
    if finding.fix is None or not has_safe_fix(finding):
        return None
    edits = [
        {
            "range": {
                "start": text.place(edit.start_line, edit.start_col),
                "end": text.place(edit.end_line, edit.end_col),
            },
            "newText": edit.text,
        }
        for edit in finding.fix.edits
    ]
    return _make_action(f"Fix {finding.rule_id}", uri, text, finding, edits) | {"isPreferred": True}


def make_suppression(uri: str, text: Text, finding: Finding) -> dict[str, Any]:
    """Return the action that silences a finding by a comment above its line."""
    above = {"line": finding.start_line - 1, "character": 0}
    rule = finding.rule_id
    comment = f"# guard: ignore[{rule}] reason=say why kind=wont-fix\n"
    new = text.get_indent(finding.start_line) + comment
    edits = [{"range": {"start": above, "end": above}, "newText": new}]
    return _make_action(f"Silence {rule} here", uri, text, finding, edits)


def _make_action(
    title: str, uri: str, text: Text, finding: Finding, edits: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "title": make_visible(title),
        "kind": "quickfix",
        "diagnostics": [make_diagnostic(text, finding)],
        "edit": {"changes": {uri: edits}},
    }


def render_hover(root: Path, finding: Finding) -> str:
    """Return what is known of a finding as Markdown, everything people wrote as code."""
    lines = [f"**{_quote(finding.rule_id)}** ({finding.stage})", "", _quote(finding.message), ""]
    lines += [
        f"- {_quote(f'{s.commit[:10]} of {s.date}')}: {_quote(s.subject)}" for s in finding.sources
    ]
    try:
        known = explain(root, finding.rule_id)
    except GuardError:
        return "\n".join(lines)
    lines += [f"- {_quote(reason)}" for reason in known.why[:_MAX_WHY]]
    return "\n".join([*lines, "", f"`guard explain {make_visible(finding.rule_id)}`"])


def _quote(text: str) -> str:
    """Return a text as a span of code that ends where it ends, whatever it holds."""
    shown = make_visible(" ".join(redact(text).split())).replace("`", "’")
    return f"`{shown}`"
