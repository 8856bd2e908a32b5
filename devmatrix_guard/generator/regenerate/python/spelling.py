"""One value, one spelling: what a formatter of people wrote otherwise says the same.

Before three versions are compared, base and new version spell each literal as people do, and
indent as they do, so that quotes, the underscores of numbers and tabs are no edit, and what is new
comes in their style.
"""

from __future__ import annotations

import ast
import io
import textwrap
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
    units = _find_indent(base), _find_indent(ours)
    return tuple(  # type: ignore[return-value] # two of two
        _reindent(_respell(text, spellings, wanted), *units) for text in (base, theirs)
    )


def says_the_same(one: str, other: str) -> bool:
    """Tell whether two pieces of a module differ in layout and quotes alone, comments included."""
    try:
        trees = [ast.dump(ast.parse(textwrap.dedent(text))) for text in (one, other)]
        comments = [_list_comments(textwrap.dedent(text)) for text in (one, other)]
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError):
        return False
    return trees[0] == trees[1] and comments[0] == comments[1]


def _list_comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


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


def _find_indent(text: str) -> str:
    """Return what most blocks of a module are indented by, "" where there is none."""
    units: Counter[str] = Counter()
    above = [""]
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.INDENT:
                units[token.string.removeprefix(above[-1])] += 1
                above.append(token.string)
            elif token.type == tokenize.DEDENT:
                above.pop()
    except (tokenize.TokenError, SyntaxError):
        return ""
    return units.most_common(1)[0][0] if units else ""


def _reindent(text: str, before: str, after: str) -> str:
    """Return a module with each step of its indentation written as another; texts stay."""
    if not before or not after or before == after:
        return text
    inside = {
        row
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.STRING
        for row in range(token.start[0], token.end[0])
    }
    lines = text.split("\n")
    for row, line in enumerate(lines):
        stripped = line.lstrip(before[0])
        steps, rest = divmod(len(line) - len(stripped), len(before))
        if row not in inside and not rest:
            lines[row] = after * steps + stripped
    return "\n".join(lines)
