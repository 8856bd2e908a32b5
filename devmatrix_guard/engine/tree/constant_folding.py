"""Evaluate expressions to constants as far as Semgrep does.

A constant is `(kind, value)` as a literal is, or `("cst", kind)` when only its type is known.
"""

from __future__ import annotations

import _ast
import operator

from devmatrix_guard.engine.tree import literals
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.engine.tree.strings import Part
from devmatrix_guard.lazy_typing import Any, Callable, Sequence

Node = Any
Constant = tuple[Any, ...]
_INT64 = 1 << 63
_LONGEST_TEXT = 100_000  # each `x = x + x` doubles it; what a pattern names is shorter
_TYPES = ("bool", "int", "str")


class Evaluator:
    """Evaluates expressions of one file.

    Args:
        source: the file.
        lookup: gives what a name is known to be.
        is_flow: whether values are followed from statement to statement, where Semgrep knows any
            operation on two texts to be a text.
    """

    def __init__(
        self, source: Source, lookup: Callable[[Node], Constant | None], *, is_flow: bool = False
    ) -> None:
        self.source = source
        self.lookup = lookup
        self.is_flow = is_flow
        self._is_settled = False
        self._known: dict[int, Constant | None] = {}

    def value(self, node: Node) -> Constant | None:
        """Return the constant an expression is, None when that is not known."""
        kind = node.__class__
        if kind is _ast.Constant:
            return self._fold_constant(node)
        if kind is _ast.Name:
            return self.lookup(node)
        if kind is _ast.BinOp:
            return self._fold_binary(node)
        if kind is _ast.BoolOp:
            return self._fold_boolean(node)
        if kind is _ast.UnaryOp:
            return self._fold_unary(node)
        if kind is _ast.Compare and len(node.ops) == 1:
            return self._fold_comparison(node)
        if kind is _ast.JoinedStr:
            return self._fold_joined(node)
        if kind is Part:
            return None if node.kind in ("operator", "cast") else self._fold_part(node)
        if kind is _ast.IfExp:
            one, other = self.value(node.body), self.value(node.orelse)
            return None if one is None or other is None else unite(one, other)
        return None

    def _fold_constant(self, node: Node) -> Constant | None:
        value = node.value
        if isinstance(value, bool):
            return ("bool", value)
        if value is None:
            return ("none", None)
        if isinstance(value, str | bytes):
            pieces = self.source.pieces(node)
            # To Semgrep a literal with a prefix is a call, which it does not follow a name to.
            if self.is_flow and any(prefix for prefix, _ in pieces):
                return None
            return _concatenate([_build_literal(p, r) for p, r in pieces])
        if value is Ellipsis:
            return None
        span = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        return (value.__class__.__name__, literals.number(value, self.source.text(span)))

    def _fold_unary(self, node: Node) -> Constant | None:
        value = self.value(node.operand)
        if value is None:
            return None
        if node.op.__class__ is _ast.Not:
            return ("bool", not value[1]) if value[0] == "bool" else None
        if value[0] != "int" or not isinstance(value[1], int):
            return None
        return ("int", _UNARY[node.op.__class__](value[1]))

    def _fold_comparison(self, node: Node) -> Constant | None:
        one, other = self.value(node.left), self.value(node.comparators[0])
        if self.is_flow and _are_texts([one, other]):
            return ("cst", "str")
        compare = _COMPARISONS.get(node.ops[0].__class__)
        if compare is None or not _are_integers(one, other):
            return None
        assert one is not None and other is not None  # noqa: S101 - for the type checker
        return ("bool", compare(one[1], other[1]))

    def _fold_binary(self, node: Node) -> Constant | None:
        """A chain of operators is as deep as it is long: go down its left side in a loop."""
        chain = []
        while node.__class__ is _ast.BinOp and id(node) not in self._known:
            chain.append(node)
            node = node.left
        value = self._known[id(node)] if id(node) in self._known else self.value(node)
        for link in reversed(chain):
            values = [value, self.value(link.right)]
            value = fold_binary(link.op.__class__, values, is_flow=self.is_flow)
            if self._is_settled:
                self._known[id(link)] = value
        return value

    def settle(self) -> None:
        """From now on what names hold does not change: work out each operation once."""
        self._is_settled = True

    def _fold_boolean(self, node: Node) -> Constant | None:
        values = [self.value(part) for part in node.values]
        if self.is_flow and _are_texts(values):
            return ("cst", "str")
        if not all(value is not None and value[0] == "bool" for value in values):
            return None
        known = [value[1] for value in values if value is not None]
        return ("bool", any(known) if node.op.__class__ is _ast.Or else all(known))

    def _fold_joined(self, node: Node) -> Constant | None:
        return _concatenate([self._fold_piece(piece) for piece in self.source.string_parts(node)])

    def _fold_piece(self, piece: Part) -> Constant | None:
        if not piece.is_fstring:
            return _build_literal(piece.prefix, piece.raw)
        values = [self.value(part) for part in piece.parts]
        return _concatenate(values) if values else ("str", "")

    def _fold_part(self, part: Part) -> Constant | None:
        if part.kind == "piece":
            return self._fold_piece(part)
        if part.kind == "text":
            return ("str", part.raw)
        values = [None if inner is None else self.value(inner) for inner in part.parts]
        if self.is_flow and any(value is None or _get_type(value) != "str" for value in values):
            return None  # a number in an f-string is one where it stands, and not behind a name
        return _concatenate([_format_constant(value) for value in values])


def _format_constant(value: Constant | None) -> Constant | None:
    """Return a constant as an f-string shows it."""
    if value is None or _get_type(value) == "str":
        return value
    if _get_type(value) not in ("int", "float"):
        return None
    if value[0] == "float":
        number = value[1]
        return ("str", f"{number:.0f}." if number.is_integer() else f"{number:.12g}")
    return ("str", str(value[1])) if value[0] == "int" else ("cst", "str")


def fold_binary(
    sign: type, values: Sequence[Constant | None], *, is_flow: bool = False
) -> Constant | None:
    """Return what an operator gives on constants."""
    kind = find_first_type(values)
    if sign is _ast.Add and kind == "str":
        return _concatenate(values)
    if sign is _ast.Mult and values[0] is not None and _get_type(values[0]) == "str":
        return ("cst", "str")
    if is_flow and _are_texts(values):
        return ("cst", "str")
    return _fold_integer(sign, values) if kind == "int" else None


def _are_texts(values: Sequence[Constant | None]) -> bool:
    return all(value is not None and _get_type(value) == "str" for value in values)


def _are_integers(one: Constant | None, other: Constant | None) -> bool:
    return all(
        value is not None and value[0] == "int" and isinstance(value[1], int)
        for value in (one, other)
    )


def _fold_integer(sign: type, values: Sequence[Constant | None]) -> Constant | None:
    one, other = values
    if one is None or other is None or {_get_type(one), _get_type(other)} != {"int"}:
        return None
    if "cst" in (one[0], other[0]):
        return ("cst", "int") if one[0] != other[0] else None
    compute = _INTEGER.get(sign)
    if compute is None or not _are_integers(one, other):
        return None
    if sign in _DIVISIONS and (other[1] == 0 or one[1] < 0 or other[1] < 0):
        return None
    if sign in (_ast.Pow, _ast.LShift, _ast.RShift) and not 0 <= other[1] < 64:
        return None
    result = compute(one[1], other[1])
    return ("int", result) if -_INT64 <= result < _INT64 else None


_ESCAPES = {34: '\\"', 92: "\\\\", 10: "\\n", 9: "\\t", 13: "\\r", 8: "\\b"}
_DIVISIONS = (_ast.FloorDiv, _ast.Mod)
_INTEGER: dict[type, Callable[[int, int], int]] = {
    _ast.Add: operator.add,
    _ast.Sub: operator.sub,
    _ast.Mult: operator.mul,
    _ast.FloorDiv: operator.floordiv,
    _ast.Mod: operator.mod,
    _ast.Pow: operator.pow,
    _ast.BitOr: operator.or_,
    _ast.BitAnd: operator.and_,
    _ast.BitXor: operator.xor,
    _ast.LShift: operator.lshift,
    _ast.RShift: operator.rshift,
}
_UNARY: dict[type, Callable[[int], int]] = {
    _ast.UAdd: operator.pos,
    _ast.USub: operator.neg,
    _ast.Invert: operator.invert,
}
_COMPARISONS: dict[type, Callable[[int, int], bool]] = {
    _ast.Lt: operator.lt,
    _ast.LtE: operator.le,
    _ast.Gt: operator.gt,
    _ast.GtE: operator.ge,
    _ast.Eq: operator.eq,
    _ast.NotEq: operator.ne,
}


def _build_literal(prefix: str, raw: str) -> Constant:
    """Semgrep writes the content of a raw string as a literal of its own language."""
    return ("str", _escape_text(raw) if prefix == "r" else raw)


def _escape_text(text: str) -> str:
    if text.isascii() and text.isprintable() and "\\" not in text and '"' not in text:
        return text
    return "".join(
        _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03d}")
        for byte in text.encode()
    )


def _get_type(value: Constant) -> str:
    return str(value[1] if value[0] == "cst" else value[0])


def find_first_type(values: Sequence[Constant | None]) -> str | None:
    """Return the type of the first value whose type is known."""
    for value in values:
        if value is not None and _get_type(value) in _TYPES:
            return _get_type(value)
    return None


def _concatenate(values: Sequence[Constant | None]) -> Constant | None:
    text = ""
    known = True
    if len(values) == 1:
        return values[0]
    for value in values:
        if value is None or _get_type(value) != "str":
            return None
        if value[0] == "cst":
            known = False
        else:
            text += value[1]
            known = known and len(text) <= _LONGEST_TEXT
            text = text if known else ""
    return ("str", text) if known and values else ("cst", "str") if values else ("str", "")


def unite(one: Constant, other: Constant) -> Constant | None:
    """Return what is known of a value that is one or the other."""
    if one == other and type(one[1]) is type(other[1]):
        return one
    kind = _get_type(one)
    if kind == _get_type(other) and kind in _TYPES:
        return ("cst", kind)
    return None
