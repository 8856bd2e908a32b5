"""A logical line as a tree: tokens, and brackets with items between commas."""

from __future__ import annotations

import keyword
import tokenize
from collections.abc import Sequence
from typing import NamedTuple

from devmatrix_guard.generator.regenerate.python.lexer import Token

_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Group(NamedTuple):
    """A pair of brackets.

    Attributes:
        opening, closing: the brackets.
        gap: the text before the opening bracket.
        indent: the indentation of the line that it begins on.
        owner: the word before it where it is called or subscripted, else "".
        items: what stands between its commas; one item where it is a comprehension.
        exploded: a line break follows the opening bracket.
        comma: the last item has a comma behind it.
        inner: the comments below the last item.
        source: the text from the opening to the closing bracket.
    """

    opening: str
    closing: str
    gap: str
    indent: str
    owner: str
    items: tuple[Item, ...]
    exploded: bool
    comma: bool
    inner: tuple[str, ...]
    source: str

    @property
    def is_tuple_like(self) -> bool:
        """Whether the comma behind the only item means something."""
        return len(self.items) == 1 and (
            (self.opening == "(" and not self.owner) or (self.opening == "[" and bool(self.owner))
        )


class Item(NamedTuple):
    """What stands between two commas, with the comments above it and behind it."""

    lead: tuple[str, ...]
    parts: tuple[Part, ...]
    trail: str


Part = Token | Group


def read_phrase(tokens: Sequence[Token]) -> Item:
    """Return the tree of a logical line; a comment at its end is its `trail`."""
    trail = ""
    if tokens and tokens[-1].kind == tokenize.COMMENT:
        trail = tokens[-1].gap + tokens[-1].text
        tokens = tokens[:-1]
    parts, _ = _read_parts(tokens, 0, closing="")
    return Item((), tuple(parts), trail)


def _read_parts(tokens: Sequence[Token], at: int, closing: str) -> tuple[list[Part], int]:
    parts: list[Part] = []
    while at < len(tokens) and tokens[at].text != closing:
        if tokens[at].text in _CLOSING and tokens[at].kind == tokenize.OP:
            group, at = _read_group(tokens, at)
            parts.append(group)
        else:
            parts.append(tokens[at])
            at += 1
    return parts, at


def _read_group(tokens: Sequence[Token], at: int) -> tuple[Group, int]:
    opening = tokens[at]
    closing = _CLOSING[opening.text]
    parts, end = _read_parts(tokens, at + 1, closing)
    items, comma = _split_items(parts)
    inner: tuple[str, ...] = ()
    if items and not items[-1].parts:
        inner = items.pop().lead
        comma = True
    source = "".join(token.gap + token.text for token in tokens[at : end + 1])
    first = parts[0] if parts else tokens[end]
    group = Group(
        opening.text,
        closing,
        opening.gap,
        opening.indent,
        _find_owner(tokens, at),
        tuple(items),
        "\n" in first.gap,
        comma,
        inner,
        source[len(opening.gap) :],
    )
    return group, end + 1


def _find_owner(tokens: Sequence[Token], at: int) -> str:
    before = tokens[at - 1].text if at else ""
    if before in (")", "]", "}"):
        return before
    name = before.isidentifier() and (before == "import" or not keyword.iskeyword(before))
    return before if name and not (at == 1 and before in ("match", "case", "type")) else ""


def _split_items(parts: list[Part]) -> tuple[list[Item], bool]:
    """Cut at the commas; those of a lambda's parameters and of a comprehension cut nothing."""
    whole = any(isinstance(p, Token) and p.text == "for" for p in parts)
    cuts: list[list[Part]] = [[]]
    lambdas = 0
    for part in parts:
        text = part.text if isinstance(part, Token) else ""
        lambdas += text == "lambda"
        if text == ":" and lambdas:
            lambdas -= 1
        elif text == "," and not lambdas and not whole:
            cuts.append([])
            continue
        cuts[-1].append(part)
    cuts, comments = _give_comments_to_owner(cuts)
    comma = len(cuts) > 1 and not cuts[-1]
    if not cuts[-1]:
        cuts.pop()
        comments.pop()
    return [_make_item(cut, trail) for cut, trail in zip(cuts, comments, strict=True)], comma


def _give_comments_to_owner(cuts: list[list[Part]]) -> tuple[list[list[Part]], list[str]]:
    """A comment on the line of a comma belongs to the item before it."""
    trails = [""] * len(cuts)
    for number in range(1, len(cuts)):
        first = cuts[number][0] if cuts[number] else None
        if isinstance(first, Token) and first.kind == tokenize.COMMENT and "\n" not in first.gap:
            trails[number - 1] = first.text
            cuts[number] = cuts[number][1:]
    return cuts, trails


def _make_item(parts: list[Part], trail: str) -> Item:
    lead = []
    while parts and isinstance(parts[0], Token) and parts[0].kind == tokenize.COMMENT:
        lead.append(parts[0].text)
        parts = parts[1:]
    last = parts[-1] if parts else None
    if isinstance(last, Token) and last.kind == tokenize.COMMENT and not trail:
        trail = last.text  # before the comma, or where there is none
        parts = parts[:-1]
    return Item(tuple(lead), tuple(parts), trail)


# --- reading -----------------------------------------------------------------------------------


def list_words(parts: Sequence[Part], *, comments: bool = True) -> tuple[str, ...]:
    """Return the tokens of a sequence, without layout and commas that mean nothing."""
    found: list[str] = []
    for part in parts:
        if isinstance(part, Token):
            if comments or part.kind != tokenize.COMMENT:
                found.append(part.text)
        else:
            found += _list_group_words(part, comments=comments)
    return tuple(found)


def list_item_words(item: Item, *, comments: bool = True) -> tuple[str, ...]:
    """Return the tokens of an item, its comments included."""
    words = list_words(item.parts, comments=comments)
    trail = (item.trail.strip(),) if item.trail else ()
    return (*item.lead, *words, *trail) if comments else words


def _list_group_words(group: Group, *, comments: bool) -> list[str]:
    found = [group.opening]
    for item in group.items:
        found += [*list_item_words(item, comments=comments), ","]
    if group.items and not (group.is_tuple_like and group.comma):
        found.pop()
    if comments:
        found += group.inner
    return [*found, group.closing]


def write_text(parts: Sequence[Part]) -> str:
    """Return the source of a sequence, without the gap before it."""
    whole = "".join(part.gap + _write_source(part) for part in parts)
    return whole[len(parts[0].gap) :] if parts else ""


def _write_source(part: Part) -> str:
    return part.text if isinstance(part, Token) else part.source
