"""The module that fills an empty database with rows to try the application with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row, write_value
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    Lines,
    call,
    lay_out,
    make_literal,
    put,
    shift,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute, Entity, Seed

PATH = "src/seed.py"
_FIRST = """async def _find_first(session: AsyncSession, model: type[Row]) -> Row | None:
    return (await session.scalars(select(model).limit(1))).first()"""
_COUNT = '''async def _count_on(session: AsyncSession, table: str, key: str) -> None:
    """Let PostgreSQL count on from the greatest key that was given."""
    if session.get_bind().dialect.name == "postgresql":
        last = f'SELECT max("{key}") FROM "{table}"'
        query = text(f"SELECT setval(pg_get_serial_sequence(:name, :key), ({last}))")
        await session.execute(query, {"name": table, "key": key})'''
_MAIN = '''async def main() -> None:
    """Store the rows in the database of the settings."""
    settings = get_settings()
    database = Database(settings.database_url)
    try:
        stored = await database.write(seed)
    finally:
        await database.close()
    sys.stdout.write(f"{stored} rows stored\\n")


if __name__ == "__main__":
    asyncio.run(main())'''


def emit_seeds(plan: Plan) -> str:
    """Return the module, "" where there is nothing to store."""
    if not plan.ir.seeds:
        return ""
    imports = Imports()
    for module in ("asyncio", "sys"):
        imports.use_module(module)
    imports.use("src.core.config", "get_settings")
    imports.use("src.core.database", "Database")
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    groups: dict[str, list[Seed]] = {}
    for seed in plan.ir.seeds:
        groups.setdefault(seed.entity, []).append(seed)
    body: Lines = ["stored = 0"]
    first: dict[str, str] = {}
    for name, seeds in groups.items():
        body += _write_group(plan, plan.entities[name], seeds, first, imports)
    body.append("return stored")
    made_up = any(seed.source == "sample" for seed in plan.ir.seeds)
    text = "Store the rows whose tables are empty, and return how many."
    head = [f"async def seed(session: {session}) -> int:", write_docstring(text, 4)]
    title = "Rows to try the application with: `python -m src.seed`."
    if made_up:
        title = "Rows to try the application with, some made up: `python -m src.seed`."
    parts = ["\n".join([*head, *lay_out(shift(body))]), *_write_counting(groups, plan, imports)]
    imports.use("sqlalchemy", "select")
    base = imports.use("src.models.base", "Base")
    row = f'Row = {imports.use("typing", "TypeVar")}("Row", bound={base})'
    return render_module(title, imports, [row, *parts, _FIRST, _MAIN])


def _write_group(
    plan: Plan, entity: Entity, seeds: list[Seed], first: dict[str, str], imports: Imports
) -> Lines:
    """Return what stores the seeds of one entity, unless it has rows."""
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", name_row_class(entity.name))
    variable = plan.modules[entity.name]
    key = name_row(entity.key)
    lines: Lines = [
        f"{variable} = await _find_first(session, {row})",
        f"if {variable} is None:",
    ]
    referred = [a.references[0] for a in entity.attributes if a.references and not a.nullable]
    known = {name: first[name] for name in referred if name in first}
    for number, seed in enumerate(seeds):
        made = f"{variable} = " if number == 0 else ""
        values = _write_values(entity, dict(seed.values), known, imports)
        row_doc = call(row, **values)
        if number == 0:
            lines += put(row_doc, 4, before=made)
            lines.append(f"    session.add({variable})")
        else:
            lines += put(call("session.add", row_doc), 4)
    lines += ["    await session.flush()"]
    if _is_counted(entity, seeds):
        table, counted = write_string(entity.table), write_string(entity.key)
        lines.append(f"    await _count_on(session, {table}, {counted})")
    lines.append(f"    stored += {len(seeds)}")
    first[entity.name] = f"{variable}.{key}"
    return lines


def _is_counted(entity: Entity, seeds: list[Seed]) -> bool:
    """Tell whether keys are given that the database would count itself."""
    kind = find_attribute(entity, entity.key).type.kind
    given = any(name == entity.key for seed in seeds for name, _ in seed.values)
    return kind in ("integer", "bigint") and given


def _write_counting(groups: Mapping[str, list[Seed]], plan: Plan, imports: Imports) -> list[str]:
    if not any(_is_counted(plan.entities[name], seeds) for name, seeds in groups.items()):
        return []
    imports.use("sqlalchemy", "text")
    return [_COUNT]


def _write_values(
    entity: Entity, given: dict[str, Any], known: Mapping[str, str], imports: Imports
) -> dict[str, Doc]:
    values: dict[str, Doc] = {}
    for attribute in entity.attributes:
        name = name_row(attribute.name)
        if attribute.name in given:
            values[name] = _write_value(attribute, given[attribute.name].value, imports)
        elif attribute.references and attribute.references[0] in known:
            values[name] = known[attribute.references[0]]
        elif attribute.type.kind == "bytes" and not attribute.nullable:
            values[name] = 'b"content"'  # what a row must have, and JSON cannot say
    return values


def _write_value(attribute: Attribute, value: Any, imports: Imports) -> Doc:
    if attribute.origin == "password":
        hash_password = imports.use("src.core.security", "hash_password")
        return f"{hash_password}({write_string(str(value))})"
    if isinstance(value, dict | list):
        return make_literal(value)
    return write_value(attribute.type, value, imports) or make_literal(value)
