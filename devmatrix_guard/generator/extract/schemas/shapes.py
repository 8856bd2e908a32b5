"""Schemas of the spec to shapes: references named, inline objects lifted out, `allOf` merged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.schemas.merge import merge_all_of
from devmatrix_guard.generator.spec.document import Document, Place, require_list, require_mapping
from devmatrix_guard.generator.spec.pointer import split
from devmatrix_guard.ir.names import make_unique, to_pascal, to_snake
from devmatrix_guard.ir.shape import (
    Constraint,
    ConstraintKind,
    Discriminator,
    Field,
    JsonValue,
    Schema,
    Shape,
    ShapeKind,
    Value,
)

_CONSTRAINTS: tuple[tuple[str, ConstraintKind], ...] = (
    ("minimum", "ge"),
    ("x-minimum", "ge"),
    ("exclusiveMinimum", "gt"),
    ("x-exclusive-minimum", "gt"),
    ("maximum", "le"),
    ("x-maximum", "le"),
    ("exclusiveMaximum", "lt"),
    ("x-exclusive-maximum", "lt"),
    ("maxItems", "max_items"),
    ("maxLength", "max_length"),
    ("maxProperties", "max_properties"),
    ("minItems", "min_items"),
    ("minLength", "min_length"),
    ("minProperties", "min_properties"),
    ("multipleOf", "multiple_of"),
    ("pattern", "pattern"),
    ("uniqueItems", "unique_items"),
)
_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_HINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("object", ("properties", "additionalProperties", "required", "minProperties")),
    ("array", ("items", "prefixItems", "minItems", "uniqueItems")),
    ("string", ("pattern", "minLength", "maxLength")),
    ("number", ("minimum", "maximum", "multipleOf")),
)
_BOUNDS = {"ge", "gt", "le", "lt"}
_MEANT: dict[str, set[str]] = {  # other limits say nothing of a value of the type
    "object": {"min_properties", "max_properties"},
    "array": {"min_items", "max_items", "unique_items"},
    "string": {"min_length", "max_length", "pattern", *_BOUNDS},
    "integer": {"multiple_of", *_BOUNDS},
    "number": {"multiple_of", *_BOUNDS},
    "boolean": set(),
    "null": set(),
}
_UNCHECKED = {
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "not",
    "patternProperties",
    "prefixItems",
    "then",
}
_MAX_DEPTH = 100


class Shapes:
    """Turns schemas into shapes, and collects the named ones.

    A reference only names its target, which is converted once, later; a schema that refers to
    itself is therefore no trouble. Only `allOf` needs its parts at once.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        self._places: dict[str, Place] = {}
        self._open: set[str] = set()
        self._waiting: list[Place] = []
        self._depth = 0
        self.schemas: dict[str, Schema] = {}
        self.unchecked: list[tuple[str, str]] = []
        components = Place(document.root, "").get("components", "schemas")
        for wire in require_mapping(components):
            self._claim_name(components.get(wire).pointer, wire)

    def convert_components(self) -> None:
        """Convert every component schema, used or not."""
        for pointer in list(self._names):
            self._convert_now(self._document.place(pointer))
        self._convert_waiting()
        for name, schema in self.schemas.items():
            union = fill_union(schema.shape, self.schemas)
            self.schemas[name] = schema._replace(shape=union)

    def convert_top(self, place: Place, context: str) -> Shape:
        """Return the shape of the schema at `place`, and convert all that it refers to."""
        made = self.convert_shape(place, context)
        self._convert_waiting()
        return made

    def convert_shape(self, place: Place, context: str) -> Shape:
        """Return the shape of the schema at `place`; objects with fields become named schemas.

        Args:
            place: a schema.
            context: what an inline object is called after, if it has to be named.
        """
        made = self.convert_bare(place, context)
        if made.kind != "object" or not made.fields:
            return made._replace(kind="map") if made.kind == "object" else made
        name = self._claim_name(place.pointer, context)
        if name not in self.schemas:
            kept = made._replace(nullable=False, default=None, read_only=False, write_only=False)
            self.schemas[name] = Schema(name, "", kept, place.pointer)
        return Shape(
            "ref",
            name,
            nullable=made.nullable,
            default=made.default,
            read_only=made.read_only,
            write_only=made.write_only,
            deprecated=made.deprecated,
            description=made.description,
        )

    def convert_bare(self, place: Place, context: str) -> Shape:
        """Return the shape of the schema at `place`, an object as it is."""
        self._depth += 1
        try:
            if self._depth > _MAX_DEPTH:
                raise SpecError("this schema nests too deep; give its parts names", place.pointer)
            return self._convert(place, context)
        finally:
            self._depth -= 1

    def _claim_name(self, pointer: str, wanted: str) -> str:
        """Return the class name of the schema at `pointer`, the same each time."""
        if pointer not in self._names:
            name = make_unique(to_pascal(wanted), self._taken).replace("_", "")
            while name in self._taken:
                name = f"{name}X"
            self._taken.add(name)
            self._names[pointer] = name
            self._places[name] = self._document.place(pointer)
        return self._names[pointer]

    @staticmethod
    def _find_last(place: Place) -> str:
        """Return the key under which a schema stands, to call it after."""
        return (split(place.pointer) or ["document"])[-1]

    def _refer(self, place: Place) -> str:
        """Return the name of the schema at `place`, and see to its being converted later."""
        name = self._claim_name(place.pointer, self._find_last(place))
        if name not in self.schemas:
            self._waiting.append(place)
        return name

    def _convert_waiting(self) -> None:
        while self._waiting:
            self._convert_now(self._waiting.pop())

    def _convert_now(self, place: Place) -> Schema:
        """Convert the schema at `place`, once, under a name of its own."""
        parts = split(place.pointer)
        name = self._claim_name(place.pointer, self._find_last(place))
        if name in self.schemas:
            return self.schemas[name]
        if place.pointer in self._open:
            raise SpecError("this schema extends itself; break the circle", place.pointer)
        self._open.add(place.pointer)
        made = self.convert_bare(place, name)
        self._open.discard(place.pointer)
        if made.kind == "object" and not made.fields:
            made = made._replace(kind="map")
        if made.kind == "ref" and made.ref == name:
            raise SpecError("this schema is only a reference to itself", place.pointer)
        component = len(parts) == 3 and parts[:2] == ["components", "schemas"]
        schema = Schema(name, parts[-1] if component else "", made, place.pointer)
        return self.schemas.setdefault(name, schema)

    def _convert(self, place: Place, context: str) -> Shape:
        data = place.data
        if data is True or data is None:
            return Shape("any")
        if data is False:
            return Shape("never")
        if not isinstance(data, dict):
            raise SpecError("a schema is an object", place.pointer)
        for keyword in _UNCHECKED & data.keys():
            self.unchecked.append((place.get(keyword).pointer, keyword))
        if isinstance(data.get("$ref"), str):
            return self._convert_reference(place, context)
        if "allOf" in data:
            return self._convert_all_of(place, context)
        for keyword in ("oneOf", "anyOf"):
            if keyword in data:
                return self._convert_union(place, keyword, context)
        return self._convert_plain(place, context)

    def _convert_reference(self, place: Place, context: str) -> Shape:
        target = self._document.find_target(place)
        data = place.data
        siblings = {key for key in data if key != "$ref" and not key.startswith("x-")}
        if self._document.version != "3.0" and siblings & {"properties", "required", "allOf"}:
            return self._convert_all_of(Place({**data, "allOf": []}, place.pointer), context)
        name = self._refer(target)
        made = Shape("ref", name, **self._read_annotations(place))
        if self._document.version == "3.0":
            made = made._replace(default=None, nullable=False)
        said = target.data if isinstance(target.data, dict) else {}
        return made._replace(
            nullable=made.nullable or _is_nullable(target.data),
            read_only=made.read_only or said.get("readOnly") is True,
            write_only=made.write_only or said.get("writeOnly") is True,
        )

    def _read_annotations(self, place: Place) -> dict[str, Any]:
        data = place.data
        found: dict[str, Any] = {}
        for key, name in (
            ("readOnly", "read_only"),
            ("writeOnly", "write_only"),
            ("deprecated", "deprecated"),
            ("nullable", "nullable"),
        ):
            if data.get(key) is True:
                found[name] = True
        if "default" in data:
            found["default"] = make_json_value(data["default"])
        if isinstance(data.get("description"), str):
            found["description"] = data["description"]
        return found

    def _convert_all_of(self, place: Place, context: str) -> Shape:
        data, pointer = place
        rest = {key: value for key, value in data.items() if key not in ("allOf", "$ref")}
        parts = [
            place.get("allOf", index) for index in range(len(require_list(place.get("allOf"))))
        ]
        said = [part for part in parts if _has_only_annotations(part.data)]
        for part in said if len(said) < len(parts) else ():
            parts.remove(part)
            rest = {**{k: v for k, v in part.data.items() if k != "nullable"}, **rest}
        if "$ref" in data:
            parts.insert(0, Place({"$ref": data["$ref"]}, pointer))
        if len(parts) == 1 and not set(rest) - _list_annotation_keys():
            made = self.convert_shape(parts[0], context)
            return made._replace(**self._read_annotations(Place(rest, pointer)))
        if set(rest) - _list_annotation_keys():
            parts.append(Place(rest, pointer))
        shapes = [
            self._convert_part(part, f"{context}{index + 1}") for index, part in enumerate(parts)
        ]
        bases = tuple(dict.fromkeys(name for _, name in shapes if name))
        merged = merge_all_of([made for made, _ in shapes], pointer, self._open_shape)
        if merged is None:
            variants = tuple(
                self.convert_shape(part, f"{context}{i}") for i, part in enumerate(parts, 1)
            )
            merged = Shape("all_of", variants=variants)
        else:
            merged = merged._replace(bases=tuple(dict.fromkeys((*merged.bases, *bases))))
        return merged._replace(**self._read_annotations(Place(rest, pointer)))

    def _convert_part(self, place: Place, context: str) -> tuple[Shape, str]:
        """Return a part of an `allOf`, references opened, with the name it goes by."""
        name = ""
        if isinstance(place.data, dict) and isinstance(place.data.get("$ref"), str):
            schema = self._convert_now(self._document.find_target(place))
            made, name = schema.shape, schema.name
        else:
            made = self.convert_bare(place, context)
        while made.kind == "ref":
            made = self._convert_now(self._places[made.ref]).shape
        return made, name

    def _open_shape(self, made: Shape) -> Shape:
        """Return what a reference leads to, or the reference where that is being converted."""
        while made.kind == "ref":
            place = self._places[made.ref]
            if place.pointer in self._open:
                break
            target = self._convert_now(place).shape
            made = target._replace(
                read_only=made.read_only or target.read_only,
                write_only=made.write_only or target.write_only,
                nullable=made.nullable or target.nullable,
                default=made.default or target.default,
            )
        return made

    def _convert_union(self, place: Place, keyword: str, context: str) -> Shape:
        data = place.data
        options = place.get(keyword)
        count = len(require_list(options))
        rest = {key: value for key, value in data.items() if key not in ("oneOf", "anyOf")}
        if not count:
            return self._convert_plain(Place(rest, place.pointer), context)
        if "properties" in rest:  # the alternatives say more about an object that is known
            choice = self._convert_union(
                Place({keyword: data[keyword]}, place.pointer), keyword, context
            )
            made = self._convert_plain(Place(rest, place.pointer), context)
            return made._replace(variants=(choice,)) if made.kind == "object" else made
        notes = self._read_annotations(Place(rest, place.pointer))
        variants = [
            self.convert_shape(_inherit(options.get(index), rest), f"{context}Option{index + 1}")
            for index in range(count)
        ]
        kept = [variant for variant in variants if variant.kind != "null"]
        refuses = "type" in rest and "null" not in _read_types(Place(rest, place.pointer))
        nullable = any(variant.nullable for variant in kept) and not refuses
        if len(kept) < len(variants) or nullable:
            notes["nullable"] = True
        kept = list(dict.fromkeys(variant._replace(nullable=False) for variant in kept))
        if len(kept) == 1:
            return kept[0]._replace(**notes)
        opened = [self._open_listed(variant) for variant in kept]
        if any(variant.kind == "null" for variant in opened):
            notes["nullable"] = True
        if listed := _combine_listed([v for v in opened if v.kind != "null"]):
            return listed._replace(**notes)
        if not kept:
            return Shape("null", **{k: v for k, v in notes.items() if k != "nullable"})
        return Shape(
            "one_of" if keyword == "oneOf" else "any_of",
            variants=tuple(kept),
            discriminator=self._read_discriminator(place.get("discriminator")),
            **notes,
        )

    def _open_listed(self, variant: Shape) -> Shape:
        """Return the values that an alternative names, where it is a list of values by name."""
        place = self._places.get(variant.ref) if variant.kind == "ref" else None
        data = place.data if place is not None else None
        if place is None or not isinstance(data, dict) or not {"enum", "const"} & data.keys():
            return variant
        return self._convert_now(place).shape._replace(description="")

    def _read_discriminator(self, place: Place) -> Discriminator | None:
        if not isinstance(place.data, dict):
            return None
        mapping = []
        for value, reference in require_mapping(place.get("mapping")).items():
            if not isinstance(reference, str):
                raise SpecError("text is expected here", place.get("mapping", value).pointer)
            local = reference if "/" in reference else f"#/components/schemas/{reference}"
            target = self._document.find_target(Place({"$ref": local}, place.pointer))
            mapping.append((value, self._refer(target)))
        return Discriminator(place.get_text("propertyName"), tuple(mapping))

    def _convert_plain(self, place: Place, context: str) -> Shape:
        data = place.data
        notes = self._read_annotations(place)
        types = _read_types(place)
        if _is_null(data):
            return Shape("null", **{k: v for k, v in notes.items() if k != "nullable"})
        if "null" in types and len(types) > 1:
            notes["nullable"] = True
            types = [name for name in types if name != "null"]
        if len(types) > 1:
            variants = tuple(
                self.convert_shape(Place({**data, "type": name}, place.pointer), context)
                for name in types
            )
            bare = tuple(v._replace(nullable=False, default=None, description="") for v in variants)
            return Shape("any_of", variants=bare, **notes)
        kind = types[0] if types else "any"
        enum = _read_enum(place)
        if None in enum:
            notes["nullable"] = True
            enum = tuple(value for value in enum if value is not None)
        enum = tuple(value for value in enum if _is_of(kind, value)) or _convert_to_texts(
            kind, enum
        )
        made = Shape(
            _find_kind(kind),
            format=place.get_text("format") or _find_content_format(data),
            enum=enum,
            constraints=_read_constraints(place, kind),
            **notes,
        )
        if kind == "array":
            items = place.get("items") if "items" in data else Place(True, place.pointer)
            return made._replace(items=self.convert_shape(items, f"{context}Item"))
        return self._convert_object(made, place, context) if kind == "object" else made

    def _convert_object(self, made: Shape, place: Place, context: str) -> Shape:
        properties = place.get("properties")
        required = {name for name in require_list(place.get("required")) if isinstance(name, str)}
        fields: list[Field] = []
        taken: set[str] = set()
        for wire in require_mapping(properties):
            name = make_unique(to_snake(wire), taken)
            taken.add(name)
            shape = self.convert_shape(properties.get(wire), f"{context} {wire}")
            at = properties.get(wire).pointer
            example = read_example(properties.get(wire))
            fields.append(Field(name, wire, shape, wire in required, at, example))
        typed_map = isinstance(place.data.get("additionalProperties"), dict) and not fields
        for wire in sorted(required - {field.wire for field in fields}) if not typed_map else ():
            name = make_unique(to_snake(wire), taken)
            taken.add(name)
            fields.append(Field(name, wire, Shape("any"), required=True))
        extra: Literal["unset", "allow", "forbid"] = "unset"
        items = None
        if "additionalProperties" in place.data:
            more = place.data["additionalProperties"]
            extra = "forbid" if more is False else "allow"
            if isinstance(more, dict) and more:
                items = self.convert_shape(place.get("additionalProperties"), f"{context} value")
        elif place.data.get("unevaluatedProperties") is False:
            extra = "forbid"
        keys = None
        if "propertyNames" in place.data and not fields:
            keys = self.convert_bare(place.get("propertyNames"), f"{context} name")
            keys = keys._replace(kind="string") if keys.kind in ("any", "string") else None
        return made._replace(fields=tuple(fields), extra=extra, items=items, keys=keys)


def fill_union(shape: Shape, schemas: Mapping[str, Schema]) -> Shape:
    """Return a union of objects with all that any of them has; another shape as it is.

    Its discriminator then names a value for each of the objects: the one of its mapping, or those
    that the object itself allows, or else its name.
    """
    options = [schemas.get(variant.ref) for variant in shape.variants]
    known = [option for option in options if option is not None and option.shape.fields]
    if shape.kind not in ("one_of", "any_of") or shape.discriminator is None:
        return shape
    if len(known) < len(options) or any(o.shape.kind != "object" for o in known):
        return shape
    wire = shape.discriminator.wire
    given = {name: value for value, name in shape.discriminator.mapping}
    mapping: list[tuple[str, str]] = []
    fields: dict[str, Field] = {}
    for option in known:
        own = {field.wire: field for field in option.shape.fields}
        values = own[wire].shape.enum if wire in own else ()
        named = [given[option.name]] if option.name in given else [*values] or [option.wire]
        mapping += [(str(value), option.name) for value in named]
        for field in own.values():
            fields[field.wire] = _join_fields(fields.get(field.wire), field)
    every = tuple(
        field._replace(required=field.required and all(_has(o, field.wire) for o in known))
        for field in fields.values()
    )
    kinds = shape.discriminator._replace(mapping=tuple(mapping))
    return shape._replace(fields=every, discriminator=kinds)


def _join_fields(known: Field | None, field: Field) -> Field:
    """Return a property that two objects of a union have."""
    if known is None or known.shape == field.shape:
        return known or field
    enum = tuple(dict.fromkeys((*known.shape.enum, *field.shape.enum)))
    plain = known.shape.enum and field.shape.enum and known.shape.kind == field.shape.kind
    shape = known.shape._replace(enum=enum) if plain else known.shape
    return known._replace(shape=shape, required=known.required and field.required)


def _has(schema: Schema, wire: str) -> bool:
    return any(field.wire == wire for field in schema.shape.fields)


def make_json_value(value: Any) -> JsonValue:
    """Return `value` as an immutable JSON value."""
    return JsonValue(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


def read_example(place: Place) -> JsonValue | None:
    """Return the first example that stands with a schema, a property or a media type."""
    data = place.data
    if not isinstance(data, dict):
        return None
    if "example" in data:
        return make_json_value(data["example"])
    given = data.get("examples")
    if isinstance(given, list) and given:
        return make_json_value(given[0])
    named = next(iter(given.values()), None) if isinstance(given, dict) else None
    if isinstance(named, dict) and "value" in named:
        return make_json_value(named["value"])
    return None


def _is_nullable(data: Any) -> bool:
    """Tell whether a schema admits null by itself; its class in Python does not."""
    if not isinstance(data, dict):
        return False
    types, values = data.get("type"), data.get("enum")
    options = data.get("anyOf") or data.get("oneOf")
    return (
        data.get("nullable") is True
        or (isinstance(types, list) and "null" in types)
        or (isinstance(values, list) and None in values)
        or (isinstance(options, list) and {"type": "null"} in options)
    )


def _is_null(data: dict[str, Any]) -> bool:
    """Tell whether null is the only value that a schema admits."""
    values = [data["const"]] if "const" in data else data.get("enum")
    return isinstance(values, list) and bool(values) and all(value is None for value in values)


def _combine_listed(variants: list[Shape]) -> Shape | None:
    """Return alternatives that are single values of one type as a list of values, or None."""
    first = variants[0] if variants else Shape("never")
    plain = (v._replace(enum=(), description="", default=None) for v in variants)
    if not all(variant == Shape(first.kind) for variant in plain):
        return None
    if first.kind not in ("string", "integer", "number") or not all(v.enum for v in variants):
        return None
    return Shape(first.kind, enum=tuple(dict.fromkeys(value for v in variants for value in v.enum)))


def _has_only_annotations(data: Any) -> bool:
    """Tell whether a part of an `allOf` limits nothing, and only says something of the whole."""
    return isinstance(data, dict) and bool(data) and data.keys() <= _list_annotation_keys()


def _list_annotation_keys() -> set[str]:
    return {
        "description",
        "title",
        "nullable",
        "readOnly",
        "writeOnly",
        "deprecated",
        "default",
        "example",
        "examples",
        "externalDocs",
        "xml",
        "x-references",
        "x-relation",
        "x-sorted",
        "x-unique",
        "x-derived",
    }


def _inherit(option: Place, rest: dict[str, Any]) -> Place:
    """Give an option without a type the type that stands beside the union."""
    data = option.data
    if not isinstance(data, dict) or {"$ref", "allOf"} & data.keys():
        return option
    if "type" in rest and "type" not in data:
        data = {"type": rest["type"], **data}
    if rest.get("unevaluatedProperties") is False and "properties" in data:
        data = {"additionalProperties": False, **data}
    return Place(data, option.pointer)


def _read_types(place: Place) -> list[str]:
    data = place.data
    given = data.get("type")
    if given is None:
        if "enum" in data or "const" in data:
            return _infer_types(_read_enum(place))
        return next(([kind] for kind, keys in _HINTS if any(key in data for key in keys)), [])
    types = given if isinstance(given, list) else [given]
    for name in types:
        if name not in _TYPES:
            raise SpecError(
                f"{str(name)[:40]!r} is not a type; it is one of {', '.join(_TYPES)}",
                place.get("type").pointer,
            )
    return list(dict.fromkeys(types))


def _infer_types(values: tuple[Value, ...]) -> list[str]:
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    found = {names[type(value)] for value in values if type(value) in names}
    return [found.pop()] if len(found) == 1 else []


def _is_of(kind: str, value: Value) -> bool:
    """Tell whether a value of an `enum` is of the type that stands beside it."""
    plain: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
    }
    if kind not in plain:
        return True
    return isinstance(value, plain[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _convert_to_texts(kind: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return the values of a text as texts: in YAML `3` and `true` are none without quotes."""
    if kind != "string" or any(isinstance(value, JsonValue) for value in values):
        return values
    return tuple(json.dumps(value) for value in values)


def _find_kind(name: str) -> ShapeKind:
    kinds: dict[str, ShapeKind] = {
        "object": "object",
        "array": "array",
        "string": "string",
        "integer": "integer",
        "number": "number",
        "boolean": "boolean",
        "null": "null",
    }
    return kinds.get(name, "any")


def _find_content_format(data: dict[str, Any]) -> str:
    if data.get("contentEncoding") == "base64":
        return "byte"
    return "binary" if "contentMediaType" in data else ""


def _read_enum(place: Place) -> tuple[Value, ...]:
    data = place.data
    values = [data["const"]] if "const" in data else require_list(place.get("enum"))
    made = [make_json_value(v) if isinstance(v, (dict, list)) else v for v in values]
    seen: dict[tuple[type, Value], Value] = {(type(value), value): value for value in made}
    return tuple(seen.values())


def _read_constraints(place: Place, kind: str) -> tuple[Constraint, ...]:
    data = place.data
    found: dict[ConstraintKind, Any] = {}
    for key, name in _CONSTRAINTS:
        if key not in data or data[key] is False or data[key] is None:
            continue
        value = data[key]
        if value is True and name in ("gt", "lt"):  # 3.0: a flag on the bound
            bound: ConstraintKind = "ge" if name == "gt" else "le"
            if bound in found:
                found[name] = found.pop(bound)
            continue
        _check_constraint(name, value, key, place)
        found[name] = value
    meant = _MEANT.get(kind, found.keys())
    return tuple(Constraint(name, found[name]) for name in sorted(found.keys() & meant))


def _check_constraint(name: str, value: Any, key: str, place: Place) -> None:
    textual = name == "pattern" or key.startswith("x-")
    wanted: tuple[type, ...] = (str, int, float) if textual else (int, float)
    if name == "unique_items":
        wanted = (bool,)
    elif isinstance(value, bool):
        wanted = ()
    if not isinstance(value, wanted):
        raise SpecError(f"{key} has a value of the wrong type", place.get(key).pointer)
