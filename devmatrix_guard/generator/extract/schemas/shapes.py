"""Schemas of the spec to shapes: references named, inline objects lifted out, `allOf` merged."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.schemas.keywords import (
    ANNOTATIONS,
    convert_to_texts,
    find_content_format,
    find_kind,
    has_only_annotations,
    is_null,
    is_nullable,
    is_of_type,
    is_typed,
    list_unchecked,
    read_constraints,
    read_dependents,
    read_enum,
    read_example,
    read_types,
)
from devmatrix_guard.generator.extract.schemas.merge import merge_all_of
from devmatrix_guard.generator.extract.schemas.unions import (
    combine_listed,
    fill_union,
    inherit_type,
)
from devmatrix_guard.generator.spec.document import Document, Place, require_list, require_mapping
from devmatrix_guard.generator.spec.pointer import split
from devmatrix_guard.ir.names import make_unique, split_words, to_pascal, to_singular, to_snake
from devmatrix_guard.ir.shape import (
    Discriminator,
    Field,
    Schema,
    Shape,
    make_json_value,
)

_LIMITED = frozenset(("object", "array", "string", "number", "boolean"))
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
        names = _shorten_dotted(list(require_mapping(components)))
        # another name for a schema (`User` for `user`) leaves it the class that it is
        for wire in sorted(names, key=lambda wire: _is_alias(components.get(wire).data)):
            self._claim_name(components.get(wire).pointer, names[wire])

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

    def add(self, wanted: str, shape: Shape, pointer: str, *, named: bool = True) -> str:
        """Keep an object that the spec does not spell out, and return the name it goes by."""
        name = make_unique(to_pascal(wanted), self._taken)
        self._taken.add(name)
        self.schemas[name] = Schema(name, name if named else "", shape, pointer)
        return name

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
        for keyword in list_unchecked(data):
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
            nullable=made.nullable or is_nullable(target.data),
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
        said = [part for part in parts if has_only_annotations(part.data)]
        for part in said if len(said) < len(parts) else ():
            parts.remove(part)
            rest = {**{k: v for k, v in part.data.items() if k != "nullable"}, **rest}
        if "$ref" in data:
            parts.insert(0, Place({"$ref": data["$ref"]}, pointer))
        if len(parts) == 1 and not set(rest) - ANNOTATIONS:
            made = self.convert_shape(parts[0], context)
            return made._replace(**self._read_annotations(Place(rest, pointer)))
        if set(rest) - ANNOTATIONS:
            parts.append(Place(rest, pointer))
        shapes = [
            self._convert_part(part, f"{context}{index + 1}") for index, part in enumerate(parts)
        ]
        bases = tuple(dict.fromkeys(name for _, name in shapes if name))
        kept = [
            made
            for (made, _), part in zip(shapes, parts, strict=True)
            if is_typed(part) or not self._is_of_others(made, shapes, parts)
        ]
        merged = merge_all_of(kept, pointer, self._open_shape)
        if merged is None:
            variants = tuple(
                self.convert_shape(part, f"{context}{i}") for i, part in enumerate(parts, 1)
            )
            merged = Shape("all_of", variants=variants)
        else:
            merged = merged._replace(bases=tuple(dict.fromkeys((*merged.bases, *bases))))
            if data.get("unevaluatedProperties") is False and merged.extra == "unset":
                merged = merged._replace(extra="forbid")  # what the parts say is evaluated
        return merged._replace(**self._read_annotations(Place(rest, pointer)))

    @staticmethod
    def _is_of_others(made: Shape, shapes: list[tuple[Shape, str]], parts: list[Place]) -> bool:
        """Tell whether limits are about another type than the one that the other parts name."""
        alike = {"map": "object", "integer": "number"}
        pairs = zip(shapes, parts, strict=True)
        typed = {alike.get(other.kind, other.kind) for (other, _), part in pairs if is_typed(part)}
        return bool(typed & _LIMITED) and alike.get(made.kind, made.kind) not in typed

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
            if made.kind != "object":
                return made
            self.unchecked.append((options.pointer, keyword))
            return made._replace(variants=(choice,))
        notes = self._read_annotations(Place(rest, place.pointer))
        variants = [
            self.convert_shape(
                inherit_type(options.get(index), rest), f"{context}Option{index + 1}"
            )
            for index in range(count)
        ]
        kept = [variant for variant in variants if variant.kind != "null"]
        refuses = "type" in rest and "null" not in read_types(Place(rest, place.pointer))
        nullable = any(variant.nullable for variant in kept) and not refuses
        if len(kept) < len(variants) or nullable:
            notes["nullable"] = True
        kept = list(dict.fromkeys(variant._replace(nullable=False) for variant in kept))
        if len(kept) == 1:
            return kept[0]._replace(**notes)
        opened = [self._open_listed(variant) for variant in kept]
        if any(variant.kind == "null" for variant in opened):
            notes["nullable"] = True
        if listed := combine_listed([v for v in opened if v.kind != "null"]):
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
        types = read_types(place)
        if is_null(data):
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
        enum = read_enum(place)
        if None in enum:
            notes["nullable"] = True
            enum = tuple(value for value in enum if value is not None)
        enum = tuple(value for value in enum if is_of_type(kind, value)) or convert_to_texts(
            kind, enum
        )
        made = Shape(
            find_kind(kind),
            format=place.get_text("format") or find_content_format(data),
            enum=enum,
            constraints=read_constraints(place, kind),
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
        dependents = read_dependents(place.data)
        return made._replace(
            fields=tuple(fields), extra=extra, items=items, keys=keys, dependents=dependents
        )


_USES = frozenset(("dto", "entity", "input", "model", "output", "reply", "request", "response"))


def _is_alias(data: object) -> bool:
    """Tell whether a schema is nothing but a reference to another."""
    return isinstance(data, dict) and isinstance(data.get("$ref"), str)


def _shorten_dotted(wires: list[str]) -> dict[str, str]:
    """Return what components are called: `internal_models.Book` is a book, if no other is one.

    Else it is called by what it is for as well: `models_responses.Book` is a BookResponse.
    """
    last = {wire: wire.rpartition(".")[2] or wire for wire in wires}
    plain = Counter(to_pascal(name) for name in last.values())
    nearer = {w: f"{name} {use}" if (use := _find_use(w)) else w for w, name in last.items()}
    near = Counter(to_pascal(name) for name in (*nearer.values(), *last.values()))
    return {
        wire: name
        if plain[to_pascal(name)] == 1
        else nearer[wire]
        if near[to_pascal(nearer[wire])] == 1
        else wire
        for wire, name in last.items()
    }


def _find_use(wire: str) -> str:
    """Return what a component is for, by its package: `response` of `dto_responses.Book`."""
    words = split_words(wire.rpartition(".")[0])
    word = to_singular(words[-1]) if words else ""
    return word if word in _USES else ""
