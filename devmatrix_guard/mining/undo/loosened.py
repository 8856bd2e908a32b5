"""Finds what a fix put there and a change leaves there with less effect: loosened, or switched.

Another number, a comparison or a term that is weaker, an argument left out, a guard that only holds
where a setting says so, or that no longer raises. Texts are left alone: they are worded otherwise.
"""

from __future__ import annotations

import ast
import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeGuard

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.change import Change, get_tail
from devmatrix_guard.mining.undo.conditions import is_opposite, read_tests
from devmatrix_guard.mining.undo.defaults import (
    PlainFields,
    catches_everything,
    catches_less,
    comes_from_environment,
    drops_default,
    has_less_default,
    is_option,
    is_spread_without,
    list_caught,
    list_off_arguments,
    read_last_name,
)
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.lines import is_settings
from devmatrix_guard.mining.undo.parts import parse_line
from devmatrix_guard.mining.undo.tokens import show_statement
from devmatrix_guard.mining.undo.units import read_units

# Numbers that every release changes.
_COUNTED = re.compile(rb"version|build|release|revision|year|copyright|date", re.IGNORECASE)
_BOUND = re.compile(rb"((?:\w+_)?(?:MAX|MOST)(?:_\w+)?|\w+_LIMIT)[^=]*= *([\d_]+)", re.IGNORECASE)
_SWITCHES = re.compile(
    r"\b(?:environ|getenv|settings|config|conf|flags?|features?|options|__debug__|DEBUG)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[\d.][\w.]*")
_COMPARING = ("<", "<=", ">", ">=", "==", "!=", "===", "!==")
_OPERATORS = frozenset([*_COMPARING, "&&", "||", "??", "and", "or"])
_SWITCH = re.compile(r"(.*[:=]\s*[\"']?)(true|false)[\"']?", re.IGNORECASE)
_TRUTHS = frozenset(["true", "false"])
_LATER = ("defer", "await")  # without it, the same is done at another time
_JUMPS = (b"raise", b"return", b"continue", b"break", b"\x01throw", b"\x01return")
_RAISES = (b"raise",)
# A line that only says something, and a `return` of Go without an error.
_SAYING = re.compile(r"(?!return\b|yield\b|await\b)[\w.]+ *\(.*\);?$", re.DOTALL)
_LOGGING = re.compile(
    r"(?:\w+\.)*(?:log|logger|logging|console|print|warnings)\b[\w.]*\(", re.IGNORECASE
)
_TOKEN = re.compile(r"\w[\w.]*|[<>=!&|?]+|\S")
_UNWRAPPED = re.compile(r"\.unwrap\(\)|\.expect\(\"[^\"]*\"\)")
_TERMS = (ast.Compare, ast.Call, ast.BoolOp, ast.UnaryOp, ast.Attribute, ast.keyword)
_LONGEST = 1000
_MOST = 12  # statements of a function that one is compared with
_RECENT = 256  # each of them is asked for several things


def find_loosened(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the places that hold what a fix put there with less effect, none where it is not so.

    Args:
        change: what is done.
        hunk: what a fix did.
        file: the number of its file in the change.
    """
    if is_settings(hunk.path):
        return _find_flipped(change, hunk, file)
    if not is_product_code(hunk.path):
        return []
    for key in hunk.added:
        gone = change.removed_nearby.get((file, key[4], key[0]), ())
        came = change.added_by_place.get((file, key[4]), ())
        if not gone or not came or len(came) > _MOST:
            continue
        was = gone[0].unit.own
        if _COUNTED.search(was):
            continue
        for place in came:
            if _is_tightened(hunk, was, place.unit.own):
                continue
            if _drops_call(hunk, was, place.unit.own):
                return [place]
            if is_looser(was, place.unit.own) and not _is_said_beside(gone[0], place, came):
                return [place]
            if _is_given_less(was, place, came) or _is_left_to_callers(change, file, was, place):
                return [place]
            if is_opposite(was, place.unit.own) and (
                place.unit.own.startswith(b"assert") or _is_alone_gone(change, hunk, file)
            ):
                return [place]
            if _is_late(was, place.unit.own):
                return [place]
        if _is_disarmed(change, hunk, file, gone[0], came):
            return [came[0]]
    return _find_switched(change, hunk, file)


def _find_flipped(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the settings that a fix brought and that say false for true now, or the reverse."""
    return [
        place
        for key in hunk.added
        for gone in change.removed_nearby.get((file, key[4], key[0]), ())[:1]
        for place in change.added_by_place.get((file, key[4]), ())
        if _is_flipped(gone.unit.own, place.unit.own)
    ]


def _is_flipped(was: bytes, now: bytes) -> bool:
    one, other = (_SWITCH.fullmatch(show_statement(own)) for own in (was, now))
    if one is None or other is None:
        return False
    return one[1] == other[1] and one[2].lower() != other[2].lower()


def _is_tightened(hunk: FixHunk, was: bytes, now: bytes) -> bool:
    """Tell whether the greatest that a fix allowed, where nothing was said before, became less."""
    one, other = (_BOUND.fullmatch(own.strip()) for own in (was, now))
    if one is None or other is None or one[1] != other[1] or hunk.removed:
        return False
    most, less = (int(side[2].replace(b"_", b"")) for side in (one, other))
    return 0 < less < most


def _drops_call(hunk: FixHunk, was: bytes, now: bytes) -> bool:
    """Tell whether a statement is as it was but for one call of many that a fix brought into it."""
    brought = set(hunk.words[1]) - set(hunk.words[0])
    one, other = _parse(was), _parse(now)
    if not brought or len(one) != 1 or len(other) != 1:
        return False
    told, text = ast.unparse(other[0]), ast.unparse(one[0])
    if len(text) > _LONGEST:
        return False
    calls = (part for part in list_nodes(one[0]) if isinstance(part, ast.Call))
    wrapped = ((ast.unparse(call), _read_wrapped(call, brought)) for call in calls)
    return any(inner and text.replace(outer, inner, 1) == told for outer, inner in wrapped)


def _read_wrapped(call: ast.Call, brought: set[int]) -> str:
    """Return what a call of a fix was made on, or with; empty where it is no such call."""
    if zlib.crc32(read_last_name(call.func).encode()) not in brought or call.keywords:
        return ""
    if isinstance(call.func, ast.Attribute) and not call.args:
        return ast.unparse(call.func.value)
    return ast.unparse(call.args[0]) if len(call.args) == 1 else ""


def _is_given_less(was: bytes, place: Place, came: Sequence[Place]) -> bool:
    """Tell whether a call is given its arguments by a dictionary now, and not all of them."""
    calls = [
        [part for node in _parse(own) for part in list_nodes(node) if isinstance(part, ast.Call)]
        for own in (was, place.unit.own)
    ]
    if b"**" not in place.unit.own or not all(calls):
        return False
    beside = [node for other in came if other is not place for node in _parse(other.unit.own)]
    return any(
        ast.dump(one.func) == ast.dump(other.func) and is_spread_without(one, other, beside)
        for one in calls[0]
        for other in calls[1]
    )


def _is_left_to_callers(change: Change, file: int, was: bytes, place: Place) -> bool:
    """Tell whether what was given to a call is what callers say now, and nothing where not."""
    *around, name = place.unit.scope.split(".")
    heads = change.added_by_place.get((file, ".".join(around)), ())
    off = {
        argument
        for head in heads
        if b"def" in head.unit.own
        for node in _parse(head.unit.own)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
        for argument in list_off_arguments(node.args)
    }
    if not off:
        return False
    given, others = (
        {
            (ast.unparse(part.func), word.arg): ast.unparse(word.value)
            for node in _parse(own)
            for part in list_nodes(node)
            if isinstance(part, ast.Call)
            for word in part.keywords
        }
        for own in (was, place.unit.own)
    )
    return any(given.get(key, value) != value and value in off for key, value in others.items())


def _is_said_beside(was: Place, now: Place, came: Sequence[Place]) -> bool:
    """Tell whether what a statement says no more is in another that came beside it."""
    left = _list_terms(was.unit.own) - _list_terms(now.unit.own)
    return any(left & _list_terms(place.unit.own) for place in came if place is not now)


@lru_cache(maxsize=_RECENT)
def _list_terms(own: bytes) -> frozenset[str]:
    """Return the expressions of a statement, with the names they have."""
    parts = [part for node in _parse(own) for part in list_nodes(node)]
    found = {ast.dump(part) for part in parts if isinstance(part, _TERMS)}
    for part in parts:
        if isinstance(part, ast.ExceptHandler):
            found.update(map(ast.dump, list_caught(part)))
        elif isinstance(part, ast.keyword) and _is_number(part.value):
            found.add(ast.dump(part.value))  # given under another name
    return frozenset(found)


def _is_late(was: bytes, now: bytes) -> bool:
    """Tell whether what was done in any case is done only where nothing, or one error, comes up."""
    arm = now.lstrip(b"\x01")
    if not was.lstrip(b"\x01").startswith(b"finally") or arm.startswith(b"finally"):
        return False
    handlers = [node for node in _parse(now) if isinstance(node, ast.ExceptHandler)]
    return arm.startswith((b"else", b"catch")) or (
        bool(handlers) and not any(map(catches_everything, handlers))
    )


def _is_disarmed(
    change: Change, hunk: FixHunk, file: int, gone: Place, came: Sequence[Place]
) -> bool:
    """Tell whether a guard that a fix added stays, and no longer raises or leaves."""
    own = gone.unit.own.lstrip()
    if len(hunk.added) < 2 or not _is_alone_gone(change, hunk, file):
        return False
    texts = [show_statement(place.unit.own) for place in came]
    if not own.startswith(_JUMPS):
        return all(map(_LOGGING.match, texts)) and _is_guarded(change, hunk, file, gone)
    if all(map(_SAYING.match, texts)) or all(text == "raise" for text in texts):
        return True
    if not own.startswith(_RAISES):
        return False
    return not any(place.unit.own.lstrip().startswith(_JUMPS) for place in came)


def _is_guarded(change: Change, hunk: FixHunk, file: int, gone: Place) -> bool:
    """Tell whether a statement was all that was done under a condition that its fix added."""
    one = change.files[file]
    exact = {key[0] for key in hunk.added}
    units = read_units(one.old_path, one.old, scopes={gone.unit.scope})
    heads = [unit for unit in units if unit.first < gone.unit.first and unit.exact in exact]
    return bool(heads) and heads[-1].own.lstrip(b"\x01").startswith(b"if")


def _is_alone_gone(change: Change, hunk: FixHunk, file: int) -> bool:
    """Tell whether of what a fix added all but one statement stays."""
    stays = [k for k in hunk.added if not change.removed_nearby.get((file, k[4], k[0]))]
    return len(stays) == len(hunk.added) - 1 and bool(stays)


def _find_switched(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the new condition on a setting under which all of what a fix added stands now."""
    if not hunk.added or hunk.is_moved:
        return []
    scopes = {key[4] for key in hunk.added}
    if len(scopes) != 1:
        return []
    moved = [k for k in hunk.added if change.removed_placed.get((get_tail(k[4]), k[2]))]
    if not moved:
        return []
    for place in change.added_by_place.get((file, *scopes), ()):
        own = place.unit.own.lstrip()
        if own.startswith(b"if ") and any(map(_is_switch, read_tests(own))):
            return [place]
    return []


def _is_switch(test: ast.expr) -> bool:
    """Tell whether a condition asks for nothing but what is set outside of the code."""
    names = {n.id for n in list_nodes(test) if isinstance(n, ast.Name)}
    asked = ast.unparse(test)
    return bool(_SWITCHES.search(asked)) and len(names) <= 1


@lru_cache(maxsize=_RECENT)
def _parse(own: bytes) -> tuple[ast.AST, ...]:
    """Return the trees of a statement, which nobody may change."""
    found = parse_line(own.strip().decode("utf-8", "replace"))
    plain = PlainFields()
    return tuple(plain.visit(node) for node in found or () if isinstance(node, ast.AST))


def is_looser(was: bytes, now: bytes) -> bool:
    """Tell whether a statement asks for something like another, by other numbers or fewer terms.

    Args:
        was: the statement before, as Python or as tokens.
        now: the one in its place.
    """
    if was == now:
        return False
    one, other = _parse(was), _parse(now)
    if len(one) != len(other) or not one:
        return not one and _is_looser_by_tokens(was, now)
    found = [_compare(a, b) for a, b in zip(one, other, strict=True)]
    return all(found) and any(ast.dump(a) != ast.dump(b) for a, b in zip(one, other, strict=True))


def _is_looser_by_tokens(was: bytes, now: bytes) -> bool:
    table = str.maketrans({"\x00": " ", "\x01": None})
    texts = (side.decode("utf-8", "replace").translate(table) for side in (was, now))
    one, other = (_TOKEN.findall(text) for text in texts)
    if _UNWRAPPED.search(show_statement(now)) and _unwrap(was) == _unwrap(now):
        return True
    if one and one[0] in _LATER and one[1:] == other:
        return True
    if other[-len(one) - 1 :] == ["or", *one]:
        return True  # a term of SQL, which is cut at each `and`
    if len(one) != len(other) or one == other:
        return False
    return all(
        a == b
        or (bool(_NUMBER.fullmatch(a)) and bool(_NUMBER.fullmatch(b)))
        or (a.lower() in _OPERATORS and b.lower() in _OPERATORS)
        or (a.lower() in _TRUTHS and b.lower() in _TRUTHS)
        for a, b in zip(one, other, strict=True)
    )


def _unwrap(own: bytes) -> str:
    """Return a statement of Rust with all that gives up where there is nothing as `?`."""
    return "".join(_UNWRAPPED.sub("?", show_statement(own)).split())


def _compare(was: ast.AST, now: ast.AST) -> bool:
    """Tell whether two trees are equal but for numbers, and for what the second asks less."""
    if ast.dump(was) == ast.dump(now):
        return True
    if _is_number(was) and (_is_number(now) or comes_from_environment(was, now)):
        return True
    if isinstance(was, ast.Constant) and isinstance(now, ast.Constant) and now.value is None:
        return True
    if isinstance(was, ast.ExceptHandler) and isinstance(now, ast.ExceptHandler):
        return catches_less(was, now)
    if isinstance(now, ast.BoolOp) and isinstance(now.op, ast.And):
        rest = [value for value in now.values if ast.dump(value) != ast.dump(was)]
        if len(rest) == len(now.values) - 1 and all(map(_is_switch, rest)):
            return True
    if isinstance(was, ast.BoolOp):
        return _compare_terms(was, now)
    if _asks_for_none(now) and isinstance(was, ast.UnaryOp) and isinstance(was.op, ast.Not):
        return ast.dump(was.operand) == ast.dump(now.left)  # what is empty passes now
    if type(was) is not type(now):
        return False
    if isinstance(was, ast.Compare) and isinstance(now, ast.Compare):
        sides = [was.left, *was.comparators], [now.left, *now.comparators]
        return len(sides[0]) == len(sides[1]) and all(map(_compare, *sides))
    if isinstance(was, ast.Call) and isinstance(now, ast.Call):
        return _compare_calls(was, now)
    if isinstance(was, (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.JoinedStr, ast.arguments)):
        return False  # data, and what callers give
    return _compare_fields(was, now)


def _is_number(node: ast.AST) -> bool:
    """Tell whether an expression is a number, a truth or None, with a sign or without."""
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and not isinstance(inner.value, (str, bytes))


def _asks_for_none(node: ast.AST) -> TypeGuard[ast.Compare]:
    return (
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Is)
        and ast.unparse(node.comparators[0]) == "None"
    )


def _compare_terms(was: ast.BoolOp, now: ast.AST) -> bool:
    """Compare conditions of several terms: joined otherwise, fewer, or each with other numbers."""
    terms = [ast.dump(value) for value in was.values]
    if not isinstance(now, ast.BoolOp):
        return ast.dump(now) in terms
    others = [ast.dump(value) for value in now.values]
    if len(others) < len(terms):
        return type(was.op) is type(now.op) and all(term in terms for term in others)
    if len(others) == len(terms):
        return all(map(_compare, was.values, now.values))
    rest = [value for value in now.values if ast.dump(value) not in terms]
    is_more = isinstance(now.op, ast.And) and type(was.op) is type(now.op)
    return is_more and len(rest) == len(others) - len(terms) and all(map(_is_switch, rest))


def _compare_calls(was: ast.Call, now: ast.Call) -> bool:
    if is_option(was) and is_option(now):
        return has_less_default(was, now)
    if drops_default(was, now):
        return True
    if not _compare(was.func, now.func) or len(was.args) != len(now.args):
        return False
    given = {word.arg: word.value for word in was.keywords}
    others = {word.arg: word.value for word in now.keywords}
    if not others.keys() <= given.keys():
        return False
    return all(map(_compare, was.args, now.args)) and all(
        _compare(given[name], value) or (name == "key" and _is_key_looser(given[name], value))
        for name, value in others.items()
    )


def _is_key_looser(was: ast.expr, now: ast.expr) -> bool:
    """Tell whether a key sorts by less of what another did, in another order or direction."""
    if not (isinstance(was, ast.Lambda) and isinstance(now, ast.Lambda)):
        return False
    terms, others = _list_sorted_by(was.body), _list_sorted_by(now.body)
    return bool(others) and set(others) <= set(terms)


def _list_sorted_by(body: ast.expr) -> list[str]:
    """Return what a key is made of, whichever way it sorts."""
    terms = body.elts if isinstance(body, ast.Tuple) else [body]
    bare = (term.operand if isinstance(term, ast.UnaryOp) else term for term in terms)
    return [ast.dump(term) for term in bare]


def _compare_fields(was: ast.AST, now: ast.AST) -> bool:
    for field, value in ast.iter_fields(was):
        other = getattr(now, field, None)
        if isinstance(value, ast.AST) and isinstance(other, ast.AST):
            if not _compare(value, other):
                return False
        elif isinstance(value, list) and isinstance(other, list):
            if len(value) != len(other) or not all(map(_compare_items, value, other)):
                return False
        elif value != other:
            return False
    return True


def _compare_items(was: object, now: object) -> bool:
    if isinstance(was, ast.AST) and isinstance(now, ast.AST):
        return _compare(was, now)
    return was == now
