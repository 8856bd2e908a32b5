"""Shapes as Python type expressions that Pydantic reads exactly as the spec says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from devmatrix_guard.generator.emit.models.json_schema import SchemaPlace, write_json_schema
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    call,
    make_alternatives,
    make_literal,
    make_subscript,
    write_raw_string,
    write_string,
)
from devmatrix_guard.ir.pattern import escape_hyphens, spell_out_properties
from devmatrix_guard.ir.shape import Constraint, Discriminator, JsonValue, Schema, Shape

BASE = "src.models.schemas.base"
Mode = Literal["json", "text"]

# What every engine reads alike: no look-around, no back references, no classes such as \d.
_SIMPLE_PATTERN = re.compile(
    r"(?:[A-Za-z0-9 _@#%&=:;,<>~!\"'/`-]|\\[.+*?()\[\]{}|^$/\\-]"
    r"|\[\^?(?:[A-Za-z0-9 _.@#%&=:;,<>~!?*+()$/'\"-]|\\[.\\\]-])+\]"
    r"|[.*+?^$|]|\((?!\?)|\(\?:|\)|\{\d{1,3}(?:,\d{0,3})?\})*"
)
_CONSTRAINT_KEYWORDS = {
    "ge": "ge",
    "gt": "gt",
    "le": "le",
    "lt": "lt",
    "multiple_of": "multiple_of",
    "min_length": "min_length",
    "max_length": "max_length",
    "min_items": "min_length",
    "max_items": "max_length",
    "min_properties": "min_length",
    "max_properties": "max_length",
}
_SPECIAL_STRINGS = {"uuid": "Uuid", "date": "Day", "date-time": "Moment"}
_SPOKEN = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}


CHECKED_FORMATS = ("byte", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uri")


class TypeWriter:
    """Writes types for one module, importing what they need.

    Args:
        imports: the imports of the module.
        places: where each schema's class stands.
        schemas: the schemas by name.
        module: the module written to; classes in it are not imported.
        later: names of classes of this module that are not yet defined, to be quoted.
        read: how values come where it is not said: `text` for the fields of a form.
    """

    def __init__(
        self,
        imports: Imports,
        places: Mapping[str, SchemaPlace],
        schemas: Mapping[str, Schema],
        module: str = "",
        later: frozenset[str] = frozenset(),
        read: Mode = "json",
    ) -> None:
        self.imports = imports
        self.places = places
        self.schemas = schemas
        self.module = module
        self.later = later
        self.read: Mode = read

    def write_type(self, shape: Shape, mode: Mode | None = None) -> Doc:
        """Return the type of a value; with `mode` text it comes from a path, query or header."""
        mode = mode or self.read
        doc = self._write_bare(shape, mode)
        if isinstance(doc, str) and doc.startswith('"') and shape.nullable:
            return make_subscript(self.imports.use("typing", "Union"), doc, "None")
        if shape.nullable and flatten_name(doc) not in ("Any", "None"):
            return make_alternatives(doc, "None")
        return doc

    def import_schema_class(self, name: str) -> str:
        """Return the class of a schema, imported, quoted where it is defined further down."""
        place = self.places[name]
        if place.module != self.module:
            return self.imports.use(place.module, place.class_name)
        return f'"{place.class_name}"' if name in self.later else place.class_name

    def _write_bare(self, shape: Shape, mode: Mode) -> Doc:
        if shape.kind == "ref":
            target = self.schemas[shape.ref].shape
            read = not target.enum or _lists_numbers(target)
            if mode == "text" and target.kind != "object" and read:
                return self.write_type(target, mode)
            return self.import_schema_class(shape.ref)
        if shape.enum:
            counted = mode == "text" and _lists_numbers(shape)
            reader = self._name_base("text_any_whole") if counted else None
            return self._annotate(self._write_enum(shape), reader)
        if shape.kind == "string":
            return self._write_string(shape)
        if shape.kind in ("integer", "number", "boolean"):
            return self._write_scalar(shape, mode)
        if shape.kind == "array":
            return self._write_array(shape, mode)
        if shape.kind in ("map", "object"):
            return self._write_map(shape, mode)
        if shape.kind in ("one_of", "any_of") and shape.variants:
            return self._write_union(shape, mode)
        if shape.kind == "null":
            return "None"
        if shape.kind == "any" and not (shape.format or shape.constraints):
            return self._use_any()
        return self._write_declared_only(shape)

    def _write_declared_only(self, shape: Shape) -> Doc:
        """Return the type of a value that is documented as the spec has it, but not checked."""
        schema = write_json_schema(self, shape._replace(nullable=False, default=None))
        return self._annotate(self._use_any(), call(self._name_base("Shape"), make_literal(schema)))

    def _use_any(self) -> Doc:
        return self.imports.use("typing", "Any")

    def _name_base(self, name: str) -> str:
        return self.imports.use(BASE, name)

    def _annotate(self, base: Doc, *markers: Doc | None) -> Doc:
        present = [marker for marker in markers if marker is not None]
        if not present:
            return base
        return make_subscript(self.imports.use("typing", "Annotated"), base, *present)

    def _write_field(self, shape: Shape, **more: Doc | None) -> Doc | None:
        """Return `Field(...)` with the limits that Pydantic knows."""
        keywords: dict[str, Doc | None] = {
            _CONSTRAINT_KEYWORDS[c.kind]: make_literal(c.value)
            for c in shape.constraints
            if c.kind in _CONSTRAINT_KEYWORDS
            and not _is_exact_multiple(shape, c)
            and not (shape.kind == "string" and c.kind in ("ge", "gt", "le", "lt"))
        }
        keywords |= {name: value for name, value in more.items() if value is not None}
        return call(self.imports.use("pydantic", "Field"), **keywords) if keywords else None

    def _write_shape(self, **keywords: Any) -> Doc:
        return call(self._name_base("Shape"), make_literal(keywords))

    def _write_enum(self, shape: Shape) -> Doc:
        values = [value for value in shape.enum if not isinstance(value, JsonValue)]
        plain = [value for value in values if not isinstance(value, float)]
        if not plain or len(plain) != len(shape.enum):
            shown = [v.value if isinstance(v, JsonValue) else v for v in shape.enum]
            return self._annotate(self._use_any(), self._write_shape(enum=shown))
        name = self.imports.use("typing", "Literal")
        return make_subscript(name, *(make_literal(value) for value in plain))

    def _write_string(self, shape: Shape) -> Doc:
        limits: dict[str, Any] = {c.kind: c.value for c in shape.constraints}
        if shape.format in _SPECIAL_STRINGS:
            said = {_SPOKEN[kind]: value for kind, value in limits.items() if kind in _SPOKEN}
            marker = self._write_shape(**said) if said else None
            return self._annotate(self._name_base(_SPECIAL_STRINGS[shape.format]), marker)
        if shape.format == "decimal":
            return self._write_decimal(limits)
        if shape.format == "binary":
            return self._name_base("File")
        pattern = limits.get("pattern")
        simple = isinstance(pattern, str) and is_simple_pattern(pattern)
        field = self._write_field(shape, pattern=write_raw_string(str(pattern)) if simple else None)
        markers: list[Doc | None] = [field, self._name_base("no_nul")]
        if pattern is not None and not simple:
            markers.append(self._write_hard_pattern(str(pattern)))
        if shape.format in CHECKED_FORMATS:
            markers.append(self._name_base(f"{shape.format}_format"))
        elif shape.format:
            markers.append(self._write_shape(format=shape.format))
        if len([m for m in markers if m]) == 1:
            return self._name_base("Text")
        return self._annotate("str", *markers)

    def _write_hard_pattern(self, pattern: str) -> Doc:
        spelled_out = spell_out_properties(pattern)
        if spelled_out is not None and is_simple_pattern(spelled_out):
            # Python's own engine knows no properties of characters; Pydantic's reads them alike.
            return call(self.imports.use("pydantic", "Field"), pattern=write_raw_string(pattern))
        if not is_readable(pattern):
            return self._write_shape(pattern=pattern)
        python = escape_hyphens(pattern)
        read = write_raw_string(python) if python != pattern else None
        return call(self._name_base("Pattern"), write_raw_string(pattern), python=read)

    def _write_decimal(self, limits: Mapping[str, Any]) -> Doc:
        number = self.imports.use("decimal", "Decimal")
        bounds: dict[str, Doc | None] = {
            kind: call(number, write_string(str(limits[kind])))
            for kind in ("gt", "ge", "lt", "le")
            if kind in limits
        }
        pattern = limits.get("pattern")
        if pattern is not None and not is_readable(pattern):
            return self._annotate(
                number,
                call(self._name_base("DecimalText"), "2", **bounds),
                self._write_shape(pattern=pattern),
            )
        if pattern is not None:
            bounds = {"pattern": write_raw_string(pattern), **bounds}
        places = count_decimal_places(pattern)
        return self._annotate(number, call(self._name_base("DecimalText"), str(places), **bounds))

    def _write_scalar(self, shape: Shape, mode: Mode) -> Doc:
        base, marker = {
            "integer": ("int", f"{mode}_whole"),
            "number": ("float", f"{mode}_number"),
            "boolean": ("bool", f"{mode}_flag"),
        }[shape.kind]
        finite = "False" if shape.kind == "number" else None
        form = self._write_shape(format=shape.format) if shape.format else None
        field = self._write_field(shape, allow_inf_nan=finite)
        sized = shape.format in ("int32", "int64") or self.read == "text"  # a form is stored
        if marker == "text_whole" and not sized:
            marker = "text_any_whole"
        narrow = {("int", "int32"): "int32", ("float", "float"): "float32"}.get(
            (base, shape.format)
        )
        width = self._name_base(narrow) if narrow else None
        steps = [
            call(self._name_base("Multiple"), make_literal(c.value))
            for c in shape.constraints
            if _is_exact_multiple(shape, c)
        ]
        return self._annotate(base, field, *steps, self._name_base(marker), width, form)

    def _write_array(self, shape: Shape, mode: Mode) -> Doc:
        items = self.write_type(shape.items, mode) if shape.items else self._use_any()
        unique = any(c.kind == "unique_items" and c.value for c in shape.constraints)
        marker = self._name_base("unique_items") if unique else None
        return self._annotate(make_subscript("list", items), self._write_field(shape), marker)

    def _write_map(self, shape: Shape, mode: Mode) -> Doc:
        value = self.write_type(shape.items, mode) if shape.items else self._use_any()
        said: dict[str, Any] = {"format": shape.format} if shape.format else {}
        said |= {"additionalProperties": False} if shape.extra == "forbid" else {}
        marker = self._write_shape(**said) if said else None
        key = self.write_type(shape.keys) if shape.keys else "str"
        return self._annotate(make_subscript("dict", key, value), self._write_field(shape), marker)

    def _write_union(self, shape: Shape, mode: Mode) -> Doc:
        if shape.fields and shape.discriminator is not None:
            return self._write_kinds(shape, shape.discriminator, mode)
        parts: list[Doc] = []
        seen: set[str] = set()
        for variant in shape.variants:
            doc = self.write_type(variant, mode)
            name = flatten_name(doc)
            if name in seen:
                continue
            seen.add(name)
            parts.append(doc)
        union = make_alternatives(*parts)
        if any('"' in name and name.startswith('"') for name in seen):
            union = make_subscript(self.imports.use("typing", "Union"), *parts)
        if shape.kind == "one_of":
            return self._annotate(union, self._name_base("one_of"))
        return union

    def _write_kinds(self, shape: Shape, kinds: Discriminator, mode: Mode) -> Doc:
        """Return the union of objects that a property tells apart."""
        tag = self.imports.use("pydantic", "Tag")
        variants = {variant.ref: variant for variant in shape.variants}
        parts = [
            self._annotate(self.write_type(variants[name], mode), call(tag, write_string(value)))
            for value, name in kinds.mapping
        ]
        chosen = call(self._name_base("told_apart_by"), write_string(kinds.wire))
        marker = self._name_base("one_of") if shape.kind == "one_of" else None
        return self._annotate(make_alternatives(*parts), chosen, marker)


def _is_exact_multiple(shape: Shape, limit: Constraint) -> bool:
    """Tell whether multiples need exact numbers: Pydantic takes what is nearly one, of floats."""
    return limit.kind == "multiple_of" and (
        shape.kind == "number" or isinstance(limit.value, float)
    )


def is_readable(pattern: str) -> bool:
    """Tell whether Python reads a regular expression at all."""
    try:
        re.compile(escape_hyphens(pattern).replace("$", r"\Z"), re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def is_simple_pattern(pattern: str) -> bool:
    """Tell whether Python and Pydantic's engine read the pattern as ECMAScript does."""
    if not _SIMPLE_PATTERN.fullmatch(pattern):
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        return False
    return True


def count_decimal_places(pattern: object) -> int:
    r"""Return the decimal places that a pattern such as `^\d+\.\d{2}$` asks for, 2 by default."""
    found = re.search(r"\\\.(?:\\d|\[0-9\])\{(\d+)\}", str(pattern or ""))
    return min(int(found[1]), 12) if found else 2


def flatten_name(doc: Doc) -> str:
    """Return the type on one line, to compare it."""
    from devmatrix_guard.generator.emit.python.printer import write_flat

    return write_flat(doc)


def _lists_numbers(shape: Shape) -> bool:
    """Tell whether the values of a shape are whole numbers, which a query says as texts."""
    return bool(shape.enum) and all(type(value) is int for value in shape.enum)
