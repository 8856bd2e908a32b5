"""What one assertion asks for, in a form that is equal however it is written.

`assert a == b`, `self.assertEqual(a, b)` and `eq_(a, b)` ask for the same.
"""

from __future__ import annotations

import ast
import re
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from devmatrix_guard.mining.regression.terms import (
    find_last_name,
    find_truth,
    is_literal,
    render,
)

Parts = tuple[str, str, str, str]  # operator, subject, expected, extra

RAISES = "raises"
FAILS = "fails"
SYMMETRIC = ("==", "!=", "is", "is not")
CLOSE = "==~"
_COMPARES: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Lt: ("<", ">="),
    ast.LtE: ("<=", ">"),
    ast.Gt: (">", "<="),
    ast.GtE: (">=", "<"),
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EQUAL = (
    "assertEqual assertEquals assertListEqual assertDictEqual assertSetEqual assertTupleEqual "
    "assertMultiLineEqual assertSequenceEqual failUnlessEqual eq_ assert_equal assert_equals"
)
_METHODS = {
    **dict.fromkeys(_EQUAL.split(), "=="),
    **dict.fromkeys(["assertNotEqual", "assertNotEquals", "failIfEqual"], "!="),
    "assertIs": "is",
    "assertIsNot": "is not",
    "assertIn": "in",
    "assertNotIn": "not in",
    "assertLess": "<",
    "assertLessEqual": "<=",
    "assertGreater": ">",
    "assertGreaterEqual": ">=",
    "assertIsInstance": "isinstance",
    "assertNotIsInstance": "not isinstance",
    **dict.fromkeys(["assertAlmostEqual", "assertAlmostEquals"], CLOSE),
}
_TRUE = ("assertTrue", "assert_", "failUnless", "ok_", "assert_true")
_FALSE = ("assertFalse", "failIf", "assert_false")
_RAISING = re.compile(
    r"raises|assertRaises(?:Regexp?|Message)?|assert_raises(?:_\w+)?|warns|assertWarns(?:Regex)?"
    r"|assertLogs|failUnlessRaises|deprecated_call|[Ee]xpect\w*(?:Error|Exception)\w*|ExpectLog"
)
_CHECKING = re.compile(
    r"_?(?:assert|check|verify|expect|ensure|should|must|validate|compare)(?:_|\b|[A-Z])\w*"
    r"|fail(?:Unless|If)\w*|eq_|ok_|assert\w*|(?:[a-z]+_)?assert_\w+"
)
_FAILING = ("fail",)
# What unittest called its methods before, and what it calls them now.
_FORMER_NAMES = {
    "assertRegexpMatches": "assertRegex",
    "assertNotRegexpMatches": "assertNotRegex",
    "assertItemsEqual": "assertCountEqual",
}


class Check(NamedTuple):
    """One thing a test asks for.

    Attributes:
        operator: how `subject` has to stand to `expected`, such as `==` or `raises`.
        subject: what is looked at, in its normal form.
        expected: what it has to be.
        extra: a tolerance, or what a message has to match.
        where: the conditions and loops around it, from the outside.
        line: where it stands.
        shown: its code, in one line.
        case: the parametrised case or the turn of a loop it is of, empty for none.
    """

    operator: str
    subject: str
    expected: str
    extra: str = ""
    where: tuple[str, ...] = ()
    line: int = 0
    shown: str = ""
    case: str = ""

    @property
    def identity(self) -> Parts:
        """What makes two checks ask for the same."""
        if self.operator in SYMMETRIC and self.expected < self.subject:
            return self.operator, self.expected, self.subject, self.extra
        return self[:4]

    @property
    def key(self) -> int:
        """A number for the identity, to be kept."""
        return zlib.crc32("\0".join(self.identity).encode("utf-8", "replace"))


def read_truth(node: ast.expr, *, positive: bool = True) -> list[Parts]:
    """Return what it means that an expression is true, or false; nothing where it always is."""
    constant = find_truth(node)
    if constant is not None:
        return [] if constant is positive else [(FAILS, "", "", "")]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return read_truth(node.operand, positive=not positive)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And if positive else ast.Or):
        return [parts for value in node.values for parts in read_truth(value, positive=positive)]
    if isinstance(node, ast.Compare) and (positive or len(node.ops) == 1):
        return _read_compare(node, positive=positive)
    if isinstance(node, ast.Call):
        return _read_true_call(node, positive=positive)
    return [("true" if positive else "false", render(node), "", "")]


def _read_compare(node: ast.Compare, *, positive: bool) -> list[Parts]:
    sides = [node.left, *node.comparators]
    found = []
    for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
        operator = _COMPARES[type(op)][0 if positive else 1]
        found += compare_sides(operator, left, right)
    return found


def compare_sides(operator: str, left: ast.expr, right: ast.expr) -> list[Parts]:
    """Return what a comparison asks for; nothing where it can only be true."""
    if operator in ("in", "not in"):
        return [_read_membership(operator, left, right)]
    if is_literal(left) and not is_literal(right):
        left, right, operator = right, left, _TURNED.get(operator, operator)
    if operator in ("==", "is", "<=", ">=") and is_same_value(left, right):
        return []
    if isinstance(right, ast.Constant) and (right.value is None or isinstance(right.value, bool)):
        return [_read_singleton(operator, left, right.value)]
    if operator == "==":
        for one, other in ((left, right), (right, left)):
            if isinstance(other, ast.Call) and find_last_name(other) == "approx" and other.args:
                extra = _read_tolerance(other, other.args[1:])
                return [(CLOSE, render(one), render(other.args[0]), extra)]
    near = _read_distance(operator, left, right)
    return [near or (operator, render(left), render(right), "")]


def is_same_value(left: ast.expr, right: ast.expr) -> bool:
    """Tell whether two sides can only be equal; two calls may well give different answers."""
    has_call = any(isinstance(part, (ast.Call, ast.Await)) for part in ast.walk(left))
    return not has_call and render(left) == render(right)


def _read_singleton(operator: str, left: ast.expr, value: bool | None) -> Parts:
    if value is None:
        return {"==": "is", "!=": "is not"}.get(operator, operator), render(left), "None", ""
    if operator in ("==", "!="):
        return "true" if value is (operator == "==") else "false", render(left), "", ""
    return operator, render(left), str(value), ""


def _read_membership(operator: str, left: ast.expr, right: ast.expr) -> Parts:
    if is_literal(left) and not is_literal(right):
        name = "contains" if operator == "in" else "lacks"
        return name, render(right), render(left), ""
    return operator, render(left), render(right), ""


def _read_distance(operator: str, left: ast.expr, right: ast.expr) -> Parts | None:
    """Return `abs(a - b) < c` as nearness."""
    if operator not in ("<", "<=") or not isinstance(left, ast.Call):
        return None
    inner = left.args[0] if left.args else None
    if find_last_name(left) not in ("abs", "fabs") or not isinstance(inner, ast.BinOp):
        return None
    if not isinstance(inner.op, ast.Sub):
        return None
    return CLOSE, render(inner.left), render(inner.right), f"abs={render(right)}"


def _read_tolerance(call: ast.Call, placed: Sequence[ast.expr]) -> str:
    """Return the tolerances a call is given, by name; `placed` are those given without one."""
    given = {word.arg: render(word.value) for word in call.keywords if word.arg}
    for name, value in zip(("rel", "abs"), placed, strict=False):
        given.setdefault(name, render(value))
    kept = ("rel", "abs", "places", "delta", "rel_tol", "abs_tol", "rtol", "atol")
    return ",".join(f"{name}={given[name]}" for name in sorted(given) if name in kept)


def _read_true_call(node: ast.Call, *, positive: bool) -> list[Parts]:
    name = find_last_name(node)
    if name == "bool" and len(node.args) == 1:
        return read_truth(node.args[0], positive=positive)
    if name == "isinstance" and len(node.args) == 2:
        operator = "isinstance" if positive else "not isinstance"
        return [(operator, render(node.args[0]), render(node.args[1]), "")]
    if positive and name in ("isclose", "allclose") and len(node.args) >= 2:
        left, right = node.args[:2]
        extra = _read_tolerance(node, node.args[2:])
        return [(CLOSE, render(left), render(right), extra)]
    if positive and name in ("startswith", "endswith") and isinstance(node.func, ast.Attribute):
        wanted = ", ".join(map(render, node.args))
        return [(name, render(node.func.value), wanted, "")]
    return [("true" if positive else "false", render(node), "", "")]


def is_checking_name(name: str) -> bool:
    """Tell whether a function of this name checks something, as `assert_valid` does."""
    return bool(_CHECKING.fullmatch(name))


def is_raising_name(name: str) -> bool:
    """Tell whether a call of this name says that something has to be raised."""
    return bool(_RAISING.fullmatch(name))


def read_check_call(call: ast.Call, body: Sequence[ast.stmt] = ()) -> list[Parts] | None:
    """Return what a call asks for, None if it checks nothing.

    Args:
        call: the call, with local names substituted.
        body: the block under it, where it is the head of a `with`.
    """
    name = find_last_name(call)
    if is_raising_name(name):
        return [_read_raises(name, call, body)]
    if name in _FAILING:
        return [(FAILS, "", "", "")]
    args = call.args
    if name in _TRUE + _FALSE and args:
        return read_truth(args[0], positive=name in _TRUE)
    if name in ("assertIsNone", "assertIsNotNone") and args:
        operator = "is" if name == "assertIsNone" else "is not"
        return [(operator, render(args[0]), "None", "")]
    if name in _METHODS and len(args) >= 2:
        return _read_method(name, call)
    if not is_checking_name(name):
        return None
    return [_read_other_call(name, call)]


def _read_method(name: str, call: ast.Call) -> list[Parts]:
    operator, left, right = _METHODS[name], call.args[0], call.args[1]
    if operator == CLOSE:
        given = {word.arg: render(word.value) for word in call.keywords if word.arg}
        if len(call.args) > 2:
            given.setdefault("places", render(call.args[2]))
        extra = ",".join(f"{n}={given[n]}" for n in ("delta", "places") if n in given)
        if is_literal(left) and not is_literal(right):
            left, right = right, left
        return [(CLOSE, render(left), render(right), extra)]
    if operator in ("isinstance", "not isinstance"):
        return [(operator, render(left), render(right), "")]
    return compare_sides(operator, left, right)


def _read_other_call(name: str, call: ast.Call) -> Parts:
    """Return a check by a function of the project: its first argument is what is looked at."""
    texts = [render(arg) for arg in call.args]
    texts += [f"{word.arg or '**'}={render(word.value)}" for word in call.keywords]
    name = _FORMER_NAMES.get(name, name)
    func = call.func
    is_of_self = isinstance(func, ast.Attribute) and find_last_name(func.value) in ("self", "cls")
    is_mock = name.startswith(
        ("assert_called", "assert_any", "assert_has", "assert_not", "assert_awa")
    )
    if isinstance(func, ast.Attribute) and is_mock and not is_of_self:
        return name, render(func.value), ", ".join(texts), ""
    return name, texts[0] if texts else "", ", ".join(texts[1:]), ""


def _read_raises(name: str, call: ast.Call, body: Sequence[ast.stmt]) -> Parts:
    args = list(call.args)
    kind = render(args.pop(0)) if args else ""
    match = next((render(w.value) for w in call.keywords if w.arg == "match"), "")
    if name.rstrip("p").endswith(("Regex", "regex", "Message", "_re")) and args:
        match = render(args.pop(0))
    if body:
        subject = "; ".join(render(statement) for statement in body)
    else:
        subject = _render_raising(args) if args else ""
    operator = RAISES if "arn" not in name and "og" not in name else name
    return operator, subject, kind, match


def _render_raising(args: Sequence[ast.expr]) -> str:
    """Return the call that has to raise, from a function and what it is given."""
    function, *given = args
    if isinstance(function, ast.Lambda) and not given:
        return render(function.body)
    return f"{render(function)}({', '.join(map(render, given))})"


def find_helper_name(call: ast.Call) -> str:
    """Return the name of the function of the same file or class a call may mean, or nothing."""
    func = call.func
    if isinstance(func, ast.Name):
        return func.id
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
        return func.attr if func.value.id in ("self", "cls") else ""
    return ""


def has_checks(node: ast.AST) -> bool:
    """Tell whether a function asserts anything itself."""
    return any(
        isinstance(part, ast.Assert)
        or (isinstance(part, ast.Call) and is_asserting(find_last_name(part)))
        for part in ast.walk(node)
    )


def is_asserting(name: str) -> bool:
    """Tell whether a call of this name asserts, by the names that test libraries give."""
    return name.startswith("assert") or name in ("fail", "eq_", "ok_") or is_raising_name(name)
