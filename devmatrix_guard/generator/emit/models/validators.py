"""Validators: what the other rows of the database say against new values of a row."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    LINE_LENGTH,
    block,
    call,
    make_sequence,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.names import name_row_class, split_words, to_snake
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute, Entity, UniqueKey


def name_validator_function(entity: str) -> str:
    """Return the function that checks new values of an entity's rows."""
    return f"check_{to_snake(entity)}"


def name_validator_module(plan: Plan, entity: str) -> str:
    """Return the module of an entity's validator."""
    return f"src.validators.{plan.modules[entity]}_validator"


def emit_validator(plan: Plan, entity: Entity) -> str:
    """Return the module of one validator."""
    imports = Imports()
    imports.use("typing", "Any")
    imports.use("collections.abc", "Mapping")
    imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", name_row_class(entity.name))
    body: list[str] = []
    for key in entity.unique:
        body += _check_unique(plan, entity, key, imports)
    for attribute in entity.attributes:
        if attribute.references and attribute.origin in ("input", "flow", "default"):
            body += _check_reference(plan, attribute, *attribute.references, imports)
    if not body:
        body = ["    del session, values, current  # no other row has a say"]
    lines = [
        f"async def {name_validator_function(entity.name)}(",
        *_list_arguments(
            "session: AsyncSession", "values: Mapping[str, Any]", f"current: {row} | None = None"
        ),
        ") -> None:",
        write_docstring(
            f"Refuse values of a {split_words(entity.name)} that other rows stand against.", 4
        ),
        *body,
    ]
    title = f"What must hold between a {split_words(entity.name)} and other rows."
    return render_module(title, imports, ["\n".join(lines)])


def _list_arguments(*arguments: str) -> list[str]:
    """Return the arguments of a function on one line of their own, or on a line each."""
    line = f"    {', '.join(arguments)}"
    return [line] if len(line) <= LINE_LENGTH else [f"    {argument}," for argument in arguments]


def _check_unique(plan: Plan, entity: Entity, key: UniqueKey, imports: Imports) -> list[str]:
    attributes = [find_attribute(entity, name) for name in key.attributes]
    if any(a.origin in ("slug", "key") for a in attributes):
        return []
    row = name_row_class(entity.name)
    names = [name_row(a.name) for a in attributes]
    imports.use(name_repository_module(plan, entity.name), name_repository_class(entity.name))
    imports.use("src.api.errors", "already_taken")
    given = " and ".join(f"values.get({write_string(name)}) is not None" for name in names)
    conditions = [f"{row}.{name} == values[{write_string(name)}]" for name in names]
    shown = attributes[-1].wire or attributes[-1].name
    exists = call(f"await {name_repository_class(entity.name)}(session).exists", "*clash")
    lines = [f"    if {given}:"]
    lines.append(block(make_sequence(conditions), 8, before="clash = "))
    lines += [
        "        if current is not None:",
        f"            clash.append({row}.{name_row(entity.key)} != current.{name_row(entity.key)})",
        block(exists, 8, before="if ", after=":"),
        f"            raise already_taken({write_string(shown)})",
    ]
    return lines


def _check_reference(
    plan: Plan, attribute: Attribute, other: str, key: str, imports: Imports
) -> list[str]:
    imports.use(name_repository_module(plan, other), name_repository_class(other))
    target = imports.use(f"{PACKAGE}.{plan.modules[other]}", name_row_class(other))
    error = imports.use("src.api.errors", "unknown_reference")
    name = name_row(attribute.name)
    shown = write_string(attribute.wire or attribute.name)
    exists = call(
        f"await {name_repository_class(other)}(session).exists",
        f"{target}.{name_row(key)} == {name}_given",
    )
    return [
        f"    {name}_given = values.get({write_string(name)})",
        block(exists, 4, before=f"if {name}_given is not None and not ", after=":"),
        f"        raise {error}({shown}, {write_string(split_words(other))})",
    ]
