"""More changes of a spec over rows: with losses allowed, there and back, of keys, lists and names.

Part of `bench/migrations.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bench.migrations import TYPES, Kind
from tests.specs import Spec

Edit = Callable[[Spec], None]
TEXT = TYPES["string(80)"]
NUMBER = TYPES["integer"]
JSON: dict[str, Any] = {"type": "object", "additionalProperties": True}
WORDS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
MOMENT = "2024-02-29 10:11:12"
LONG_ID = "0190d6f2-0000-7000-8000-0000000000aa"
# from, to, what rows hold: all that nobody can tell, with losses allowed
UNKNOWN: list[tuple[str, str, tuple[Any, ...]]] = [
    ("string(80)", "integer", ("7", "-12")),
    ("string(80)", "integer", ("007",)),
    ("string(80)", "number", ("1.25", "3")),
    ("string(80)", "number", ("1,25",)),
    ("string(80)", "decimal(12,2)", ("1.50",)),
    ("string(80)", "decimal(12,2)", ("1.505",)),
    ("string(80)", "boolean", ("true", "false")),
    ("string(80)", "boolean", ("maybe",)),
    ("string(80)", "date", ("2024-02-29",)),
    ("string(80)", "date", ("2023-02-29",)),
    ("string(80)", "datetime", ("2024-02-29T10:11:12Z", "2024-02-29")),
    ("string(80)", "datetime", ("now",)),
    ("string(80)", "uuid", (LONG_ID,)),
    ("string(80)", "uuid", ("x",)),
    ("string(80)", "at least 10", ("12",)),
    ("string(80)", "at least 10", ("5",)),
    ("date", "datetime", ("2024-02-29",)),
    ("datetime", "date", ("2024-02-29 00:00:00",)),
    ("datetime", "date", (MOMENT,)),
    ("datetime", "text", (MOMENT,)),
    ("datetime", "string(3)", (MOMENT,)),
    ("uuid", "text", (LONG_ID.replace("-", ""),)),
    ("number", "string(80)", (1.25, 2.0)),
    ("decimal(12,2)", "string(80)", ("1.50",)),
    ("boolean", "string(80)", (True, False)),
    ("boolean", "string(3)", (True,)),
    ("boolean", "number", (True,)),
    ("number", "boolean", (1.0, 0.0)),
    ("number", "boolean", (0.5,)),
    ("enum(ab)", "integer", ("a",)),
    ("integer", "enum(ab)", (7,)),
    ("integer", "date", (7,)),
    ("uuid", "integer", (LONG_ID.replace("-", ""),)),
    ("date", "boolean", ("2024-02-29",)),
]


def list_more_kinds() -> Iterator[Kind]:
    """Yield every kind."""
    for before, after, values in UNKNOWN:
        name = f"{before} -> {after}, losses allowed: {', '.join(map(str, values))}"
        yield _kind(name, TYPES[before], values, _adder(TYPES[after]), lossy=True)
    yield from _list_ways_back()
    yield from _list_shapes()
    yield from _list_constraints()
    yield from _list_renamings()
    yield from _list_keys()
    yield from _list_entities()


def _list_ways_back() -> Iterator[Kind]:
    """Yield what is written after the upgrade and does not fit the version before."""
    changes: list[tuple[str, dict[str, Any], Any, dict[str, Any], str]] = [
        ("an enum grows", TYPES["enum(a)"], "a", {"type": "string", "enum": ["a", "bcd"]}, "'bcd'"),
        ("a text grows", TYPES["string(3)"], "abc", TEXT, "'abcd'"),
        ("integer to text", NUMBER, 7, TYPES["text"], "'seven'"),
        ("integer to number", NUMBER, 7, TYPES["number"], "7.5"),
        ("a minimum goes", TYPES["at least 10"], 12, NUMBER, "3"),
        ("boolean to integer", TYPES["boolean"], True, NUMBER, "2"),
    ]
    for name, before, value, after, late in changes:
        late = f"UPDATE books SET what = {late} WHERE id = 1"
        yield _kind(f"{name}, and is used", before, (value,), _adder(after), later=(late,))
    late = "UPDATE books SET pages = NULL WHERE id = 1"
    yield _kind("optional, and left out", TEXT, ("a",), lambda s: s.relax("pages"), later=(late,))
    moment = "UPDATE books SET what = '2024-02-29 10:00:00' WHERE id = 1"
    yield _kind(
        "a date gets a time",
        TYPES["date"],
        ("2024-02-29",),
        _adder(TYPES["datetime"]),
        later=(moment,),
        lossy=True,
    )
    unique = {**TEXT, "x-unique": True}
    late = (
        "INSERT INTO books (id, title, author_id, pages, what) "
        "SELECT 9, title, author_id, pages, what FROM books WHERE id = 1"
    )
    yield _kind("no longer unique, and alike", unique, ("a",), _adder(TEXT), later=(late,))
    late = "UPDATE books SET what = 99 WHERE id = 1"
    refers = {**NUMBER, "x-references": "Book"}
    yield _kind("no longer a reference", refers, (1,), _adder(NUMBER), later=(late,))
    yield _kind("dropped, required", TEXT, ("a",), lambda s: s.drop("pages"), lossy=True)


def _list_shapes() -> Iterator[Kind]:
    yield _kind("a list to a text", TEXT, ("a",), lambda s: s.add("tags", TEXT))
    yield _kind("a list to a text, lossy", TEXT, ("a",), lambda s: s.add("tags", TEXT), lossy=True)
    yield _kind("a text to a list", TEXT, ("a",), _adder(WORDS))
    yield _kind("a text to a list, lossy", TEXT, ("a",), _adder(WORDS), lossy=True)
    yield _kind("a text to an object", TEXT, ("a",), _adder(JSON), lossy=True)
    yield _kind("an object to a text", JSON, ('{"a": 1}',), _adder(TEXT), lossy=True)
    yield _kind("an object to a list", JSON, ('{"a": 1}',), _adder(WORDS), lossy=True)
    yield _kind("an object to an integer", JSON, ('{"a": 1}',), _adder(NUMBER))
    numbers = {"type": "array", "items": {"type": "integer"}}
    add = lambda s: s.add("tags", numbers)  # noqa: E731 - as the others
    yield _kind("texts of a list to numbers", TEXT, ("a",), add, lossy=True)
    seven = ("UPDATE books_tags SET value = '7'",)
    yield _kind("numbers in a list of texts", TEXT, ("a",), add, lossy=True, also=seven)


def _list_constraints() -> Iterator[Kind]:
    both = [["title", "what"]]
    yield _kind("two columns unique, rows alike", TEXT, ("a", "a"), _unique(both))
    yield _kind("two columns unique, rows differ", TEXT, ("a", "b"), _unique(both))
    yield _kind("three columns unique", TEXT, ("a", "b"), _unique([["title", "what", "pages"]]))
    yield _kind(
        "unique and shorter", TEXT, ("a", "abcd"), _adder({**TYPES["string(3)"], "x-unique": True})
    )
    yield _kind(
        "unique and a number", TEXT, ("1", "2"), _adder({**NUMBER, "x-unique": True}), lossy=True
    )
    refers = {**NUMBER, "x-references": "Book"}
    yield _kind("a text to a reference", TEXT, ("1",), _adder(refers), lossy=True)
    yield _kind("a text to a reference to nothing", TEXT, ("5",), _adder(refers), lossy=True)
    uuid = {**TYPES["uuid"], "x-references": "Author"}
    orphan = {"what": "00000000-0000-0000-0000-000000000009"}
    yield _kind(
        "a reference over orphans", TYPES["uuid"], (orphan["what"].replace("-", ""),), _adder(uuid)
    )
    yield _kind("a text to a uuid of nobody", TEXT, (orphan["what"],), _adder(uuid), lossy=True)
    yield _kind(
        "a text to a uuid of an author",
        TEXT,
        ("00000000-0000-0000-0000-000000000001",),
        _adder(uuid),
        lossy=True,
    )
    yield _kind("a reference to a new entity", NUMBER, (5,), _refer_to_new)
    yield _kind("a reference to a new entity, empty", NUMBER, (None,), _refer_to_new)
    pages = {"type": "integer", "minimum": 5, "maximum": 8}
    yield _kind("a maximum below rows", TEXT, ("a",), lambda s: s.add("pages", pages))
    pages = {"type": "integer", "minimum": 5, "maximum": 80}
    yield _kind("a minimum and a maximum", TEXT, ("a",), lambda s: s.add("pages", pages))
    yield _kind(
        "a default changes", {**TEXT, "default": "x"}, ("a",), _adder({**TEXT, "default": "y"})
    )
    yield _kind("a default comes", TEXT, ("a", None), _adder({**TEXT, "default": "y"}))
    required = {**NUMBER, "default": 5}
    add = lambda s: s.add("what", required, required=True)  # noqa: E731 - as the others
    yield _kind("a number, required", TEXT, ("7", None), add, lossy=True)
    yield _kind(
        "required and filled", TEXT, ("a", None), _requirer(TEXT), backfill={"books.what": "z"}
    )
    yield _kind("required, new", TEXT, ("a",), lambda s: s.add("grade", NUMBER, required=True))
    yield _kind(
        "replaced and required",
        TYPES["date"],
        ("2024-02-29",),
        _requirer(TYPES["boolean"]),
        lossy=True,
    )
    yield _kind(
        "replaced and filled",
        TYPES["date"],
        ("2024-02-29",),
        _requirer({**TYPES["boolean"], "default": True}),
        lossy=True,
    )


def _list_renamings() -> Iterator[Kind]:
    yield _kind("renamed to a text", NUMBER, (7,), _rename_to(TYPES["text"]))
    yield _kind("renamed to a number, lossy", TEXT, ("7",), _rename_to(NUMBER), lossy=True)
    yield _kind(
        "renamed and unique, alike", TEXT, ("a", "a"), _rename_to({**TEXT, "x-unique": True})
    )
    yield _kind("renamed and limited", NUMBER, (5,), _rename_to(TYPES["at least 10"]))
    yield _kind(
        "renamed and replaced",
        TYPES["date"],
        ("2024-02-29",),
        _rename_to(TYPES["boolean"]),
        lossy=True,
    )
    yield _kind("names passed on", TEXT, ("a",), _pass_names_on)
    yield _kind("names exchanged", NUMBER, (7,), _exchange_names)
    yield _kind(
        "a unique column renamed",
        {**TEXT, "x-unique": True},
        ("a",),
        lambda s: s.rename("what", "which"),
    )
    yield _kind(
        "a reference renamed",
        {**NUMBER, "x-references": "Book"},
        (1,),
        lambda s: s.rename("what", "which"),
    )
    yield _kind("a list renamed", TEXT, ("a",), lambda s: s.rename("tags", "words"))


def _list_keys() -> Iterator[Kind]:
    for kind, schema in (("text", {"type": "string", "maxLength": 40}), ("uuid", TYPES["uuid"])):
        yield _kind(f"integer keys to {kind}", TEXT, ("a",), _key("Book", schema))
        yield _kind(
            f"integer keys to {kind}, lossy", TEXT, ("a",), _key("Book", schema), lossy=True
        )
    refers = {**NUMBER, "x-references": "Book"}
    key = _key("Book", {"type": "string", "maxLength": 40}, "what")
    yield _kind("keys to text, with a reference", refers, (1,), key)
    late = "UPDATE books SET title = 'later'"
    add = _key("Author", {"type": "string", "maxLength": 40}, "author_id")
    yield _kind("uuid keys to text", TEXT, ("a",), add, lossy=True, later=())
    yield Kind(
        "text keys to integers",
        _both(_adder(TEXT), _key("Book", TEXT)),
        "what",
        ("a",),
        _key("Book", NUMBER),
        lossy=True,
    )
    yield _kind(
        "keys to 32 bits",
        TEXT,
        ("a",),
        _key("Book", {"type": "integer", "format": "int32"}),
        also=(late,),
    )


def _list_entities() -> Iterator[Kind]:
    yield _kind("an entity dropped, lossy", TEXT, ("a",), _drop_author, lossy=True)
    yield _kind("an entity more", TEXT, ("a",), lambda s: s.entity("Shelf", "shelves"))
    yield _kind("many to many", TEXT, ("a",), _relate)
    given = _both(_adder(TEXT), _relate)
    row = ("INSERT INTO shelves (id, label) VALUES (1, 'x')",)
    yield Kind("many to many no more", given, "what", ("a",), lambda s: s.drop("shelves"), also=row)
    yield Kind(
        "many to many no more, lossy",
        given,
        "what",
        ("a",),
        lambda s: s.drop("shelves"),
        also=row,
        lossy=True,
    )
    yield _kind("a base schema taken out", TEXT, ("a",), _take_base_out)
    yield _kind("a discriminator", TEXT, ("a",), _discriminate)


# --- edits ---------------------------------------------------------------------------------------


def _kind(
    name: str, schema: dict[str, Any], values: tuple[Any, ...], change: Edit, **more: Any
) -> Kind:
    return Kind(name, _adder(schema), "what", values, change, **more)


def _adder(schema: dict[str, Any]) -> Edit:
    return lambda spec: spec.add("what", schema)


def _requirer(schema: dict[str, Any]) -> Edit:
    return lambda spec: spec.add("what", schema, required=True)


def _both(first: Edit, second: Edit) -> Edit:
    def edit(spec: Spec) -> None:
        first(spec)
        second(spec)

    return edit


def _schemas(spec: Spec) -> dict[str, Any]:
    schemas: dict[str, Any] = spec.data["components"]["schemas"]
    return schemas


def _unique(columns: list[list[str]]) -> Edit:
    def edit(spec: Spec) -> None:
        _schemas(spec)["Book"]["x-entity"] = {"unique": columns}

    return edit


def _rename_to(schema: dict[str, Any]) -> Edit:
    def edit(spec: Spec) -> None:
        spec.drop("what")
        spec.add("which", {**schema, "x-renamed-from": "what"})

    return edit


def _pass_names_on(spec: Spec) -> None:
    spec.rename("what", "which")
    title = {"type": "string", "maxLength": 100, "x-renamed-from": "title"}
    spec.drop("title")
    spec.add("what", title, required=True)


def _exchange_names(spec: Spec) -> None:
    spec.add("what", {"type": "integer", "minimum": 1, "x-renamed-from": "pages"}, required=True)
    spec.relax("pages")
    spec.add("pages", {"type": "integer", "x-renamed-from": "what"})


def _refer_to_new(spec: Spec) -> None:
    spec.entity("Shelf", "shelves")
    spec.add("what", {**NUMBER, "x-references": "Shelf"})


def _key(entity: str, schema: dict[str, Any], *references: str) -> Edit:
    """Give an entity a key of another type, and books the references to it."""
    plural = {"Book": "books", "Author": "authors"}[entity]

    def edit(spec: Spec) -> None:
        _schemas(spec)[entity]["properties"]["id"] = {**schema, "readOnly": True}
        spec.data["paths"][f"/{plural}/{{id}}"]["parameters"][0]["schema"] = dict(schema)
        for name in references:
            for book in ("BookIn", "Book"):
                _schemas(spec)[book]["properties"][name] = {**schema, "x-references": entity}

    return edit


def _relate(spec: Spec) -> None:
    spec.entity("Shelf", "shelves")
    _schemas(spec)["Book"]["properties"]["shelves"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Shelf"},
        "x-relation": {"kind": "many_to_many", "target": "Shelf"},
    }
    _schemas(spec)["BookIn"]["properties"]["shelves"] = {"type": "array", "items": NUMBER}


def _take_base_out(spec: Spec) -> None:
    book = _schemas(spec)["Book"]
    base = {name: book["properties"].pop(name) for name in ("title", "what")}
    _schemas(spec)["Named"] = {"type": "object", "required": ["title"], "properties": base}
    book["required"].remove("title")
    own = {"type": "object", "required": book["required"], "properties": book["properties"]}
    _schemas(spec)["Book"] = {"allOf": [{"$ref": "#/components/schemas/Named"}, own]}


def _discriminate(spec: Spec) -> None:
    spec.add(
        "kind", {"type": "string", "enum": ["novel", "poem"], "default": "poem"}, required=True
    )
    for name in ("Book", "BookIn"):
        _schemas(spec)[name]["discriminator"] = {"propertyName": "kind"}


def _drop_author(spec: Spec) -> None:
    spec.drop("author_id")
    for name in ("Author", "AuthorIn"):
        del _schemas(spec)[name]
    for path in [path for path in spec.data["paths"] if "authors" in path]:
        del spec.data["paths"][path]
