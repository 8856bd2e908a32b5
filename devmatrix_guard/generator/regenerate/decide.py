"""What becomes of each file when an application is generated anew: yours, ours, or both merged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from devmatrix_guard.generator.manifest_merge import has_marks, split_sides
from devmatrix_guard.generator.regenerate.merge import (
    holds_entries,
    merge_texts,
    render_conflicts,
)
from devmatrix_guard.generator.regenerate.merge_result import Conflict
from devmatrix_guard.generator.regenerate.moves import MovedSymbol, replace_symbol
from devmatrix_guard.model.named_value import NamedValue

_MARK = re.compile(r"(<{7,} |\|{7,} |={7,}$|>{7,} )")

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
    others: Sequence[Mapping[str, str]] = (),
) -> list[Decision]:
    """Decide about every file that was or is generated and is not the same as before.

    Args:
        base: path -> text as generated last time.
        ours: path -> text as it is now, of the files that are there.
        theirs: path -> text as generated now.
        inline: write conflicts into the files, between markers, instead of leaving them open.
        others: path -> text as other branches generated it that were merged since.
    """
    decisions = []
    paths = {*base, *theirs, *(path for other in others for path in other)}
    for path in sorted(paths):
        was = [base.get(path), *(other.get(path) for other in others)]
        if others:
            decision = _decide_merged(path, was, ours.get(path), theirs.get(path), inline)
        else:
            decision = _decide(path, was[0], ours.get(path), theirs.get(path), inline)
        if decision is not None:
            decisions.append(decision)
    return decisions


def follow_symbols(
    decisions: Sequence[Decision], moved: Sequence[MovedSymbol], ours: Mapping[str, str]
) -> list[Decision]:
    """Return decisions with what is generated now for symbols that people moved elsewhere.

    Args:
        decisions: about every file; symbols of one with a conflict wait.
        moved: the symbols.
        ours: path -> text as it is now, of the modules that hold them.
    """
    by_path = {decision.path: decision for decision in decisions}
    for symbol in moved:
        held = by_path.get(symbol.holder, Decision(symbol.holder, "kept"))
        if held.outcome in ("conflict", "removed"):
            continue
        text = ours[symbol.holder] if held.text is None else held.text
        sides = [replace_symbol(text, symbol.name, s) for s in (symbol.base, symbol.theirs)]
        merged = merge_texts(symbol.holder, sides[0], text, sides[1])
        note = f"you moved {symbol.name} here from {symbol.path}"
        if merged.conflicts:
            found = Decision(symbol.holder, "conflict", None, merged.conflicts, (note,))
        else:
            said = f"{note}; what is generated for it now is merged into it"
            found = Decision(symbol.holder, "merged", merged.text, (), (*held.notes, said))
        by_path[symbol.holder] = found
    return [by_path[path] for path in sorted(by_path)]


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


def _decide_merged(
    path: str, bases: Sequence[str | None], ours: str | None, theirs: str | None, inline: bool
) -> Decision | None:
    """Decide about a file of which branches generated different texts before they were merged."""
    if ours is None or theirs in (ours, None):
        known = next((base for base in bases if base == ours), bases[0])
        if ours is None and None in bases:
            known = None  # one of them had no such file: nobody deleted it
        return _decide(path, known, ours, theirs, inline)
    present = [base for base in bases if base is not None]
    if ours in present or is_made_of(ours, present, theirs):
        return Decision(path, "replaced", theirs)
    if has_marks(ours):
        return _decide_marked(path, bases, ours, theirs)
    found = [_decide(path, base, ours, theirs, inline) for base in present or bases[:1]]
    settled = [d for d in found if d is None or d.outcome != "conflict"]
    return settled[0] if settled else found[0]


def _decide_marked(
    path: str, bases: Sequence[str | None], ours: str, theirs: str
) -> Decision | None:
    """Decide about a file in which git left both sides: each has its own base."""
    merged = theirs
    conflicts: tuple[Conflict, ...] = ()
    for base, side in zip(bases, split_sides(ours), strict=False):
        result = merge_texts(path, base or "", side, merged)
        conflicts += result.conflicts
        merged = result.text
    if conflicts or len(bases) != len(split_sides(ours)):
        return Decision(path, "conflict", None, conflicts, ("git left a conflict in it",))
    return Decision(path, "merged", merged)


def is_made_of(text: str, bases: Sequence[str], theirs: str) -> bool:
    """Tell whether a text has only generated lines, and all that every branch generated.

    Then git has put it together, and nobody has written anything into it.
    """
    lines = {line.strip() for line in text.splitlines() if not _MARK.match(line)}
    made = [{line.strip() for line in base.splitlines()} for base in bases]
    now = {line.strip() for line in theirs.splitlines()}
    if not made or not lines <= set().union(now, *made, {""}):
        return False
    return set.intersection(now, *made) <= lines


def _decide_gone(path: str, base: str | None, ours: str | None) -> Decision | None:
    if ours is None:
        return None
    if ours.replace("\r\n", "\n") == base:
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
    """A file of people's own lies where a new one belongs; lines are added, or it is left."""
    if holds_entries(path):
        return Decision(path, "merged", merge_texts(path, "", ours, theirs).text)
    note = "a file of yours is at its path; move yours"
    return Decision(path, "conflict", None, (Conflict("", "", ours, theirs),), (note,))
