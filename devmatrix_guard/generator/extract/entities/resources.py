"""Which entities there are: schemas grouped by name, by the paths they travel on, by content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from devmatrix_guard.generator.extract.endpoint import Endpoint, make_class_name
from devmatrix_guard.generator.extract.entities.auth import (
    SignIn,
    is_known_password,
    is_password,
    names_viewer,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.naming import find_base_name
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.schemas.envelopes import (
    find_object_name,
    is_reply,
    is_union,
    says_how,
)
from devmatrix_guard.generator.spec.document import Document
from devmatrix_guard.generator.spec.pointer import join, split
from devmatrix_guard.ir.names import to_pascal, to_singular, to_snake
from devmatrix_guard.ir.shape import Schema
from devmatrix_guard.model.named_value import NamedValue

_CREATES = ("create", "add ", "register", "new ", "place", "submit", "book ", "insert", "post ")
_LAST_WORD = re.compile(r"[A-Za-z]+")
_MADE_BY = (["add"], ["create"], ["insert"], ["new"])  # `POST /pipeline.add`
_ACTIONS = {
    "cancel",
    "check",
    "checkout",
    "close",
    "confirm",
    "delete",
    "forgot",
    "get",
    "list",
    "refund",
    "resend",
    "reset",
    "search",
    "send",
    "set",
    "suspend",
    "un",
    "update",
    "upload",
    "validate",
    "verify",
}
_NO_ROWS = ("scalar", "values", "map", "opaque")
PERSONS = {
    "author",
    "owner",
    "user",
    "creator",
    "created_by",
    "assignee",
    "sender",
    "recipient",
    "reporter",
    "member",
    "customer",
    "posted_by",
    "account",
    "reviewer",
    "publisher",
    "writer",
}  # what those who sign in are called by rows of theirs
_KEYS = {"id", "uuid", "key", "guid", "slug"}


class Resource(NamedValue):
    """A collection path with everything that can be done on it and on its rows."""

    noun: tuple[str, ...]
    collection: tuple[Endpoint, ...]
    items: tuple[Endpoint, ...]

    def find_first(self, method: str, *, item: bool) -> Endpoint | None:
        """Return the endpoint of this method on the rows, or on the collection."""
        pool = self.items if item else self.collection
        return next((e for e in pool if e.method == method), None)


def find_noun(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the collection path: literals, `{}` for parameters, without a trailing parameter."""
    parts = ["{}" if part.parameter else to_snake(part.text) for part in endpoint.segments]
    while parts and parts[-1] == "{}":
        parts.pop()
    return tuple(parts)


def find_resources(endpoints: Iterable[Endpoint]) -> dict[tuple[str, ...], Resource]:
    """Group endpoints by collection path, in the order of the spec."""
    found: dict[tuple[str, ...], Resource] = {}
    for endpoint in endpoints:
        noun = find_noun(endpoint)
        old = found.get(noun, Resource(noun, (), ()))
        if endpoint.ends_in_parameter:
            found[noun] = old._replace(items=(*old.items, endpoint))
        else:
            found[noun] = old._replace(collection=(*old.collection, endpoint))
    return found


def find_entities(
    document: Document,
    endpoints: list[Endpoint],
    schemas: Mapping[str, Schema],
    sign_in: SignIn,
    findings: Findings,
) -> dict[str, EntityDraft]:
    """Return a draft for every entity, its schemas and their roles known, nothing else yet."""
    return _Finder(document, endpoints, schemas, sign_in, findings).find()


class _Finder:
    def __init__(
        self,
        document: Document,
        endpoints: list[Endpoint],
        schemas: Mapping[str, Schema],
        sign_in: SignIn,
        findings: Findings,
    ) -> None:
        self._document = document
        self._schemas = schemas
        self._findings = findings
        self._sign_in = sign_in
        special = {name for names in sign_in for name in names}
        self._special = [e for e in endpoints if e.name in special or names_viewer(e)]
        self._resources = find_resources(e for e in endpoints if e.name not in special)
        self._anchors = {schema.name for schema in schemas.values() if schema.wire} | {
            make_class_name(resource.noun[-1])
            for resource in self._resources.values()
            if resource.noun
        }
        self._addressed = {
            make_class_name(resource.noun[-1])
            for resource in self._resources.values()
            if resource.noun and resource.items and resource.collection
        }
        self._drafts: dict[str, EntityDraft] = {}
        self._owner: dict[str, str] = {}
        self._refused: set[str] = set()
        self._principal: EntityDraft | None = None

    def find(self) -> dict[str, EntityDraft]:
        self._take_declared()
        for resource in self._resources.values():
            if not self._is_variation(resource):
                self._take_resource(resource)
        self._take_of_flows()
        for resource in self._resources.values():
            self._take_requests(resource)
        self._take_principal()
        self._take_relatives()
        self._take_excerpts()
        self._join_projections()
        self._name_rows_after_paths()
        return self._drafts

    def _name_rows_after_paths(self) -> None:
        """Let a path whose rows nothing shows be that of the entity called so: to remove them."""
        taken = {noun[-1] for draft in self._drafts.values() for noun in draft.nouns}
        for noun, resource in self._resources.items():
            draft = self._drafts.get(make_class_name(noun[-1])) if len(noun) == 1 else None
            removes = any(endpoint.method == "DELETE" for endpoint in resource.items)
            if draft is not None and removes and noun[-1] not in taken:
                draft.nouns.append(noun)

    def find_base(self, schema: str) -> str:
        """Return the entity name that a schema suggests."""
        return find_base_name(schema, self._anchors, self._addressed)

    def _take_declared(self) -> None:
        for name, schema in self._schemas.items():
            if not schema.wire:
                continue
            data = self._document.place(schema.pointer).data
            options = data.get("x-entity") if isinstance(data, dict) else None
            if options is False:
                self._refused.add(name)
            elif options is not None and schema.shape.fields:
                at = join(schema.pointer, "x-entity")
                given: Mapping[str, Any] = options if isinstance(options, dict) else {}
                if "view_of" in given:
                    self._owner[name] = str(given["view_of"])
                    self._findings.add_explicit(f"views/{name}", "is a view", at)
                    continue
                draft = self._draft(str(given.get("name", "")) or self.find_base(name), name)
                draft.options = given
                self._findings.add_explicit(f"domain/{draft.name}", f"{name} is an entity", at)

    def _take_of_flows(self) -> None:
        """Take for entities what the steps of flows make, load and change by name."""
        for flows in ("x-flows", "x-business-logic"):
            for name in sorted(_list_named_entities(self._document.root.get(flows))):
                schema = next((s for s in self._schemas.values() if s.wire == name), None)
                if schema is None or not schema.shape.fields or schema.name in self._refused:
                    continue
                if self.find_base(schema.name) != name or name in self._drafts:
                    continue
                draft = self._draft(name, schema.name)
                shows = [e for r in self._resources.values() for e in (*r.collection, *r.items)]
                if any(e.shown.schema == schema.name for e in shows):
                    self._give(draft, schema.name, "read")
                claim = f"{name} is an entity, as flows name it"
                self._findings.add_explicit(f"domain/{name}", claim, schema.pointer)

    def _is_variation(self, resource: Resource) -> bool:
        """Whether this is only another list of the rows of the collection above it."""
        outer = self._resources.get(resource.noun[:-1])
        if outer is None or not outer.items or resource.items:
            return False
        if any(e.method != "GET" for e in resource.collection):
            return False
        rows, main = self._choose_main_schema(resource), self._choose_main_schema(outer)
        return bool(rows and main) and _overlap(self._schemas[rows], self._schemas[main]) >= 0.6

    def _draft(self, name: str, schema: str) -> EntityDraft:
        draft = self._drafts.get(name)
        if draft is None:
            found = self._schemas[schema]
            draft = EntityDraft(name, schema, found.pointer)
            draft.description = found.shape.description
            data = self._document.place(found.pointer).data if found.wire else None
            if isinstance(data, dict):
                draft.renamed_from = str(data.get("x-renamed-from", ""))
            self._drafts[name] = draft
        self._give(draft, schema)
        return draft

    def _give(self, draft: EntityDraft, schema: str, *roles: str) -> None:
        owner = self._owner.setdefault(schema, draft.name)
        if owner == draft.name:
            draft.roles.setdefault(schema, set()).update(roles)
        for variant in self._schemas[schema].shape.variants:
            if is_union(self._schemas[schema].shape):
                self._give(draft, variant.ref, *(roles or ("nested",)))

    def _take_resource(self, resource: Resource) -> None:
        """Make the entity that the rows of this collection are, if they are any."""
        if not resource.noun or not self._holds_rows(resource):
            return
        main = self._choose_main_schema(resource)
        if not main or main in self._refused:
            return
        main = self._find_called_after_path(resource, main) or main
        named = self._schemas[main].wire
        name = self._owner.get(main) or (self.find_base(main) if named else "")
        if not name or name in ("Object", "Data", "Result", "Response", "Item", "Entity"):
            name = self._name_after_path(resource.noun, main)
        known = name in self._drafts
        draft = self._draft(name, main)
        draft.nouns.append(resource.noun)
        if not known:
            pointer = (*resource.items, *resource.collection)[0].pointer
            claim = f"{main} travels on /{'/'.join(resource.noun)}, so {name} is an entity"
            self._findings.add_inferred(f"domain/{name}", claim, pointer, 0.95 if named else 0.8)
        for endpoint in (*resource.collection, *resource.items):
            shown = endpoint.shown
            if shown.schema and self._shows(draft, shown.schema, resource):
                self._give(draft, shown.schema, "read")

    def _find_called_after_path(self, resource: Resource, main: str) -> str:
        """Return the schema called after the path of which `main` tells a part: `register.Response`
        of `POST /task` says of a Task that it has a key."""
        whole = self._schemas.get(make_class_name(resource.noun[-1]))
        if whole is None or not whole.wire or whole.shape.kind != "object":
            return ""
        have = {field.wire for field in whole.shape.fields}
        told = {field.wire for field in self._schemas[main].shape.fields if not says_how(field)}
        return whole.name if told and told <= have and whole.name != main else ""

    def _name_after_path(self, noun: tuple[str, ...], main: str) -> str:
        """Return what rows without a named schema are called: by their path, apart from others."""
        words = [word for word in noun if word != "{}"]
        name = make_class_name(words[-1])
        for word in reversed(words[:-1]):
            known = self._drafts.get(name)
            if known is None or _overlap(self._schemas[main], self._schemas[known.main]) > 0:
                break
            name = f"{make_class_name(word)}{name}"
        return name

    def _shows(self, draft: EntityDraft, schema: str, resource: Resource) -> bool:
        if schema in self._refused or (schema != draft.main and self._is_reply(schema)):
            return False
        if not self._schemas[schema].wire:
            close = _overlap(self._schemas[schema], self._schemas[draft.main]) >= 0.6
            return close or self._find_envelope(schema) == draft.name
        if self.find_base(schema) == draft.name or schema == draft.main:
            return True
        wires = {f.wire for f in self._schemas[schema].shape.fields if not says_how(f)}
        part = bool(wires) and wires <= {f.wire for f in self._schemas[draft.main].shape.fields}
        part = part or _overlap(self._schemas[schema], self._schemas[draft.main]) == 1.0
        return part and self.find_base(schema) not in self._find_parent_entities(resource)

    def _holds_rows(self, resource: Resource) -> bool:
        """Whether the collection has rows: they are listed, addressed, or made by POST."""
        if any(e.method == "GET" and e.shown.kind in _NO_ROWS for e in resource.items):
            return False
        if any(e.shown.kind == "list" and e.method == "GET" for e in resource.collection):
            return True
        if any(e.shown.kind == "item" or e.sent or e.method == "DELETE" for e in resource.items):
            return True
        create = resource.find_first("POST", item=False)
        if create is None or create.sent is None or create.sent.kind not in ("item", "list"):
            return False
        if is_known_password(self._schemas[create.sent.schema]):
            return False
        if "x-flow" in create.extensions or to_snake(resource.noun[-1]).split("_")[0] in _ACTIONS:
            return False
        if create.shown.schema and self.find_base(
            create.shown.schema
        ) in self._find_parent_entities(resource):
            return False
        noun = make_class_name(resource.noun[-1])
        given = [s for s in (create.sent.schema, create.shown.schema) if s]
        named = {self.find_base(s) for s in given if self._schemas[s].wire}
        made = create.status == 201 or create.text.startswith(_CREATES)
        return noun in named or made or _LAST_WORD.findall(create.path)[-1:] in _MADE_BY

    def _choose_main_schema(self, resource: Resource) -> str:
        parents = self._find_parent_entities(resource)
        rows, whole = resource.items, resource.collection
        candidates = [
            *(e.shown.schema for e in rows if e.method == "GET"),
            *(e.shown.schema for e in whole if e.method == "GET" and e.shown.kind == "list"),
            *(e.shown.schema for e in whole if e.method == "POST"),
            *(e.shown.schema for e in rows if e.method in ("PUT", "PATCH")),
            *(e.sent.schema for e in whole if e.sent and e.method == "POST"),
            *(e.sent.schema for e in rows if e.sent and e.method in ("PUT", "PATCH")),
        ]
        read = {e.shown.schema for e in rows if e.method == "GET"}
        fit = [
            s
            for s in candidates
            if s and self.find_base(s) not in parents and self._has_rows(s, resource, s in read)
        ]
        named = [s for s in fit if self._schemas[s].wire]
        shown = {e.shown.schema for e in (*rows, *whole)}
        if not shown & set(named):  # what an envelope shows of a row, rather than what makes one
            inside = [s for s in fit if s in shown and self._find_envelope(s)]
            named = inside or named
        return (named or fit or [""])[0]

    def _find_envelope(self, schema: str) -> str:
        """Return the entity that the named schema around an object without a name speaks of."""
        found = self._schemas[schema]
        parts = split(found.pointer)
        if found.wire or parts[:2] != ["components", "schemas"] or parts[3:4] != ["properties"]:
            return ""
        return self.find_base(to_pascal(parts[2]))

    def _has_rows(self, schema: str, resource: Resource, read: bool) -> bool:
        """Whether rows may lie behind a schema: a reply has some where its path names it.

        What holds a list of the rows, beside a summary of them, is none of the rows; what
        holds a list of its own kind is a row with others in it: `folders` of a folder.
        """
        fields = self._schemas[schema].shape.fields
        lists = (f.shape for f in fields if f.shape.kind == "array" and f.name == resource.noun[-1])
        if any(shape.items is None or shape.items.ref != schema for shape in lists):
            return False
        if not self._is_reply(schema):
            return True
        named = self._schemas[schema].wire
        return read and (not named or self.find_base(schema) == make_class_name(resource.noun[-1]))

    def _is_reply(self, schema: str) -> bool:
        return is_reply(self._schemas[schema].shape)

    def _find_parent_entities(self, resource: Resource) -> set[str]:
        """Return what the rows named earlier in the path are."""
        nouns = resource.noun[:-1]
        found = {make_class_name(n) for i, n in enumerate(nouns) if n != "{}" and "{}" in nouns[i:]}
        for length in range(1, len(resource.noun)):
            outer = self._resources.get(resource.noun[:length])
            for draft in self._drafts.values():
                if outer and outer.noun in draft.nouns:
                    found.add(draft.name)
        return found - {make_class_name(resource.noun[-1])}

    def _take_requests(self, resource: Resource) -> None:
        """Give the request bodies of a collection to the entity of its rows."""
        draft = next((d for d in self._drafts.values() if resource.noun in d.nouns), None)
        for endpoint in (*resource.collection, *resource.items):
            sent = endpoint.sent
            if sent is None or not sent.schema or sent.schema in self._refused:
                continue
            target = self._find_taker(draft, endpoint, sent.schema)
            if target is None:
                continue
            roles = {"POST": "create", "PUT": "replace", "PATCH": "update"}
            role = roles.get(endpoint.method, "update")
            noun = find_noun(endpoint)
            of_row = endpoint.ends_in_parameter or ("{}" in noun and noun not in target.nouns)
            named = noun not in target.nouns and self._names_row(sent.schema)
            if role == "create" and (of_row or named):  # it says something of a row that is there
                role = "update"
            if role == "replace" and self.find_base(sent.schema) != sent.schema:
                required = any(f.required for f in self._schemas[sent.schema].shape.fields)
                role = "replace" if required else "update"
            self._give(target, sent.schema, role)

    def _find_taker(
        self, draft: EntityDraft | None, endpoint: Endpoint, schema: str
    ) -> EntityDraft | None:
        if "x-flow" in endpoint.extensions:
            named = self._drafts.get(self.find_base(schema))
            return named if named and named.name != schema else None
        named = self._drafts.get(self._owner.get(schema, self.find_base(schema)))
        if named is not None:
            return named
        shown = self._drafts.get(self._owner.get(endpoint.shown.schema, ""))
        part = self._find_whole(endpoint)
        if part and _overlap(self._schemas[schema], self._schemas[part.main]) == 1.0:
            return part
        for candidate in (draft, shown):
            if candidate is None or self._tells_steps(endpoint, schema, candidate):
                continue
            if candidate is draft and not self._schemas[schema].wire:
                return candidate
            if candidate is draft and self._tells_key(endpoint, candidate):
                return candidate
            if _overlap(self._schemas[schema], self._schemas[candidate.main]) >= 0.5:
                return candidate
        return None

    def _tells_key(self, endpoint: Endpoint, draft: EntityDraft) -> bool:
        """Tell whether making a row is answered with its key, and nothing else shows one."""
        fields = [f for f in self._schemas[draft.main].shape.fields if not says_how(f)]
        alone = len(fields) == 1 and fields[0].shape.kind in ("string", "integer")
        made = endpoint.method == "POST" and find_noun(endpoint) in draft.nouns
        words = fields[0].name.split("_") if alone else []
        return made and endpoint.shown.schema == draft.main and bool(_KEYS & set(words))

    def _names_row(self, schema: str) -> bool:
        """Tell whether a body must have the key of a row: `POST /orders.ship`."""
        fields = self._schemas[schema].shape.fields
        return any(f.required and to_snake(f.wire) in _KEYS for f in fields)

    def _tells_steps(self, endpoint: Endpoint, schema: str, draft: EntityDraft) -> bool:
        """Tell whether a body lists what to do with a row, and not what the row has.

        `{"Operations": [{"op": "replace", ...}]}` must be there, and no row shows it.
        """
        have = {field.wire for field in self._schemas[draft.main].shape.fields}
        return endpoint.method == "PATCH" and any(
            field.required
            and field.wire not in have
            and field.shape.items is not None
            and find_object_name(field.shape.items, self._schemas)
            for field in self._schemas[schema].shape.fields
        )

    def _find_whole(self, endpoint: Endpoint) -> EntityDraft | None:
        """Return the entity a part of which is put: `PUT /orders/{id}/status`."""
        noun = find_noun(endpoint)
        if endpoint.method not in ("PUT", "PATCH") or endpoint.ends_in_parameter or len(noun) < 3:
            return None
        above = noun[:-2]
        if noun[-2] != "{}" or any(noun in draft.nouns for draft in self._drafts.values()):
            return None
        return next((d for d in self._drafts.values() if above in d.nouns), None)

    def _take_principal(self) -> None:
        """Find whom signing in and up is about, also when no collection shows it."""
        principal = self._principal = self._find_principal()
        if principal is None:
            return
        sign_in = self._sign_in
        silent = {name for names in sign_in for name in names} - {*sign_in.registers}
        for endpoint in self._special:
            shown, sent = endpoint.shown.schema, endpoint.sent.schema if endpoint.sent else ""
            of_principal = (
                bool(shown) and self.find_base(shown) == principal.name
            ) or shown == principal.main
            if of_principal and not self._is_reply(shown):
                self._give(principal, shown, "read")
            if not sent or endpoint.name in silent:
                continue
            role = "create" if endpoint.name in self._sign_in.registers else "update"
            self._give(principal, sent, role)

    def _find_principal(self) -> EntityDraft | None:
        if not (self._sign_in.logins or self._sign_in.registers):
            return None
        signs = {*self._sign_in.registers, *self._sign_in.logins}
        rows = {
            e.name: e.shown.schema
            for e in self._special
            if e.shown.kind == "item" and e.shown.schema and not self._is_reply(e.shown.schema)
        }
        shown = [schema for name, schema in rows.items() if name in signs] or list(rows.values())
        known = (self._drafts.get(self._owner.get(name, self.find_base(name))) for name in shown)
        found = [draft for draft in known if draft is not None]
        for draft in found or self._drafts.values():
            if draft.name in ("User", "Account", "Member"):
                return draft
        if found:
            return found[0]
        logins = [e.sent.schema for e in self._special if e.sent and e.name in self._sign_in.logins]
        for draft in self._drafts.values():
            if any(name and self._is_made_with(draft, self._schemas[name]) for name in logins):
                return draft
        ways = (self._sign_in.registers, self._sign_in.logins)
        sent = [e.sent.schema for way in ways for e in self._special if e.sent and e.name in way]
        main = next((name for name in (*shown, *sent) if name), "")
        if not main:
            return None
        base = self.find_base(main)
        is_named = base in self._anchors and (main in shown or base != main)
        return self._draft(base if is_named else "User", main)

    def _is_made_with(self, draft: EntityDraft, asked: Schema) -> bool:
        """Tell whether rows are made with all that a login asks for, a password among it."""
        given = {field.name: field.shape for _, field in draft.iter_fields(self._schemas, "create")}
        names = {field.name for field in asked.shape.fields}
        secret = any(is_password(name, given[name]) for name in names & given.keys())
        return secret and len(names) > 1 and names <= given.keys()

    def _take_relatives(self) -> None:
        """Give every other component whose name says so to its entity, as a nested view."""
        for name, schema in self._schemas.items():
            if name in self._owner:
                owner = self._drafts.get(self._owner[name])
                if owner is not None:
                    self._give(owner, name)
                continue
            if schema.shape.kind != "object" or name in self._refused or not schema.wire:
                continue
            draft = self._drafts.get(self.find_base(name))
            if draft and _overlap(schema, self._schemas[draft.main]) >= 0.6:
                self._give(draft, name, "nested")

    def _take_excerpts(self) -> None:
        """Give objects without a schema to the entity that they show a part of.

        `author: {id, name}` within a post is one of the users.
        """
        for draft in list(self._drafts.values()):
            for _, field in list(draft.iter_fields(self._schemas)):
                name = find_object_name(field.shape, self._schemas)
                if not name or self._schemas[name].wire or name in self._owner:
                    continue
                target = self._find_excerpted(to_snake(field.wire), draft)
                if target is not None and self._is_excerpt(name, target):
                    self._give(target, name, "nested")

    def _find_excerpted(self, word: str, draft: EntityDraft) -> EntityDraft | None:
        """Return the entity that a property is called after, or that such a word stands for."""
        for other in self._drafts.values():
            nouns = {to_singular(noun[-1]) for noun in other.nouns}
            if other is not draft and word in {to_snake(other.name), *nouns}:
                return other
        owned = [
            self._owner.get(find_object_name(field.shape, self._schemas), "")
            for _, field in draft.iter_fields(self._schemas)
            if to_snake(field.wire) == word
        ]
        return next((self._drafts[name] for name in owned if name in self._drafts), None) or (
            self._principal if word in PERSONS else None
        )

    def _is_excerpt(self, name: str, target: EntityDraft) -> bool:
        """Tell whether an object holds the key of a row, and else only what rows have."""
        wires = [field.wire for field in self._schemas[name].shape.fields]
        keyed = any(to_snake(wire) in _KEYS for wire in wires)
        return keyed and _overlap(self._schemas[name], self._schemas[target.main]) == 1.0

    def _join_projections(self) -> None:
        """Make an entity that only shows fields of another one a view of that other one."""
        for name in list(self._drafts):
            draft = self._drafts[name]
            if draft.options or draft.list_schemas_as("create", "update", "replace"):
                continue
            target = self._find_projected(draft)
            if target is None:
                continue
            for schema, roles in draft.roles.items():
                self._owner[schema] = target.name
                self._give(target, schema, *(roles or {"nested"}))
            target.nouns += draft.nouns
            del self._drafts[name]
            self._findings.add_inferred(
                f"domain/{target.name}",
                f"{name} shows nothing but a {target.name}, so it is a view of it",
                draft.pointer,
                0.85,
            )

    def _find_projected(self, draft: EntityDraft) -> EntityDraft | None:
        """Return the entity that has all the fields of `draft`, but for flags and counts."""
        wires = {
            field.wire
            for field in self._schemas[draft.main].shape.fields
            if field.shape.kind not in ("boolean", "integer", "array")
        }
        if len(wires) < 2:
            return None
        for other in self._drafts.values():
            if other is draft or not other.list_schemas_as("create"):
                continue
            have = {f.wire for _, f in other.iter_fields(self._schemas) if f.shape.kind != "ref"}
            keyed = wires - {"name", "title", "description", "createdAt", "updatedAt", "created_at"}
            identifying = {
                w for w in keyed if to_snake(w) in _KEYS | {"username", "email", "handle"}
            }
            if wires <= have and identifying:
                return other
        return None


def _overlap(part: Schema, whole: Schema) -> float:
    """Return how much of `part`'s fields `whole` has, secrets and keys of others apart."""
    wires = {f.wire for f in part.shape.fields if "password" not in f.name}
    if not wires:
        return 0.0
    have = {f.wire for f in whole.shape.fields}
    singulars = {to_snake(w).removesuffix("_id").removesuffix("_ids") for w in wires}
    near = {to_snake(w).removesuffix("s") for w in have}
    return max(len(wires & have), len({s.removesuffix("s") for s in singulars} & near)) / len(wires)


def _list_named_entities(steps: Any) -> set[str]:
    """Return what flows call `entity`, however deep it lies in their steps."""
    found: set[str] = set()
    queue = [steps]
    while queue:
        part = queue.pop()
        if isinstance(part, dict):
            named = part.get("entity")
            found |= {named} if isinstance(named, str) else set()
            queue += part.values()
        elif isinstance(part, list):
            queue += part
    return found
