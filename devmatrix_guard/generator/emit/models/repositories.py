"""Repositories: one class for each table, with what its views need loaded."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.loads import load_options
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    block,
    make_argument_list,
    make_sequence,
    write_docstring,
)
from devmatrix_guard.generator.names import name_row_class, split_words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Entity


def name_repository_class(entity: str) -> str:
    """Return the class of an entity's repository."""
    return f"{entity}Repository"


def name_repository_module(plan: Plan, entity: str) -> str:
    """Return the module of an entity's repository."""
    return f"src.repositories.{plan.modules[entity]}_repository"


def emit_repository(plan: Plan, entity: Entity) -> str:
    """Return the module of one repository."""
    imports = Imports()
    base = imports.use("src.repositories.base", "Repository")
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", name_row_class(entity.name))
    head = make_argument_list(f"class {name_repository_class(entity.name)}", f"{base}[{row}]")
    lines = [
        block(head, after=":"),
        write_docstring(f"Reads and writes rows of {entity.table}.", 4),
        "",
        f"    model = {row}",
        block(make_sequence(_order(entity, row), "()"), 4, before="order = "),
    ]
    if options := load_options(plan, entity, imports):
        lines.append(block(make_sequence(options, "()"), 4, before="options = "))
    if entity.soft_delete:
        visible = make_sequence([f"{row}.{name_row(entity.soft_delete)}.is_(None)"], "()")
        lines.append(block(visible, 4, before="visible = "))
    title = f"The repository of {split_words(entity.name)} rows."
    return render_module(title, imports, ["\n".join(lines)])


def _order(entity: Entity, row: str) -> list[Doc]:
    made = [a.name for a in entity.attributes if a.origin == "created_at"]
    return [f"{row}.{name_row(name)}" for name in [*made[:1], entity.key]]
