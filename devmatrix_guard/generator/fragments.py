"""Finds the functions of an application, and what is the same in several but for names."""

from __future__ import annotations

import ast
import copy
import hashlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.generator.entity_names import EntityNames, find_names

_FEWEST_STATEMENTS = 2  # one statement alone says too little to be found, or to be a duplicate
_MOST_CHARACTERS = 8_000
_MOST_FUNCTIONS = 3_000
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class FoundFunction(NamedTuple):
    """A function of a file.

    Attributes:
        path, name: where it stands; a method is `Class.method`.
        digest: of its code as a tree, without docstring and with placeholders for the names of
            the entity it is about: layout, comments and the entity make no difference.
        code: its text.
        is_generated: the same function stands in what a fresh generation gives.
    """

    path: str
    name: str
    digest: str
    code: str
    is_generated: bool


def find_functions(
    files: Mapping[str, str], reference: Mapping[str, str], names: Sequence[EntityNames]
) -> tuple[FoundFunction, ...]:
    """Return the functions of an application's own Python files, by path and place.

    Args:
        files: path -> text; what is not below `src/`, or does not parse, is left out.
        reference: path -> text of what a fresh generation gives.
        names: of the application's entities.
    """
    found: list[FoundFunction] = []
    for path in sorted(files):
        if not (path.startswith("src/") and path.endswith(".py")):
            continue
        text = files[path]
        functions = _list_functions(path, text, names, limit=_MOST_FUNCTIONS - len(found))
        if reference.get(path) == text:
            generated = {(one.name, one.digest) for one in functions}
        else:
            known = _list_functions(path, reference.get(path, ""), names, limit=_MOST_FUNCTIONS)
            generated = {(one.name, one.digest) for one in known}
        found += [f._replace(is_generated=(f.name, f.digest) in generated) for f in functions]
    return tuple(found)


def _list_functions(
    path: str, text: str, names: Sequence[EntityNames], *, limit: int
) -> list[FoundFunction]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of somebody else's code
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    own, lines = find_names(path, names), text.splitlines(keepends=True)
    found: list[FoundFunction] = []
    for name, node in _iterate_functions(tree):
        if len(found) >= limit:
            break
        body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
        code = _read_source(node, lines)
        if sum(1 for _ in _iterate_statements(body)) < _FEWEST_STATEMENTS:
            continue
        if len(code) <= _MOST_CHARACTERS:
            found.append(FoundFunction(path, name, _digest(node, body, own), code, False))
    return found


def _iterate_functions(tree: ast.Module) -> Iterator[tuple[str, _Function]]:
    for node in tree.body:
        if isinstance(node, _Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, _Function):
                    yield f"{node.name}.{member.name}", member


def _iterate_statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield from (node for node in ast.walk(statement) if isinstance(node, ast.stmt))


def _read_source(node: _Function, lines: Sequence[str]) -> str:
    start = min((one.lineno for one in node.decorator_list), default=node.lineno)
    return "".join(lines[start - 1 : node.end_lineno])


def _digest(node: _Function, body: Sequence[ast.stmt], own: EntityNames | None) -> str:
    bare = copy.copy(node)
    bare.body = list(body)
    try:
        text = ast.unparse(bare)
    except (RecursionError, ValueError):
        text = ast.dump(node, annotate_fields=False)[:_MOST_CHARACTERS]
    if own is not None:
        text = own.generalise(text)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
