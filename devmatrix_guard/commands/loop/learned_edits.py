"""What a person changed between a check that failed and one that passed, as edits to keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from devmatrix_guard.generator.entity_names import EntityNames, find_names
from devmatrix_guard.model.knowledge.learning import FixEdit

# Beyond this nobody can say which of the changes repaired what.
_MOST_FILES = 12
_MOST_EDITS = 6
_MOST_LINES = 60
_MOST_CONTEXT = 8
_MOST_CHARACTERS = 4_000


def find_edits(
    before: Mapping[str, str], after: Mapping[str, str], names: Sequence[EntityNames]
) -> tuple[FixEdit, ...]:
    """Return the edits that lead from some texts to others, none where there are too many.

    Each edit brings as much of what surrounds it as makes its text unique in its file.

    Args:
        before, after: path -> text of the files that differ.
        names: of the application's entities, which become placeholders.
    """
    changed = sorted(path for path in before if after.get(path, before[path]) != before[path])
    if not 0 < len(changed) <= _MOST_FILES:
        return ()
    edits: dict[FixEdit, int] = {}  # the same for every entity is one
    for path in changed:
        own = find_names(path, names)
        for old, new in _cut_hunks(before[path], after[path]):
            texts = (path, old, new)
            edit = FixEdit(*(own.generalise(text) if own else text for text in texts))
            edits[edit] = max(old.count("\n"), new.count("\n"))
    is_small = len(edits) <= _MOST_EDITS and sum(edits.values()) <= _MOST_LINES
    return tuple(edits) if is_small and all(edit.before for edit in edits) else ()


def _cut_hunks(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield (old, new) of each change; the old text stands once in the file, "" if it cannot."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for tag, start, end, new_start, new_end in blocks:
        if tag != "equal":
            yield _widen(before, (old, start, end), (new, new_start, new_end))


def _widen(
    text: str, old: tuple[list[str], int, int], new: tuple[list[str], int, int]
) -> tuple[str, str]:
    lines, start, end = old
    others, new_start, new_end = new
    for context in range(_MOST_CONTEXT + 1):
        above = min(context, start, new_start)
        below = min(context, len(lines) - end, len(others) - new_end)
        found = "".join(lines[start - above : end + below])
        made = "".join(others[new_start - above : new_end + below])
        if found and text.count(found) == 1 and len(found) <= _MOST_CHARACTERS:
            return found, made
    return "", ""
