"""Specs made from a grammar of API styles, so that the generator meets what nobody tuned it for.

    python bench/api_styles.py FOLDER [--seed N]

Each spec is one combination of choices: how paths, names, keys, envelopes, pages, errors and
security are written, and which extra features its resources have. The same seed gives the same
specs.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Data = dict[str, Any]

NOUNS = {
    "harbour": ("berth", "vessel", "pilot"),
    "orchard": ("tree", "harvest", "picker"),
    "clinic": ("patient", "visit", "ward"),
    "archive": ("folder", "letter", "stamp"),
    "kitchen": ("recipe", "ingredient", "cook"),
    "theatre": ("play", "scene", "actor"),
    "depot": ("truck", "parcel", "driver"),
    "school": ("course", "lesson", "pupil"),
}
SHAPES: dict[str, Data] = {
    "text": {"type": "string", "minLength": 1, "maxLength": 80},
    "whole": {"type": "integer", "minimum": 0, "maximum": 1000},
    "number": {"type": "number", "minimum": 0},
    "flag": {"type": "boolean", "default": False},
    "day": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "clock": {"type": "string", "format": "time"},
    "choice": {"type": "string", "enum": ["new", "open", "done"]},
    "texts": {"type": "array", "items": {"type": "string"}},
    "email": {"type": "string", "format": "email"},
    "link": {"type": "string", "format": "uri"},
    "money": {"type": "string", "format": "decimal"},
    "any": {"type": "object", "additionalProperties": True},
}
FIELDS = (
    ("title", "text"),
    ("note", "text"),
    ("size", "whole"),
    ("weight", "number"),
    ("is_urgent", "flag"),
    ("due_on", "day"),
    ("seen_at", "moment"),
    ("opens_at", "clock"),
    ("state", "choice"),
    ("labels", "texts"),
    ("contact_email", "email"),
    ("home_page", "link"),
    ("price", "money"),
    ("extra", "any"),
)


class Style(NamedTuple):
    """One combination of choices."""

    name: str
    case: str  # snake, camel
    plural: bool
    key: str  # integer, uuid, string, slug
    prefix: str
    envelope: str  # bare, data, named, items, jsonapi, hal, results
    paging: str  # none, limit, page, cursor, token
    errors: str  # problem, message, nested, none
    security: str  # none, key, bearer, scopes, basic, login
    update: str  # put, patch, both
    nested: bool
    extras: tuple[str, ...]
    version: str  # of OpenAPI


STYLES: tuple[Style, ...] = (
    Style(
        "rest",
        "snake",
        True,
        "integer",
        "",
        "bare",
        "none",
        "problem",
        "none",
        "both",
        False,
        ("search",),
        "3.0.3",
    ),
    Style(
        "google",
        "camel",
        True,
        "string",
        "/v1",
        "items",
        "token",
        "nested",
        "bearer",
        "patch",
        True,
        ("method",),
        "3.0.3",
    ),
    Style(
        "jsonapi",
        "camel",
        True,
        "uuid",
        "/api/v2",
        "jsonapi",
        "page",
        "nested",
        "bearer",
        "patch",
        False,
        (),
        "3.1.0",
    ),
    Style(
        "hal",
        "camel",
        True,
        "uuid",
        "",
        "hal",
        "page",
        "problem",
        "none",
        "put",
        False,
        (),
        "3.0.3",
    ),
    Style(
        "drf",
        "snake",
        True,
        "integer",
        "/api",
        "results",
        "limit",
        "message",
        "basic",
        "both",
        False,
        ("nullenum",),
        "3.0.3",
    ),
    Style(
        "envelope",
        "snake",
        True,
        "integer",
        "",
        "data",
        "page",
        "message",
        "key",
        "put",
        False,
        ("reply",),
        "3.0.3",
    ),
    Style(
        "named",
        "camel",
        True,
        "slug",
        "/api",
        "named",
        "limit",
        "nested",
        "login",
        "put",
        True,
        (),
        "3.0.3",
    ),
    Style(
        "versioned",
        "snake",
        True,
        "integer",
        "suffix",
        "bare",
        "none",
        "message",
        "none",
        "put",
        False,
        ("reply",),
        "3.0.3",
    ),
    Style(
        "tenants",
        "snake",
        True,
        "uuid",
        "/tenants/{tenant_id}",
        "bare",
        "limit",
        "problem",
        "bearer",
        "patch",
        True,
        (),
        "3.1.0",
    ),
    Style(
        "scopes",
        "camel",
        True,
        "uuid",
        "",
        "items",
        "cursor",
        "problem",
        "scopes",
        "put",
        False,
        (),
        "3.0.3",
    ),
    Style(
        "uploads",
        "snake",
        True,
        "integer",
        "",
        "bare",
        "none",
        "problem",
        "none",
        "put",
        False,
        ("upload", "avatar"),
        "3.0.3",
    ),
    Style(
        "tags",
        "snake",
        True,
        "integer",
        "",
        "bare",
        "limit",
        "problem",
        "none",
        "both",
        False,
        ("tags", "count"),
        "3.1.0",
    ),
    Style(
        "singular",
        "camel",
        False,
        "integer",
        "/rest",
        "bare",
        "page",
        "message",
        "none",
        "put",
        False,
        ("search",),
        "3.0.3",
    ),
    Style(
        "etag",
        "snake",
        True,
        "uuid",
        "",
        "bare",
        "none",
        "problem",
        "none",
        "put",
        False,
        ("etag",),
        "3.1.0",
    ),
    Style(
        "tables",
        "snake",
        True,
        "integer",
        "",
        "items",
        "limit",
        "problem",
        "none",
        "put",
        False,
        ("csv", "method"),
        "3.0.3",
    ),
    Style(
        "kinds",
        "camel",
        True,
        "integer",
        "",
        "bare",
        "none",
        "problem",
        "none",
        "put",
        False,
        ("kinds",),
        "3.1.0",
    ),
    Style(
        "tree",
        "snake",
        True,
        "integer",
        "",
        "bare",
        "none",
        "problem",
        "none",
        "put",
        False,
        ("tree",),
        "3.0.3",
    ),
    Style(
        "owners",
        "camel",
        True,
        "integer",
        "/api/v1",
        "bare",
        "limit",
        "problem",
        "login",
        "both",
        True,
        (),
        "3.0.3",
    ),
    Style(
        "bulk",
        "snake",
        True,
        "integer",
        "",
        "items",
        "limit",
        "message",
        "key",
        "patch",
        False,
        ("bulk", "count"),
        "3.0.3",
    ),
    Style(
        "replies",
        "camel",
        True,
        "integer",
        "",
        "bare",
        "none",
        "message",
        "none",
        "put",
        False,
        ("reply", "scalar"),
        "3.0.3",
    ),
)
_DOMAINS = tuple(sorted(NOUNS))


def list_styles(seed: int = 7, more: int = 24) -> list[tuple[Style, str]]:
    """Return the written styles and `more` mixed ones, each with the domain it speaks of."""
    chance = random.Random(seed)
    made = [(style, _DOMAINS[i % len(_DOMAINS)]) for i, style in enumerate(STYLES)]
    for number in range(more):
        picked = {
            field: getattr(chance.choice(STYLES), field)
            for field in Style._fields
            if field != "name"
        }
        style = Style(name=f"mixed{number:02}", **picked)
        made.append((style, chance.choice(_DOMAINS)))
    return made


def make_specs(seed: int = 7, more: int = 24) -> dict[str, Data]:
    """Return the specs by name."""
    return {
        f"{style.name}-{domain}": _Writer(
            style, domain, random.Random(f"{seed} {style.name}")
        ).write()
        for style, domain in list_styles(seed, more)
    }


class _Writer:
    """Writes one spec."""

    def __init__(self, style: Style, domain: str, chance: random.Random) -> None:
        self.style = style
        self.chance = chance
        self.nouns = NOUNS[domain]
        self.domain = domain
        self.schemas: Data = {}
        self.paths: Data = {}

    def write(self) -> Data:
        style = self.style
        self._write_errors()
        if style.security == "login":
            self._write_users()
        first, second, third = self.nouns
        self._write_resource(first, ())
        self._write_resource(second, (first,) if style.nested else ())
        self._write_resource(third, ())
        for extra in style.extras:
            writers: dict[str, Callable[[str], None]] = {
                "method": self._add_method,
                "csv": self._add_table,
                "upload": self._add_upload,
                "avatar": self._add_avatar,
                "count": self._add_count,
                "bulk": self._add_bulk,
            }
            if extra in writers:
                writers[extra](first)
        document: Data = {
            "openapi": style.version,
            "info": {"title": f"{self.domain} {style.name}", "version": "1.0.0"},
            "paths": self.paths,
            "components": {"schemas": self.schemas},
        }
        schemes = self._write_schemes()
        if schemes:
            document["components"]["securitySchemes"] = schemes
        return document

    # names

    def _name(self, text: str) -> str:
        if self.style.case == "snake":
            return text
        head, *rest = text.split("_")
        return head + "".join(word.title() for word in rest)

    def _collection(self, noun: str) -> str:
        base = f"{noun}s" if self.style.plural else noun
        if self.style.prefix == "suffix":
            return f"/{base}/v1"
        return f"{self.style.prefix}/{base}"

    def _key(self) -> Data:
        kinds: dict[str, Data] = {
            "integer": {"type": "integer", "format": "int64"},
            "uuid": {"type": "string", "format": "uuid"},
            "string": {"type": "string"},
            "slug": {"type": "string"},
        }
        return dict(kinds[self.style.key])

    def _wire_key(self) -> str:
        return "slug" if self.style.key == "slug" else "id"

    # schemas

    def _fields(self, noun: str) -> list[tuple[str, Data, bool]]:
        """Return (wire, schema, required) of the fields that requests give."""
        count = self.chance.randint(3, 6)
        picked = [FIELDS[0], *self.chance.sample(FIELDS[1:], count)]
        made = []
        for index, (name, kind) in enumerate(picked):
            wire = self._name(name)
            made.append((wire, json.loads(json.dumps(SHAPES[kind])), index == 0))
        if "nullenum" in self.style.extras and noun == self.nouns[0]:
            options = [
                {"enum": ["hot", "cold"], "type": "string"},
                {"enum": [""]},
                {"enum": [None]},
            ]
            made.append((self._name("rating"), {"nullable": True, "oneOf": options}, False))
        if "tags" in self.style.extras and noun == self.nouns[0]:
            ids = {"type": "array", "items": self._key()}
            made.append((self._name(f"{self.nouns[2]}_ids"), ids, False))
        if noun == self.nouns[1] and not self.style.nested:
            made.append((self._name(f"{self.nouns[0]}_id"), self._key(), False))
        return made

    def _write_schemas(self, noun: str) -> tuple[str, str]:
        """Add what is sent and what is shown; return their names."""
        shown_name, sent_name = noun.title(), self.chance.choice(("New{}", "{}Create", "{}Input"))
        sent_name = sent_name.format(shown_name)
        fields = self._fields(noun)
        sent = {
            "type": "object",
            "required": [wire for wire, _, required in fields if required],
            "properties": {wire: schema for wire, schema, _ in fields},
        }
        key = self._key() | {"readOnly": True}
        shown: Data = {
            "type": "object",
            "required": [self._wire_key(), *sent["required"]],
            "properties": {self._wire_key(): key, **sent["properties"]},
        }
        if self.chance.random() < 0.5:
            stamp = {"type": "string", "format": "date-time", "readOnly": True}
            shown["properties"][self._name("created_at")] = stamp
        if "tree" in self.style.extras and noun == self.nouns[0]:
            below = {"type": "array", "items": self._ref(shown_name)}
            shown["properties"]["children"] = below
            sent["properties"]["children"] = {"type": "array", "items": self._ref(sent_name)}
        self.schemas[sent_name], self.schemas[shown_name] = sent, shown
        if "kinds" in self.style.extras and noun == self.nouns[0]:
            return self._write_kinds(noun, shown)
        return sent_name, shown_name

    def _write_kinds(self, noun: str, base: Data) -> tuple[str, str]:
        """Make the resource one of two kinds, told apart by a property."""
        name = noun.title()
        options = {}
        for kind, extra in (
            ("plain", {"colour": {"type": "string"}}),
            ("grand", {"floors": {"type": "integer"}}),
        ):
            own = json.loads(json.dumps(base))
            own["properties"] |= {"kind": {"type": "string", "enum": [kind]}, **extra}
            own["required"] = ["kind", *(w for w in own["required"] if w != "id"), *extra]
            options[kind] = f"{kind.title()}{name}"
            self.schemas[options[kind]] = own
        mapping = {kind: f"#/components/schemas/{schema}" for kind, schema in options.items()}
        self.schemas[name] = {
            "oneOf": [self._ref(schema) for schema in options.values()],
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        }
        self.schemas = {
            k: v
            for k, v in self.schemas.items()
            if k not in (f"New{name}", f"{name}Create", f"{name}Input")
        }
        return name, name

    def _ref(self, name: str) -> Data:
        return {"$ref": f"#/components/schemas/{name}"}

    # bodies

    def _wrap(self, noun: str, schema: Data) -> Data:
        style = self.style.envelope
        if style in ("data", "jsonapi"):
            return self._object(data=schema)
        return self._object(**{noun: schema}) if style == "named" else schema

    def _wrap_list(self, noun: str, schema: Data) -> Data:
        rows: Data = {"type": "array", "items": schema}
        whole: Data = {"type": "integer"}
        kinds: dict[str, Data] = {
            "bare": rows,
            "data": self._object(data=rows, total=whole),
            "named": self._object(**{f"{noun}s": rows, self._name("total_count"): whole}),
            "items": self._object(items=rows, **self._page_fields()),
            "jsonapi": self._object(data=rows, meta=self._object(total=whole)),
            "hal": self._object(
                _embedded=self._object(**{f"{noun}s": rows}),
                page=self._object(size=whole, totalElements=whole),
            ),
            "results": self._object(
                count=whole,
                next={"type": "string", "nullable": True}
                if self.style.version < "3.1"
                else {"type": ["string", "null"]},
                results=rows,
            ),
        }
        return kinds[self.style.envelope]

    def _page_fields(self) -> Data:
        text = {"type": "string"}
        named = {"cursor": "next_cursor", "token": "next_page_token"}.get(self.style.paging)
        return {self._name(named): text} if named else {"total": {"type": "integer"}}

    @staticmethod
    def _object(**properties: Data) -> Data:
        return {"type": "object", "required": list(properties), "properties": properties}

    def _content(self, schema: Data) -> Data:
        return {"content": {"application/json": {"schema": schema}}}

    # errors and security

    def _write_errors(self) -> None:
        text, whole = {"type": "string"}, {"type": "integer"}
        kinds: dict[str, Data] = {
            "problem": self._object(type=text, title=text, status=whole, detail=text),
            "message": self._object(message=text, status=whole),
            "nested": self._object(error=self._object(code=text, message=text)),
        }
        if self.style.errors in kinds:
            self.schemas["Problem" if self.style.errors == "problem" else "ErrorReply"] = kinds[
                self.style.errors
            ]

    def _fail(self, description: str) -> Data:
        if self.style.errors == "none":
            return {"description": description}
        problem = self.style.errors == "problem"
        media = "application/problem+json" if problem else "application/json"
        name = "Problem" if problem else "ErrorReply"
        return {"description": description, "content": {media: {"schema": self._ref(name)}}}

    def _write_schemes(self) -> Data:
        kinds: dict[str, Data] = {
            "key": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
            "bearer": {"bearer": {"type": "http", "scheme": "bearer"}},
            "login": {"bearer": {"type": "http", "scheme": "bearer"}},
            "basic": {"basic": {"type": "http", "scheme": "basic"}},
            "scopes": {
                "oauth": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "https://example.com/token",
                            "scopes": {"read": "read", "write": "write"},
                        }
                    },
                }
            },
        }
        return kinds.get(self.style.security, {})

    def _secure(self, operation: Data, *, writes: bool) -> Data:
        if self.style.security == "none":
            return operation
        name = next(iter(self._write_schemes()))
        scopes = ["write" if writes else "read"] if self.style.security == "scopes" else []
        operation["security"] = [{name: scopes}]
        operation["responses"]["401"] = self._fail("who are you")
        if self.style.security in ("scopes", "login"):
            operation["responses"]["403"] = self._fail("not yours")
        return operation

    def _write_users(self) -> None:
        text = {"type": "string"}
        secret = {"type": "string", "minLength": 4, "writeOnly": True}
        credentials = self._object(email={"type": "string", "format": "email"}, password=secret)
        shown = self._object(
            id={"type": "integer", "readOnly": True}, email={"type": "string", "format": "email"}
        )
        shown["properties"] |= {
            "name": text,
            "role": {"type": "string", "enum": ["admin", "member"], "default": "member"},
        }
        self.schemas |= {"Credentials": credentials, "User": shown}
        wrong = {"400": self._fail("wrong"), "422": self._fail("wrong")}
        body = {"required": True, **self._content(self._ref("Credentials"))}
        self.paths["/auth/register"] = {
            "post": {
                "requestBody": body,
                "responses": {
                    "201": {"description": "made", **self._content(self._ref("User"))},
                    "409": self._fail("exists"),
                    **wrong,
                },
            }
        }
        token = self._object(access_token=text, token_type=text)
        self.paths["/auth/login"] = {
            "post": {
                "requestBody": body,
                "responses": {
                    "200": {"description": "ok", **self._content(token)},
                    "401": self._fail("no"),
                    **wrong,
                },
            }
        }
        ident = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
        item: Data = {"parameters": [ident]}
        replies = {"404": self._fail("none"), **wrong}
        shown_body = {"description": "ok", **self._content(self._ref("User"))}
        item["get"] = self._secure({"responses": {"200": shown_body, **replies}}, writes=False)
        change = {"required": True, **self._content(self._ref("User"))}
        item["put"] = self._secure(
            {
                "requestBody": change,
                "responses": {"200": shown_body, "409": self._fail("taken"), **replies},
            },
            writes=True,
        )
        item["delete"] = self._secure(
            {"responses": {"204": {"description": "gone"}, **replies}}, writes=True
        )
        self.paths["/users/{id}"] = item

    # resources

    def _write_resource(self, noun: str, above: tuple[str, ...]) -> None:
        sent, shown = self._write_schemas(noun)
        base, parents = self._collection(noun), []
        for parent in above:
            name = self._name(f"{parent}_id")
            base = f"{self._collection(parent)}/{{{name}}}/{noun}s"
            parents.append({"name": name, "in": "path", "required": True, "schema": self._key()})
        if "tenant_id" in base:
            parents.insert(
                0,
                {"name": "tenant_id", "in": "path", "required": True, "schema": {"type": "string"}},
            )
        own = (
            self.chance.choice(("id", self._name(f"{noun}_id")))
            if self.style.key != "slug"
            else "slug"
        )
        if own in [p["name"] for p in parents]:
            own = self._name(f"{noun}_id")
        key = {"name": own, "in": "path", "required": True, "schema": self._key()}
        wrong = {"400": self._fail("wrong"), "422": self._fail("wrong")}
        gone = {"404": self._fail("none"), **wrong}
        collection: Data = {
            "get": self._list(noun, shown, parents),
            "post": self._create(noun, sent, shown, bool(parents)),
        }
        item: Data = {
            "get": self._secure(
                {"responses": {"200": self._show(noun, shown), **gone}}, writes=False
            )
        }
        if "etag" in self.style.extras:
            item["get"]["responses"]["200"]["headers"] = {"ETag": {"schema": {"type": "string"}}}
        body = {"required": True, **self._content(self._wrap(noun, self._ref(sent)))}
        for method in {"put": ("put",), "patch": ("patch",), "both": ("put", "patch")}[
            self.style.update
        ]:
            given = body
            if method == "patch":
                given = {"required": True, **self._content(self._wrap(noun, self._patch(sent)))}
            change: Data = {
                "requestBody": given,
                "responses": {"200": self._show(noun, shown), "409": self._fail("taken"), **gone},
            }
            if "etag" in self.style.extras:
                change["parameters"] = [
                    {"name": "If-Match", "in": "header", "schema": {"type": "string"}}
                ]
                change["responses"]["412"] = self._fail("changed")
            item[method] = self._secure(change, writes=True)
        remove: Data = {
            "responses": {"204": {"description": "gone"}, "409": self._fail("needed"), **gone}
        }
        if "reply" in self.style.extras:
            remove["responses"]["200"] = {"description": "gone", **self._content(self._reply())}
            del remove["responses"]["204"]
        item["delete"] = self._secure(remove, writes=True)
        if parents:
            collection["parameters"] = parents
        item["parameters"] = [*parents, key]
        self.paths[base] = collection
        self.paths[f"{base}/{{{own}}}"] = item

    def _patch(self, sent: str) -> Data:
        name = f"{sent.removeprefix('New').removesuffix('Create').removesuffix('Input')}Update"
        whole = self.schemas[sent]
        self.schemas[name] = {
            "type": "object",
            "minProperties": 1,
            "properties": whole.get("properties", {}),
        }
        return self._ref(name)

    def _reply(self) -> Data:
        return self._object(
            message={"type": "string", "example": "All went well"}, status={"type": "integer"}
        )

    def _show(self, noun: str, shown: str) -> Data:
        return {"description": "ok", **self._content(self._wrap(noun, self._ref(shown)))}

    def _create(self, noun: str, sent: str, shown: str, nested: bool) -> Data:
        answer = self._show(noun, shown)
        if "scalar" in self.style.extras and noun == self.nouns[0]:
            answer = {"description": "key", **self._content(self._key())}
        elif "reply" in self.style.extras and noun == self.nouns[2]:
            reply = self._object(message={"type": "string", "example": "Made it"}, id=self._key())
            answer = {"description": "made", **self._content(reply)}
        made = {
            "requestBody": {"required": True, **self._content(self._wrap(noun, self._ref(sent)))},
            "responses": {
                "201": answer,
                "400": self._fail("wrong"),
                "409": self._fail("taken"),
                "422": self._fail("wrong"),
            },
        }
        if nested:
            made["responses"]["404"] = self._fail("none")
        return self._secure(made, writes=True)

    def _list(self, noun: str, shown: str, parents: list[Data]) -> Data:
        whole = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
        page = {"type": "integer", "minimum": 1}
        start = {"type": "integer", "minimum": 0}
        kinds: dict[str, list[tuple[str, Data]]] = {
            "none": [],
            "limit": [("limit", whole), ("offset", start)],
            "page": [("page", page), (self._name("page_size"), whole)],
            "cursor": [("cursor", {"type": "string"}), ("limit", whole)],
            "token": [
                (self._name("page_token"), {"type": "string"}),
                (self._name("page_size"), whole),
            ],
        }
        asked = list(kinds[self.style.paging])
        if "search" in self.style.extras:
            asked += [
                ("q", {"type": "string"}),
                ("sort", {"type": "string", "enum": ["title", "-title"]}),
            ]
        parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in asked]
        replies = {
            "200": {"description": "ok", **self._content(self._wrap_list(noun, self._ref(shown)))}
        }
        replies |= {"400": self._fail("wrong"), "422": self._fail("wrong")}
        if parents:
            replies["404"] = self._fail("none")
        made = {"parameters": parameters, "responses": replies}
        return self._secure(made, writes=False)

    # more of a resource

    def _item(self, noun: str) -> tuple[str, Data]:
        base = self._collection(noun)
        path = next(
            p
            for p in self.paths
            if p.startswith(f"{base}/{{") and p.count("/") == base.count("/") + 1
        )
        return path, self.paths[path]

    def _add_method(self, noun: str) -> None:
        path, item = self._item(noun)
        shown = item["get"]["responses"]["200"]
        self.schemas[noun.title()]["properties"]["archived"] = {
            "type": "boolean",
            "readOnly": True,
            "default": False,
        }
        replies = {
            "200": shown,
            "404": self._fail("none"),
            "409": self._fail("not now"),
            "400": self._fail("wrong"),
            "422": self._fail("wrong"),
        }
        action = self._secure({"responses": replies}, writes=True)
        self.paths[f"{path}:archive"] = {"parameters": item["parameters"], "post": action}

    def _add_table(self, noun: str) -> None:
        path, item = self._item(noun)
        text = {"text/csv": {"schema": {"type": "string"}}}
        replies = {
            "200": {"description": "table", "content": text},
            "404": self._fail("none"),
            "400": self._fail("wrong"),
            "422": self._fail("wrong"),
        }
        self.paths[f"{path}.csv"] = {
            "parameters": item["parameters"],
            "get": self._secure({"responses": replies}, writes=False),
        }

    def _add_upload(self, noun: str) -> None:
        base = self._collection("attachment")
        file = {"type": "string", "format": "binary"}
        form = self._object(title={"type": "string"}, file=file)
        shown = self._object(id={"type": "integer", "readOnly": True}, title={"type": "string"})
        self.schemas["Attachment"] = shown
        wrong = {"400": self._fail("wrong"), "422": self._fail("wrong")}
        answer = {"description": "ok", **self._content(self._ref("Attachment"))}
        self.paths[base] = {
            "post": self._secure(
                {
                    "requestBody": {
                        "required": True,
                        "content": {"multipart/form-data": {"schema": form}},
                    },
                    "responses": {"201": answer, **wrong},
                },
                writes=True,
            )
        }
        key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
        gone = {"404": self._fail("none"), **wrong}
        self.paths[f"{base}/{{id}}"] = {
            "parameters": [key],
            "get": self._secure({"responses": {"200": answer, **gone}}, writes=False),
        }
        content = {"application/octet-stream": {"schema": file}}
        self.paths[f"{base}/{{id}}/content"] = {
            "parameters": [key],
            "get": self._secure(
                {"responses": {"200": {"description": "file", "content": content}, **gone}},
                writes=False,
            ),
        }
        del noun

    def _add_avatar(self, noun: str) -> None:
        path, item = self._item(noun)
        image = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
        gone = {"404": self._fail("none"), "400": self._fail("wrong"), "422": self._fail("wrong")}
        self.paths[f"{path}/image"] = {
            "parameters": item["parameters"],
            "put": self._secure(
                {
                    "requestBody": {"required": True, "content": image},
                    "responses": {"204": {"description": "kept"}, **gone},
                },
                writes=True,
            ),
            "get": self._secure(
                {"responses": {"200": {"description": "image", "content": image}, **gone}},
                writes=False,
            ),
        }

    def _add_count(self, noun: str) -> None:
        base = self._collection(noun)
        answer = {
            "description": "how many",
            **self._content(self._object(count={"type": "integer"})),
        }
        self.paths[f"{base}/count"] = {
            "get": self._secure({"responses": {"200": answer}}, writes=False)
        }
        if "{" in base:
            del self.paths[f"{base}/count"]

    def _add_bulk(self, noun: str) -> None:
        base = self._collection(noun)
        sent = self.paths[base]["post"]["requestBody"]["content"]["application/json"]["schema"]
        shown = {"type": "array", "items": self._ref(noun.title())}
        body = {"required": True, **self._content({"type": "array", "items": sent})}
        replies = {
            "201": {"description": "made", **self._content(shown)},
            "400": self._fail("wrong"),
            "409": self._fail("taken"),
            "422": self._fail("wrong"),
        }
        if "{" not in base:
            self.paths[f"{base}/bulk"] = {
                "post": self._secure({"requestBody": body, "responses": replies}, writes=True)
            }


def main() -> None:
    """Write the specs into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--more", type=int, default=24, help="mixed styles beside the written ones")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for name, document in make_specs(given.seed, given.more).items():
        (given.folder / f"{name}.json").write_text(json.dumps(document, indent=1), "utf-8")


if __name__ == "__main__":
    main()
