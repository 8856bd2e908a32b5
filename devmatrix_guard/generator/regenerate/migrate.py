"""The migration that a new spec needs: on top of those there are, which may have run already."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from devmatrix_guard.errors import GenerationError, UsageError
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.emit.models.revisions import (
    Revision,
    emit_revision,
    fill_of,
    fill_value,
)
from devmatrix_guard.generator.emit.models.table_changes import Renames
from devmatrix_guard.generator.emit.models.tables import make_tables
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import Doc
from devmatrix_guard.generator.emit.services.workflows import emits_events
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute


def make_next_revision(
    before: Plan,
    after: Plan,
    *,
    down_revision: str | tuple[str, ...],
    number: int,
    backfill: Mapping[str, str],
) -> Revision | None:
    """Return the revision that leads from one version's tables to the other's, None without any.

    Args:
        before, after: the two versions.
        down_revision: the revision it follows.
        number: how many revisions there will be with this one.
        backfill: `table.column` -> value for the rows that are there, as JSON or plain text.

    Raises:
        UsageError: a value does not fit its column, or there is no such column.
    """
    imports = Imports()
    columns = _index_columns(after)
    fills = {key: fill for key, a in columns.items() if (fill := fill_of(a, imports)) is not None}
    fills |= _read_fills(backfill, columns, imports)
    return emit_revision(
        make_tables(before, outbox=emits_events(before)),
        make_tables(after, outbox=emits_events(after)),
        number=number,
        down_revision=down_revision,
        renames=_find_renames(before, after, columns),
        fills=fills,
        imports=imports,
    )


def _find_renames(
    before: Plan, after: Plan, columns: Mapping[tuple[str, str], Attribute]
) -> Renames:
    """Return what the new spec says is only called otherwise."""
    tables = {
        entity.table: before.entities[entity.renamed_from].table
        for entity in after.ir.domain.entities
        if entity.renamed_from in before.entities.keys() - after.entities.keys()
    }
    return Renames({key: a.renamed_from for key, a in columns.items() if a.renamed_from}, tables)


def find_head(revisions: Mapping[str, str]) -> str:
    """Return the revision that no other follows.

    Args:
        revisions: file name -> text of every migration.

    Raises:
        GenerationError: there is none, or more than one.
    """
    known: set[str] = set()
    followed: set[str] = set()
    for name, text in revisions.items():
        values = _read_assignments(name, text)
        if "revision" in values:
            known.add(values["revision"])
            before = values.get("down_revision") or ()
            followed |= {before} if isinstance(before, str) else set(before)
    heads = sorted(known - followed)
    if len(heads) != 1:
        what = f"{len(heads)} heads ({', '.join(heads)})" if heads else "no head"
        raise GenerationError(
            f"{VERSIONS} has {what}, and a new migration must follow one; run `alembic merge heads`"
            " first, or restore what is missing."
        )
    return heads[0]


def _read_assignments(name: str, text: str) -> dict[str, Any]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise GenerationError(f"{VERSIONS}{name} does not parse: {error}; fix it first.") from error
    values: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, value = node.target, node.value
        else:
            continue
        if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
            values[target.id] = ast.literal_eval(value)
    return values


def _index_columns(plan: Plan) -> dict[tuple[str, str], Attribute]:
    return {
        (entity.table, attribute.name): attribute
        for entity in plan.ir.domain.entities
        for attribute in entity.attributes
        if attribute.type.kind != "list"
    }


def _read_fills(
    backfill: Mapping[str, str],
    columns: Mapping[tuple[str, str], Attribute],
    imports: Imports,
) -> dict[tuple[str, str], Doc]:
    fills: dict[tuple[str, str], Doc] = {}
    for name, text in backfill.items():
        table, _, column = name.partition(".")
        attribute = columns.get((table, column))
        if attribute is None:
            raise UsageError(f"there is no column {name}; name it as table.column.")
        fill = fill_value(attribute, _parse_value(attribute, text), imports)
        if fill is None:
            raise UsageError(f"{text} is no value for {name} ({attribute.type.kind}).")
        fills[table, column] = fill
    return fills


def _parse_value(attribute: Attribute, text: str) -> object:
    if attribute.type.kind in ("string", "text", "uuid", "date", "datetime", "time", "decimal"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
