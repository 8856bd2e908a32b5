"""What kind of edit a FixPattern is, read from the trees of its two sides."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from functools import lru_cache

_HOLE = re.compile(r"\$(?:\.\.\.)?([A-Z_][A-Z_0-9]*)")
_MARK = "hole_"
FOUND_ONLY, OTHER = "found-only", "changed"


def classify_edit(before: str, after: str | None) -> str:
    """Return the kind of edit that leads from one Semgrep pattern to another, in a word or two."""
    if after is None:
        return FOUND_ONLY
    old, new = parse_pattern(before), parse_pattern(after)
    if old is None or new is None:
        return OTHER
    return (
        _classify_statement(old, new)
        or _classify_call(_find_value(old), _find_value(new))
        or _classify_value(_find_value(old), _find_value(new))
        or OTHER
    )


def find_names(pattern: str | None, *, builtins_too: bool = False) -> frozenset[str]:
    """Return the names and attributes in a Semgrep pattern, without its holes and builtins."""
    tree = parse_pattern(pattern) if pattern else None
    if tree is None:
        return frozenset()
    return frozenset(
        name
        for node in ast.walk(tree)
        for name in _list_names(node)
        if not name.startswith(_MARK) and (builtins_too or not hasattr(builtins, name))
    )


def find_roots(pattern: str | None) -> frozenset[str]:
    """Return the names a Semgrep pattern begins with, such as `json` of `json.loads`."""
    tree = parse_pattern(pattern) if pattern else None
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} if tree else set()
    return frozenset(n for n in names if not n.startswith(_MARK) and not hasattr(builtins, n))


@lru_cache(maxsize=512)
def parse_pattern(pattern: str) -> ast.Module | None:
    """Return a Semgrep pattern as a tree, its holes as names; None where it is no Python."""
    text = _HOLE.sub(lambda match: f"{_MARK}{match[1].lower()}", pattern)
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _list_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg


def _find_value(tree: ast.Module) -> ast.expr | None:
    """Return the expression a pattern is, or the value of its one statement."""
    if len(tree.body) != 1:
        return None
    value = getattr(tree.body[0], "value", None)
    return value if isinstance(value, ast.expr) else None


def _has(tree: ast.AST, *kinds: type[ast.AST]) -> bool:
    return any(isinstance(node, kinds) for node in ast.walk(tree))


def _classify_statement(old: ast.Module, new: ast.Module) -> str:
    for kinds, word in (
        ((ast.With, ast.AsyncWith), "resource-managed"),
        ((ast.Await,), "await-added"),
        ((ast.If, ast.Assert), "guard-added"),
        ((ast.Try,), "error-handled"),
    ):
        if _has(new, *kinds) and not _has(old, *kinds):
            return word
    if _has(old, ast.ExceptHandler) and _has(new, ast.ExceptHandler):
        return _classify_handlers(old, new)
    if _has(old, ast.Import, ast.ImportFrom) and _has(new, ast.Import, ast.ImportFrom):
        return "import-replaced"
    return ""


def _classify_handlers(old: ast.Module, new: ast.Module) -> str:
    def find_kinds(tree: ast.Module) -> list[str]:
        found = (node.type for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))
        return [ast.unparse(kind) if kind else "" for kind in found]

    before, after = find_kinds(old), find_kinds(new)
    broad = {"", "Exception", "BaseException"}
    if broad & set(before) and not broad & set(after):
        return "exception-narrowed"
    return "exception-changed" if before != after else ""


def _classify_call(old: ast.expr | None, new: ast.expr | None) -> str:
    if not isinstance(old, ast.Call):
        return ""
    if not isinstance(new, ast.Call):
        return "call-replaced"
    if ast.dump(old.func) != ast.dump(new.func):
        inner = {ast.dump(node) for node in ast.walk(new) if node is not new}
        return "call-wrapped" if ast.dump(old) in inner else "call-replaced"
    had, has = ({ast.dump(a) for a in (*c.args, *c.keywords)} for c in (old, new))
    names = [{k.arg for k in call.keywords} for call in (old, new)]
    if had < has or names[0] < names[1]:
        return "argument-added"
    if has < had or names[1] < names[0]:
        return "argument-removed"
    return "argument-changed" if had != has else ""


def _classify_value(old: ast.expr | None, new: ast.expr | None) -> str:
    if old is None or new is None:
        return ""
    if isinstance(old, ast.Name | ast.Attribute) and isinstance(new, ast.Name | ast.Attribute):
        return "name-replaced"
    inner = {ast.dump(node) for node in ast.walk(new) if node is not new}
    if isinstance(new, ast.Call) and ast.dump(old) in inner:
        return "value-wrapped"
    if isinstance(old, ast.Compare):
        return "comparison-changed"
    if isinstance(old, ast.BoolOp) or isinstance(new, ast.BoolOp):
        return "condition-changed"
    if isinstance(old, ast.Constant) and isinstance(new, ast.Constant):
        return "constant-changed"
    return "expression-changed"
