"""Lines of people that speak of something generated that is not there any more.

A method under another name, or a property that went, is followed within its module. Who calls it in
another one, by an object of another name or as a text, would notice when it runs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping

from devmatrix_guard.generator.regenerate.python.renamed_definitions import Rename, find_renames

_DOTTED = re.compile(r"[\w.:]+")
_MOST = 5  # notes a file
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def find_left_behind(
    base: Mapping[str, str],
    theirs: Mapping[str, str],
    result: Mapping[str, str],
    renamed: Mapping[str, str],
) -> dict[str, list[str]]:
    """Return path -> notes about lines of people with the name of what is defined nowhere now.

    Args:
        base: path -> text as generated last.
        theirs: path -> text as generated now.
        result: path -> text of every file that there is to be; what does not parse is left out.
        renamed: old -> new name of what the spec says is only called otherwise.
    """
    own = {p: t for p, t in result.items() if p.endswith(".py") and t != theirs.get(p)}
    changed = [p for p, text in base.items() if p.endswith(".py") and text != theirs.get(p)]
    if not own or not changed:
        return {}
    new = [path for path in theirs if path.endswith(".py") and path not in base]
    after = {name for p in (*changed, *new) for name in _list_defined(theirs.get(p, ""))}
    gone = {name for path in changed for name in _list_defined(base[path])} - after
    gone |= {_name_module(path) for path in changed if path not in result}
    spoken = {p: _list_spoken(text, theirs.get(p, ""), gone) for p, text in own.items()}
    names = {name for found in spoken.values() for _, name in found}
    names -= {name for text in result.values() for name in _find_defined(text, names)}
    found_renames = (r for path in changed for r in _find_renames(base, theirs, path, names))
    called = {**{one.old: one.new for one in found_renames}, **renamed}
    return {
        path: [_describe(row, name, called.get(name, "")) for row, name in found][:_MOST]
        for path, all_found in spoken.items()
        if (found := [(row, name) for row, name in all_found if name in names])
    }


def _describe(row: int, name: str, new: str) -> str:
    if new:
        return f"line {row} speaks of {name}, which is called {new} now"
    return f"line {row} speaks of {name}, which is not generated any more"


def _find_renames(
    base: Mapping[str, str], theirs: Mapping[str, str], path: str, names: Collection[str]
) -> tuple[Rename, ...]:
    if path not in theirs or not any(name in base[path] for name in names):
        return ()
    return find_renames(base[path], base[path], theirs[path])


def _name_module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _list_defined(text: str) -> set[str]:
    """Return the functions, classes, methods and attributes of classes that a module defines."""
    found = set()
    for node in _parse(text):
        if isinstance(node, _Definition):
            found.add(node.name)
        for inner in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
                found.add(inner.target.id)
            elif isinstance(inner, ast.Assign):
                found |= {target.id for target in inner.targets if isinstance(target, ast.Name)}
            elif isinstance(inner, _Definition):
                found.add(inner.name)
    return found


def _find_defined(text: str, names: Collection[str]) -> set[str]:
    """Return those of some names that a module defines, or an object is given in it."""
    if not any(name in text for name in names):
        return set()
    given = {
        node.attr
        for node in _walk(text)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    return (given | _list_defined(text)) & set(names)


def _list_spoken(text: str, generated: str, names: Collection[str]) -> list[tuple[int, str]]:
    """Return row, name of what lines that nobody generated read, import or quote."""
    if not any(name in text for name in names):
        return []
    known = {line.strip() for line in generated.splitlines()}
    lines = text.split("\n")
    bound = {name for node in _walk(text) for name in _read_bound(node)}
    found = set()
    for node in _walk(text):
        row = getattr(node, "end_lineno", 0)
        if 0 < row <= len(lines) and lines[row - 1].strip() not in known:
            hidden = bound if isinstance(node, ast.Name) else ()
            found |= {(row, name) for name in _read_names(node) if name not in hidden}
    return sorted(one for one in found if one[1] in names)


def _read_bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id


def _read_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Import | ast.ImportFrom):
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        yield module
        for alias in node.names:
            yield alias.name
            yield f"{module}.{alias.name}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from re.split(r"[.:]", node.value)[-1:] if _DOTTED.fullmatch(node.value) else ()


def _walk(text: str) -> Iterator[ast.AST]:
    for node in _parse(text):
        yield from ast.walk(node)


def _parse(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
