"""The migration that a new spec needs: on top of those there are, which may have run already."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from devmatrix_guard.errors import UsageError
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
from devmatrix_guard.generator.regenerate.contradictions import refuse_contradictions
from devmatrix_guard.generator.regenerate.renames import find_renamed_entities
from devmatrix_guard.generator.regenerate.replay import (
    find_heads,
    keep_known,
    read_revisions,
    replay,
)
from devmatrix_guard.ir.domain import Attribute


def make_next_revision(
    before: Sequence[Plan],
    after: Plan,
    revisions: Mapping[str, str],
    *,
    backfill: Mapping[str, str],
    same_generator: bool = True,
) -> Revision | None:
    """Return the revision that leads from what the migrations make to what `after` needs.

    None where nothing differs and the migrations end in one head.

    Args:
        before: what the application was generated from last, by every branch that was merged.
        after: what it is generated from now.
        revisions: file name -> text of the migrations that there are.
        backfill: `table.column` -> value for the rows that are there, as JSON or plain text.
        same_generator: a table that only another release of the generator writes otherwise is
            left as it is where this is False.

    Raises:
        UsageError: a value does not fit its column, or there is no such column.
        GenerationError: the migrations cannot be read.
    """
    imports = Imports()
    columns = _index_columns(after)
    fills = {key: fill for key, a in columns.items() if (fill := fill_of(a, imports)) is not None}
    fills |= _read_fills(backfill, columns, imports)
    sources = read_revisions(revisions)
    heads = find_heads(sources)
    if len(heads) > 1:
        refuse_contradictions(sources, heads)
    wanted = make_tables(after, outbox=emits_events(after))
    known = [make_tables(plan, outbox=emits_events(plan)) for plan in before]
    found = keep_known(replay(sources), [*wanted, *(table for part in known for table in part)])
    if not same_generator:
        same = {table.name for table in wanted if all(table in part for part in known)}
        found = [table for table in found if table.name not in same]
        found += [table for table in wanted if table.name in same]
    return emit_revision(
        found,
        wanted,
        number=len(revisions) + 1,
        down_revision=heads[0] if len(heads) == 1 else heads,
        renames=_find_renames(before, after, columns),
        fills=fills,
        imports=imports,
    )


def _find_renames(
    before: Sequence[Plan], after: Plan, columns: Mapping[tuple[str, str], Attribute]
) -> Renames:
    """Return what the new spec says is only called otherwise."""
    tables = {
        after.entities[entity.after.name].table: plan.entities[entity.before.name].table
        for plan in before
        for entity in find_renamed_entities([plan], after)
    }
    return Renames({key: a.renamed_from for key, a in columns.items() if a.renamed_from}, tables)


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
