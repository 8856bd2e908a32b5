"""Compares two checks of the same thing: does the new one ask for as much as the old one did?"""

from __future__ import annotations

import ast
import builtins
import re

from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.regression.checks import CLOSE, RAISES, SYMMETRIC, Check
from devmatrix_guard.mining.regression.terms import find_last_name, read_number

WEAKER = "weaker"
CHANGED = "changed"
# How much an operator rules out: `== 3` more than `in (3, 4)`, that more than `is not None`.
_RANKS = {
    **dict.fromkeys(("==", "is", RAISES), 6),
    CLOSE: 5,
    **dict.fromkeys(("in", "contains", "startswith", "endswith"), 4),
    **dict.fromkeys(("<", "<=", ">", ">=", "isinstance"), 3),
    **dict.fromkeys(("true", "false", "lacks", "not in"), 2),
    **dict.fromkeys(("!=", "is not", "not isinstance"), 1),
}
# What a value that has to be true may be asked for instead without asking for less.
_SURELY_TRUE = ("==", "is", CLOSE, "contains", "startswith", "endswith")
_NAMED_RANKS = {
    **dict.fromkeys(("toBe", "toEqual", "toStrictEqual", "equal", "strictEqual", "deepEqual"), 6),
    **dict.fromkeys(("toContain", "toMatch", "toMatchObject", "toContainEqual"), 4),
    **dict.fromkeys(("toBeTruthy", "toBeFalsy", "ok", "assertTrue", "assertFalse"), 2),
    **dict.fromkeys(("toBeDefined", "assertNotNull", "notEqual", "NotNil", "assert_ne"), 1),
    **dict.fromkeys(("toHaveBeenCalledExactlyOnceWith", "toHaveBeenNthCalledWith"), 5),
    **dict.fromkeys(("toHaveBeenLastCalledWith", "lastCalledWith"), 5),
    **dict.fromkeys(("toHaveBeenCalledWith", "calledWith"), 4),
    **dict.fromkeys(("toHaveBeenCalledTimes", "toHaveBeenCalledOnce"), 3),
    **dict.fromkeys(("toHaveBeenCalled", "called", "not raises", "Len", "NotZero"), 1),
    "assert_called_once_with": 5,
    "assert_called_with": 4,
    "assert_has_calls": 3,
    "assert_any_call": 3,
    "assert_called_once": 2,
    "assert_called": 1,
    "assert_awaited_once_with": 5,
    "assert_awaited_with": 4,
    "assert_awaited": 1,
}
_OPPOSITE = {
    "!=": "==",
    "is not": "is",
    "not in": "in",
    "not isinstance": "isinstance",
    "lacks": "contains",
}
# The error that a block caught, which older versions of pytest gave as the text of the block.
_CAUGHT = re.compile(r"((?:raises|assertRaises)\([^()]*\))\.(?:value|exception)\b")
# Shares of equal words, chosen on tests of the development histories.
_LEAST_ALIKE = 0.4
_NEARLY_ALIKE = 0.6
# What gives one answer for many values: two values that differ may look alike through it. Order,
# case and space may well not be what a test is about.
_UNORDERED_WORDS = "casefold Counter frozenset lower set sorted strip upper"
_UNORDERED = frozenset(_UNORDERED_WORDS.split())
_COARSE_WORDS = "abs all any bool int len max min round sum type"
_COARSE = _UNORDERED | frozenset(_COARSE_WORDS.split())
_NOTHING = ("''", "b''", "[]", "()", "{}", "None")
_LITERALS = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|(?<![\w.])\d[\w.]*")
_WORDS = re.compile(r"\w+|[^\w\s]")
_STRING = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\""
_PATHS = re.compile(_STRING + r"|(?<![\w.])[^\W\d]\w*(?:\.\w+)*|\w+|[^\w\s]")


def compare_strength(old: Check, new: Check) -> str:
    """Return what became of a check of one subject: `weaker`, `changed`, or nothing if as strong.

    Args:
        old: what was asked for.
        new: what is asked for now of the same subject.
    """
    if is_requalified(old, new):
        return ""
    old, new = _align_sides(old, new)
    if old.operator != new.operator:
        return _compare_operators(old, new)
    if old.operator == RAISES:
        return _compare_raises(old, new)
    if old.operator in ("<", "<=", ">", ">="):
        return _compare_bounds(old, new)
    if old.operator == CLOSE:
        return CHANGED if old.expected != new.expected else _compare_tolerance(old, new)
    if old.operator in ("contains", "startswith", "endswith", "lacks"):
        return _compare_parts(old, new)
    if old.operator in ("in", "isinstance"):
        return _compare_choices(old.expected, new.expected)
    if old.operator in ("not in", "not isinstance"):
        return _compare_choices(new.expected, old.expected)
    return "" if old.expected == new.expected and old.extra == new.extra else CHANGED


def _align_sides(old: Check, new: Check) -> tuple[Check, Check]:
    """Return two comparisons with the side they share as the subject of both."""
    if old.operator not in SYMMETRIC or new.operator not in SYMMETRIC:
        return old, new
    if old.subject == new.expected:
        return old, new._replace(subject=new.expected, expected=new.subject)
    if old.expected in (new.subject, new.expected) and old.subject != new.subject:
        turned = old._replace(subject=old.expected, expected=old.subject)
        if old.expected == new.expected:
            return turned, new._replace(subject=new.expected, expected=new.subject)
        return turned, new
    return old, new


def shares_subject(old: Check, new: Check) -> bool:
    """Tell whether two checks look at the same thing."""
    if old.operator == RAISES or new.operator == RAISES:
        return old.operator == new.operator and old.subject == new.subject
    sides = {new.subject, new.expected} if new.operator in SYMMETRIC else {new.subject}
    own = {old.subject, old.expected} if old.operator in SYMMETRIC else {old.subject}
    return any(side in own and not is_constant(side) for side in sides if side)


def is_requalified(old: Check, new: Check) -> bool:
    """Tell whether two checks are one but for where they take names from: `f(1)` and `m.f(1)`."""
    if old.operator != new.operator:
        return False
    sides = [[_CAUGHT.sub(r"\1", str(part)) for part in check[1:4]] for check in (old, new)]
    return all(map(_have_same_names, *sides))


def _have_same_names(one: str, other: str) -> bool:
    words, others = _PATHS.findall(one), _PATHS.findall(other)
    return len(words) == len(others) and all(
        word == name or (word[:1].isidentifier() and _ends_alike(word, name))
        for word, name in zip(words, others, strict=True)
    )


def _ends_alike(one: str, other: str) -> bool:
    """Tell whether one dotted name is the end of the other: `f` of `m.f`."""
    return one.endswith(f".{other}") or other.endswith(f".{one}")


def is_rewritten(old: Check, new: Check) -> bool:
    """Tell whether a check asks for the same of a subject that is written in another way."""
    if find_coarse(old, new):
        return False
    demands = [(check.operator, check.expected, check.extra) for check in (old, new)]
    if old.expected and demands[0] == demands[1]:
        return not is_constant(new.subject) and not asks_other_input(old.subject, new.subject)
    least = _LEAST_ALIKE if demands[0] == demands[1] else _NEARLY_ALIKE
    if measure_similarity(old, new) < least or _rank(old) > _rank(new):
        return False
    return _list_literals(old) == _list_literals(new)


def find_coarse(old: Check, new: Check) -> str:
    """Return what tells less and both sides of a comparison are now taken through, or nothing."""
    if old.operator != new.operator or old.operator not in SYMMETRIC:
        return ""
    through = [_read_coarse(side) for side in (new.subject, new.expected)]
    had = [_read_coarse(side) for side in (old.subject, old.expected)]
    return through[0] if through[0] == through[1] and through[0] not in had else ""


def leaves_order(name: str) -> bool:
    """Tell whether what a function hides may be no matter: order, case or space."""
    return name in _UNORDERED


def _read_coarse(text: str) -> str:
    """Return the name of a coarse function that all of a text is a call of, or nothing."""
    call = _parse_call(text)
    name = find_last_name(call) if call is not None else ""
    return name if name in _COARSE else ""


def asks_other_input(before: str, after: str) -> bool:
    """Tell whether two subjects are one call that differs in nothing but what it is given.

    That is other literals, and nothing (`""`, `[]`) in the place of anything. The same part of what
    both calls give may be looked at.
    """
    one, other = _parse_parted(before, after)
    if one is None or other is None or before == after:
        return False
    sides = [[*call.args, *(word.value for word in call.keywords)] for call in (one, other)]
    if ast.dump(one.func) != ast.dump(other.func) or len(sides[0]) != len(sides[1]):
        return False
    if [word.arg for word in one.keywords] != [word.arg for word in other.keywords]:
        return False
    changed = [pair for pair in zip(*sides, strict=True) if ast.dump(pair[0]) != ast.dump(pair[1])]
    return all(_is_other_literal(*map(_unpack, pair)) for pair in changed)


def _parse_parted(before: str, after: str) -> tuple[ast.Call | None, ast.Call | None]:
    """Return the calls of which two codes take the same attributes and items; None without."""
    try:
        one, other = (ast.parse(text, mode="eval").body for text in (before, after))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None, None
    while isinstance(one, ast.Attribute | ast.Subscript) and type(one) is type(other):
        if _read_end(one) != _read_end(other):
            return None, None
        one, other = one.value, other.value
    return _as_call(one), _as_call(other)


def _read_end(node: ast.expr) -> str:
    value = node.value if isinstance(node, ast.Attribute | ast.Subscript) else node
    return ast.unparse(node)[len(ast.unparse(value)) :]


def _as_call(node: ast.expr) -> ast.Call | None:
    return node if isinstance(node, ast.Call) else None


def _is_other_literal(old: ast.expr, new: ast.expr) -> bool:
    text = ast.unparse(new)
    return is_constant(text) and (text in _NOTHING or is_constant(ast.unparse(old)))


def _unpack(argument: ast.expr) -> ast.expr:
    return argument.value if isinstance(argument, ast.Starred) else argument


def _parse_call(text: str) -> ast.Call | None:
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return tree if isinstance(tree, ast.Call) else None


def list_calls(text: str) -> list[ast.Call]:
    """Return the calls that code makes; none where it cannot be read."""
    tree = parse_source(text.encode("utf-8", "surrogatepass"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree else []


def measure_similarity(old: Check, new: Check) -> float:
    """Return how many of the words of two checks are the same, from 0 to 1 (Dice)."""
    one, other = (_WORDS.findall(f"{c.subject} {c.expected}")[:200] for c in (old, new))
    left = list(other)
    common = 0
    for word in one:
        if word in left:
            left.remove(word)
            common += 1
    return 2 * common / ((len(one) + len(other)) or 1)


def _list_literals(check: Check) -> list[str]:
    return sorted(_LITERALS.findall(f"{check.subject} {check.expected} {check.extra}"))


def _rank(check: Check) -> int:
    return _RANKS.get(check.operator, _NAMED_RANKS.get(check.operator, 3))


def is_constant(text: str) -> bool:
    """Tell whether code is a literal."""
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _compare_operators(old: Check, new: Check) -> str:
    if {old.operator, new.operator} <= {"<", "<=", ">", ">="}:
        return _compare_bounds(old, new)
    if _OPPOSITE.get(old.operator) == new.operator and old.expected == new.expected:
        return CHANGED
    before, after = _rank(old), _rank(new)
    if old.operator == "true" and new.operator == "is not" and _is_found(new.subject):
        return ""
    if old.operator in ("true", "false") and new.operator not in _SURELY_TRUE:
        return CHANGED
    if after < before:
        return WEAKER
    return "" if after > before or old.operator == new.operator else CHANGED


def _is_found(subject: str) -> bool:
    """Tell whether a text is a search that gives None, and nothing else that is false."""
    call = _parse_call(subject)
    return call is not None and find_last_name(call) in ("match", "fullmatch", "search")


def _compare_bounds(old: Check, new: Check) -> str:
    """Compare two bounds on one side; a bound that moved outwards asks for less."""
    if old.operator[0] != new.operator[0]:
        return CHANGED
    before, after = read_number(old.expected), read_number(new.expected)
    if before is None or after is None:
        if old.expected != new.expected:
            return CHANGED
        before = after = 0.0
    sign = 1 if old.operator[0] == "<" else -1
    if before != after:
        return WEAKER if (after - before) * sign > 0 else ""
    return WEAKER if len(new.operator) > len(old.operator) else ""


def _compare_tolerance(old: Check, new: Check) -> str:
    if old.extra == new.extra:
        return ""
    before, after = _read_tolerances(old.extra), _read_tolerances(new.extra)
    for name in {*before, *after}:
        is_places = name == "places"
        default = 7.0 if is_places else 1e-6
        one, other = before.get(name, default), after.get(name, default)
        if (other < one) if is_places else (other > one):
            return WEAKER
    return ""


def _read_tolerances(extra: str) -> dict[str, float]:
    pairs = (part.partition("=") for part in extra.split(",") if part)
    return {name: number for name, _, text in pairs if (number := read_number(text)) is not None}


def _compare_parts(old: Check, new: Check) -> str:
    """Compare what a text has to hold: less of the same text asks for less."""
    before, after = _read_text(old.expected), _read_text(new.expected)
    if old.expected == new.expected:
        return ""
    if before is None or after is None:
        return CHANGED
    if old.operator == "lacks":
        before, after = after, before
    if after in before:
        return WEAKER
    return "" if before in after else CHANGED


def _read_text(expected: str) -> str | None:
    try:
        value = ast.literal_eval(expected)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


def _compare_choices(before: str, after: str) -> str:
    """Compare what a value may be one of: more choices ask for less."""
    if before == after:
        return ""
    one, other = _list_choices(before), _list_choices(after)
    if one < other or "object" in other:
        return WEAKER
    return "" if other < one else CHANGED


def _list_choices(text: str) -> set[str]:
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return {text}
    if isinstance(tree, (ast.Tuple, ast.List, ast.Set)):
        return {ast.unparse(part) for part in tree.elts}
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr):
        return _list_choices(ast.unparse(tree.left)) | _list_choices(ast.unparse(tree.right))
    return {text}


def _compare_raises(old: Check, new: Check) -> str:
    if old.expected != new.expected:
        before, after = _list_choices(old.expected), _list_choices(new.expected)
        if all(any(_is_kind_of(kind, wider) for wider in after) for kind in before):
            return WEAKER
        is_narrower = all(any(_is_kind_of(kind, wider) for wider in before) for kind in after)
        return "" if is_narrower else CHANGED
    if old.extra == new.extra:
        return ""
    if not new.extra:
        return WEAKER
    return (
        ""
        if not old.extra
        else _compare_parts(
            old._replace(operator="contains", expected=old.extra),
            new._replace(operator="contains", expected=new.extra),
        )
    )


def _is_kind_of(kind: str, wider: str) -> bool:
    """Tell whether an exception is one of a wider kind, as far as names tell."""
    if kind == wider or wider in ("Exception", "BaseException"):
        return True
    one, other = getattr(builtins, kind, None), getattr(builtins, wider, None)
    return isinstance(one, type) and isinstance(other, type) and issubclass(one, other)
