"""The smallest text edits that turn matched code into what a fix says, in the code's own layout.

Matched code and filled template are compared token by token, code a metavariable bound counting
as one token, so that comments, spacing, trailing commas and line breaks outside a change stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from devmatrix_guard.engine.fixing.layout import Item, delete_items, insert_items, replace_items
from devmatrix_guard.engine.fixing.region import Region, Replacement
from devmatrix_guard.engine.fixing.template import Slot, Template
from devmatrix_guard.engine.tree.lexer import Token, read_tokens
from devmatrix_guard.engine.tree.source_text import encode_source

COPIED = "copied"
Opcode = tuple[str, int, int, int, int]
_DROPPED = frozenset({"INDENT", "DEDENT", "NL", "COMMENT", "ENDMARKER"})


class Line(NamedTuple):
    """One logical line: how deep it stands, and its items."""

    depth: int
    items: tuple[Item, ...]


def find_minimal_replacements(
    region: Region, template: Template, newline: str, *, keep_trailing_commas: bool
) -> list[Replacement] | None:
    """Return the replacements, or None where the two cannot be compared token by token."""
    new_text = template.fill()
    slots = _find_copied_slots(template)
    old = _list_old_lines(region, slots)
    new = _list_new_lines(region, template, slots)
    if old is None or new is None:
        return None
    if len(old) == len(new) == 1:
        return _find_line_replacements(
            region, old[0].items, new[0].items, newline, keep_trailing_commas
        )
    found: list[Replacement] = []
    matcher = SequenceMatcher(None, _make_keys(old), _make_keys(new), autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        if i2 - i1 != j2 - j1 or any(
            a.depth != b.depth for a, b in zip(old[i1:i2], new[j1:j2], strict=True)
        ):
            return [Replacement(region.match_start, region.match_end, new_text)]
        for before, after in zip(old[i1:i2], new[j1:j2], strict=True):
            found += _find_line_replacements(
                region, before.items, after.items, newline, keep_trailing_commas
            )
    return found


def _make_keys(lines: Sequence[Line]) -> list[tuple[int, tuple[tuple[str, ...], ...]]]:
    return [(line.depth, tuple(item.key for item in line.items)) for line in lines]


def _find_line_replacements(
    region: Region,
    old: Sequence[Item],
    new: Sequence[Item],
    newline: str,
    keep_trailing_commas: bool,
) -> list[Replacement]:
    """Return the replacements for one logical line."""
    source = region.source
    found: list[Replacement] = []
    for tag, i1, i2, j1, j2 in _compare(old, new):
        if tag == "delete":
            i1, i2 = _slide(old, i1, i2)
            if keep_trailing_commas and _is_trailing_comma(old, i1, i2):
                continue
            lead = new[j1].lead if j1 < len(new) else ""
            found += delete_items(source, old, i1, i2, lead)
        elif tag == "insert":
            shift = _slide(new, j1, j2)[0] - j1
            j1, j2, i1 = j1 + shift, j2 + shift, i1 + shift
            lead = new[j2].lead if j2 < len(new) else ""
            found += insert_items(source, old, i1, new[j1:j2], lead, newline)
        elif tag == "replace":
            lead = new[j2].lead if j2 < len(new) else ""
            found.append(replace_items(source, old, i1, i2, new[j1:j2], lead))
    return found


def _compare(old: Sequence[Item], new: Sequence[Item]) -> Iterator[Opcode]:
    """Yield what differs between two lines; copied code is matched first, then what is between."""
    i = j = 0
    for end_i, end_j in (*_same_copies(old, new), (len(old), len(new))):
        keys = [item.key for item in old[i:end_i]], [item.key for item in new[j:end_j]]
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
            if tag != "equal":
                yield tag, i + i1, i + i2, j + j1, j + j2
        i, j = end_i + 1, end_j + 1


def _same_copies(old: Sequence[Item], new: Sequence[Item]) -> list[tuple[int, int]]:
    """Return the pairs of indices at which both have the same copied code, in order."""
    left = [n for n, item in enumerate(old) if item.key[0] == COPIED]
    right = [n for n, item in enumerate(new) if item.key[0] == COPIED]
    keys = [old[n].key for n in left], [new[n].key for n in right]
    blocks = SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
    return [(left[b.a + n], right[b.b + n]) for b in blocks for n in range(b.size)]


def _slide(items: Sequence[Item], first: int, last: int) -> tuple[int, int]:
    """Move a run that begins with a comma, and is followed by one, to begin after the first."""
    if last < len(items) and items[first].text == "," and items[last].text == ",":
        return first + 1, last + 1
    return first, last


def _is_trailing_comma(items: Sequence[Item], first: int, last: int) -> bool:
    return (
        last - first == 1
        and items[first].text == ","
        and last < len(items)
        and items[last].text in {")", "]", "}"}
    )


def _find_copied_slots(template: Template) -> list[Slot]:
    """Return the slots whose code stands in the match, apart from each other."""
    inside = [s for s in template.slots if s.start is not None and s.text.strip()]
    found: list[Slot] = []
    for slot in sorted(set(inside), key=lambda s: (s.start or 0, -(s.end or 0))):
        if not found or (found[-1].end or 0) <= (slot.start or 0):
            found.append(slot)
    return found


def _list_old_lines(region: Region, slots: Sequence[Slot]) -> list[Line] | None:
    """Return the match's logical lines; None where it does not begin and end with a token."""
    tokens = [
        t
        for t in region.tokens
        if region.match_start <= t.start and t.end <= region.match_end and t.kind not in _DROPPED
    ]
    code = [t for t in tokens if t.is_code]
    if not code or (code[0].start, code[-1].end) != (region.match_start, region.match_end):
        return None
    items: list[tuple[Token, Item]] = []
    pending = list(slots)
    at = region.match_start
    for token in tokens:
        while pending and (pending[0].end or 0) <= token.start:
            pending.pop(0)
        slot = pending[0] if pending else None
        if slot is not None and slot.start == token.start:
            item = Item(_make_slot_key(slot), slot.text, "", token.start, slot.end or token.end)
            items.append((token, item))
            at = item.end
        elif token.start >= at:
            items.append((token, Item((token.text,), token.text, "", token.start, token.end)))
            at = token.end
    return _split_lines(items, region)


def _list_new_lines(region: Region, template: Template, slots: Sequence[Slot]) -> list[Line] | None:
    """Return the filled template's logical lines."""
    base = region.indent
    text = base + template.text
    tokens = read_tokens(encode_source(text))
    if tokens is None or any(t.kind == "COMMENT" for t in tokens):
        return None
    copied = set(slots)
    items: list[tuple[Token, Item]] = []
    at = len(base)
    for token in tokens:
        if token.kind in _DROPPED or token.start < len(base):
            continue
        lead = text[at : token.start]
        at = token.end
        slot = template.slot_of(token.text)
        if token.kind == "NEWLINE":
            items.append((token, Item((token.text,), token.text, "", token.start, token.end)))
        elif slot in copied and slot is not None:
            items.append(
                (token, Item(_make_slot_key(slot), slot.text, lead, token.start, token.end))
            )
        elif slot is not None:
            items += [(token, i) for i in _list_plain_items(slot.text, lead, token)]
        else:
            filled = template._replace(text=token.text).fill()
            items.append((token, Item((filled,), filled, lead, token.start, token.end)))
    return _split_lines(items, region, text)


def _list_plain_items(code: str, lead: str, place: Token) -> list[Item]:
    """Return the items of code copied from elsewhere."""
    tokens = [t for t in read_tokens(encode_source(code)) or [] if t.is_code]
    if not tokens:
        return [Item((code,), code, lead, place.start, place.end)]
    found: list[Item] = []
    at = 0
    for token in tokens:
        before = lead if not found else code[at : token.start]
        found.append(Item((token.text,), token.text, before, place.start, place.end))
        at = token.end
    return found


def _make_slot_key(slot: Slot) -> tuple[str, ...]:
    return (COPIED, slot.text)


def _split_lines(
    items: Sequence[tuple[Token, Item]], region: Region, text: str | None = None
) -> list[Line]:
    """Split items at newlines; depth is the number of different indentations around a line."""
    whole = encode_source(text) if text is not None else region.source
    lines: list[Line] = []
    stack = [len(region.indent)]
    current: list[Item] = []
    for token, item in items:
        if token.kind == "NEWLINE":
            if current:
                lines.append(Line(len(stack), tuple(current)))
            current = []
            continue
        if not current and lines:
            column = whole.position(item.start)[1] - 1
            while len(stack) > 1 and stack[-1] > column:
                stack.pop()
            if stack[-1] < column:
                stack.append(column)
        current.append(item)
    return [*lines, Line(len(stack), tuple(current))] if current else lines
