"""Merge what people did to a generated file with what is generated for it now.

Python is merged by symbol, JSON by key, everything else by line. What both sides changed
differently is a conflict: nothing of either is dropped silently, and what stays deleted though the
generator changed it is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.generator.regenerate.diff3 import Overlap, choose_unopposed, merge_lines
from devmatrix_guard.generator.regenerate.json_merge import merge_json
from devmatrix_guard.generator.regenerate.merge_result import (
    Conflict,
    MergeResult,
    Piece,
    Remark,
    list_lines,
    make_conflict,
    mark_conflicts,
)
from devmatrix_guard.generator.regenerate.python.lexer import Unreadable
from devmatrix_guard.generator.regenerate.python.merge_modules import merge_modules
from devmatrix_guard.generator.regenerate.python.renamed_definitions import (
    find_double_renames,
    find_renames,
    write_new_names,
)
from devmatrix_guard.generator.regenerate.python.spelling import respell, says_the_same
from devmatrix_guard.generator.regenerate.python.undefined import find_name_faults
from devmatrix_guard.generator.regenerate.syntax import is_valid_syntax

_MARK = "\ufeff"


def merge_texts(path: str, base: str, ours: str, theirs: str) -> MergeResult:
    """Merge three versions of a file.

    Args:
        path: where the file lies; its suffix says how it is merged.
        base: the text as it was generated last.
        ours: the text as people have it; its line ends and byte order mark are kept.
        theirs: the text as it is generated now.
    """
    mark = _MARK if ours.startswith(_MARK) else ""
    newline = _find_newline(ours)
    texts = [_normalise_newlines(text) for text in (base, ours, theirs)]
    chosen = choose_unopposed(*texts)
    if chosen is not None:
        text = ours if chosen == texts[1] else _restore_newlines(chosen, newline, mark)
        return MergeResult(text, pieces=tuple(chosen.split("\n")), newline=newline, mark=mark)
    ends = choose_unopposed(*("\n" if text.endswith("\n") else "" for text in texts)) != ""
    whole = [text if text.endswith("\n") or not text else f"{text}\n" for text in texts]
    pieces = _merge(path, *whole)
    return MergeResult(
        _restore_newlines(_join_lines(list_lines(pieces), ends=ends), newline, mark),
        tuple(piece for piece in pieces if isinstance(piece, Conflict)),
        tuple(dict.fromkeys(piece.text for piece in pieces if isinstance(piece, Remark))),
        tuple(pieces),
        newline,
        mark,
        ends,
    )


def render_conflicts(merged: MergeResult) -> str:
    """Return the merged text with all three versions, between marks, where there is a conflict."""
    if not merged.conflicts:
        return merged.text
    text = _join_lines(mark_conflicts(merged.pieces), ends=merged.ends)
    return _restore_newlines(text, merged.newline, merged.mark)


# --- by kind of file ---------------------------------------------------------------------------


def _merge(path: str, base: str, ours: str, theirs: str) -> list[Piece]:
    merged = None
    if path.endswith((".py", ".pyi")):
        merged = _merge_python(base, ours, theirs)
    elif path.endswith(".json"):
        merged = merge_json(base, ours, theirs)
    if merged is None:
        merged = _merge_lines(base, ours, theirs, entries=holds_entries(path))
    settled = not any(isinstance(piece, Conflict) for piece in merged)
    text = "".join(f"{line}\n" for line in list_lines(merged))
    if settled and is_valid_syntax(path, ours) and not is_valid_syntax(path, text):
        return [Conflict("the whole file", base, ours, theirs)]
    if settled and path.endswith(".py"):
        faults = find_name_faults(text) - find_name_faults(ours) - find_name_faults(theirs)
        if faults:
            return [
                Conflict(f"together, {', '.join(sorted(faults))}: the file", base, ours, theirs)
            ]
    return merged


def _merge_python(base: str, ours: str, theirs: str) -> list[Piece] | None:
    base, theirs = respell(base, ours, theirs)
    for by_us, by_them in find_double_renames(base, ours, theirs):
        if by_us.new != by_them.new:
            name = f"{by_us}, on the other side {by_them.new}: the file"
            return [Conflict(name, base, ours, theirs)]
        base = write_new_names(base, (by_us,))
    generated, given = find_renames(base, ours, theirs), find_renames(base, theirs, ours)
    if generated or given:
        ours, theirs = write_new_names(ours, generated), write_new_names(theirs, given)
        base = write_new_names(base, (*generated, *given))
    try:
        pieces = merge_modules(base, ours, theirs)
    except Unreadable:
        return None
    settled: list[Piece] = [
        Remark(f"{rename} now; what you wrote in it is kept")
        for rename in generated
        if rename.is_edited
    ]
    settled += [
        Remark(f"{rename} by you; what is generated for it is merged into it")
        for rename in given
        if rename.is_edited
    ]
    for piece in pieces:
        if isinstance(piece, Conflict) and says_the_same(piece.base, piece.ours):
            settled += piece.theirs.split("\n")[:-1]  # a formatter of people is not against it
        else:
            settled.append(piece)
    return settled


def holds_entries(path: str) -> bool:
    """Say whether each line of a file is an entry of its own, in any order."""
    name = path.rpartition("/")[2]
    return name.startswith((".env", "requirements")) or name.endswith(("ignore", "attributes"))


def _merge_lines(base: str, ours: str, theirs: str, *, entries: bool = False) -> list[Piece]:
    pieces: list[Piece] = []
    line = 1  # that comes next; a conflict stands for what people have
    for piece in merge_lines(*(text.split("\n")[:-1] for text in (base, ours, theirs))):
        if not isinstance(piece, Overlap):
            pieces.append(piece)
            line += 1
        elif entries and not piece.base:
            known = set(piece.theirs)
            added = [*piece.theirs, *(one for one in piece.ours if one not in known)]
            pieces += added
            line += len(added)
        else:
            conflict = make_conflict(f"line {line}", *piece)
            pieces.append(conflict)
            line += len(list_lines([conflict]))
    return pieces


# --- line ends ---------------------------------------------------------------------------------


def _find_newline(text: str) -> str:
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def _normalise_newlines(text: str) -> str:
    return text.removeprefix(_MARK).replace("\r\n", "\n")


def _restore_newlines(text: str, newline: str, mark: str) -> str:
    return mark + (text.replace("\n", newline) if newline != "\n" else text)


def _join_lines(lines: Sequence[str], *, ends: bool) -> str:
    return "\n".join(lines) + ("\n" if ends and lines else "")
