"""What one side of a conflict changed, as a diff has it."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.reports.preview import compare_lines

_GAP = "  …"


def list_changed_lines(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return the lines that differ as a diff has them, each run with the line around it."""
    found = list(compare_lines(before, after))
    changed = {number for number, line in enumerate(found) if not line.startswith("  ")}
    near = {number + step for number in changed for step in (-1, 0, 1)}
    shown: list[str] = []
    for number, line in enumerate(found):
        if number in near:
            if shown and number - 1 not in near:
                shown.append(_GAP)
            shown.append(line)
    return shown
