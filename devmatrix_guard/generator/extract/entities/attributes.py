"""Attributes: what of a schema is stored, as which type, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from devmatrix_guard.generator.extract.entities.auth import is_password, is_secret
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.fit import is_within
from devmatrix_guard.generator.extract.schemas.envelopes import (
    find_object_name,
    make_filler,
    open_shape,
)
from devmatrix_guard.generator.spec.document import Document
from devmatrix_guard.generator.spec.pointer import join
from devmatrix_guard.ir.defaults import fits
from devmatrix_guard.ir.domain import Attribute, Derived, Origin, Type, TypeKind
from devmatrix_guard.ir.names import to_snake
from devmatrix_guard.ir.narrow import merge_limits
from devmatrix_guard.ir.shape import Constraint, Field, JsonValue, Schema, Shape
from devmatrix_guard.model.named_value import NamedValue

_STRING_KINDS: dict[str, TypeKind] = {
    "uuid": "uuid",
    "date": "date",
    "date-time": "datetime",
    "decimal": "decimal",
    "money": "decimal",
    "byte": "text",
    "binary": "bytes",
}
_NUMBERS = ("integer", "bigint", "number")
_MAX_DEPTH = 20  # alternatives may name themselves
_CREATED = {
    "created",
    "created_at",
    "creation_date",
    "date_created",
    "created_on",
    "created_date",
    "create_time",
    "creation_time",
    "created_time",
    "inserted_at",
    "added_at",
    "registered_at",
}
_UPDATED = {
    "updated",
    "updated_at",
    "update_date",
    "date_updated",
    "updated_on",
    "modified",
    "modified_at",
    "last_modified",
    "last_updated",
    "update_time",
    "updated_time",
    "modified_on",
    "last_modified_at",
    "last_updated_at",
    "updated_date",
    "modified_date",
}
_CONFIRMATIONS = {
    "password_confirmation",
    "confirm_password",
    "password_confirm",
    "password2",
    "repeat_password",
    "old_password",
    "current_password",
}
_MOMENT = re.compile(r"^date_|_(at|on|date|time|datetime|timestamp)$")
_BEGINNINGS = {
    "booked",
    "borrowed",
    "enrolled",
    "entered",
    "issued",
    "joined",
    "logged",
    "opened",
    "order",
    "ordered",
    "placed",
    "posted",
    "received",
    "recorded",
    "registered",
    "registration",
    "requested",
    "sent",
    "signed_up",
    "submitted",
    "uploaded",
}
_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
}
_MOMENTS = {"date": "a date", "date-time": "a moment"}
_MAX_INTEGER = 2**31 - 1
_DIGITS = re.compile(r"\\d\{(?:1,)?(\d+)\}\\\.\\d\{(\d+)\}")


class Property(NamedValue):
    """One property of an entity, over all schemas that have it.

    Attributes:
        shown: the field in the schema that shows most; None where it is only taken in.
        taken: the field in a request.
    """

    wire: str
    shown: Field | None
    taken: Field | None
    made: Field | None

    @property
    def any(self) -> Field:
        """The field that says most about the value."""
        return next(field for field in (self.shown, self.made, self.taken) if field)


def list_properties(draft: EntityDraft, schemas: Mapping[str, Schema]) -> list[Property]:
    """Return every property of the entity, those of the main schema first."""
    order = [
        draft.main,
        *draft.list_schemas_as("read"),
        *draft.list_schemas_as("create", "replace", "update"),
    ]
    shown: dict[str, Field] = {}
    taken: dict[str, Field] = {}
    made: dict[str, Field] = {}
    for name in dict.fromkeys([*order, *draft.roles]):
        roles = draft.roles.get(name, set())
        for field in schemas[name].shape.fields:
            if (name == draft.main or roles & {"read", "nested"}) and not field.shape.write_only:
                shown.setdefault(field.wire, field)
            if field.shape.read_only:
                continue
            if "create" in roles:
                made.setdefault(field.wire, field)
            if roles & {"update", "replace"}:
                taken.setdefault(field.wire, field)
    creates = draft.list_schemas_as("create")
    for wire, field in made.items():
        if any(all(f.wire != wire for f in schemas[name].shape.fields) for name in creates):
            made[wire] = field._replace(required=False)  # one way of making a row leaves it out
    wires = dict.fromkeys([*shown, *made, *taken])
    return [Property(w, shown.get(w), taken.get(w), made.get(w)) for w in wires]


def fill_attributes(
    draft: EntityDraft,
    drafts: Mapping[str, EntityDraft],
    schemas: Mapping[str, Schema],
    document: Document,
    findings: Findings,
) -> None:
    """Give the draft an attribute for every property that is a value of its own."""
    owners = {schema for other in drafts.values() for schema in other.roles}
    for item in list_properties(draft, schemas):
        field = item.any
        extensions = read_field_extensions(field, document)
        if "x-derived" in extensions:
            _add_derived(draft, field, schemas)
            continue
        if "x-relation" in extensions:
            continue
        if _is_secret(draft, item):
            _add_password(draft, item)
        elif item.shown is None and is_password(to_snake(item.wire), field.shape):
            draft.members[item.wire] = ("ignored", "")
            text = f"{item.wire} of {draft.name} is not kept: nobody signs in as one"
            findings.add_ignored(text, field.pointer)
        elif to_snake(item.wire) in _CONFIRMATIONS:
            draft.members[item.wire] = ("ignored", "")
        elif not _is_of_entity(field.shape, owners, schemas):
            if how := _describe_contradiction(item, schemas):
                draft.apart.add(item.wire)
                findings.add_ignored(
                    f"{item.wire} is {how}: what a request says of it is not kept",
                    (item.made or item.taken or field).pointer,
                )
                item = item._replace(made=None, taken=None)
            _add_attribute(draft, item, extensions, schemas, findings)


def _describe_contradiction(item: Property, schemas: Mapping[str, Schema]) -> str:
    """Return how requests give a value that answers cannot show as it was given, or ""."""
    given = item.made or item.taken
    if given is None or item.shown is None:
        return ""
    sent, shown = (open_shape(field.shape, schemas) for field in (given, item.shown))
    plain = ("string", "integer", "number")
    if sent.kind == "string" and sent.format == "binary" and shown.kind in ("object", "map"):
        return "given as a file and shown as an object"
    if sent.kind == shown.kind == "object" and (lacking := _find_lacking(sent, shown)):
        return f"given without {lacking}, which is shown"
    if sent.kind == shown.kind == "array" and sent.items is not None and shown.items is not None:
        one, other = (open_shape(shape.items, schemas) for shape in (sent, shown) if shape.items)
        if one.format == "binary" and other.format != "binary":
            return f"given as files and shown as {_WORDS.get(other.kind, 'texts')}"
        if one.kind == other.kind == "object" and (lacking := _find_lacking(one, other)):
            return f"given without {lacking}, which is shown"
        inner = [open_shape(shape.items, schemas).kind for shape in (sent, shown) if shape.items]
        whole = ("object", "map")
        if inner[0] in plain and inner[1] in whole:
            return "given as plain values and shown as objects that no operation makes"
        turned = inner[0] in whole and inner[1] in plain
        return "given as objects and shown as plain values" if turned else ""
    free = sent.kind == "string" and not sent.enum and sent.format != "decimal"
    formed = bool(sent.format) or any(c.kind == "pattern" for c in sent.constraints)
    if free and not formed and shown.kind == "string" and shown.format in _MOMENTS:
        return f"given as any text and shown as {_MOMENTS[shown.format]}"
    if free and shown.kind in ("integer", "number", "boolean", "array", "object", "map"):
        return f"given as a text and shown as {_WORDS.get(shown.kind, 'an object')}"
    return ""


def _find_lacking(sent: Shape, shown: Shape) -> str:
    """Return a property that an object must show and no request can give it, or ""."""
    given = {field.wire for field in sent.fields}
    lacking = (f.wire for f in shown.fields if f.required and f.wire not in given)
    return "" if sent.extra == "allow" else next(lacking, "")


def _add_derived(draft: EntityDraft, field: Field, schemas: Mapping[str, Schema]) -> None:
    name = draft.choose_free_name(to_snake(field.wire))
    kind = choose_stored_type(field.shape, schemas)
    draft.derived[name] = Derived(
        name, field.wire, kind, "expression", nullable=field.shape.nullable, pointer=field.pointer
    )
    draft.members[field.wire] = ("derived", name)


def read_field_extensions(field: Field, document: Document) -> Mapping[str, Any]:
    """Return the vendor extensions of a property, also those beside and behind a `$ref`."""
    return read_extensions(field.pointer, document)


def read_extensions(pointer: str, document: Document) -> Mapping[str, Any]:
    """Return the vendor extensions of what stands at a pointer, also those behind a `$ref`."""
    if not pointer:
        return {}
    data = document.resolve(document.place(pointer)).data
    if not isinstance(data, dict):
        return {}
    return {key: value for key, value in data.items() if key.startswith("x-")}


def find_named_keys(drafts: Mapping[str, EntityDraft], document: Document) -> dict[str, str]:
    """Return, by entity, the attribute that `x-references` name as what tells its rows apart."""
    found: dict[str, str] = {}
    for draft in drafts.values():
        for attribute in draft.attributes.values():
            data = document.place(attribute.pointer).data if attribute.pointer else None
            given = data.get("x-references") if isinstance(data, dict) else None
            entity, _, key = str(given or "").partition(".")
            if key:
                found.setdefault(entity, to_snake(key))
    return found


def _is_secret(draft: EntityDraft, item: Property) -> bool:
    field = item.made or item.taken or item.any
    if not draft.is_principal:
        return False
    hidden = item.shown is None
    return is_password(field.name, field.shape) or (hidden and is_secret(field.name, field.shape))


def _add_password(draft: EntityDraft, item: Property) -> None:
    field = item.made or item.taken or item.any
    name = "password_hash"
    draft.members[item.wire] = ("password", name)
    draft.attributes[name] = Attribute(
        name,
        "",
        Type("string"),
        nullable=not any(f and f.required for f in (item.made, item.shown)),
        origin="password",
        hidden=True,
        pointer=field.pointer,
    )


def _is_of_entity(shape: Shape, owners: set[str], schemas: Mapping[str, Schema]) -> bool:
    """Whether the value is, or holds, rows of an entity."""
    opened = open_shape(shape, schemas)
    inner = opened.items if opened.kind == "array" and opened.items else shape
    return find_object_name(inner, schemas) in owners


def _add_attribute(
    draft: EntityDraft,
    item: Property,
    extensions: Mapping[str, Any],
    schemas: Mapping[str, Schema],
    findings: Findings,
) -> None:
    field = item.any
    name = draft.choose_free_name(to_snake(item.wire))
    kind = choose_stored_type(field.shape, schemas)
    origin = _choose_origin(item, kind, extensions)
    source = item.made or item.taken or field
    given = choose_stored_type(source.shape, schemas)
    if given.kind == "bytes" and kind.kind in ("string", "text"):
        kind = given  # a picture, which is shown as a link that holds it
    if kind.kind == given.kind == "text" and not kind.format:  # the request says it more closely
        kind = kind._replace(format=given.format)
    sent = [choose_stored_type(f.shape, schemas).kind for f in (item.made, item.taken) if f]
    if kind == Type("text") and sent and all(name in _NUMBERS for name in sent):
        kind = given  # and shown as the text that it is written as
    nullable, default = _read_emptiness(item, kind, origin, schemas)
    attribute = Attribute(
        name,
        item.wire,
        kind,
        nullable=nullable,
        default=default,
        constraints=_list_limits(item, source, schemas),
        origin="slug" if "x-slug-of" in extensions else origin,
        origin_of=to_snake(str(extensions.get("x-slug-of", "")))
        if "x-slug-of" in extensions
        else "",
        unique=extensions.get("x-unique") is True,
        renamed_from=str(extensions.get("x-renamed-from", "")),
        description=field.shape.description,
        pointer=field.pointer,
        sorted=extensions.get("x-sorted") is True,
    )
    draft.attributes[name] = attribute
    draft.members[item.wire] = ("attribute", name)
    node = f"domain/{draft.name}/{name}"
    if attribute.unique:
        at = join(field.pointer, "x-unique")
        draft.unique[(name,)] = at
        findings.add_explicit(node, "is unique", at)
    if attribute.sorted:
        findings.add_explicit(node, "is kept sorted", join(field.pointer, "x-sorted"))
    if origin in ("created_at", "updated_at"):
        findings.add_inferred(node, f"is set by the application ({origin})", field.pointer, 0.95)
    elif default is not None and (item.made or item.taken or field).shape.default is None:
        claim = f"starts as {default.text} when a request does not give it"
        findings.add_inferred(node, claim, field.pointer, 0.8)


def _list_limits(
    item: Property, source: Field, schemas: Mapping[str, Schema]
) -> tuple[Constraint, ...]:
    """Return the limits of a value: what may not be shown is not to be stored either."""
    limits = _read_constraints(source.shape, schemas)
    if item.shown is None or item.shown is source:
        return limits
    kinds = {open_shape(field.shape, schemas).kind for field in (source, item.shown)}
    if len(kinds) > 1 and kinds != {"integer", "number"}:
        return limits
    return merge_limits(limits, _read_constraints(item.shown.shape, schemas))


def _choose_origin(item: Property, kind: Type, extensions: Mapping[str, Any]) -> Origin:
    given = extensions.get("x-generated")
    if given in ("created_at", "updated_at", "slug", "key", "owner"):
        wanted: dict[str, Origin] = {
            "created_at": "created_at",
            "updated_at": "updated_at",
            "slug": "slug",
            "key": "key",
            "owner": "owner",
        }
        return wanted[given]
    if item.made is not None or item.taken is not None:
        return "input"
    name = to_snake(item.wire)
    if kind.kind == "datetime" or (
        kind.kind in ("string", "text", "date") and name.endswith("_at")
    ):
        if name in _CREATED:
            return "created_at"
        if name in _UPDATED:
            return "updated_at"
    if kind.kind in ("datetime", "date") and not item.any.shape.nullable:
        beginning = _MOMENT.sub("", name) in _BEGINNINGS
        if item.any.required or (beginning and item.any.shape.default is None):
            return "created_at"
    return "default"


def _read_emptiness(
    item: Property, kind: Type, origin: Origin, schemas: Mapping[str, Schema]
) -> tuple[bool, JsonValue | None]:
    """Return whether the column may be null, and what it starts as."""
    for field in (item.made, item.taken, item.shown):
        default = field.shape.default if field else None
        if default is None and field:
            default = open_shape(field.shape, schemas).default
        if field is None or default is None or default.text == "null":
            continue
        if fits(field.shape, default.value, schemas):
            return _may_say_null(item), default
    if origin in ("created_at", "updated_at"):
        return False, None
    if _may_be_null(item):
        return True, None
    if item.made is not None and item.made.required:
        return False, None
    first = _find_first_value(item, kind, schemas)
    kept = first is None or kind.kind == "decimal" or _is_allowed(first, item, schemas)
    return False, first if kept else None


def _is_allowed(value: JsonValue, item: Property, schemas: Mapping[str, Schema]) -> bool:
    """Tell whether the emptiest value keeps to the limits of a property: a name has a letter."""
    limits = _read_constraints(item.any.shape, schemas)
    form = open_shape(item.any.shape, schemas).format
    plain = value.value
    if isinstance(plain, str) and form in ("email", "uri", "url", "time", "hostname"):
        return False
    if plain in ({}, []):
        shape = item.any.shape
        return fits(shape, plain, schemas) and _may_be_empty(shape, schemas)
    return not isinstance(plain, str | int | float) or all(is_within(c, plain) for c in limits)


def _may_be_empty(shape: Shape, schemas: Mapping[str, Schema], depth: int = 0) -> bool:
    """Tell whether an object asks for no field of its own, and a list for no item."""
    opened = open_shape(shape, schemas)
    if depth > _MAX_DEPTH or any(field.required for field in opened.fields):
        return False
    if opened.variants and not any(
        _may_be_empty(variant, schemas, depth + 1) for variant in opened.variants
    ):
        return False
    limits = opened.constraints
    least = [c.value for c in limits if c.kind in ("min_items", "min_properties")]
    return not any(isinstance(number, int | float) and number > 0 for number in least)


def _may_say_null(item: Property) -> bool:
    fields = (item.made, item.taken, item.shown)
    return any(field.shape.nullable for field in fields if field)


def _may_be_null(item: Property) -> bool:
    if item.shown is not None:
        if item.shown.shape.nullable or not item.shown.required:
            made = item.made
            return not (made and made.required and not made.shape.nullable)
        return False
    made = item.made
    return made is None or made.shape.nullable or not made.required


def _find_first_value(
    item: Property, kind: Type, schemas: Mapping[str, Schema]
) -> JsonValue | None:
    if kind.kind in ("datetime", "date", "uuid", "bytes"):
        return None
    opened = open_shape(item.any.shape, schemas)
    if opened.kind == "string" and not opened.enum:  # one that lists them knows the values
        said = (open_shape(f.shape, schemas) for f in (item.made, item.taken) if f)
        opened = next((shape for shape in said if shape.enum), opened)
    if kind.kind in ("list", "boolean"):
        return make_first_value(kind)
    if kind.kind in ("integer", "bigint", "number", "decimal") and not opened.enum:
        lowest = next((c.value for c in opened.constraints if c.kind == "ge"), 0)
        number = lowest if isinstance(lowest, (int, float)) and lowest > 0 else 0
        return JsonValue('"0"' if kind.kind == "decimal" else str(number))
    return make_filler("", opened)


def make_first_value(kind: Type) -> JsonValue:
    """Return the emptiest value of a type: nothing, no, none."""
    texts = {"list": "[]", "boolean": "false", "json": "{}", "integer": "0", "bigint": "0"}
    return JsonValue(texts.get(kind.kind, "0" if kind.kind == "number" else '""'))


def choose_stored_type(shape: Shape, schemas: Mapping[str, Schema]) -> Type:
    """Return how a value of this shape is stored."""
    opened = open_shape(shape, schemas)
    if opened.kind == "string":
        return _choose_string_type(opened)
    if opened.kind == "integer":
        return Type(_choose_integer_kind(opened), enum=opened.enum)
    if opened.kind == "number":
        if any(c.kind == "multiple_of" and c.value == 0.01 for c in opened.constraints):
            return Type("decimal", format="number", precision=18, scale=2)
        return Type("number", enum=opened.enum)
    if opened.kind == "boolean":
        return Type("boolean")
    if opened.kind == "array" and opened.items is not None:
        inner = open_shape(opened.items, schemas)
        if inner.kind in ("string", "integer", "number", "boolean") and not inner.nullable:
            return Type("list", items=choose_stored_type(inner, schemas).kind, enum=inner.enum)
    return Type("json")


def _choose_string_type(shape: Shape) -> Type:
    kind = _STRING_KINDS.get(shape.format)
    longest = next((c.value for c in shape.constraints if c.kind == "max_length"), None)
    if kind == "decimal":
        pattern = next((str(c.value) for c in shape.constraints if c.kind == "pattern"), "")
        found = _DIGITS.search(pattern)
        scale = int(found[2]) if found else 2
        whole = int(found[1]) if found else 16
        return Type("decimal", precision=whole + scale, scale=scale)
    if kind is None:
        kind = "string" if longest is not None or shape.enum else "text"
    return Type(kind, enum=shape.enum, format=shape.format)


def _choose_integer_kind(shape: Shape) -> TypeKind:
    if shape.format == "int32":
        return "integer"
    bounds = {c.kind: c.value for c in shape.constraints if isinstance(c.value, (int, float))}
    high = bounds.get("le", bounds.get("lt", _MAX_INTEGER + 1))
    low = bounds.get("ge", bounds.get("gt", -_MAX_INTEGER - 2))
    small = high <= _MAX_INTEGER and low >= -_MAX_INTEGER - 1
    return "integer" if small and shape.format != "int64" else "bigint"


def _read_constraints(shape: Shape, schemas: Mapping[str, Schema]) -> tuple[Constraint, ...]:
    own = {c.kind: c for c in open_shape(shape, schemas).constraints}
    own.update({c.kind: c for c in shape.constraints})
    return tuple(own[kind] for kind in sorted(own))
