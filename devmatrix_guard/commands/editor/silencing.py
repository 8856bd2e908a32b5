"""Which findings of a text a comment above their line silences: not those in a string, for one."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.commands.editor.checker import Checker
from devmatrix_guard.commands.editor.texts import Text
from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.model.finding import Finding


def find_silenceable(
    checker: Checker, path: str, text: Text, findings: Sequence[Finding]
) -> list[Finding]:
    """Return the findings that a comment silences; all comments are tried in one check.

    Args:
        path: the text's file, from the root.
        text: where the findings stand.
    """
    rules: dict[int, list[str]] = {}
    for finding in findings:
        if finding.kind == "rule":
            rules.setdefault(finding.start_line, []).append(finding.rule_id)
    comments = {
        line: f"{text.get_indent(line)}# guard: ignore[{','.join(dict.fromkeys(ids))}] "
        "reason=x kind=wont-fix\n"
        for line, ids in sorted(rules.items())
    }
    lines = text.content.splitlines(keepends=True)
    places = _find_places(lines, comments, list(comments))
    if not places:
        return []
    tried = _insert(lines, {line: comments[line] for line in places})
    left = {
        (found.rule_id, found.start_line, found.start_col)
        for found in checker.check_rules(path, b"".join(tried))
    }
    moved = {line: line + count for count, line in enumerate(places, 1)}
    return [
        finding
        for finding in findings
        if finding.kind == "rule"
        and finding.start_line in moved
        and (finding.rule_id, moved[finding.start_line], finding.start_col) not in left
    ]


def _find_places(
    lines: Sequence[bytes], comments: dict[int, str], wanted: Sequence[int]
) -> list[int]:
    """Return the lines above which a comment may stand and the text still be code, in order."""
    if not wanted or not _breaks(lines, {line: comments[line] for line in wanted}):
        return list(wanted)
    half = len(wanted) // 2
    if not half:
        return []
    return [
        *_find_places(lines, comments, wanted[:half]),
        *_find_places(lines, comments, wanted[half:]),
    ]


def _breaks(lines: Sequence[bytes], comments: dict[int, str]) -> bool:
    whole, tried = b"".join(lines), b"".join(_insert(lines, comments))
    return parse_source(tried) is None and parse_source(whole) is not None


def _insert(lines: Sequence[bytes], comments: dict[int, str]) -> list[bytes]:
    new = []
    for number, line in enumerate(lines, 1):
        if number in comments:
            new.append(comments[number].encode("utf-8", "surrogatepass"))
        new.append(line)
    return new
