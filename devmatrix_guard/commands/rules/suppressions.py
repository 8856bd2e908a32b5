"""`guard suppressions`: the comments that silence findings, with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from devmatrix_guard.commands.check.arguments.request import ALL, CheckRequest
from devmatrix_guard.commands.check.change.reading import Bounds, Reader
from devmatrix_guard.commands.check.context import CheckContext, open_context
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.config import Settings
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.findings.suppressions import (
    Suppression,
    apply_suppressions,
    find_comments,
)
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.model.answers.suppression import ListedSuppression
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.language import is_in_other_language
from devmatrix_guard.reports.views.suppressions import (
    write_suppression_lines,
    write_suppressions_json,
)


def list_suppressions(
    start: Path, *, paths: tuple[str, ...] = (), unused: bool = False
) -> tuple[ListedSuppression, ...]:
    """Return the suppressing comments of the work tree, by file and line.

    Args:
        start: the folder the command was called in.
        paths: look only at these; none mean every file.
        unused: return only comments whose rules ran and had nothing to silence.

    Raises:
        GuardError: the place or a path does not allow for it.
    """
    request = CheckRequest(paths=paths, scope=ALL)
    with open_context(request, start) as context:
        found: list[ListedSuppression] = []
        for target, settings in _read_targets(context):
            comments = find_comments(target.path, target.source)
            if not comments:
                continue
            idle = (
                _find_unused(context.rules.compiled(settings), target, comments) if unused else None
            )
            found += (_list_suppression(target.path, comment, idle) for comment in comments)
    if unused:
        found = [one for one in found if one.unused]
    return tuple(sorted(found))


def render_suppressions(
    listed: tuple[ListedSuppression, ...], format_name: str, stream: TextIO
) -> str:
    """Return the list as text or JSON."""
    return render(
        View(format_name, stream), listed, write_suppression_lines, write_suppressions_json
    )


def _read_targets(context: CheckContext) -> Iterator[tuple[Target, Settings]]:
    reader = Reader(context.place, context.change.compared)
    for candidate in context.change.candidates:
        settings = context.rules.settings_for(candidate)
        bounds = Bounds(settings.max_file_kb, settings.exclude, settings.notebooks)
        read = reader.read(candidate, bounds, any_text=is_in_other_language(candidate.path))
        if isinstance(read, Target):
            yield read, settings


def _find_unused(
    compiled: CompiledRules, target: Target, comments: tuple[Suppression, ...]
) -> dict[int, tuple[str, ...]]:
    """Return by line the rules of a file's comments that ran and had nothing to silence."""
    if is_in_other_language(target.path):
        return {}  # only changes are judged there
    report = check_targets(compiled, [target._replace(lines=None)], suppressions=False, fixes=False)
    known = (*compiled.in_process, *compiled.refused)
    result = apply_suppressions(
        target.path, report.findings, comments, ran=compiled.in_process, known=known
    )
    return {comment.line: comment.rules for comment in result.unused}


def _list_suppression(
    path: str, comment: Suppression, idle: dict[int, tuple[str, ...]] | None
) -> ListedSuppression:
    return ListedSuppression(
        path=path,
        line=comment.line,
        marker=comment.marker,
        rules=comment.rules,
        reason=comment.reason,
        kind=comment.kind,
        error=comment.error,
        unused=None if idle is None else idle.get(comment.line, ()),
    )
