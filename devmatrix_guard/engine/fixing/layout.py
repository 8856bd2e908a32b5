"""Where added code goes, and what code leaves that goes away: lines, indentation, commas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from devmatrix_guard.engine.fixing.region import Replacement, indent_at
from devmatrix_guard.engine.tree.lexer import read_tokens
from devmatrix_guard.engine.tree.source_text import SourceText, encode_source

_OPENERS = frozenset("([{")
_CLOSERS = frozenset(")]}")
_COMMENT_TAIL = re.compile(r"[ \t\f]*#[^\r\n]*")
_NEWLINE = re.compile(r"\r\n|\n|\r")


class Item(NamedTuple):
    """A token, or copied code taken as one; items with equal keys are the same code.

    `lead` is the blank space before it in a template; `start` and `end` are offsets into the file
    for items of the match.
    """

    key: tuple[str, ...]
    text: str
    lead: str
    start: int
    end: int


def lay_out_items(items: Sequence[Item]) -> str:
    """Return the items as the template writes them, without the blank space before the first."""
    return "".join(i.text if not n else i.lead + i.text for n, i in enumerate(items))


def insert_items(
    source: SourceText,
    old: Sequence[Item],
    index: int,
    new: Sequence[Item],
    next_lead: str,
    newline: str,
) -> list[Replacement]:
    """Return the replacements that put new items before `old[index]`.

    `next_lead` is the template's blank space between the last new item and what follows it.
    """
    text = lay_out_items(new)
    if index == 0:
        return [_build_insertion(source, old[0].start, text + next_lead)]
    before = old[index - 1]
    if index == len(old):
        return [_build_insertion(source, before.end, new[0].lead + text)]
    after = old[index]
    gap = source.text[before.end : after.start]
    if _NEWLINE.search(gap):
        return _insert_between_lines(source, old, index, new, next_lead, newline)
    if gap and not next_lead and (new[0].lead or before.text in _OPENERS):
        return [_build_insertion(source, after.start, text)]
    if gap and not next_lead and after.text not in _CLOSERS:
        return [_guard_layout(source, Replacement(before.end, after.start, text))]
    return [_build_insertion(source, before.end, new[0].lead + text + ("" if gap else next_lead))]


def _insert_between_lines(
    source: SourceText,
    old: Sequence[Item],
    index: int,
    new: Sequence[Item],
    next_lead: str,
    newline: str,
) -> list[Replacement]:
    """Insert where a line break stands between the neighbours."""
    before, after = old[index - 1], old[index]
    text = lay_out_items(new)
    closes = after.text in _CLOSERS
    if closes and (new[0].text == "," or before.text == ","):
        return _append_element(source, old, index, new, newline)
    if new[-1].text == "," and not closes:
        lead = newline + indent_at(source, after.start)
        return [_build_insertion(source, after.start, text + lead)]
    if before.text in _OPENERS or before.text == ",":
        return [_build_insertion(source, after.start, text + next_lead)]
    return [_build_insertion(source, before.end, new[0].lead + text)]


def _append_element(
    source: SourceText, old: Sequence[Item], index: int, new: Sequence[Item], newline: str
) -> list[Replacement]:
    """Add elements at the end of a bracket that closes on a later line."""
    before = old[index - 1]
    has_comma = before.text == ","
    element = _find_element_start(old, index - 2 if has_comma else index - 1)
    added = new if has_comma else new[1:]
    if not added:
        return [_build_insertion(source, before.end, ",")]
    tail = "," if has_comma and added[-1].text != "," else ""
    if not _begins_line(source, element):
        comma = "" if has_comma else ","
        lead = added[0].lead or " "
        return [_build_insertion(source, before.end, comma + lead + lay_out_items(added) + tail)]
    line = newline + indent_at(source, element) + lay_out_items(added) + tail
    place = before.end + _measure_comment(source, before.end)
    if has_comma:
        return [Replacement(place, place, line)]
    if place == before.end:
        return [Replacement(place, place, "," + line)]
    return [Replacement(before.end, before.end, ","), Replacement(place, place, line)]


def replace_items(
    source: SourceText,
    old: Sequence[Item],
    first: int,
    last: int,
    new: Sequence[Item],
    next_lead: str,
) -> Replacement:
    """Return the replacement of `old[first:last]`, blanks beside it as the new code needs them."""
    start, end, text = old[first].start, old[last - 1].end, lay_out_items(new)
    if first:
        left = old[first - 1]
        gap = source.text[left.end : start]
        if (wanted := _find_gap(gap, new[0].lead, left.text, "")) != gap:
            start, text = left.end, wanted + text
    if last < len(old):
        right = old[last]
        gap = source.text[end : right.start]
        if (wanted := _find_gap(gap, next_lead, "", right.text)) != gap:
            end, text = right.start, text + wanted
    return _guard_layout(source, Replacement(start, end, text))


def _find_gap(gap: str, lead: str, left: str, right: str) -> str:
    """Return the blank space to leave: the file's, unless the fix has some where it has none.

    `left` and `right` are what the file has beside it; blanks inside its brackets are its style.
    """
    if gap.strip(" \t") or lead.strip(" \t") or bool(gap) == bool(lead):
        return gap
    return gap if left in _OPENERS or right in _CLOSERS else lead


def delete_items(
    source: SourceText, old: Sequence[Item], first: int, last: int, next_lead: str
) -> list[Replacement]:
    """Return the replacements that take `old[first:last]` away with the blank space it leaves."""
    if _leaves_trailing_comma(source, old, first, last):
        first += 1
    start, end = old[first].start, old[last - 1].end
    before = old[first - 1] if first else None
    after = old[last] if last < len(old) else None
    if before is None or after is None:
        return [_delete_at_the_edge(source, before, start, end, after)]
    tail = source.text[end : after.start]
    if _begins_line(source, start):
        newline = _NEWLINE.match(tail.lstrip(" \t\f"))
        if newline:
            return [Replacement(_find_line_start(source, start), _find_next_line(source, end), "")]
        return [Replacement(start, end + _measure_blank(tail), "")]
    if _NEWLINE.search(tail):
        return [_guard_layout(source, Replacement(before.end, end, ""))]
    if before.text in _OPENERS:
        return [_guard_layout(source, Replacement(start, after.start, ""))]
    kept = _find_gap(tail, next_lead, before.text, after.text)
    if kept == tail:
        return [_guard_layout(source, Replacement(before.end, end, ""))]
    return [_guard_layout(source, Replacement(before.end, after.start, kept))]


def _leaves_trailing_comma(source: SourceText, old: Sequence[Item], first: int, last: int) -> bool:
    """Tell a last element whose comma stays behind, with the comment or the line break after it."""
    if last - first < 2 or old[first].text != "," or last == len(old):
        return False
    if old[last].text not in _CLOSERS or not _begins_line(source, old[first + 1].start):
        return False
    break_after = _NEWLINE.search(source.text, old[last - 1].end, old[last].start)
    return bool(break_after) or "#" in source.text[old[first].end : old[first + 1].start]


def _delete_at_the_edge(
    source: SourceText, before: Item | None, start: int, end: int, after: Item | None
) -> Replacement:
    """Delete the first or the last items of a match, and the blank space to what stays."""
    if after is not None and not source.text[end : after.start].strip(" \t\f"):
        return _guard_layout(source, Replacement(start, after.start, ""))
    if before is not None and not source.text[before.end : start].strip(" \t\f"):
        return _guard_layout(source, Replacement(before.end, end, ""))
    return Replacement(start, end, "")


def _build_insertion(source: SourceText, place: int, text: str) -> Replacement:
    return _guard_layout(source, Replacement(place, place, text))


def _guard_layout(source: SourceText, replacement: Replacement) -> Replacement:
    """Put a blank where words would run together."""
    start, end, text = replacement
    left, right = source.text[start - 1 : start], source.text[end : end + 1]
    if not text:
        return replacement._replace(text=" ") if _is_word(left) and _is_word(right) else replacement
    if _is_word(left) and _is_word(text[:1]):
        text = " " + text
    if _is_word(right) and _is_word(text[-1:]):
        text += " "
    return Replacement(start, end, text)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _find_element_start(old: Sequence[Item], index: int) -> int:
    """Return where the element that ends at an index begins."""
    depth = 0
    while index > 0:
        text = old[index].text
        depth += (text in _CLOSERS) - (text in _OPENERS)
        previous = old[index - 1].text
        if depth <= 0 and (previous == "," or previous in _OPENERS):
            break
        index -= 1
    item = old[max(index, 0)]
    return item.start + _find_last_element(item.text)


def _find_last_element(code: str) -> int:
    """Return where the last of the elements in copied code begins."""
    depth = start = 0
    for token in read_tokens(encode_source(f"({code}\n)")) or []:
        if not token.is_code:
            continue
        depth += (token.text in _OPENERS) - (token.text in _CLOSERS)
        if start < 0:
            start = token.start - 1
        if token.text == "," and depth == 1:
            start = -1
    return max(start, 0)


def _begins_line(source: SourceText, offset: int) -> bool:
    return not source.text[_find_line_start(source, offset) : offset].strip()


def _find_line_start(source: SourceText, offset: int) -> int:
    return source.starts[source.position(offset)[0] - 1]


def _find_next_line(source: SourceText, offset: int) -> int:
    return source.offset(source.position(offset)[0] + 1, 1)


def _measure_comment(source: SourceText, offset: int) -> int:
    """Return how far the comment after an offset reaches; 0 without one."""
    found = _COMMENT_TAIL.match(source.text, offset)
    return len(found.group()) if found else 0


def _measure_blank(text: str) -> int:
    return len(text) - len(text.lstrip(" \t\f"))
