"""Validators: what the other rows of the database say against new values of a row."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    block,
    call,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.names import name_row_class, split_words, to_snake
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute, Entity


def name_validator_function(entity: str) -> str:
    """Return the function that checks new values of an entity's rows."""
    return f"check_{to_snake(entity)}"


def name_validator_module(plan: Plan, entity: str) -> str:
    """Return the module of an entity's validator."""
    return f"src.validators.{plan.modules[entity]}_validator"


def has_validator(entity: Entity) -> bool:
    """Tell whether new values are looked up in other rows before they are stored.

    Whether a value is taken is not asked: the constraint of the database says so, and is the only
    one that can while others write as well.
    """
    return bool(_list_references(entity))


def _list_references(entity: Entity) -> list[Attribute]:
    origins = ("input", "flow", "default")
    return [a for a in entity.attributes if a.references and a.origin in origins]


def emit_validator(plan: Plan, entity: Entity) -> str:
    """Return the module of one validator."""
    imports = Imports()
    imports.use("typing", "Any")
    imports.use("collections.abc", "Mapping")
    imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    body: list[str] = []
    for attribute in _list_references(entity):
        if attribute.references:
            body += _check_reference(plan, attribute, *attribute.references, imports)
    name = name_validator_function(entity.name)
    lines = [
        f"async def {name}(session: AsyncSession, values: Mapping[str, Any]) -> None:",
        write_docstring(
            f"Refuse values of a {split_words(entity.name)} that other rows stand against.", 4
        ),
        *body,
    ]
    title = f"What must hold between a {split_words(entity.name)} and other rows."
    return render_module(title, imports, ["\n".join(lines)])


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
