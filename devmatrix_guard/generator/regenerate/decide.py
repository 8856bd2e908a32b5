"""What becomes of each file when an application is generated anew: yours, ours, or both merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from devmatrix_guard.generator.regenerate.merge import merge_texts, render_conflicts
from devmatrix_guard.generator.regenerate.merge_result import Conflict
from devmatrix_guard.model.named_value import NamedValue

Outcome = Literal[
    "added",  # a new file
    "replaced",  # nobody had edited it
    "merged",  # edited, and both sides are in it
    "removed",  # not generated any more, and nobody had edited it
    "kept",  # edited or deleted by people; the generator has nothing new, or it stays deleted
    "conflict",  # both sides changed the same thing
]


class Decision(NamedValue):
    """What becomes of one file.

    Attributes:
        path: relative, with forward slashes.
        outcome: see above.
        text: its new content; None where it is not written (kept, removed, conflict).
        conflicts: where both sides want something else.
        notes: what a person should know, a sentence each.
    """

    path: str
    outcome: Outcome
    text: str | None = None
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()


def decide(
    base: Mapping[str, str],
    ours: Mapping[str, str],
    theirs: Mapping[str, str],
    *,
    inline: bool = False,
) -> list[Decision]:
    """Decide about every file that was or is generated and is not the same as before.

    Args:
        base: path -> text as generated last time.
        ours: path -> text as it is now, of the files that are there.
        theirs: path -> text as generated now.
        inline: write conflicts into the files, between markers, instead of leaving them open.
    """
    decisions = []
    for path in sorted(base.keys() | theirs.keys()):
        decision = _decide(path, base.get(path), ours.get(path), theirs.get(path), inline)
        if decision is not None:
            decisions.append(decision)
    return decisions


def _decide(
    path: str, base: str | None, ours: str | None, theirs: str | None, inline: bool
) -> Decision | None:
    if theirs in (base, ours):
        return None  # nothing new, or people wrote the same
    if theirs is None:
        return _decide_gone(path, base, ours)
    if ours is None:
        return _decide_absent(path, base, theirs)
    if ours == base:
        return Decision(path, "replaced", theirs)
    if base is None:
        return _decide_occupied(path, ours, theirs)
    merged = merge_texts(path, base, ours, theirs)
    if merged.conflicts and not inline:
        return Decision(path, "conflict", None, merged.conflicts, merged.notes)
    if merged.conflicts:
        text = render_conflicts(merged)
        return Decision(path, "conflict", text, merged.conflicts, merged.notes)
    if merged.text == ours:
        return Decision(path, "kept", None, (), merged.notes)
    return Decision(path, "merged", merged.text, (), merged.notes)


def _decide_gone(path: str, base: str | None, ours: str | None) -> Decision | None:
    if ours is None:
        return None
    if ours == base:
        return Decision(path, "removed")
    note = (
        "it is no longer generated, but you edited it, so it stays: remove it, or keep it as yours"
    )
    return Decision(path, "kept", None, (), (note,))


def _decide_absent(path: str, base: str | None, theirs: str) -> Decision:
    if base is None:
        return Decision(path, "added", theirs)
    note = "you deleted it, so it stays deleted, although its generated content changed"
    return Decision(path, "kept", None, (), (note,))


def _decide_occupied(path: str, ours: str, theirs: str) -> Decision:
    """A file of people's own lies where a new one belongs; it is not touched in any case."""
    note = "a file of yours is at its path; move yours"
    return Decision(path, "conflict", None, (Conflict("", "", ours, theirs),), (note,))
