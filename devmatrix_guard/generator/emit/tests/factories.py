"""Factories of the generated tests: one function for each entity that makes a valid row."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE, list_stored
from devmatrix_guard.generator.emit.models.signatures import write_signature
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    block,
    make_chain,
    make_literal,
    make_sequence,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.emit.tests.samples import NoSampleError, make_attribute_value
from devmatrix_guard.generator.names import name_row_class, split_words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute, Entity
from devmatrix_guard.ir.sample import make_structure

_SAMPLES = 24

_USES_NUMBER = re.compile(r"\{number\}|\[number % ")


def name_factory(plan: Plan, entity: str) -> str:
    """Return the function that makes a row of an entity."""
    return f"make_{plan.modules[entity]}"


def emit_factories(plan: Plan) -> str:
    """Return the module of factories."""
    imports = Imports()
    imports.use("itertools", "count")
    imports.use("typing", "Any")
    imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    parts = ["_numbers = count(1)"]
    parts += [_emit_factory(plan, entity, imports) for entity in plan.ir.domain.entities]
    return render_module("Rows for tests: valid unless a test says otherwise.", imports, parts)


def _emit_factory(plan: Plan, entity: Entity, imports: Imports) -> str:
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", name_row_class(entity.name))
    name = f"async def {name_factory(plan, entity.name)}"
    head = write_signature(name, ["session: AsyncSession", "**values: Any"], row, 0)
    lines = [
        write_docstring(
            f"Store a {split_words(entity.name)}; what it needs and is not given is made.", 4
        ),
        "    number = next(_numbers)",
        "    row = {",
    ]
    kind, needed = _choose_kind(plan, entity)
    forced = needed | _list_addressing(plan, entity.name)
    for attribute in list_stored(entity):
        given = attribute._replace(nullable=False) if attribute.name in forced else attribute
        told = kind.get(attribute.name)
        text = write_string(told) if told else _choose_value(plan, entity, given, imports)
        if text is not None:
            lines += block(
                text, 8, before=f"{write_string(name_row(attribute.name))}: ", after=","
            ).split("\n")
    for attribute in entity.attributes:
        values = _list_values(attribute)
        if values:
            name_of_column = write_string(name_row(attribute.name))
            lines += block(make_literal(values), 8, before=f"{name_of_column}: ", after=",").split(
                "\n"
            )
    lines.append("        **values,")
    lines.append("    }")
    for attribute in list_stored(entity):
        if attribute.references and not attribute.nullable:
            other, key = attribute.references
            name = write_string(name_row(attribute.name))
            lines.append(f"    if {name} not in row:")
            if other == entity.name:
                lines.append(f"        row[{name}] = None")
                continue
            made = f"(await {name_factory(plan, other)}(session)).{name_row(key)}"
            lines.append(f"        row[{name}] = {made}")
    if lines[3:5] == ["        **values,", "    }"]:
        lines[2:5] = ["    row = dict(values)"]
    if not any(_USES_NUMBER.search(line) for line in lines):  # not a column called number
        lines.remove("    number = next(_numbers)")
    lines += [
        f"    made = {row}(**row)",
        "    session.add(made)",
        "    await session.flush()",
        "    return made",
    ]
    return "\n".join([*head, *lines])


def _list_addressing(plan: Plan, entity: str) -> set[str]:
    """Return the attributes by which paths find rows: no path can hold what is null."""
    actions = [operation.action for operation in plan.ir.api.operations]
    named = [(action.entity, action.by) for action in actions]
    named += [(parent.entity, parent.by) for action in actions for parent in action.parents]
    return {m.attribute for owner, by in named for m in by if owner == entity and m.parameter}


def _choose_kind(plan: Plan, entity: Entity) -> tuple[dict[str, str], set[str]]:
    """Return what says that a row is of the first of its kinds, and what such a row must have."""
    kind: dict[str, str] = {}
    needed: set[str] = set()
    for view in plan.ir.domain.views:
        shape = plan.schemas[view.schema].shape
        if view.entity != entity.name or shape.kind == "object" or shape.discriminator is None:
            continue
        value, name = shape.discriminator.mapping[0]
        required = {field.wire for field in plan.schemas[name].shape.fields if field.required}
        bound = {b.wire: b.member for b in view.bindings if b.kind == "attribute"}
        needed |= {member for wire, member in bound.items() if wire in required}
        if shape.discriminator.wire in bound:
            kind[bound[shape.discriminator.wire]] = value
    return kind, needed


def _list_values(attribute: Attribute) -> list[Any]:
    """Return as many values of a list as it must have."""
    try:
        return make_attribute_value(attribute, 0) if attribute.type.kind == "list" else []
    except NoSampleError:
        return []


def _choose_value(plan: Plan, entity: Entity, attribute: Attribute, imports: Imports) -> Any:
    own = attribute.type.kind != "string" or attribute.type.format == "uuid"
    made_by_itself = attribute.name == entity.key and own
    apart = any(attribute.name == key.attributes[-1] for key in entity.unique)
    named = apart and attribute.type.kind in ("string", "text")  # as paths may need it
    if made_by_itself or attribute.references or (attribute.nullable and not named):
        return None
    if attribute.origin in ("created_at", "updated_at"):
        return None
    if attribute.origin == "privilege" and attribute.default is not None:
        return None
    if attribute.type.kind == "json":
        views = plan.ir.domain.views
        made = make_structure(views, plan.schemas, entity.name, attribute.name, 0)
        return None if attribute.default is not None else make_literal(made)
    if attribute.type.kind in ("datetime", "date"):
        now = imports.use("src.models.base", "utc_now")
        return f"{now}()" + {"datetime": "", "date": ".date()"}[attribute.type.kind]
    if attribute.type.kind == "uuid":
        return f"{imports.use('src.models.base', 'new_id')}()"
    text = attribute.type.kind in ("string", "text") and not attribute.type.enum
    try:
        if not text:
            return write_literal(make_attribute_value(attribute, 0), imports)
        return _choose_text(attribute)
    except NoSampleError:
        alone = 'f"x{number}"' if apart else write_string("x")
        return alone if text else None


def _choose_text(attribute: Attribute) -> Any:
    patterned = any(c.kind == "pattern" for c in attribute.constraints)
    if not patterned:
        marker = make_attribute_value(attribute, 987)
        if "987" in marker:
            lengths = [c.value for c in attribute.constraints if c.kind == "min_length"]
            least = int(str(lengths[0])) if lengths else 0
            fill = ""
            if len(marker) - 2 < least:  # the first numbers have one digit
                marker, fill = marker.rstrip("x"), f'.ljust({least}, "x")'
            text = marker.replace("{", "{{").replace("}", "}}").replace("987", "{number}")
            return f'f"{text}"{fill}'
    samples = list(dict.fromkeys(make_attribute_value(attribute, n) for n in range(_SAMPLES)))
    if len(samples) == 1:
        return write_string(samples[0])
    choices = make_sequence([write_string(sample) for sample in samples])
    return make_chain(choices, f"[number % {len(samples)}]")


def write_literal(value: Any, imports: Imports) -> str:
    """Return a sample as source."""
    if isinstance(value, Decimal):
        return f"{imports.use('decimal', 'Decimal')}({write_string(str(value))})"
    if isinstance(value, bytes):
        return f"b{write_string(value.decode())}"
    return write_string(value) if isinstance(value, str) else repr(value)
