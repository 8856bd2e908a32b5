"""Merge runs of imports name by name, in isort's order where both sides have it.

A name that one side no longer imports is kept while the merged code still uses it: people's new
code may need what the generator's code no longer does, and the other way round.
"""

from __future__ import annotations

import re
import sys
import tokenize
from collections.abc import Sequence, Set
from itertools import pairwise
from typing import NamedTuple

from devmatrix_guard.generator.regenerate.merge_result import Piece
from devmatrix_guard.generator.regenerate.python.layout import Box, Raw, Row, render
from devmatrix_guard.generator.regenerate.python.order import Element, merge_order, name_keys
from devmatrix_guard.generator.regenerate.python.outline import Unit, split_words
from devmatrix_guard.generator.regenerate.python.phrase import (
    Group,
    Item,
    Part,
    list_words,
    read_phrase,
    write_text,
)

_OWN_ROOTS = {"src", "tests"}

_Natural = list[tuple[int, str]]
_Key = tuple[int, int, _Natural, str]  # what isort compares


class Import(NamedTuple):
    """An import: what it imports from ("" for `import x`), and its names with their comments."""

    unit: Unit
    module: str
    names: tuple[Item, ...]

    def list_imported(self) -> dict[tuple[str, ...], Item]:
        """Return the names by their words."""
        return {list_words(item.parts, comments=False): item for item in self.names}


class Uses(NamedTuple):
    """The words of the code below the imports: as people have it, as generated now, merged."""

    ours: Set[str] = frozenset()
    theirs: Set[str] = frozenset()
    merged: Set[str] = frozenset()


_UNKNOWN = Uses()


def merge_imports(
    base: Sequence[Unit], ours: Sequence[Unit], theirs: Sequence[Unit], *, uses: Uses = _UNKNOWN
) -> list[Piece]:
    """Return the lines of the merged run of imports.

    Args:
        base: the run of import statements as it was generated last; `ours`, `theirs` the others.
        uses: what tells whether a name is still needed.
    """
    three = [[_read(unit) for unit in units] for units in (base, ours, theirs)]
    keys = name_keys(*([Element(_place(i), i.unit.words) for i in run] for run in three))
    found = [dict(zip(k, run, strict=True)) for k, run in zip(keys, three, strict=True)]
    merged = []
    for key in merge_order(*keys):
        statement = _merge_statement(*(run.get(key) for run in found), uses=uses)
        if statement is not None:
            merged.append(statement)
    if all(_is_sorted(run) for run in three[1:]):
        merged.sort(key=lambda entry: _rank_module(entry.source))
        return _split_sections(merged)
    lines = [line for entry in merged for line in (*entry.source.unit.lead, *entry.lines)]
    while lines and not lines[0].strip():
        del lines[0]
    return list(lines)


class _Merged(NamedTuple):
    """A merged import statement: its lines, and the side it comes from."""

    source: Import
    lines: tuple[str, ...]


def _read(unit: Unit) -> Import:
    phrase = read_phrase(unit.header.tokens)
    texts = list_words(phrase.parts, comments=False)
    if texts[0] == "import":
        return Import(unit, "", (Item((), phrase.parts[1:], ""),))
    at = next(i for i, part in enumerate(phrase.parts) if list_words([part]) == ("import",))
    module = write_text(phrase.parts[1:at]).replace(" ", "")
    rest = phrase.parts[at + 1 :]
    if isinstance(rest[0], Group):
        return Import(unit, module, rest[0].items)
    return Import(unit, module, _cut(rest))


def _cut(parts: Sequence[Part]) -> tuple[Item, ...]:
    items: list[list[Part]] = [[]]
    for part in parts:
        if list_words([part]) == (",",):
            items.append([])
        else:
            items[-1].append(part)
    return tuple(Item((), tuple(item), "") for item in items)


def _place(entry: Import) -> str:
    return f"from {entry.module}" if entry.module else " ".join(split_words(entry.unit.header))


# --- one statement -----------------------------------------------------------------------------


def _merge_statement(
    base: Import | None, ours: Import | None, theirs: Import | None, *, uses: Uses
) -> _Merged | None:
    in_base, in_ours, in_theirs = (e.list_imported() if e else {} for e in (base, ours, theirs))
    wanted = {
        name
        for name in (*in_ours, *in_theirs)
        if _is_wanted(name, name in in_base, name in in_ours, name in in_theirs, uses)
    }
    source = ours or theirs
    if source is None:
        return None
    if ours and base and not wanted and _list_comments(ours) != _list_comments(base):
        return _Merged(ours, ours.unit.code)  # people's words about it are not thrown away
    if not wanted:
        return None
    if wanted == set(in_ours) or not source.module:
        return _Merged(source, source.unit.code)
    if theirs and wanted == set(in_theirs) and not _list_comments(source):
        return _Merged(source, theirs.unit.code)
    items = [in_ours.get(name) or in_theirs[name] for name in wanted]
    return _Merged(source, _write_lines(source, sorted(items, key=_rank_name)))


def _is_wanted(name: tuple[str, ...], before: bool, mine: bool, other: bool, uses: Uses) -> bool:
    if mine == other:
        return mine
    if not before:
        return True
    bound = name[-1] if "as" in name else name[0]
    return bound in uses.merged and bound not in (uses.theirs if mine else uses.ours)


def _list_comments(entry: Import) -> list[str]:
    lines = entry.unit.all_lines
    return [line.partition("#")[2] for line in lines if "#" in line]


def _write_lines(source: Import, items: Sequence[Item]) -> tuple[str, ...]:
    indent = source.unit.header.tokens[0].indent
    rows = tuple(Row(i.lead, (Raw(" ".join(list_words(i.parts))),), i.trail) for i in items)
    box = Box(("", ""), ("(", ")"), rows, exploded=False, commas=True, alone=False, inner=())
    start = f"{indent}from {source.module} import "
    comment = source.unit.header.tokens[-1]
    trail = comment.gap + comment.text if comment.kind == tokenize.COMMENT else ""
    return tuple((start + render((box,), indent, before=len(start)) + trail).split("\n"))


# --- isort's order -----------------------------------------------------------------------------


def _is_sorted(run: Sequence[Import]) -> bool:
    keys = [_rank_module(entry) for entry in run]
    names = [[_rank_name(item) for item in entry.names] for entry in run]
    return _is_rising(keys) and all(_is_rising(found) for found in names)


def _is_rising(keys: Sequence[_Key]) -> bool:
    return all(a <= b for a, b in pairwise(keys))


def _find_section(module: str) -> int:
    root = module.split(".")[0]
    if module == "__future__":
        return 0
    if module.startswith("."):
        return 4
    if root in _OWN_ROOTS:
        return 3
    return 1 if root in sys.stdlib_module_names else 2


def _rank_module(entry: Import) -> _Key:
    module = entry.module or "".join(list_words(entry.names[0].parts, comments=False))
    return _find_section(module), int(bool(entry.module)), _split_naturally(module), module


def _rank_name(item: Item) -> _Key:
    name = list_words(item.parts, comments=False)[0]
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, 0, _split_naturally(name), name


def _split_naturally(name: str) -> _Natural:
    pieces = re.findall(r"\d+|\D+", name.lower())
    return [(int(p), "") if p.isdigit() else (-1, p) for p in pieces]


def _split_sections(merged: Sequence[_Merged]) -> list[Piece]:
    """One blank line between two sections; above the first what stood there."""
    lines: list[Piece] = []
    section = -1
    for entry in merged:
        now = _rank_module(entry.source)[0]
        comments = [line for line in entry.source.unit.lead if line.strip()]
        if lines and now != section:
            lines.append("")
        lines += [*comments, *entry.lines]
        section = now
    return lines
