"""Which table and column one line of a migration is about, as parts of the IR."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from devmatrix_guard.commands.application.origins.line_parts import LinePart, list_around
from devmatrix_guard.commands.application.origins.spec_places import SpecPlaces

_WORD = re.compile(r"\w+")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def find_column(text: str, line: int, places: SpecPlaces) -> LinePart | None:
    """Return the entity whose table a line changes, with the attribute whose column it names.

    Args:
        text: of the migration.
        line: from 1.
        places: the parts of the IR.
    """
    around = list_around(text, line)
    if not around or not isinstance(around[0], _Function):
        return None
    parts = _list_tables(places)
    said = [one for node in around[1:] for one in _iter_texts(node)]
    part = next((parts[one.value] for one in said if one.value in parts), None)
    if part is None or part.member:
        return part
    prefix = f"{part.address}/"
    on_line = (one.value for one in said if one.lineno <= line <= (one.end_lineno or one.lineno))
    for word in (word for value in on_line for word in _WORD.findall(str(value))):
        attribute = places.nodes.get(prefix + word)
        if attribute is not None:
            pointer = places.find_pointer(prefix + word) or part.pointer
            return part._replace(pointer=pointer, member=word)
    return part


def _list_tables(places: SpecPlaces) -> Mapping[object, LinePart]:
    """Return the part that each table keeps: an entity, or a list or a relation of one."""
    found: dict[object, LinePart] = {}
    for address, node in places.nodes.items():
        if not address.startswith("domain/") or address.count("/") != 1:
            continue
        pointer = places.find_pointer(address)
        found[node.table] = LinePart(address, pointer)
        members = [
            *((a.name, f"{node.table}_{a.name}") for a in node.attributes),
            *((r.name, r.through) for r in node.relations if r.through),
        ]
        for name, table in members:
            own = places.find_pointer(f"{address}/{name}") or pointer
            found.setdefault(table, LinePart(address, own, name))
    return found


def _iter_texts(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the texts of a statement in their order, of a block those of its head."""
    heads: Sequence[ast.AST] = [node]
    if isinstance(node, ast.With | ast.AsyncWith):
        heads = [item.context_expr for item in node.items]
    elif isinstance(node, ast.If | ast.While | ast.For | ast.Try | _Function):
        heads = []
    for head in heads:
        found = [
            one
            for one in ast.walk(head)
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        yield from sorted(found, key=lambda one: (one.lineno, one.col_offset))
