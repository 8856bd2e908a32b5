"""Changes of a spec that somebody would try who wants a migration to lose rows.

Part of `bench/migrations.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bench.migration_kinds import NUMBER, TEXT, _adder, _both, _kind, _rename_to, _requirer
from bench.migrations import TYPES, Kind, _rename_entity
from tests.specs import Spec

Edit = Callable[[Spec], None]
UNIQUE = {**TEXT, "x-unique": True}
PRICE = {"type": "string", "format": "decimal", "pattern": r"^\d{1,8}\.\d{3}$"}
SHORT_PRICE = {"type": "string", "format": "decimal", "pattern": r"^\d{1,8}\.\d{2}$"}
SMALL_PRICE = {"type": "string", "format": "decimal", "pattern": r"^\d{1,2}\.\d{3}$"}


def list_odd_kinds() -> Iterator[Kind]:
    """Yield every kind."""
    yield from _list_values()
    yield from _list_references()
    yield from _list_names()


def _list_values() -> Iterator[Kind]:
    yield _kind("a decimal with a digit less, used", PRICE, ("1.505",), _adder(SHORT_PRICE))
    yield _kind("a decimal with a digit less, unused", PRICE, ("1.500",), _adder(SHORT_PRICE))
    yield _kind("a decimal with less before the point", PRICE, ("123.500",), _adder(SMALL_PRICE))
    cents = {"type": "number", "multipleOf": 0.01}
    yield _kind("hundredths to tenths", cents, (1.25,), _adder({**cents, "multipleOf": 0.1}))
    named = {"type": "string", "enum": ["a", "c"]}
    yield _kind("an enum value renamed, used", TYPES["enum(ab)"], ("b",), _adder(named))
    yield _kind("an enum value renamed, unused", TYPES["enum(ab)"], ("a",), _adder(named))
    numbers = {"type": "integer", "enum": [1, 2, 3]}
    fewer = {"type": "integer", "enum": [1, 2]}
    yield _kind("an enum of numbers shrinks, used", numbers, (3,), _adder(fewer))
    yield _kind("an enum of numbers shrinks, unused", numbers, (2, None), _adder(fewer))
    yield _kind("an enum to integers", TYPES["enum(ab)"], ("a",), _adder(NUMBER))
    yield _kind("unique over rows that differ in case", TEXT, ("a", "A"), _adder(UNIQUE))
    yield _kind("unique over rows that differ in blanks", TEXT, ("a", "a "), _adder(UNIQUE))
    yield _kind("unique over a value and two empty rows", TEXT, ("a", None, None), _adder(UNIQUE))
    yield _kind("required, with an empty text", TEXT, ("",), _requirer(TEXT))
    yield _kind("at least one character over an empty text", TEXT, ("",),
                _adder({**TEXT, "minLength": 1}))  # fmt: skip
    yield _kind("three characters of two bytes each", TEXT, ("äöü",), _adder(TYPES["string(3)"]))
    yield _kind("four characters of four bytes each", TEXT, ("😀😀😀😀",),
                _adder(TYPES["string(3)"]))  # fmt: skip
    small = {"type": "string", "pattern": "^[a-z]+$", "maxLength": 80}
    yield _kind("a pattern that a row does not match", TEXT, ("ABC",), _adder(small))
    flag = {"type": "boolean", "default": False}
    yield _kind("a flag required, over an empty row", TYPES["boolean"], (None, True),
                _requirer(flag))  # fmt: skip
    yield _kind("a number beyond all decimals", TYPES["number"], (1e300,),
                _adder(TYPES["decimal(12,2)"]))  # fmt: skip
    yield _kind("a negative number to at least 10", TYPES["number"], (-0.0,),
                _adder(TYPES["at least 10"]))  # fmt: skip
    yield _kind("a text that looks like a parameter", TEXT, ("50%% :a",), _adder(TYPES["text"]))
    yield _kind("a shorter text, with a quote in its enum", TEXT, ("it's",),
                _adder({"type": "string", "enum": ["it's", "so"]}))  # fmt: skip
    yield _kind("a default with a quote", TEXT, ("a", None),
                _requirer({**TEXT, "default": "it's %s :x"}))  # fmt: skip
    words = {"type": "array", "items": {"type": "string", "maxLength": 3}}
    longer = ("UPDATE books_tags SET value = 'older'",)
    yield _kind("texts of a list shorter, used", TEXT, ("a",), lambda s: s.add("tags", words),
                also=longer)  # fmt: skip
    yield _kind("texts of a list shorter, unused", TEXT, ("a",), lambda s: s.add("tags", words))
    yield _kind("a list required", TEXT, ("a",), _require_tags)
    yield _kind("exclusive minimum", NUMBER, (5,), _adder({**NUMBER, "exclusiveMinimum": 5}))
    yield _kind("a multiple", NUMBER, (5,), _adder({**NUMBER, "multipleOf": 2}))


def _list_references() -> Iterator[Kind]:
    refers = {**NUMBER, "x-references": "Book"}
    shelf = _both(_adder(refers), lambda s: s.entity("Shelf", "shelves"))
    to_shelf = _adder({**NUMBER, "x-references": "Shelf"})
    row = ("INSERT INTO shelves (id, label) VALUES (1, 'x')",)
    yield Kind("a reference to another table, nobody there", shelf, "what", (1,), to_shelf)
    yield Kind("a reference to another table, somebody there", shelf, "what", (1,), to_shelf,
               also=row)  # fmt: skip
    yield _kind("one author to many", TEXT, ("a",), _author_to_many)
    yield _kind("one author to many, lossy", TEXT, ("a",), _author_to_many, lossy=True)
    yield _kind("an entity divided", TEXT, ("a",), _divide)
    yield _kind("an entity divided, lossy", TEXT, ("a",), _divide, lossy=True)
    yield _kind("a reference to itself, required", NUMBER, (1,),
                lambda s: s.add("what", refers, required=True))  # fmt: skip
    yield _kind("a circle of two tables comes", TEXT, ("a",), _add_circle)
    circle = _both(_adder(TEXT), _add_circle)
    loop = ("UPDATE authors SET favourite_id = 1",)
    yield Kind("a circle of two tables, and a column more", circle, "what", ("a",),
               lambda s: s.add("grade", NUMBER), also=loop)  # fmt: skip
    yield Kind("a circle of two tables, keys change", circle, "what", ("a",),
               _text_keys, also=loop, lossy=True)  # fmt: skip
    yield Kind("a circle of two tables goes", circle, "what", ("a",),
               _drop_favourite, also=loop, lossy=True)  # fmt: skip
    yield Kind("in a circle, an entity renamed", circle, "what", ("a",), _rename_in_circle,
               also=loop)  # fmt: skip


def _list_names() -> Iterator[Kind]:
    for word in ("order", "select", "user", "group", "index", "table", "primary"):
        yield _kind(f"renamed to {word}", TEXT, ("a",), lambda s, word=word: s.rename("what", word))
    yield Kind("a column called order made shorter", _adder_of("order", TEXT), "order", ("abcd",),
               _adder_of("order", TYPES["string(3)"]))  # fmt: skip
    yield _kind("a table called order", TEXT, ("a",), _call_table("order"))
    yield _kind("renamed from what never was", TEXT, ("a",),
                lambda s: s.add("which", {**TEXT, "x-renamed-from": "nobody"}))  # fmt: skip
    yield _kind("renamed from what is still there", TEXT, ("a",),
                lambda s: s.add("which", {**TEXT, "x-renamed-from": "what"}))  # fmt: skip
    yield _kind("other capitals", TEXT, ("a",), lambda s: s.rename("what", "What"))
    yield _kind("an entity renamed, a text shorter", TEXT, ("abcd",),
                _both(_rename_entity, _shorten_what))  # fmt: skip
    yield _kind("an entity renamed, a text long enough", TEXT, ("abc",),
                _both(_rename_entity, _shorten_what))  # fmt: skip
    yield _kind("renamed and required, with empty rows", TEXT, (None,), _rename_required)
    pair = _both(_adder(TEXT), _pair("what"))
    yield Kind("half of a unique pair renamed", pair, "what", ("a", "b"),
               lambda s: (s.rename("what", "which"), _pair("which")(s))[0])  # fmt: skip
    yield _kind("renamed and unique, in another case", TEXT, ("a", "A"), _rename_to(UNIQUE))


# --- edits ---------------------------------------------------------------------------------------


def _schemas(spec: Spec) -> dict[str, Any]:
    schemas: dict[str, Any] = spec.data["components"]["schemas"]
    return schemas


def _adder_of(name: str, schema: dict[str, Any]) -> Edit:
    return lambda spec: spec.add(name, schema)


def _require_tags(spec: Spec) -> None:
    for book in ("BookIn", "Book"):
        _schemas(spec)[book]["required"].append("tags")


def _author_to_many(spec: Spec) -> None:
    spec.drop("author_id")
    _schemas(spec)["Book"]["properties"]["authors"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Author"},
        "x-relation": {"kind": "many_to_many", "target": "Author"},
    }
    _schemas(spec)["BookIn"]["properties"]["authors"] = {"type": "array", "items": TYPES["uuid"]}


def _divide(spec: Spec) -> None:
    """Books keep a reference to what has their pages now."""
    spec.entity("Print", "prints")
    _schemas(spec)["Print"]["properties"]["pages"] = NUMBER
    spec.drop("pages")
    spec.add("print_id", {**NUMBER, "x-references": "Print"})


def _add_circle(spec: Spec) -> None:
    for author in ("AuthorIn", "Author"):
        _schemas(spec)[author]["properties"]["favourite_id"] = {**NUMBER, "x-references": "Book"}


def _drop_favourite(spec: Spec) -> None:
    for author in ("AuthorIn", "Author"):
        del _schemas(spec)[author]["properties"]["favourite_id"]


def _rename_in_circle(spec: Spec) -> None:
    _rename_entity(spec)
    for author in ("AuthorIn", "Author"):
        _schemas(spec)[author]["properties"]["favourite_id"]["x-references"] = "Tome"


def _text_keys(spec: Spec) -> None:
    text = {"type": "string", "maxLength": 40}
    _schemas(spec)["Book"]["properties"]["id"] = {**text, "readOnly": True}
    spec.data["paths"]["/books/{id}"]["parameters"][0]["schema"] = text
    for author in ("AuthorIn", "Author"):
        _schemas(spec)[author]["properties"]["favourite_id"] = {**text, "x-references": "Book"}


def _call_table(name: str) -> Edit:
    def edit(spec: Spec) -> None:
        _schemas(spec)["Book"]["x-entity"] = {"table": name}

    return edit


def _shorten_what(spec: Spec) -> None:
    for schema in _schemas(spec).values():
        if "what" in schema["properties"]:
            schema["properties"]["what"] = dict(TYPES["string(3)"])


def _rename_required(spec: Spec) -> None:
    spec.drop("what")
    spec.add("which", {**TEXT, "x-renamed-from": "what"}, required=True)


def _pair(name: str) -> Edit:
    def edit(spec: Spec) -> None:
        _schemas(spec)["Book"]["x-entity"] = {"unique": [["title", name]]}

    return edit
