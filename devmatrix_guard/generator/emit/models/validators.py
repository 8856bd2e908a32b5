"""Validators: what the other rows of the database say against new values of a row."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import attribute_of, row_name
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.repositories import repository_class, repository_module
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    LINE_LENGTH,
    block,
    call,
    docstring,
    sequence,
    string,
)
from devmatrix_guard.generator.names import row_class, snake, words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute, Entity, UniqueKey


def validator_function(entity: str) -> str:
    """Return the function that checks new values of an entity's rows."""
    return f"check_{snake(entity)}"


def validator_module(plan: Plan, entity: str) -> str:
    """Return the module of an entity's validator."""
    return f"src.validators.{plan.modules[entity]}_validator"


def emit_validator(plan: Plan, entity: Entity) -> str:
    """Return the module of one validator."""
    imports = Imports()
    imports.use("typing", "Any")
    imports.use("collections.abc", "Mapping")
    imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", row_class(entity.name))
    body: list[str] = []
    for key in entity.unique:
        body += _check_unique(plan, entity, key, imports)
    for attribute in entity.attributes:
        if attribute.references and attribute.origin in ("input", "flow", "default"):
            body += _check_reference(plan, attribute, *attribute.references, imports)
    if not body:
        body = ["    del session, values, current  # no other row has a say"]
    lines = [
        f"async def {validator_function(entity.name)}(",
        *_arguments(
            "session: AsyncSession", "values: Mapping[str, Any]", f"current: {row} | None = None"
        ),
        ") -> None:",
        docstring(f"Refuse values of a {words(entity.name)} that other rows stand against.", 4),
        *body,
    ]
    title = f"What must hold between a {words(entity.name)} and other rows."
    return render_module(title, imports, ["\n".join(lines)])


def _arguments(*arguments: str) -> list[str]:
    """Return the arguments of a function on one line of their own, or on a line each."""
    line = f"    {', '.join(arguments)}"
    return [line] if len(line) <= LINE_LENGTH else [f"    {argument}," for argument in arguments]


def _check_unique(plan: Plan, entity: Entity, key: UniqueKey, imports: Imports) -> list[str]:
    attributes = [attribute_of(entity, name) for name in key.attributes]
    if any(a.origin in ("slug", "key") for a in attributes):
        return []
    row = row_class(entity.name)
    names = [row_name(a.name) for a in attributes]
    imports.use(repository_module(plan, entity.name), repository_class(entity.name))
    imports.use("src.api.errors", "already_taken")
    given = " and ".join(f"values.get({string(name)}) is not None" for name in names)
    conditions = [f"{row}.{name} == values[{string(name)}]" for name in names]
    shown = attributes[-1].wire or attributes[-1].name
    exists = call(f"await {repository_class(entity.name)}(session).exists", "*clash")
    lines = [f"    if {given}:"]
    lines.append(block(sequence(conditions), 8, before="clash = "))
    lines += [
        "        if current is not None:",
        f"            clash.append({row}.{row_name(entity.key)} != current.{row_name(entity.key)})",
        block(exists, 8, before="if ", after=":"),
        f"            raise already_taken({string(shown)})",
    ]
    return lines


def _check_reference(
    plan: Plan, attribute: Attribute, other: str, key: str, imports: Imports
) -> list[str]:
    imports.use(repository_module(plan, other), repository_class(other))
    target = imports.use(f"{PACKAGE}.{plan.modules[other]}", row_class(other))
    error = imports.use("src.api.errors", "unknown_reference")
    name = row_name(attribute.name)
    shown = string(attribute.wire or attribute.name)
    exists = call(
        f"await {repository_class(other)}(session).exists",
        f"{target}.{row_name(key)} == {name}_given",
    )
    return [
        f"    {name}_given = values.get({string(name)})",
        block(exists, 4, before=f"if {name}_given is not None and not ", after=":"),
        f"        raise {error}({shown}, {string(words(other))})",
    ]
