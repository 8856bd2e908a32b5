"""Merge a logical line three ways: calls by keyword, collections by element, the rest by token."""

from __future__ import annotations

import tokenize
from collections.abc import Mapping, Sequence, Set
from typing import TypeVar

from devmatrix_guard.generator.regenerate.diff3 import (
    Region,
    choose_unopposed,
    match_lines,
    split_regions,
)
from devmatrix_guard.generator.regenerate.python.layout import Box, Doc, Raw, Row
from devmatrix_guard.generator.regenerate.python.lexer import Token
from devmatrix_guard.generator.regenerate.python.order import Element, Key, merge_order, name_keys
from devmatrix_guard.generator.regenerate.python.phrase import (
    Group,
    Item,
    Part,
    list_item_words,
    list_words,
    write_text,
)

_PREFIXES = {(word,) for word in ("return", "raise", "yield", "assert", "await")}
_SEPARATORS = ("->", ":", "=")

_T = TypeVar("_T")
Parts = Sequence[Part]
Slots = dict[str, tuple[str, Parts]]  # by separator: its text, and what follows it


class ConflictError(Exception):
    """Both sides changed the same thing differently."""


class PhraseMerger:
    """Merges phrases; `notes` collects what stays deleted though the generator changed it."""

    def __init__(self, where: str, *, commas: bool = True) -> None:
        self.notes: list[str] = []
        self._where = where
        self._commas = commas

    def merge_item(self, base: Item, ours: Item, theirs: Item) -> Row:
        """Merge three items with their comments.

        Raises:
            ConflictError: both sides changed the same thing differently.
        """
        return Row(
            _choose(base.lead, ours.lead, theirs.lead),
            self.merge_parts(base.parts, ours.parts, theirs.parts),
            _choose(base.trail, ours.trail, theirs.trail),
        )

    def merge_parts(self, base: Parts, ours: Parts, theirs: Parts) -> Doc:
        """Merge three sequences of tokens and groups."""
        chosen = _choose_parts(base, ours, theirs)
        if chosen is not None:
            return (_make_raw(chosen),)
        slots = [_split_slots(parts) for parts in (base, ours, theirs)]
        if all(len(found) == 1 for found in slots):
            return self._merge_value(base, ours, theirs)
        doc: list[Raw | Box] = []
        for separator in ("", *_SEPARATORS):
            doc += self._merge_slot(separator, *(found.get(separator) for found in slots))
        return _add_space(doc) if any(":" in found for found in slots) else tuple(doc)

    def _merge_slot(
        self,
        separator: str,
        base: tuple[str, Parts] | None,
        ours: tuple[str, Parts] | None,
        theirs: tuple[str, Parts] | None,
    ) -> Doc:
        words = [None if slot is None else list_words(slot[1]) for slot in (base, ours, theirs)]
        if words[0] == words[1] or words[1] == words[2]:
            kept = theirs if words[0] == words[1] else ours
        elif words[0] == words[2]:
            kept = ours
        elif base is None or ours is None or theirs is None:
            raise ConflictError
        else:
            merged = self._merge_value(base[1], ours[1], theirs[1])
            return (Raw(ours[0]), *merged) if separator else merged
        if kept is None:
            return ()
        text = Raw(kept[0])
        return (text, _make_raw(kept[1])) if kept[1] else (text,)

    def _merge_value(self, base: Parts, ours: Parts, theirs: Parts) -> Doc:
        three = (base, ours, theirs)
        firsts = {list_words(parts[:1]) for parts in three}
        if len(firsts) == 1 and firsts <= _PREFIXES and all(len(parts) > 1 for parts in three):
            value = self._merge_value(base[1:], ours[1:], theirs[1:])
            return _make_raw(ours[:1]), _make_gap(ours[1]), *value
        try:
            return self._merge_sequence(base, ours, theirs)
        except ConflictError:
            for outer, inner in ((ours, theirs), (theirs, ours)):
                doc, places = self._wrap(outer, list_words(base), inner)
                if places == 1 and any(isinstance(part, Group) for part in base):
                    return doc  # one side put around it what the other changed
            raise

    def _wrap(self, outer: Parts, words: Sequence[str], inner: Parts) -> tuple[Doc, int]:
        """Put `inner` where `outer` says `words`, and count how often it does."""
        if list_words(outer) == words:
            return (_make_raw(inner),), 1
        doc: list[Raw | Box] = []
        places = 0
        for place, part in enumerate(outer):
            if isinstance(part, Token):
                doc += [_make_gap(part), _make_raw([part])]
                if part.text == "=" and list_words(outer[place + 1 :]) == words:
                    return (*doc[1:], _make_gap(outer[place + 1]), _make_raw(inner)), places + 1
                continue
            found = [self._wrap(item.parts, words, inner) for item in part.items]
            rows = zip(part.items, found, strict=True)
            box = self._make_box(part, tuple(Row(i.lead, row, i.trail) for i, (row, _) in rows))
            inside = sum(count for _, count in found)
            doc += [_make_gap(part), box if inside else _make_raw([part])]
            places += inside
        return tuple(doc[1:]), places

    # --- tokens --------------------------------------------------------------------------------

    def _merge_sequence(self, base: Parts, ours: Parts, theirs: Parts) -> Doc:
        keys = [[_make_skeleton(part) for part in parts] for parts in (base, ours, theirs)]
        cut = split_regions(
            len(base),
            len(ours),
            len(theirs),
            match_lines(keys[0], keys[1]),
            match_lines(keys[0], keys[2]),
        )
        _check_sides(cut, base, ours, theirs)
        doc: list[Raw | Box] = []
        for region in cut:
            three = base[region.base], ours[region.ours], theirs[region.theirs]
            if region.side == "same":
                for one, mine, other in zip(*three, strict=True):
                    doc += self._merge_part(one, mine, other)
            else:
                chosen = _choose_parts(*three)
                if chosen is None:
                    raise ConflictError
                if chosen:
                    doc += [_make_gap(chosen[0]), _make_raw(chosen)]
        return tuple(doc[1:]) if doc else ()

    def _merge_part(self, base: Part, ours: Part, theirs: Part) -> Doc:
        gap = _make_gap(theirs if base.gap == ours.gap else ours)
        if isinstance(base, Group) and isinstance(ours, Group) and isinstance(theirs, Group):
            return gap, self._merge_group(base, ours, theirs)
        if isinstance(ours, Token) and ours.kind == tokenize.COMMENT:
            raise ConflictError
        return gap, _make_raw([ours])

    # --- brackets ------------------------------------------------------------------------------

    def _merge_group(self, base: Group, ours: Group, theirs: Group) -> Raw | Box:
        chosen = _choose_parts([base], [ours], [theirs])
        if chosen is not None:
            return _make_raw(chosen)
        if any(_is_comprehension(group) for group in (base, ours, theirs)):
            raise ConflictError
        rows = self.merge_items(base, ours, theirs)
        return self._make_box(ours, rows)._replace(
            exploded=ours.exploded or theirs.exploded,
            inner=_choose(base.inner, ours.inner, theirs.inner),
        )

    def _make_box(self, group: Group, rows: tuple[Row, ...]) -> Box:
        """The group with other rows."""
        brackets = (group.opening, group.closing)
        displayed = bool(group.owner) if group.opening == "(" else not group.owner
        meant = not displayed and group.opening != "{" and len(rows) == 1
        commas = self._commas and not meant and not _is_comprehension(group)
        was_many = group.opening == "(" and len(group.items) > 1
        alone = meant and (group.comma or was_many)  # a tuple of one
        return Box(brackets, brackets, rows, group.exploded, commas, alone, group.inner)

    def merge_items(self, base: Group, ours: Group, theirs: Group) -> tuple[Row, ...]:
        """Merge the items of three groups."""
        three = (base, ours, theirs)
        keys = name_keys(*([_make_element(item, g) for item in g.items] for g in three))
        found = [dict(zip(k, g.items, strict=True)) for k, g in zip(keys, three, strict=True)]
        called = ours.opening == "(" and bool(ours.owner)
        mine, other = set(keys[1]) - set(keys[0]), set(keys[2]) - set(keys[0])
        if _call_alike([found[1][k] for k in mine - other], [found[2][k] for k in other - mine]):
            raise ConflictError  # one of them by hand, the other generated: which is meant?
        sides = ((mine - other, found[1]), (other - mine, found[2]))
        if called and all(_has_placed(added, items) for added, items in sides):
            raise ConflictError  # whose argument is the next one?
        rows: list[tuple[Row, Item]] = []
        for key in merge_order(*keys):
            versions = [items.get(key) for items in found]
            row = self._merge_row(*versions, what=key[0])
            source = versions[1] or versions[2]
            if row is not None and source is not None:
                rows.append((row, source))
        return _sort_legally(rows) if called else tuple(row for row, _ in rows)

    def _merge_row(
        self, base: Item | None, ours: Item | None, theirs: Item | None, *, what: object
    ) -> Row | None:
        if base and ours and theirs:
            return self.merge_item(base, ours, theirs)
        if base and (ours or theirs):
            self._check_deleted(base, ours, theirs, what=what)
            return None
        if ours and theirs and list_item_words(ours) != list_item_words(theirs):
            raise ConflictError
        added = ours or theirs
        return Row(added.lead, (_make_raw(added.parts),), added.trail) if added else None

    def _check_deleted(
        self, base: Item, ours: Item | None, theirs: Item | None, *, what: object
    ) -> None:
        """One side deleted the item: the other must not have changed it."""
        if ours and list_item_words(ours) != list_item_words(base):
            raise ConflictError
        if theirs and list_item_words(theirs) != list_item_words(base):
            if not (isinstance(what, tuple) and what[0] == "name"):
                raise ConflictError
            self.notes.append(
                f"{self._where}: {what[1]} was deleted by you and changed by the generator; "
                "it stays deleted"
            )


# --- readers -----------------------------------------------------------------------------------


def _choose_parts(base: Parts, ours: Parts, theirs: Parts) -> Parts | None:
    """Return the side to take where one of them changed nothing, or both did the same."""
    in_base, in_ours, in_theirs = list_words(base), list_words(ours), list_words(theirs)
    if in_base == in_theirs or in_ours == in_theirs:
        return ours
    return theirs if in_base == in_ours else None


def _choose(base: _T, ours: _T, theirs: _T) -> _T:
    chosen = choose_unopposed(base, ours, theirs)
    if chosen is None:
        raise ConflictError
    return chosen


def _make_raw(parts: Parts) -> Raw:
    """The source of a sequence, its further lines indented relative to its first."""
    if not parts:
        return Raw("")
    if _has_text_over_lines(parts):
        raise ConflictError  # the indentation within a string is no layout
    first, *others = write_text(parts).split("\n")
    return Raw("\n".join([first, *(line.removeprefix(parts[0].indent) for line in others)]))


def _has_text_over_lines(parts: Parts) -> bool:
    return any(
        "\n" in part.text
        if isinstance(part, Token)
        else any(_has_text_over_lines(item.parts) for item in part.items)
        for part in parts
    )


def _make_gap(part: Part) -> Raw:
    return Raw(part.gap.replace("\n" + part.indent, "\n"))


def _make_skeleton(part: Part) -> tuple[str, str]:
    return (part.text, "") if isinstance(part, Token) else (part.opening, part.owner)


def _split_slots(parts: Parts) -> Slots:
    """Cut a phrase into what is named, its annotation and its value."""
    cuts = [-1]
    names = [""]
    for place, part in enumerate(parts):
        text = part.text if isinstance(part, Token) else ""
        if text in ("lambda", "for"):
            break
        if text in _SEPARATORS and text not in names:
            cuts.append(place)
            names.append(text)
    found: Slots = {}
    for name, start, stop in zip(names, cuts, [*cuts[1:], len(parts)], strict=True):
        inside = parts[start + 1 : stop]
        after = inside[0].gap if inside else ""
        text = parts[start].gap + name + after if name else ""
        found[name] = (text if "\n" not in text else f" {name} ", inside)
    return found


def _add_space(doc: Sequence[Raw | Box]) -> Doc:
    """A default behind an annotation has spaces around its sign."""
    return tuple(Raw(" = ") if part == Raw("=") else part for part in doc)


def _check_sides(cut: Sequence[Region], base: Parts, ours: Parts, theirs: Parts) -> None:
    """Tokens may be changed by one side only; the other may make the whole a part of a union."""
    mine = [r for r in cut if r.side in ("ours", "both") and not _is_union(r.base, r.ours, ours)]
    other = [
        r for r in cut if r.side in ("theirs", "both") and not _is_union(r.base, r.theirs, theirs)
    ]
    if mine and other:
        raise ConflictError
    if not base:
        raise ConflictError


def _is_union(base: slice, side: slice, parts: Parts) -> bool:
    added = parts[side]
    if base.start != base.stop or not added:
        return False
    edges = (added[0], added[-1])
    return any(isinstance(part, Token) and part.text == "|" for part in edges)


def _call_alike(ours: Sequence[Item], theirs: Sequence[Item]) -> bool:
    """Tell whether both sides added a call of the same function of the same object."""
    own = {words for item in ours if (words := _list_called_words(item))}
    return any(_list_called_words(item) in own for item in theirs)


def _list_called_words(item: Item) -> tuple[str, ...]:
    """Return the words of a dotted name that an item calls; none if it is anything else."""
    last = item.parts[-1] if item.parts else None
    if not isinstance(last, Group) or last.opening != "(" or len(item.parts) < 4:
        return ()
    return tuple(list_words(item.parts[:-1]))


def _has_placed(added: Set[Key], items: Mapping[Key, Item]) -> bool:
    """Say whether a side adds an argument that only its place tells from others."""
    return any(len(list_words(items[key].parts)) == 1 for key in added)


def _sort_legally(rows: Sequence[tuple[Row, Item]]) -> tuple[Row, ...]:
    """What has no default, or no keyword, stands before what has one; up to the first star."""
    star = next(
        (i for i, (_, item) in enumerate(rows) if list_words(item.parts)[0][0] in "*/"), None
    )
    head, rest = rows[:star], rows[len(rows) if star is None else star :]
    head = sorted(head, key=lambda entry: "=" in _split_slots(entry[1].parts))
    return tuple(row for row, _ in (*head, *rest))


def _is_comprehension(group: Group) -> bool:
    return any(
        isinstance(part, Token) and part.text == "for"
        for item in group.items
        for part in item.parts
    )


def _make_element(item: Item, group: Group) -> Element:
    return Element(_name_item(item, group), list_words(item.parts, comments=False))


def _name_item(item: Item, group: Group) -> str | None:
    """What an item is called: a parameter, a keyword, a key, a name or a text of a list."""
    words = list_words(item.parts, comments=False)
    if group.opening == "[" and group.owner:
        return None  # what stands between the brackets of a type is told apart by its place
    if len(words) == 1:
        by_place = group.opening == "(" and group.owner and not words[0].isidentifier()
        return None if by_place else words[0]
    if group.opening == "{":
        found = _split_slots(item.parts)
        return " ".join(list_words(found[""][1])) if ":" in found else None
    if words and words[0].isidentifier() and words[1] in ("=", ":"):
        return words[0]
    return _find_named_call(item)


def _find_named_call(item: Item) -> str | None:
    """`CheckConstraint(..., name="x")` is told from others by its name."""
    call = item.parts[-1] if len(item.parts) == 2 else None
    if isinstance(call, Group) and call.opening == "(":
        for argument in call.items:
            words = list_words(argument.parts, comments=False)
            if words[:2] == ("name", "=") and len(words) == 3:
                return f"{call.owner}({words[2]})"
    return None
