"""The vendor extensions guard knows, what each may hold, and a small validator for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.document import Place

Schema = Mapping[str, Any]


class Check:
    """Checks what stands at a place; `schema` says the same in JSON Schema, for editors."""

    def __init__(self, run: Callable[[Place], None], schema: Schema) -> None:
        self._run = run
        self.schema = schema

    def __call__(self, place: Place) -> None:
        """Check one place.

        Raises:
            SpecError: something else stands there.
        """
        self._run(place)


def _fail(place: Place, wanted: str) -> None:
    raise SpecError(f"{wanted} is expected here", place.pointer)


def _require_text(place: Place) -> None:
    if not isinstance(place.data, (str, int, float)) or isinstance(place.data, bool):
        _fail(place, "text")


def _require_boolean(place: Place) -> None:
    if not isinstance(place.data, bool):
        _fail(place, "true or false")


# Any text, or a number written where text is meant.
check_text = Check(_require_text, {"type": ["string", "number"]})
check_boolean = Check(_require_boolean, {"type": "boolean"})
# Whatever it is, it is checked where it is used.
accept_anything = Check(lambda _: None, {})


def allow_one_of(*allowed: str) -> Check:
    """One of the given words."""

    def check(place: Place) -> None:
        if place.data not in allowed:
            _fail(place, f"one of {', '.join(allowed)}")

    return Check(check, {"enum": list(allowed)})


def allow_list_of(item: Check) -> Check:
    """A list, each part of which passes `item`."""

    def check(place: Place) -> None:
        if not isinstance(place.data, list):
            _fail(place, "a list")
        for index in range(len(place.data)):
            item(place.get(index))

    return Check(check, {"type": "array", "items": item.schema})


def allow_either(*checks: Check) -> Check:
    """Passes when one of the checks does; the last one words the failure."""

    def check(place: Place) -> None:
        for attempt in checks[:-1]:
            try:
                return attempt(place)
            except SpecError:
                continue
        return checks[-1](place)

    return Check(check, {"anyOf": [each.schema for each in checks]})


def allow_map_of(value: Check) -> Check:
    """An object, each value of which passes `value`."""

    def check(place: Place) -> None:
        if not isinstance(place.data, dict):
            _fail(place, "an object")
        for key in place.data:
            value(place.get(key))

    return Check(check, {"type": "object", "additionalProperties": value.schema})


def allow_object_of(required: tuple[str, ...] = (), **fields: Check) -> Check:
    """An object with these fields and no others; a trailing underscore is dropped from names."""
    known = {name.removesuffix("_"): check for name, check in fields.items()}

    def check(place: Place) -> None:
        if not isinstance(place.data, dict):
            _fail(place, "an object")
        for key in place.data:
            if key not in known:
                raise SpecError(f"unknown key {key!r}{suggest(key, known)}", place.pointer)
            known[key](place.get(key))
        for key in required:
            if key not in place.data:
                raise SpecError(f"the key {key!r} is missing", place.pointer)

    properties = {name: each.schema for name, each in known.items()}
    shape: dict[str, Any] = {"type": "object", "additionalProperties": False}
    shape |= {"properties": properties, "required": list(required)}
    return Check(check, shape)


def suggest(name: str, known: Any) -> str:
    """Return `; did you mean ...?`, or the list of what there is."""
    close = _find_closest(name, known, 0.6)
    return f"; did you mean {close!r}?" if close else f"; known are {', '.join(sorted(known))}"


def _find_closest(name: str, known: Iterable[str], cutoff: float) -> str:
    from difflib import get_close_matches  # most specs have no unknown key

    return next(iter(get_close_matches(name, known, n=1, cutoff=cutoff)), "")


_MACHINE = allow_object_of(
    ("field", "initial", "transitions"),
    field=check_text,
    initial=check_text,
    transitions=allow_list_of(
        allow_object_of(
            ("event", "from", "to"),
            event=check_text,
            from_=allow_either(check_text, allow_list_of(check_text)),
            to=check_text,
            guard=check_text,
        )
    ),
)
_INVARIANT = allow_object_of(
    ("name", "entity", "expr"),
    name=check_text,
    entity=check_text,
    expr=check_text,
    enforce=allow_list_of(allow_one_of("db_check", "property_test", "stateful_test", "service")),
    description=check_text,
)
_FLOW = allow_object_of(
    ("steps",),
    steps=allow_list_of(allow_map_of(accept_anything)),
    transaction=allow_one_of("default", "serializable-retry"),
    description=check_text,
    inputs=allow_map_of(check_text),
)

EXTENSIONS: dict[str, Check] = {
    "x-entity": allow_either(
        check_boolean,
        allow_object_of(
            table=check_text,
            name=check_text,
            key=check_text,
            unique=allow_list_of(allow_either(check_text, allow_list_of(check_text))),
            soft_delete=check_boolean,
            owner=check_text,
            order_by=check_text,
            view_of=check_text,
            principal=check_boolean,
            private=check_boolean,
        ),
    ),
    "x-references": check_text,
    "x-relation": allow_object_of(
        ("kind", "target"),
        kind=allow_one_of("one_to_one", "one_to_many", "many_to_one", "many_to_many"),
        target=check_text,
        cascade=allow_either(check_boolean, allow_one_of("delete", "restrict", "set_null", "none")),
        order_by=check_text,
    ),
    "x-unique": check_boolean,
    "x-sorted": check_boolean,
    "x-seed": allow_either(
        allow_list_of(allow_map_of(accept_anything)),
        allow_map_of(allow_list_of(allow_map_of(accept_anything))),
    ),
    "x-derived": check_text,
    "x-writable-by": allow_one_of("self", "nobody"),
    "x-generated": allow_one_of("created_at", "updated_at", "slug", "key", "owner"),
    "x-slug-of": check_text,
    "x-filter": check_text,
    "x-order-by": check_text,
    "x-state-machine": _MACHINE,
    "x-state-machines": allow_map_of(_MACHINE),
    "x-flow": check_text,
    "x-flows": allow_map_of(_FLOW),
    "x-business-logic": allow_map_of(_FLOW),
    "x-invariants": allow_list_of(_INVARIANT),
    "x-auth": allow_either(
        check_boolean,
        allow_object_of(owner=check_text, optional=check_boolean, private=check_boolean),
    ),
    "x-infrastructure": allow_object_of(
        database=allow_one_of("postgresql", "sqlite"),
        observability=allow_list_of(check_text),
        platform=check_text,
    ),
    "x-renamed-from": check_text,
    "x-minimum": check_text,
    "x-maximum": check_text,
    "x-exclusive-minimum": check_text,
    "x-exclusive-maximum": check_text,
}
# Written by other tools so often that a warning about them would only be noise.
_FOREIGN = (
    "x-ms-",
    "x-amazon-",
    "x-google-",
    "x-codegen",
    "x-logo",
    "x-tag",
    "x-code",
    "x-internal",
    "x-display",
    "x-enum",
    "x-example",
    "x-go-",
    "x-java-",
    "x-openapi-",
    "x-swagger-",
    "x-stainless",
    "x-oaiMeta",
    "x-readme",
    "x-speakeasy",
    "x-fern",
    "x-redocly",
    "x-scalar",
    "x-webhooks",
)


def check_extensions(root: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Check every extension of the spec that is ours.

    Returns:
        One notice (kind, message, pointer) for each unknown `x-` key, where it first stands.

    Raises:
        SpecError: one of ours does not hold what it should.
    """
    notices: dict[str, tuple[str, str, str]] = {}
    for key, place in _iter_extension_places(root):
        check = EXTENSIONS.get(key)
        if check is not None:
            check(place)
        elif key not in notices and not key.startswith(_FOREIGN):
            notices[key] = ("unknown-key", _describe_unknown(key), place.pointer)
    return list(notices.values())


def _describe_unknown(key: str) -> str:
    if close := _find_closest(key.lower(), EXTENSIONS, 0.75):
        return f"{key!r} is not known and is ignored; did you mean {close!r}?"
    return f"{key!r} is not known and is ignored"


def _iter_extension_places(root: dict[str, Any]) -> Iterator[tuple[str, Place]]:
    """Yield every `x-` key of the spec's own objects, not of examples or property names."""
    stack = [Place(root, "")]
    while stack:
        data, pointer = stack.pop()
        if isinstance(data, dict):
            for key, value in data.items():
                if key[:2] == "x-":
                    yield key, Place(data, pointer).get(key)
                elif isinstance(value, (dict, list)) and key not in ("example", "examples"):
                    stack.extend(_iter_children(data, pointer, key, value))
        else:
            stack.extend(
                Place(item, f"{pointer}/{index}")
                for index, item in enumerate(data)
                if isinstance(item, (dict, list))
            )


def _iter_children(data: Any, pointer: str, key: str, value: Any) -> Iterator[Place]:
    place = Place(data, pointer).get(key)
    if key in ("properties", "patternProperties", "schemas", "headers") and isinstance(value, dict):
        for name, child in value.items():
            if isinstance(child, (dict, list)):
                yield place.get(name)
        return
    yield place
