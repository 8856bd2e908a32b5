"""Which names the modules of an application use of each other, as far as their text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from devmatrix_guard.model.named_value import NamedValue


class Uses(NamedValue):
    """What a module names.

    Attributes:
        imports: (module, name) of each `from` import; the name is "" for the module itself.
        loads: the names that are read in it.
        members: attributes and keywords of calls.
        texts: those that could be a name.
        arguments: texts that a call is given, as one that links to a route by its name.
    """

    imports: frozenset[tuple[str, str]]
    loads: frozenset[str]
    members: frozenset[str]
    texts: frozenset[str]
    arguments: frozenset[str]


@lru_cache(maxsize=1024)
def read_uses(text: str) -> Uses:
    """Return what a module names; nothing where it does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Uses(*[frozenset[Any]()] * 5)
    imports: set[tuple[str, str]] = set()
    loads: set[str] = set()
    members: set[str] = set()
    words: set[str] = set()
    arguments: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            imports |= {(node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            imports |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            loads.add(node.id)
        elif isinstance(node, ast.Attribute):
            members.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            members.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value)
            loads |= _read_annotation(node.value)
        elif isinstance(node, ast.Call):
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            arguments |= {text for text in texts if isinstance(text, str)}
    named = frozenset(members), frozenset(words), frozenset(arguments)
    return Uses(frozenset(imports), frozenset(loads), *named)


def _read_annotation(text: str) -> set[str]:
    """Return the names in a text that may be an annotation written as one."""
    if len(text) > 200 or not text[:1].isalpha():
        return set()
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@lru_cache(maxsize=1024)
def list_declarations(text: str) -> Mapping[int, str]:
    """Return which declaration each line of a module belongs to: `name` or `Class.member`."""
    found: dict[int, str] = {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return found
    for node in tree.body:
        name = _name_statement(node)
        found.update(dict.fromkeys(_list_lines(node), name))
        for member in node.body if isinstance(node, ast.ClassDef) else ():
            found.update(dict.fromkeys(_list_lines(member), f"{name}.{_name_statement(member)}"))
    return found


def is_declared(files: Mapping[str, str], imported: str) -> bool:
    """Tell whether an import, `module:name`, names something that one of the files declares."""
    module, _, name = imported.partition(":")
    text = files.get(f"{module.replace('.', '/')}.py")
    return text is not None and name in list_declarations(text).values()


def _list_lines(node: ast.stmt) -> range:
    decorators = [decorator.lineno for decorator in getattr(node, "decorator_list", ())]
    return range(min([node.lineno, *decorators]), (node.end_lineno or node.lineno) + 1)


def _name_statement(node: ast.stmt) -> str:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name
    if isinstance(node, ast.Assign):
        return ", ".join(map(ast.unparse, node.targets))
    return ast.unparse(node.target) if isinstance(node, ast.AnnAssign) else ""


def is_used(files: Mapping[str, str], path: str, name: str, *, is_code: bool = False) -> bool:
    """Tell whether something still names a thing that is not in its module any more.

    Args:
        files: path -> text of the application as it is.
        path: the module that it was generated in.
        name: `function`, `Class` or `Class.member`; "" for the module itself.
        is_code: whether it is a function. Then a text is no use of it unless a call is given it:
            operations are named as their methods are.
    """
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    package, _, last = module.rpartition(".")
    owner, _, member = name.rpartition(".")
    for other, uses in _iter_uses(files):
        if not name:
            if any(m == module or (m, n) == (package, last) for m, n in uses.imports):
                return True
        elif owner:
            named = uses.members | (uses.arguments if is_code else uses.texts)
            if member in named and not other.startswith("tests/"):
                return True
        elif (
            (module, name) in uses.imports
            or (other == path and name in uses.loads)
            or (other.startswith("src/") and name in uses.arguments)
        ):
            return True
    return False


def _iter_uses(files: Mapping[str, str]) -> Iterator[tuple[str, Uses]]:
    for path, text in files.items():
        if path.endswith(".py"):
            yield path, read_uses(text)
