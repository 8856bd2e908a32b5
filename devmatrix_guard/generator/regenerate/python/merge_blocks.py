"""Merge the outlines of a source three ways: declarations by name, statements by place."""

from __future__ import annotations

import keyword
from collections.abc import Sequence

from devmatrix_guard.generator.regenerate.diff3 import (
    Overlap,
    choose_unopposed,
    merge_lines,
    split_regions,
)
from devmatrix_guard.generator.regenerate.merge_result import Piece, Remark, make_conflict
from devmatrix_guard.generator.regenerate.python.layout import render
from devmatrix_guard.generator.regenerate.python.merge_imports import merge_imports
from devmatrix_guard.generator.regenerate.python.merge_phrases import ConflictError, PhraseMerger
from devmatrix_guard.generator.regenerate.python.order import Element, merge_order, name_keys, pair
from devmatrix_guard.generator.regenerate.python.outline import (
    Block,
    Line,
    Section,
    Unit,
    find_identity,
    is_class,
    is_import,
    split_words,
)
from devmatrix_guard.generator.regenerate.python.phrase import read_phrase
from devmatrix_guard.generator.regenerate.python.spacing import space_pieces

Units = Sequence[Unit]
Path = tuple[str, ...]


def merge_block(base: Block, ours: Block, theirs: Block, *, path: Path, named: bool) -> list[Piece]:
    """Merge three blocks; `named` where they are a module's or a class's."""
    chosen = choose_unopposed(base.lines, ours.lines, theirs.lines)
    if chosen is not None:
        return list(chosen)
    three = (base.units, ours.units, theirs.units)
    if all(is_import(unit) for units in three for unit in units):
        pieces = merge_imports(*three)
    elif named:
        pieces = merge_declarations(*three, path=path)
    else:
        pieces = merge_statements(*three, path=path)
    pieces += merge_texts(base.tail, ours.tail, theirs.tail, path=path)
    return pieces or [f"{_indent(ours)}pass"]


def merge_texts(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str], *, path: Path
) -> list[Piece]:
    """Merge lines of which nothing is known."""
    symbol = ".".join(path) or "module"
    return [
        make_conflict(symbol, *piece) if isinstance(piece, Overlap) else piece
        for piece in merge_lines(base, ours, theirs)
    ]


def _indent(block: Block) -> str:
    return block.units[0].header.tokens[0].indent if block.units else ""


# --- declarations ------------------------------------------------------------------------------


def merge_declarations(base: Units, ours: Units, theirs: Units, *, path: Path) -> list[Piece]:
    """Merge what a module or a class declares; who added or moved something has his way."""
    three = (base, ours, theirs)
    keys = name_keys(*([Element(find_identity(u), u.words) for u in units] for units in three))
    found = [dict(zip(k, units, strict=True)) for k, units in zip(keys, three, strict=True)]
    order = merge_order(*keys)
    pieces: list[Piece] = []
    previous: Unit | None = None
    for key in order:
        versions = [units.get(key) for units in found]
        merged = _merge_declaration(*versions, path=path)
        _, mine, other = versions
        source, units = (other, theirs) if mine is None else (mine, ours)
        if source is not None and any(not isinstance(piece, Remark) for piece in merged):
            merged = space_pieces(merged, source, units, previous, top=not path)
            previous = source
        pieces += merged
    return pieces


def _merge_declaration(
    base: Unit | None, ours: Unit | None, theirs: Unit | None, *, path: Path
) -> list[Piece]:
    if base and ours and theirs:
        return merge_unit(base, ours, theirs, path=path)
    if base and ours:
        return _drop_unit(base, ours, path=path)
    if base and theirs:
        return _keep_away(base, theirs, path=path)
    if ours and theirs and ours.words != theirs.words:
        return _merge_additions(ours, theirs, path=path)
    added = ours or theirs
    return list(added.all_lines) if added else []


def _merge_additions(ours: Unit, theirs: Unit, *, path: Path) -> list[Piece]:
    lead = len(ours.lead)
    return [
        *ours.lead,
        make_conflict(_name_symbol(ours, path), (), ours.all_lines[lead:], theirs.code),
    ]


def _drop_unit(base: Unit, ours: Unit, *, path: Path) -> list[Piece]:
    """The generator no longer writes it: it goes, unless people worked on it."""
    if _list_content(ours) == _list_content(base):
        return []
    return [make_conflict(_name_symbol(ours, path), base.all_lines, ours.all_lines, ())]


def _keep_away(base: Unit, theirs: Unit, *, path: Path) -> list[Piece]:
    """People deleted it: it stays deleted, and a change of the generator is said."""
    if theirs.words == base.words and _list_comments(theirs) == _list_comments(base):
        return []
    symbol = _name_symbol(theirs, path)
    return [Remark(f"{symbol} was deleted by you and changed by the generator; it stays deleted")]


def _list_content(unit: Unit) -> list[str]:
    return [line for line in unit.all_lines if line.strip()]


def _list_comments(unit: Unit) -> list[str]:
    return [line.partition("#")[2] for line in unit.all_lines if "#" in line]


def _name_symbol(unit: Unit, path: Path) -> str:
    name = _find_callee(unit) if unit.header.first == "@" else find_identity(unit)
    name = name or " ".join(split_words(unit.header))
    return ".".join((*path, name if len(name) <= 60 else f"{name[:57]}..."))


# --- statements --------------------------------------------------------------------------------


def merge_statements(base: Units, ours: Units, theirs: Units, *, path: Path) -> list[Piece]:
    """Merge the statements of a function: their order means something."""
    mine = pair([u.words for u in base], [u.words for u in ours])
    other = pair([u.words for u in base], [u.words for u in theirs])
    pieces: list[Piece] = []
    for region in split_regions(len(base), len(ours), len(theirs), mine, other):
        three = base[region.base], ours[region.ours], theirs[region.theirs]
        if region.side == "same":
            for units in zip(*three, strict=True):
                pieces += merge_unit(*units, path=path)
        else:
            pieces += _merge_region(*three, path=path)
    return pieces


def _merge_region(base: Units, ours: Units, theirs: Units, *, path: Path) -> list[Piece]:
    in_base, in_ours, in_theirs = (_list_lines(units) for units in (base, ours, theirs))
    chosen = choose_unopposed(*(_strip_lines(lines) for lines in (in_base, in_ours, in_theirs)))
    if chosen is not None:
        same = chosen == _strip_lines(in_ours)
        return list(in_ours if same else in_theirs)
    if not base and _are_independent(ours, theirs):
        return [*in_theirs, *in_ours]
    return merge_texts(in_base, in_ours, in_theirs, path=path)


def _list_lines(units: Units) -> list[str]:
    return [line for unit in units for line in unit.all_lines]


def _strip_lines(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.strip()]


def _are_independent(ours: Units, theirs: Units) -> bool:
    """Say whether two runs of statements do the same in either order."""
    mine, other = _list_names(ours), _list_names(theirs)
    if any(word in _ORDERED for word in (*mine, *other)):
        return False
    return not (_list_touched(ours) & other or _list_touched(theirs) & mine)


_ORDERED = {"return", "raise", "yield", "break", "continue", "await", "del", "global", "nonlocal"}


def _list_names(units: Units) -> set[str]:
    return {word for unit in units for word in unit.words if word.isidentifier()}


def _list_touched(units: Units) -> set[str]:
    """What statements may change: each name that is assigned, or on which something is called."""
    found: set[str] = set()
    for unit in units:
        root = ""
        for before, word in zip(("", *unit.words), unit.words, strict=False):
            if word.isidentifier() and not keyword.iskeyword(word) and before != ".":
                root = word
            elif word in ("(", "=", ":") or word.endswith("=") or before in ("import", "as"):
                found.add(root)
    return found


# --- one statement -----------------------------------------------------------------------------


def merge_unit(base: Unit, ours: Unit, theirs: Unit, *, path: Path) -> list[Piece]:
    """Merge three versions of a statement."""
    chosen = choose_unopposed(base.all_lines, ours.all_lines, theirs.all_lines)
    if chosen is not None:
        return list(chosen)
    inner = (*path, find_identity(ours) or "") if _is_definition(ours) else path
    pieces = _merge_lead(base.lead, ours.lead, theirs.lead, path=inner)
    chosen = choose_unopposed(base.code, ours.code, theirs.code)
    if chosen is not None:
        return [*pieces, *chosen]
    three = (base, ours, theirs)
    if all(is_import(unit) for unit in three):
        return pieces + merge_imports(*([_make_bare(unit.header)] for unit in three))
    if len({len(unit.sections) for unit in three}) > 1 or _differ_in_kind(three):
        return pieces + merge_texts(base.code, ours.code, theirs.code, path=inner)
    pieces += _merge_decorators(*three, path=inner)
    for sections in zip(*(unit.sections for unit in three), strict=True):
        if sections[0] is not base.sections[0]:
            pieces += _merge_lead(*(section.header.lead for section in sections), path=inner)
        else:
            pieces += _merge_lead(
                *(u.header.lead if u.decorators else () for u in three), path=inner
            )
        pieces += _merge_section(*sections, path=inner, named=is_class(ours))
    return pieces


def _is_definition(unit: Unit) -> bool:
    return unit.header.first in ("class", "def", "async", "@")


def _differ_in_kind(units: Units) -> bool:
    shapes = {tuple((_find_keyword(s), s.block is None) for s in unit.sections) for unit in units}
    return len(shapes) > 1


def _find_keyword(section: Section) -> str:
    """The first word; a coroutine is a function."""
    tokens = section.header.tokens
    return tokens[1].text if tokens[0].text == "async" and len(tokens) > 1 else tokens[0].text


def _merge_lead(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str], *, path: Path
) -> list[Piece]:
    """Merge the comments above a statement; blank lines are nothing to quarrel about."""
    chosen = choose_unopposed(base, ours, theirs)
    if chosen is not None:
        return list(chosen)
    comments = [_strip_lines(lines) for lines in (base, ours, theirs)]
    settled = choose_unopposed(*comments)
    if settled is not None:
        return list(ours if settled == comments[1] else theirs)
    pieces: list[Piece] = []
    for piece in merge_lines(base, ours, theirs):
        if not isinstance(piece, Overlap):
            pieces.append(piece)
        elif piece.base:
            pieces.append(make_conflict(".".join(path) or "module", *piece))
        else:
            pieces += [*piece.ours, *piece.theirs]  # two comments can stand above one statement
    return pieces


def _merge_decorators(base: Unit, ours: Unit, theirs: Unit, *, path: Path) -> list[Piece]:
    """Merge what stands above a definition; the comments above the first are done already."""
    lines = []
    for unit in (base, ours, theirs):
        others = [Unit((), (Section(line, None),)) for line in unit.decorators[1:]]
        lines.append([_make_bare(line) for line in unit.decorators[:1]] + others)
    keys = name_keys(*([Element(_find_callee(u), u.words) for u in units] for units in lines))
    found = [dict(zip(k, units, strict=True)) for k, units in zip(keys, lines, strict=True)]
    pieces: list[Piece] = []
    for key in merge_order(*keys):
        pieces += _merge_declaration(*(units.get(key) for units in found), path=path)
    return pieces


def _make_bare(line: Line) -> Unit:
    """A logical line as a statement, without the comments above it."""
    return Unit((), (Section(line._replace(lead=()), None),))


def _find_callee(unit: Unit) -> str:
    found = split_words(unit.header)
    return "".join(found[: found.index("(")] if "(" in found else found)


def _merge_section(
    base: Section, ours: Section, theirs: Section, *, path: Path, named: bool
) -> list[Piece]:
    pieces = merge_line(base.header, ours.header, theirs.header, path=path)
    if base.block and ours.block and theirs.block:
        pieces += merge_block(base.block, ours.block, theirs.block, path=path, named=named)
    return pieces


def merge_line(base: Line, ours: Line, theirs: Line, *, path: Path) -> list[Piece]:
    """Merge three versions of a logical line, without the comments above it."""
    chosen = choose_unopposed(base.lines, ours.lines, theirs.lines)
    if chosen is not None:
        return list(chosen)
    three = (base, ours, theirs)
    phrases = [read_phrase(line.tokens) for line in three]
    symbol = _name_line(ours, path)
    merger = PhraseMerger(symbol)
    try:
        row = merger.merge_item(*phrases)
        indent = ours.tokens[0].indent
        text = indent + render(row.doc, indent, before=len(indent)) + row.trail
    except ConflictError:
        return merge_texts(base.lines, ours.lines, theirs.lines, path=(symbol,))
    said = [Remark(note) for note in merger.notes]
    return [*said, *text.split("\n")]


def _name_line(line: Line, path: Path) -> str:
    unit = Unit((), (Section(line, None),))
    name = find_identity(unit)
    return ".".join((*path, name) if name and path[-1:] != (name,) else path) or "module"
