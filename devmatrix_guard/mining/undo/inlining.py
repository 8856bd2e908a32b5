"""Reads a change of a Python file with the names it newly gives put back: what they stand for.

A constant that gets a name or another one, a pattern that is compiled no more, the key of a sort
that becomes a function: the statements that use them are then as before, or as before the fix.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.undo.tokens import decode
from devmatrix_guard.mining.undo.trees import ParsedModule, read_module, split_rows

_MOST_LETTERS = 80  # of what is put for a name
_DEFINED = re.compile(rb"^(?:[A-Za-z_]\w*\s*(?::[^=\n]+)?=[^=]|def ).*$", re.MULTILINE)
_PROPERTY = re.compile(rb"(--[\w-]+)\s*:\s*([^;{}\n]+)")
_USED = re.compile(rb"var\(\s*(--[\w-]+)\s*(?:,[^()]*)?\)")
_GETTER = b"attrgetter"
_MATCHING = frozenset(
    ("sub", "subn", "match", "search", "fullmatch", "split", "findall", "finditer")
)
_PLAIN = (ast.Constant, ast.Tuple, ast.UnaryOp, ast.USub, ast.Load)

Span = tuple[int, int, int]  # row from 0, first and last column in bytes


def inline_new_names(old: bytes, new: bytes) -> bytes:
    """Return a new version of a file in the names and constants of the old one, row by row.

    Args:
        old: the file before.
        new: the file after.
    """
    is_new_getter = _GETTER in new and _GETTER not in old
    if {*_DEFINED.findall(old)} == {*_DEFINED.findall(new)} and not is_new_getter:
        return new
    if b"\r" in new.replace(b"\r\n", b""):
        return new  # rows are not where the parser counts them
    before, after = (read_module(decode(side)) for side in (old, new))
    if before is None or after is None:
        return new
    olds, news = _list_constants(before), _list_constants(after)
    known = {node.id for node in before.nodes if isinstance(node, ast.Name)}
    names = _pair_renamed(olds, news, known, after)
    texts = {
        name: text
        for name, value in news.items()
        if name not in known and name not in names and (text := _write_plain(value))
    }
    keys = {name: text for name, text in _list_keys(after.tree) if name not in known}
    patterns = {
        ast.dump(call.args[0]): name
        for name, value in olds.items()
        if name not in news and (call := _read_compiled(value)) is not None
    }
    spans = dict(_list_edits(after, names, texts, keys))
    spans.update(_list_patterns(after, patterns))
    if is_new_getter:
        spans.update(_list_getters(after))
    return _replace(new, spans)


def inline_new_properties(old: bytes, new: bytes) -> bytes:
    """Return a new version of a style sheet with the values of new properties where they are used.

    Args:
        old: the file before.
        new: the file after.
    """
    known = {name for name, _ in _PROPERTY.findall(old)}
    found = _PROPERTY.findall(new)
    counts = Counter(name for name, _ in found)
    values = {name: v.strip() for name, v in found if name not in known and counts[name] == 1}
    return _USED.sub(lambda match: values.get(match[1], match[0]), new) if values else new


def _list_constants(module: ParsedModule) -> dict[str, ast.expr]:
    """Return what is given once to a name at the top of a module."""
    stored = Counter(
        node.id
        for node in module.nodes
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    )
    stored.update(node.arg for node in module.nodes if isinstance(node, ast.arg))
    found = {}
    for node in module.tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(target, ast.Name) and value is not None and stored[target.id] == 1:
            found[target.id] = value
    return found


def _pair_renamed(
    olds: Mapping[str, ast.expr], news: Mapping[str, ast.expr], known: set[str], after: ParsedModule
) -> dict[str, str]:
    """Return the old names of constants that have others now."""
    used = {node.id for node in after.nodes if isinstance(node, ast.Name)}
    gone = {ast.dump(value): name for name, value in olds.items() if name not in used}
    return {
        name: gone[key]
        for name, value in news.items()
        if name not in known and (key := ast.dump(value)) in gone
    }


def _write_plain(value: ast.expr) -> str:
    """Return a constant as it is written in one line, empty for anything else."""
    if not all(isinstance(node, _PLAIN) for node in list_nodes(value)):
        return ""
    text = ast.unparse(value)
    return text if len(text) <= _MOST_LETTERS and "\n" not in text else ""


def _list_keys(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the functions that only return what they make of their arguments, as a lambda."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.decorator_list or len(node.body) != 1:
            continue
        (only,) = node.body
        if isinstance(only, ast.Return) and only.value is not None and not node.args.defaults:
            names = ", ".join(argument.arg for argument in node.args.args)
            text = f"(lambda {names}: {ast.unparse(only.value)})"
            if len(text) <= _MOST_LETTERS and "\n" not in text:
                yield node.name, text


def _read_compiled(value: ast.expr) -> ast.Call | None:
    """Return the call by which a pattern alone is compiled."""
    is_call = isinstance(value, ast.Call) and ast.unparse(value.func) == "re.compile"
    if isinstance(value, ast.Call) and is_call and len(value.args) == 1 and not value.keywords:
        return value
    return None


def _list_edits(
    module: ParsedModule,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    keys: Mapping[str, str],
) -> Iterator[tuple[Span, bytes]]:
    for node in module.nodes:
        if isinstance(node, ast.keyword) and node.arg == "key":
            value = node.value
            if isinstance(value, ast.Name) and value.id in keys:
                yield _find_span(value), keys[value.id].encode()
        if not isinstance(node, ast.Name):
            continue
        if node.id in names:
            yield _find_span(node), names[node.id].encode()
        elif node.id in texts and isinstance(node.ctx, ast.Load):
            yield _find_span(node), texts[node.id].encode()


def _list_patterns(
    module: ParsedModule, patterns: Mapping[str, str]
) -> Iterator[tuple[Span, bytes]]:
    """Yield the calls with a pattern that the old file has compiled: as calls of its name."""
    for node in module.nodes if patterns else ():
        if not isinstance(node, ast.Call) or not node.args or node.lineno != node.end_lineno:
            continue
        owner = node.func
        if (
            isinstance(owner, ast.Attribute)
            and owner.attr in _MATCHING
            and ast.unparse(owner.value) == "re"
            and (name := patterns.get(ast.dump(node.args[0])))
        ):
            rest = [*map(ast.unparse, node.args[1:]), *map(ast.unparse, node.keywords)]
            yield _find_span(node), f"{name}.{owner.attr}({', '.join(rest)})".encode()


def _list_getters(module: ParsedModule) -> Iterator[tuple[Span, bytes]]:
    """Yield the getters of one attribute by which is sorted, as a lambda."""
    for node in module.nodes:
        call = node.value if isinstance(node, ast.keyword) and node.arg == "key" else None
        if not isinstance(call, ast.Call) or call.lineno != call.end_lineno:
            continue
        named = [str(a.value) for a in call.args if isinstance(a, ast.Constant)]
        is_getter = ast.unparse(call.func).rpartition(".")[2] == _GETTER.decode()
        if is_getter and len(named) == len(call.args) == 1 and named[0].isidentifier():
            yield _find_span(call), f"lambda p: p.{named[0]}".encode()


def _find_span(node: ast.expr) -> Span:
    return node.lineno - 1, node.col_offset, node.end_col_offset or node.col_offset


def _replace(text: bytes, spans: Mapping[Span, bytes]) -> bytes:
    """Return a text with other words in some places of its rows, the last of each row first."""
    rows = split_rows(text)
    reached: dict[int, int] = {}
    for row, start, end in sorted(spans, reverse=True):
        if row < len(rows) and end <= reached.get(row, len(rows[row])):
            rows[row] = rows[row][:start] + spans[row, start, end] + rows[row][end:]
            reached[row] = start
    return b"".join(rows)
