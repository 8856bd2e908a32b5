"""One value, one spelling: what a formatter of people wrote otherwise says the same.

Before three versions are compared, base and new version spell each literal as people do, so that
quotes and the underscores of numbers are no edit, and what is new comes in their style.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

_PLAIN = ("'", '"')


class _Literal(NamedTuple):
    """A literal: where it stands, how it is spelled, what it is."""

    line: int
    start: int
    end: int
    text: str
    value: object


def respell(base: str, ours: str, theirs: str) -> tuple[str, str]:
    """Return base and new version with the literals spelled as in `ours`."""
    mine = _list_literals(ours)
    spellings = _collect_spellings(mine)
    style = _find_style(mine)
    generated = _find_style(_list_literals(base))
    wanted = style if style != generated and style and generated else ""
    return tuple(_respell(text, spellings, wanted) for text in (base, theirs))  # type: ignore[return-value] # two of two


def _list_literals(text: str) -> list[_Literal]:
    """Return the numbers and plain strings on one line of a module."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            plain = token.type == tokenize.STRING and token.string.startswith(_PLAIN)
            if token.start[0] != token.end[0] or not (plain or token.type == tokenize.NUMBER):
                continue
            if token.string[:3] in ('"""', "'''"):
                continue
            value = ast.literal_eval(token.string)
            found.append(
                _Literal(token.start[0], token.start[1], token.end[1], token.string, value)
            )
    except (tokenize.TokenError, SyntaxError, ValueError):
        return []
    return found


def _collect_spellings(literals: list[_Literal]) -> dict[tuple[type, object], str]:
    """Return how each value is spelled, where that is the same everywhere."""
    found: dict[tuple[type, object], set[str]] = {}
    for literal in literals:
        found.setdefault((type(literal.value), literal.value), set()).add(literal.text)
    return {key: texts.pop() for key, texts in found.items() if len(texts) == 1}


def _find_style(literals: list[_Literal]) -> str:
    """Return the quote that most strings have, "" where there are none."""
    quotes = Counter(x.text[0] for x in literals if isinstance(x.value, str))
    return quotes.most_common(1)[0][0] if quotes else ""


def _respell(text: str, spellings: Mapping[tuple[type, object], str], style: str) -> str:
    lines = text.split("\n")
    for literal in reversed(_list_literals(text)):
        known = spellings.get((type(literal.value), literal.value))
        spelled = known or literal.text
        if known is None and style and isinstance(literal.value, str):
            inner = literal.text[1:-1]
            if not set(inner) & {"'", '"', "\\"}:
                spelled = f"{style}{inner}{style}"
        if spelled != literal.text:
            line = lines[literal.line - 1]
            lines[literal.line - 1] = line[: literal.start] + spelled + line[literal.end :]
    return "\n".join(lines)
