"""Attributes as columns: the Python type, the column type, and the checks the database makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    call,
    make_chain,
    make_literal,
    write_string,
)
from devmatrix_guard.ir.domain import Attribute, Entity, Type
from devmatrix_guard.ir.shape import JsonValue, Schema, Shape
from devmatrix_guard.ir.text_keys import HEXADECIMAL, choose_text_key
from devmatrix_guard.model.named_value import NamedValue

BASE = "src.models.base"
_TAKEN = frozenset(
    [
        "Any",
        "Mapped",
        "bool",
        "bytes",
        "dict",
        "float",
        "int",
        "list",
        "metadata",
        "registry",
        "str",
    ]
)
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SQL_WORDS = frozenset(
    [
        "all",
        "and",
        "any",
        "as",
        "asc",
        "authorization",
        "between",
        "by",
        "case",
        "check",
        "collate",
        "column",
        "constraint",
        "create",
        "cross",
        "current",
        "default",
        "delete",
        "desc",
        "distinct",
        "do",
        "drop",
        "else",
        "end",
        "except",
        "exists",
        "false",
        "fetch",
        "for",
        "foreign",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "if",
        "in",
        "index",
        "inner",
        "insert",
        "intersect",
        "into",
        "is",
        "isnull",
        "join",
        "key",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "notnull",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "primary",
        "references",
        "right",
        "select",
        "session_user",
        "set",
        "table",
        "then",
        "to",
        "transaction",
        "true",
        "union",
        "unique",
        "update",
        "user",
        "using",
        "values",
        "verbose",
        "when",
        "where",
        "window",
        "with",
    ]
)


class ColumnType(NamedValue):
    """How a kind of value is written: `Mapped[python]`, its type in the model and the migration."""

    python: str
    model: Doc
    migration: Doc


def name_row(name: str) -> str:
    """Return the attribute of a row that holds the IR's attribute `name`."""
    return f"{name}_" if name in _TAKEN else name


def choose_column_type(type_: Type, max_length: int | None, imports: Imports) -> ColumnType:
    """Return how values of an attribute's type are stored."""
    kind = type_.kind
    if kind in ("string", "text"):
        length = _measure_enum(type_) if type_.enum else max_length
        if length:
            name = imports.use("sqlalchemy", "String")
            return ColumnType("str", f"{name}({length})", f"sa.String({length})")
        return ColumnType("str", imports.use("sqlalchemy", "Text"), "sa.Text()")
    if kind == "bigint":
        names = imports.use("sqlalchemy", "BigInteger"), imports.use("sqlalchemy", "Integer")
        model = f'{names[0]}().with_variant({names[1]}(), "sqlite")'
        return ColumnType("int", model, 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")')
    if kind == "decimal":
        number = imports.use("decimal", "Decimal")
        size = f"({type_.precision or 20}, {type_.scale or 2})"
        model = imports.use(BASE, "ExactNumeric") + size
        return ColumnType(number, model, f"sa.Numeric{size}")
    python, own, module, migration = _SIMPLE[kind]
    if python in ("Day", "Moment"):
        imports.use(BASE, python)
    elif python in ("UUID", "Any"):
        imports.use({"UUID": "uuid", "Any": "typing"}[python], python)
    return ColumnType(python, imports.use(module, own), migration)


_SIMPLE = {
    "integer": ("int", "Integer", "sqlalchemy", "sa.Integer()"),
    "number": ("float", "Double", "sqlalchemy", "sa.Double()"),
    "boolean": ("bool", "Boolean", "sqlalchemy", "sa.Boolean()"),
    "date": ("Day", "Date", "sqlalchemy", "sa.Date()"),
    "datetime": ("Moment", "UtcDateTime", BASE, "sa.DateTime(timezone=True)"),
    "uuid": ("UUID", "Uuid", "sqlalchemy", "sa.Uuid()"),
    "bytes": ("bytes", "LargeBinary", "sqlalchemy", "sa.LargeBinary()"),
    "json": ("Any", "JSON", "sqlalchemy", "sa.JSON()"),
}


def find_max_length(attribute: Attribute) -> int | None:
    """Return the greatest length of a text attribute, if it has one."""
    for constraint in attribute.constraints:
        if constraint.kind == "max_length" and isinstance(constraint.value, int):
            return constraint.value
    return None


def _measure_enum(type_: Type) -> int:
    return max([len(str(value)) for value in type_.enum] + [1])


def write_default(attribute: Attribute, imports: Imports) -> Doc | None:
    """Return the default that a new row gets, as source, or None."""
    if attribute.origin in ("key", "client_key"):
        if attribute.type.kind == "uuid":
            return imports.use(BASE, "new_id")
        if attribute.type.kind in ("string", "text") and not attribute.type.enum:
            return _write_text_key(attribute, imports)
    if attribute.origin in ("created_at", "updated_at") and attribute.type.kind == "datetime":
        return imports.use(BASE, "utc_now")
    if attribute.origin in ("created_at", "updated_at"):
        form = {"date": "date", "string": "isoformat", "text": "isoformat"}
        if attribute.type.kind in form:
            return f"lambda: {imports.use(BASE, 'utc_now')}().{form[attribute.type.kind]}()"
    if attribute.default is None or attribute.default.value is None:
        made = attribute.origin == "default" and not attribute.nullable and attribute.wire
        if made and attribute.type.kind == "uuid" and attribute.references is None:
            return imports.use(BASE, "new_id")
        return None
    return write_value(attribute.type, attribute.default.value, imports)


def _write_text_key(attribute: Attribute, imports: Imports) -> Doc | None:
    """Return what makes a key that is text, begun and as long as its limits ask for."""
    if attribute.type.format == "uuid":
        return f"lambda: str({imports.use(BASE, 'new_id')}())"
    key = choose_text_key(attribute)
    if key is None:
        return None
    made = [write_string(key.start), str(key.length)]
    if key.digits != HEXADECIMAL:
        made.append(write_string(key.digits))
    return call(imports.use(BASE, "TextKeys"), *made)


def write_value(type_: Type, value: Any, imports: Imports) -> Doc | None:
    """Return a JSON value as Python source of the stored type; None if it cannot be a literal."""
    if type_.kind == "decimal":
        return call(imports.use("decimal", "Decimal"), write_string(str(value)))
    if type_.kind == "uuid" and isinstance(value, str):
        return call(imports.use("uuid", "UUID"), write_string(value))
    if type_.kind in ("date", "datetime") and isinstance(value, str):
        name = {"date": "Day", "datetime": "Moment"}[type_.kind]
        return call(f"{imports.use(BASE, name)}.fromisoformat", write_string(value))
    if isinstance(value, dict | list):
        return make_chain("lambda: ", make_literal(value)) if value else type(value).__name__
    return make_literal(value)


def list_checks(attribute: Attribute) -> list[tuple[str, str]]:
    """Return (name, SQL) for every rule about the value that SQL can say."""
    column = quote_sql_name(attribute.name)
    limits: dict[str, object] = {c.kind: c.value for c in attribute.constraints}
    found: list[tuple[str, str]] = []
    kind = attribute.type.kind
    if kind in ("integer", "bigint", "number", "decimal"):
        for name, operator in (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<=")):
            if (bound := _write_number(limits.get(name))) is not None:
                found.append((f"{attribute.name}_{name}", f"{column} {operator} {bound}"))
    if kind == "decimal":
        digits = (attribute.type.precision or 20) - (attribute.type.scale or 2)
        bound = "1" + "0" * digits
        found.append((f"{attribute.name}_digits", f"{column} > -{bound} AND {column} < {bound}"))
    if kind in ("string", "text") and attribute.origin != "password":
        for name, operator in (("min_length", ">="), ("max_length", "<=")):
            if isinstance(limits.get(name), int) and not (
                name == "min_length" and not limits[name]
            ):
                found.append(
                    (f"{attribute.name}_{name}", f"length({column}) {operator} {limits[name]}")
                )
    values = [value for value in attribute.type.enum if not isinstance(value, JsonValue)]
    if values and all(isinstance(value, str) for value in values):
        listed = ", ".join(_quote_sql_string(str(value)) for value in values)
        found.append((f"{attribute.name}_enum", f"{column} IN ({listed})"))
    return found


def _write_number(value: object) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    text = str(value)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return text
    return repr(value) if isinstance(value, float) else None


def quote_sql_name(name: str) -> str:
    """Return a column name as SQL text, quoted where it must be."""
    if _PLAIN_NAME.fullmatch(name) and name not in _SQL_WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def _quote_sql_string(text: str) -> str:
    # A colon would be read as a bound parameter by SQLAlchemy.
    return "'" + text.replace("'", "''").replace("\\", "\\\\").replace(":", "\\:") + "'"


def find_attribute(entity: Entity, name: str) -> Attribute:
    """Return an attribute of an entity by its name."""
    return next(attribute for attribute in entity.attributes if attribute.name == name)


def write_plain_type(shape: Shape, imports: Imports, schemas: Mapping[str, Schema]) -> str:
    """Return the Python type that a parameter of this shape has once it has been read."""
    if shape.kind == "ref":
        return write_plain_type(schemas[shape.ref].shape, imports, schemas)
    text = _write_plain(shape, imports, schemas)
    return f"{text} | None" if shape.nullable and text != "Any" else text


def _write_plain(shape: Shape, imports: Imports, schemas: Mapping[str, Schema]) -> str:
    if shape.kind == "array":
        inner = write_plain_type(shape.items, imports, schemas) if shape.items else "Any"
        if not shape.items:
            imports.use("typing", "Any")
        return f"{imports.use('collections.abc', 'Sequence')}[{inner}]"
    simple = {"integer": "int", "number": "float", "boolean": "bool"}.get(shape.kind)
    if simple:
        return simple
    if shape.kind == "string":
        if not shape.enum and shape.format in ("uuid", "date", "date-time", "decimal"):
            module, name = {
                "uuid": ("uuid", "UUID"),
                "date": (BASE, "Day"),
                "date-time": (BASE, "Moment"),
                "decimal": ("decimal", "Decimal"),
            }[shape.format]
            return imports.use(module, name)
        return "str"
    return imports.use("typing", "Any")
