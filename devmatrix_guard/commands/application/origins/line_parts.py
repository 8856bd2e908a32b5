"""Which parts of the IR gave one line of a generated module.

The definitions around a line bear the names of what they were made from: `list_products` of an
operation, `ProductEntity` of an entity, `test_checkout_runs_through` of a flow. A line that stands
in none of them, as an import, belongs to those definitions that use what it binds.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from devmatrix_guard.model.named_value import NamedValue

_BEGINNINGS = re.compile(r"^_*(?:test|make|show|check|fire|write)_")
_ENDINGS = re.compile(r"(?:Entity|Service|Repository)$")
_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class LinePart(NamedValue):
    """A part of the IR that gave a line.

    Attributes:
        address: of the part.
        pointer: of what gave the very line, a parameter or a property of it too; "" for unknown.
        member: the name of that parameter or property, "" for the part as a whole.
        lines: from where to where the definition goes, as `12-40`; "" for the whole file.
    """

    address: str
    pointer: str = ""
    member: str = ""
    lines: str = ""


def find_line_parts(
    text: str, line: int, near: Sequence[str], nodes: Mapping[str, Any]
) -> tuple[LinePart, ...]:
    """Return the parts of the IR that gave a line; all of the file's where nothing tells more.

    Args:
        text: of the file.
        line: from 1.
        near: addresses of the parts that the file was made from.
        nodes: every address of the IR with its node; none where the IR is not to be had.
    """
    return follow_line(text, line, PartNames(near, nodes))


def follow_line(text: str, line: int, names: PartNames) -> tuple[LinePart, ...]:
    """Return what `find_line_parts` does; who asks for many lines makes the names once.

    Args:
        text: of the file.
        line: from 1.
        names: of the parts.
    """
    tree = _parse(text)
    around = list_around(text, line)
    part = names.follow(around, line)
    if part is not None:
        return (part,)
    used = _list_bound(around[0]) if around else set()
    users = names.list_users(tree.body, used) if tree and used else []
    return tuple(users) or tuple(map(names.describe, names.choose_main()))


class PartNames:
    """Finds the part that a definition is named after, those that the file was made from first."""

    def __init__(self, near: Sequence[str], nodes: Mapping[str, Any]) -> None:
        self._near, self._nodes = near, nodes
        self._tables = (_list_by_name(near), _list_by_name(a for a in nodes if _is_general(a)))

    def describe(self, address: str) -> LinePart:
        """Return a part as a whole."""
        return LinePart(address, str(getattr(self._read(address), "pointer", "") or ""))

    def follow(self, around: Sequence[ast.AST], line: int) -> LinePart | None:
        """Return what the innermost definition that tells something is named after."""
        found: LinePart | None = None
        for depth, node in enumerate(around):
            names = list(_list_names(node, line))
            member = self._find_member(found, names) if found else None
            if member is not None:
                found = member
            elif _may_name(around[:depth], node) and (address := self.find(names)):
                found = self.describe(address)._replace(lines=_write_span(node))
        return found

    def find(self, names: Sequence[str]) -> str | None:
        """Return the address that one of the names of a definition stands for."""
        forms = list(dict.fromkeys(form for name in names for form in _iter_forms(name)))
        found = (table[form] for table in self._tables for form in forms if form in table)
        return next(found, None)

    def list_users(self, body: Sequence[ast.stmt], used: set[str]) -> list[LinePart]:
        """Return the parts of the definitions that use a name."""
        found = {}
        for definition in _iter_users(body, used):
            address = self.find([definition.name])
            if address is not None:
                found[address] = self.describe(address)
        return list(found.values())

    def choose_main(self) -> Sequence[str]:
        """Return what the file is about: its flow or state machine, or its one entity.

        Others may have a hand in it.
        """
        behavior = [one for one in self._near if one.startswith("behavior/")]
        if len(behavior) == 1:
            return behavior
        entities = [one for one in self._near if one.startswith("domain/")]
        return entities if len(entities) == 1 else self._near

    def _read(self, address: str) -> Any:
        """Return a node; that of a view is the schema that it shows, which stands in the spec."""
        schema = f"schemas/{address.removeprefix('views/')}"
        return self._nodes.get(schema if address.startswith("views/") else address)

    def _find_member(self, part: LinePart, names: Sequence[str]) -> LinePart | None:
        """Return the one parameter or property of a part that the names tell of."""
        node = self._read(part.address)
        below = [m for a, m in self._nodes.items() if a.startswith(f"{part.address}/")]
        fields = getattr(getattr(node, "shape", None), "fields", ())
        members = (*getattr(node, "parameters", ()), *fields, *below)
        found = {m.name: m for m in members if getattr(m, "name", "") in names}
        if len(found) != 1:
            return None
        ((name, member),) = found.items()
        pointer = str(getattr(member, "pointer", "") or part.pointer)
        return LinePart(part.address, pointer, name, part.lines)


def _list_by_name(addresses: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(_simplify(address.rpartition("/")[2]), address)
    return found


def _is_general(address: str) -> bool:
    """Tell whether a module that was not made from a part may be named after it nonetheless."""
    return not address.startswith("views/") and (
        address.count("/") == 1 or not address.startswith("domain/")
    )


def _iter_forms(name: str) -> Iterator[str]:
    """Yield a name, what it is without our own beginnings and endings, and its first words."""
    yield _simplify(name)
    bare = _ENDINGS.sub("", _BEGINNINGS.sub("", name))
    if bare != name:
        words = bare.lower().split("_")
        yield from ("".join(words[:count]) for count in range(len(words), 0, -1))


def _may_name(above: Sequence[ast.AST], node: ast.AST) -> bool:
    """Tell whether a name is no local one: of a module, of a class, of an entry of its table."""
    named = isinstance(node, _Definition | _Entry)
    return not above or (
        named
        and len(above) == 1
        and not isinstance(above[0], ast.FunctionDef | ast.AsyncFunctionDef)
    )


@lru_cache(maxsize=8)
def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def list_around(text: str, line: int) -> list[ast.AST]:
    """Return the statements around a line, the outermost first; the last is the one that it is.

    Args:
        text: of a module; one that does not parse has none.
        line: from 1.
    """
    found: list[ast.AST] = []
    tree = _parse(text)
    inner: Sequence[ast.AST] = tree.body if tree else []
    while inner:
        node = next((one for one in inner if _holds(one, line)), None)
        if node is None:
            break
        found.append(node)
        inner = _list_inner(node)
    return found


def _list_inner(node: ast.AST) -> list[ast.AST]:
    """Return what may stand for a line alone: statements, arguments, entries of a table."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        given = node.args
        return [*given.posonlyargs, *given.args, *given.kwonlyargs, *node.body]
    if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
        return [_Entry(k, v) for k, v in zip(node.value.keys, node.value.values, strict=True) if k]
    statements = (getattr(node, name, ()) for name in ("body", "orelse", "handlers", "finalbody"))
    return [one for part in statements if isinstance(part, list) for one in part]


class _Entry(ast.AST):
    """An entry of a table, from its key to the end of its value."""

    def __init__(self, key: ast.expr, value: ast.expr) -> None:
        self.key, self.lineno, self.end_lineno = key, key.lineno, value.end_lineno


def _holds(node: Any, line: int) -> bool:
    return bool(_find_first_line(node) <= line <= (node.end_lineno or node.lineno))


def _find_first_line(node: Any) -> int:
    return int(min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))]))


def _write_span(node: Any) -> str:
    return f"{_find_first_line(node)}-{node.end_lineno or node.lineno}"


def _list_names(node: ast.AST, line: int) -> Iterator[str]:
    """Yield the names that a statement, an argument or an entry declares, or its line reads."""
    if isinstance(node, _Definition):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, _Entry):
        if isinstance(node.key, ast.Constant):
            yield str(node.key.value)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))
    if isinstance(node, ast.stmt) and not isinstance(node, _Definition):
        read = (n for n in ast.walk(node) if isinstance(n, ast.Name) and n.lineno == line)
        yield from (name.id for name in read)


def _list_bound(node: ast.AST) -> set[str]:
    """Return the names that an import or an assignment of a module binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return set(_list_names(node, 0))
    return set()


def _iter_users(body: Sequence[ast.stmt], used: set[str]) -> Iterator[_Definition]:
    """Yield the innermost definitions of a module that read one of the names."""
    for node in body:
        if not isinstance(node, _Definition) or not _reads(node, used):
            continue
        members = list(_iter_users(node.body, used)) if isinstance(node, ast.ClassDef) else []
        yield from members or [node]


def _reads(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


def _simplify(name: str) -> str:
    return name.replace("_", "").lower()
