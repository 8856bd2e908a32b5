"""Compares conditions: which ask for the opposite of one another, in Python and other languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from devmatrix_guard.mining.undo.commuted import normalise
from devmatrix_guard.mining.undo.parts import parse_line
from devmatrix_guard.mining.undo.tokens import decode

_OPPOSITE = {"==": "!=", "===": "!==", "<": ">=", ">": "<="}
_OPPOSITE |= {other: one for one, other in _OPPOSITE.items()}


def read_tests(own: bytes) -> Iterator[ast.expr]:
    """Yield what the `if` or `assert` of a statement asks for, none where it is none of Python."""
    for node in parse_line(own.strip().decode("utf-8", "replace")) or ():
        if isinstance(node, ast.If | ast.Assert):
            yield node.test


def is_opposite(was: bytes, now: bytes) -> bool:
    """Tell whether two heads ask for the opposite, as Python or as tokens."""
    one, other = (_cut_condition(decode(side)) for side in (was, now))
    if not one or not other:
        return _is_flipped(was, now)
    if ["!", *one] == other or one == ["!", *other]:
        return True
    if ["!", "(", *one, ")"] == other or one == ["!", "(", *other, ")"]:
        return True
    turned = [_OPPOSITE.get(token, token) for token in one]
    count = sum(token in _OPPOSITE for token in one)
    return count == 1 and turned == other and not {"&&", "||"} & {*one}


def _is_flipped(was: bytes, now: bytes) -> bool:
    """Tell whether a condition asks for the opposite of what another asked for."""
    sides = [list(read_tests(side)) for side in (was, now)]
    if any(len(side) != 1 for side in sides):
        return False
    (one,), (other,) = sides
    opposite = ast.UnaryOp(ast.Not(), other)
    return ast.dump(normalise(one)) in {
        ast.dump(normalise(opposite)),
        ast.dump(other.operand) if isinstance(other, ast.UnaryOp) else "",
    } and ast.dump(normalise(one)) != ast.dump(normalise(other))


def _cut_condition(text: str) -> list[str]:
    """Return the tokens of what an `if` asks for; none where it is Python, or no `if`."""
    tokens = [token.removeprefix("\x01") for token in text.split("\x00")]
    if len(tokens) < 3 or tokens[0] != "if":
        return []
    inner = tokens[1:-1] if tokens[-1] == "{" else tokens[1:]
    return inner[1:-1] if inner[:1] == ["("] and inner[-1] == ")" else inner
