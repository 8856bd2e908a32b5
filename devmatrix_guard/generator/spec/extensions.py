"""The vendor extensions guard knows, what each may hold, and a small validator for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.document import Place

Check = Callable[[Place], None]


def _fail(place: Place, wanted: str) -> None:
    raise SpecError(f"{wanted} is expected here", place.pointer)


def text(place: Place) -> None:
    """Any text, or a number written where text is meant."""
    if not isinstance(place.data, (str, int, float)) or isinstance(place.data, bool):
        _fail(place, "text")


def boolean(place: Place) -> None:
    """true or false."""
    if not isinstance(place.data, bool):
        _fail(place, "true or false")


def status(place: Place) -> None:
    """An HTTP error status."""
    if not isinstance(place.data, int) or not 400 <= place.data <= 599:
        _fail(place, "an HTTP status from 400 to 599")


def anything(place: Place) -> None:
    """Whatever it is, it is checked where it is used."""


def one_of(*allowed: str) -> Check:
    """One of the given words."""

    def check(place: Place) -> None:
        if place.data not in allowed:
            _fail(place, f"one of {', '.join(allowed)}")

    return check


def list_of(item: Check) -> Check:
    """A list, each part of which passes `item`."""

    def check(place: Place) -> None:
        if not isinstance(place.data, list):
            _fail(place, "a list")
        for index in range(len(place.data)):
            item(place.get(index))

    return check


def either(*checks: Check) -> Check:
    """Passes when one of the checks does; the last one words the failure."""

    def check(place: Place) -> None:
        for attempt in checks[:-1]:
            try:
                return attempt(place)
            except SpecError:
                continue
        return checks[-1](place)

    return check


def map_of(value: Check) -> Check:
    """An object, each value of which passes `value`."""

    def check(place: Place) -> None:
        if not isinstance(place.data, dict):
            _fail(place, "an object")
        for key in place.data:
            value(place.get(key))

    return check


def object_of(required: tuple[str, ...] = (), **fields: Check) -> Check:
    """An object with these fields and no others; a trailing underscore is dropped from names."""
    known = {name.removesuffix("_"): check for name, check in fields.items()}

    def check(place: Place) -> None:
        if not isinstance(place.data, dict):
            _fail(place, "an object")
        for key in place.data:
            if key not in known:
                raise SpecError(f"unknown key {key!r}{nearest(key, known)}", place.pointer)
            known[key](place.get(key))
        for key in required:
            if key not in place.data:
                raise SpecError(f"the key {key!r} is missing", place.pointer)

    return check


def nearest(name: str, known: Any) -> str:
    """Return `; did you mean ...?`, or the list of what there is."""
    close = _closest(name, known, 0.6)
    return f"; did you mean {close!r}?" if close else f"; known are {', '.join(sorted(known))}"


def _closest(name: str, known: Iterable[str], cutoff: float) -> str:
    from difflib import get_close_matches  # most specs have no unknown key

    return next(iter(get_close_matches(name, known, n=1, cutoff=cutoff)), "")


_MACHINE = object_of(
    ("field", "initial", "transitions"),
    field=text,
    initial=text,
    transitions=list_of(
        object_of(
            ("event", "from", "to"),
            event=text,
            from_=either(text, list_of(text)),
            to=text,
            guard=text,
        )
    ),
)
_INVARIANT = object_of(
    ("name", "entity", "expr"),
    name=text,
    entity=text,
    expr=text,
    enforce=list_of(one_of("db_check", "property_test", "stateful_test", "service")),
    description=text,
)
_FLOW = object_of(
    ("steps",),
    steps=list_of(map_of(anything)),
    transaction=one_of("default", "serializable-retry"),
    description=text,
)

EXTENSIONS: dict[str, Check] = {
    "x-entity": either(
        boolean,
        object_of(
            table=text,
            name=text,
            key=text,
            unique=list_of(either(text, list_of(text))),
            soft_delete=boolean,
            owner=text,
            order_by=text,
            view_of=text,
            principal=boolean,
            private=boolean,
        ),
    ),
    "x-references": text,
    "x-relation": object_of(
        ("kind", "target"),
        kind=one_of("one_to_one", "one_to_many", "many_to_one", "many_to_many"),
        target=text,
        cascade=either(boolean, one_of("delete", "restrict", "set_null", "none")),
        order_by=text,
    ),
    "x-unique": boolean,
    "x-sorted": boolean,
    "x-derived": text,
    "x-generated": one_of("created_at", "updated_at", "slug", "key", "owner"),
    "x-slug-of": text,
    "x-filter": text,
    "x-order-by": text,
    "x-state-machine": _MACHINE,
    "x-state-machines": map_of(_MACHINE),
    "x-flow": text,
    "x-flows": map_of(_FLOW),
    "x-business-logic": map_of(_FLOW),
    "x-invariants": list_of(_INVARIANT),
    "x-auth": either(boolean, object_of(owner=text, optional=boolean, private=boolean)),
    "x-infrastructure": object_of(
        database=one_of("postgresql", "sqlite"),
        observability=list_of(text),
        platform=text,
    ),
    "x-renamed-from": text,
    "x-minimum": text,
    "x-maximum": text,
    "x-exclusive-minimum": text,
    "x-exclusive-maximum": text,
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
    for key, place in _extension_places(root):
        check = EXTENSIONS.get(key)
        if check is not None:
            check(place)
        elif key not in notices and not key.startswith(_FOREIGN):
            notices[key] = ("unknown-key", _unknown(key), place.pointer)
    return list(notices.values())


def _unknown(key: str) -> str:
    if close := _closest(key.lower(), EXTENSIONS, 0.75):
        return f"{key!r} is not known and is ignored; did you mean {close!r}?"
    return f"{key!r} is not known and is ignored"


def _extension_places(root: dict[str, Any]) -> Iterator[tuple[str, Place]]:
    """Yield every `x-` key of the spec's own objects, not of examples or property names."""
    stack = [Place(root, "")]
    while stack:
        data, pointer = stack.pop()
        if isinstance(data, dict):
            for key, value in data.items():
                if key[:2] == "x-":
                    yield key, Place(data, pointer).get(key)
                elif isinstance(value, (dict, list)) and key not in ("example", "examples"):
                    stack.extend(_children(data, pointer, key, value))
        else:
            stack.extend(
                Place(item, f"{pointer}/{index}")
                for index, item in enumerate(data)
                if isinstance(item, (dict, list))
            )


def _children(data: Any, pointer: str, key: str, value: Any) -> Iterator[Place]:
    place = Place(data, pointer).get(key)
    if key in ("properties", "patternProperties", "schemas", "headers") and isinstance(value, dict):
        for name, child in value.items():
            if isinstance(child, (dict, list)):
                yield place.get(name)
        return
    yield place
