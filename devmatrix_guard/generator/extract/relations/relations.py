"""Relations: rows that point to rows, by keys, by embedded objects, by the nesting of paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.attributes import (
    choose_stored_type,
    list_properties,
    read_field_extensions,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.relations.links import Link, is_member
from devmatrix_guard.generator.extract.relations.owners import OWNING, Owners
from devmatrix_guard.generator.extract.schemas.envelopes import find_object_name, open_shape
from devmatrix_guard.generator.spec.document import Document
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.generator.spec.pointer import join
from devmatrix_guard.ir.domain import Attribute, Derived, Origin, Relation, RelationKind
from devmatrix_guard.ir.names import to_plural, to_singular, to_snake
from devmatrix_guard.ir.shape import Field, Schema, Shape

_ROLES = {
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
}
_ANSWERED = ("reply_to", "in_reply_to", "replies_to", "parent")
_BELOW = ("branches", "children", "descendants", "kids", "members", "nodes", "parts", "replies")
_ALIKE = {
    "bigint": ("bigint", "integer"),
    "integer": ("integer", "bigint"),
    "string": ("text", "string"),
}
_ANY = Shape("any")
_Cascade = Literal["cascade", "restrict", "set_null"]


class Relations:
    """Adds relations to drafts whose attributes and keys are settled."""

    def __init__(
        self,
        drafts: Mapping[str, EntityDraft],
        schemas: Mapping[str, Schema],
        document: Document,
        endpoints: list[Endpoint],
        links: list[Link],
        principal: EntityDraft | None,
        findings: Findings,
    ) -> None:
        self._drafts = drafts
        self._schemas = schemas
        self._document = document
        self._endpoints = endpoints
        self._linked = {e for link in links for e in (*link.makes, *link.breaks)}
        self._principal = principal
        self._findings = findings
        self._owning = Owners(schemas, endpoints, principal, findings)
        self._owners = {schema: draft for draft in drafts.values() for schema in draft.roles}

    def add(self) -> None:
        """Add every relation the spec declares or suggests."""
        for draft in self._drafts.values():
            for field in self._list_embedded(draft, many=False):
                self._add_embedded(draft, field)
        for draft in self._drafts.values():
            for attribute in list(draft.attributes.values()):
                self._add_reference(draft, attribute)
        for draft in self._drafts.values():
            for attribute in list(draft.attributes.values()):
                self._add_key_list(draft, attribute)
        self._add_parents()
        for draft in self._drafts.values():
            for field in self._list_embedded(draft, many=True):
                self._add_collection(draft, field)
        for draft in self._drafts.values():
            self._add_hidden_owner(draft)
            self._owning.settle(draft)
        self._add_inverses()
        for draft in self._drafts.values():
            self._add_counts(draft)
            self._show_inverse_keys(draft)

    # one row in another

    def _list_embedded(self, draft: EntityDraft, *, many: bool) -> list[Field]:
        found = []
        for item in list_properties(draft, self._schemas):
            field = item.any
            if field.wire in draft.members or "x-derived" in read_field_extensions(
                field, self._document
            ):
                continue
            opened = open_shape(field.shape, self._schemas)
            if (opened.kind == "array") is many:
                found.append(field)
        return found

    def _find_target(self, field: Field, *, many: bool) -> EntityDraft | None:
        opened = open_shape(field.shape, self._schemas)
        shape = opened.items if many and opened.items else field.shape
        return self._owners.get(find_object_name(shape, self._schemas))

    def _add_embedded(self, draft: EntityDraft, field: Field) -> None:
        target = self._find_target(field, many=False)
        if target is None:
            return
        name = draft.choose_free_name(to_snake(field.wire))
        given = draft.is_input(field.wire, self._schemas)
        column = self._find_foreign_key(draft, name)
        by = self._find_given_by(draft, field.wire, target) if given else ""
        if given and not by and not column:
            self._store_as_value(draft, field)
            return
        if target is draft and column == draft.key:
            return  # a row inside its own envelope
        if not column:
            column = self._add_column(draft, target, name, field, given=given)
        else:
            self._point(draft, column, target)
        if by:
            draft.referenced[field.wire] = by
        self._add_many_to_one(draft, name, target, column, field.pointer, wire=field.wire)
        draft.members[field.wire] = ("relation", name)

    def _find_foreign_key(self, draft: EntityDraft, name: str) -> str:
        wanted = (f"{name}_id", f"{name}_uuid", f"{name}_key")
        return next((column for column in wanted if column in draft.attributes), "")

    def _find_given_by(self, draft: EntityDraft, wire: str, target: EntityDraft) -> str:
        """Return the attribute of the target by which a request names the embedded row."""
        for _, field in draft.iter_fields(self._schemas, "create", "replace", "update"):
            if field.wire != wire:
                continue
            nested = find_object_name(field.shape, self._schemas)
            if not nested:
                return target.key
            for inner in self._schemas[nested].shape.fields:
                kind, name = target.members.get(inner.wire, ("", ""))
                if kind == "attribute" and (name == target.key or (name,) in target.unique):
                    return name
        return ""

    def _store_as_value(self, draft: EntityDraft, field: Field) -> None:
        name = draft.choose_free_name(to_snake(field.wire))
        draft.attributes[name] = Attribute(
            name,
            field.wire,
            choose_stored_type(field.shape, self._schemas),
            nullable=not field.required or field.shape.nullable,
            description=field.shape.description,
            pointer=field.pointer,
        )
        draft.members[field.wire] = ("attribute", name)
        claim = "is stored as it comes, as requests give it whole and without a key"
        self._findings.add_inferred(f"domain/{draft.name}/{name}", claim, field.pointer, 0.7)

    def _add_column(
        self, draft: EntityDraft, target: EntityDraft, name: str, field: Field, *, given: bool
    ) -> str:
        column = draft.choose_free_name(f"{name}_id")
        origin: Origin = "input" if given else "default"
        if not given and target is self._principal and name in OWNING | {to_snake(target.name)}:
            origin = "owner"
        draft.attributes[column] = Attribute(
            column,
            "",
            target.attributes[target.key].type,
            nullable=origin != "owner" and (not field.required or not given),
            origin=origin,
            references=(target.name, target.key),
            hidden=True,
            pointer=field.pointer,
        )
        return column

    def _point(self, draft: EntityDraft, column: str, target: EntityDraft) -> None:
        attribute = draft.attributes[column]
        draft.attributes[column] = attribute._replace(
            type=target.attributes[target.key].type, references=(target.name, target.key)
        )

    def _add_many_to_one(
        self,
        draft: EntityDraft,
        name: str,
        target: EntityDraft,
        column: str,
        pointer: str,
        *,
        wire: str = "",
        kind: RelationKind = "many_to_one",
    ) -> None:
        draft.relations[name] = Relation(
            name, wire, kind, target.name, column=column, pointer=pointer
        )
        claim = f"points to {target.name} by {column}"
        self._findings.add_inferred(f"domain/{draft.name}/{name}", claim, pointer, 0.9)

    # keys of other rows

    def _add_reference(self, draft: EntityDraft, attribute: Attribute) -> None:
        if not attribute.wire or attribute.references or attribute.type.kind in ("json", "list"):
            return
        at = join(attribute.pointer, "x-references")
        given = self._read_extensions(attribute).get("x-references")
        if given is not None:
            target = self._find_named_target(str(given), at)
            claim = f"points to {given}"
            self._findings.add_explicit(f"domain/{draft.name}/{attribute.name}", claim, at)
        elif attribute.name == draft.key:
            return
        else:
            found = self._suggest_target(draft, attribute)
            if found is None:
                return
            target = found
            if not self._is_enforced(draft, attribute, target):
                claim = f"looks like a key of {target.name}; add x-references to enforce it"
                node = f"domain/{draft.name}/{attribute.name}"
                self._findings.add_inferred(node, claim, attribute.pointer, 0.5)
                return
        self._point(draft, attribute.name, target)
        base = attribute.name.removesuffix("_id").removesuffix("_uuid")
        name = draft.choose_free_name(base if base != attribute.name else to_snake(target.name))
        self._add_many_to_one(draft, name, target, attribute.name, attribute.pointer)

    def _read_extensions(self, attribute: Attribute) -> Mapping[str, Any]:
        field = Field(
            attribute.name, attribute.wire, _ANY, required=False, pointer=attribute.pointer
        )
        return read_field_extensions(field, self._document)

    def _find_named_target(self, given: str, pointer: str) -> EntityDraft:
        entity, _, key = given.partition(".")
        target = self._drafts.get(entity)
        if target is None:
            raise SpecError(
                f"there is no entity {entity!r}{suggest(entity, self._drafts)}", pointer
            )
        if key and to_snake(key) != target.key:
            raise SpecError(f"the key of {entity} is {target.key!r}, not {key!r}", pointer)
        return target

    def _suggest_target(self, draft: EntityDraft, attribute: Attribute) -> EntityDraft | None:
        base = attribute.name.removesuffix("_id").removesuffix("_uuid")
        if base in _ANSWERED and attribute.type == draft.attributes[draft.key].type:
            return draft
        if base == attribute.name and base not in ("created_by", "assigned_to"):
            return None
        for other in self._drafts.values():
            nouns = {to_singular(noun[-1]) for noun in other.nouns}
            if base == to_snake(other.name) or base in nouns:
                return other
        if base == "parent":
            return draft
        for other in self._drafts.values():
            key = other.attributes[other.key].type.kind
            if base.endswith(f"_{to_snake(other.name)}") and key == attribute.type.kind:
                return other
        if base in _ROLES | {"assigned_to"}:
            return self._principal
        return None

    def _is_enforced(self, draft: EntityDraft, attribute: Attribute, target: EntityDraft) -> bool:
        """Whether the API says that the row pointed to must exist."""
        if target is self._principal and not draft.is_input(attribute.wire, self._schemas):
            return True
        if target is draft:
            return True
        for endpoint in self._endpoints:
            noun = find_noun(endpoint)
            if noun in draft.nouns and len(noun) > 2 and noun[:-2] in target.nouns:
                return True
            creates = endpoint.method == "POST" and noun in draft.nouns
            if creates and not endpoint.ends_in_parameter:
                declared = {r.status for r in endpoint.responses}
                if "404" in declared or "409" in declared:
                    return True
        return False

    # lists of keys of other rows

    def _find_listed(self, attribute: Attribute) -> EntityDraft | None:
        """Return the entity whose keys a list holds: `courseIds`, `course_ids`."""
        if not attribute.wire or attribute.type.kind != "list":
            return None
        base = attribute.name
        for ending in ("_ids", "_uuids", "_keys", "_refs"):
            base = base.removesuffix(ending)
        named = base != attribute.name
        for other in self._drafts.values():
            nouns = {to_singular(noun[-1]) for noun in other.nouns} | {to_snake(other.name)}
            kind = other.attributes[other.key].type.kind
            if attribute.type.items not in _ALIKE.get(kind, (kind,)):
                continue
            plain = kind in ("integer", "bigint", "uuid")
            if to_singular(base) in nouns and (named or plain):
                return other
            word = next(
                (noun for noun in nouns if base.endswith((f"_{noun}", f"_{to_plural(noun)}"))), ""
            )
            if named and word:
                return other
        return None

    def _add_key_list(self, draft: EntityDraft, attribute: Attribute) -> None:
        """Relate rows by a list of keys, and the list that the other side has of them."""
        target = self._find_listed(attribute)
        if target is None or attribute.name not in draft.attributes:
            return
        if not draft.is_input(attribute.wire, self._schemas):
            return
        if self._find_linked_relation(draft, target) is not None:
            return  # the rows that link endpoints join: the keys say which, and are no list beside
        field = Field(
            attribute.name, attribute.wire, _ANY, required=False, pointer=attribute.pointer
        )
        base = attribute.name.rpartition("_")[0] or attribute.name
        shown = [
            a
            for a in target.attributes.values()
            if a is not attribute
            and self._find_listed(a) is draft
            and not target.is_input(a.wire, self._schemas)
        ]
        del draft.attributes[attribute.name]
        name = draft.choose_free_name(to_plural(to_singular(base)))
        self._add_many_to_many(draft, name, target, field)
        self._show_keys(draft, name, attribute.wire, target.key)
        claim = f"names the {name} by {target.key}, each of which must be there"
        self._findings.add_inferred(f"domain/{draft.name}/{name}", claim, attribute.pointer, 0.85)
        for other in shown[:1]:
            del target.attributes[other.name]
            inverse = draft.relations[name].inverse
            target.relations[inverse] = target.relations[inverse]._replace(wire=other.wire)
            self._show_keys(target, inverse, other.wire, draft.key)

    def _show_inverse_keys(self, draft: EntityDraft) -> None:
        """Fill a list of keys that no request gives from the rows that point here."""
        for attribute in list(draft.attributes.values()):
            target = self._find_listed(attribute)
            if target is None or draft.is_input(attribute.wire, self._schemas):
                continue
            for relation in draft.relations.values():
                if (
                    relation.target != target.name
                    or relation.wire
                    or relation.kind == "many_to_one"
                ):
                    continue
                del draft.attributes[attribute.name]
                draft.relations[relation.name] = relation._replace(wire=attribute.wire)
                self._show_keys(draft, relation.name, attribute.wire, target.key)
                break

    def _show_keys(self, draft: EntityDraft, relation: str, wire: str, key: str) -> None:
        draft.members[wire] = ("relation", relation)
        draft.referenced[wire] = key

    # nesting of paths

    def _add_parents(self) -> None:
        by_noun = {noun: draft for draft in self._drafts.values() for noun in draft.nouns}
        for endpoint in self._endpoints:
            noun = find_noun(endpoint)
            if endpoint.name in self._linked or len(noun) < 3 or noun[-2] != "{}":
                continue
            child, parent = by_noun.get(noun), by_noun.get(noun[:-2])
            if child is None or parent is None or child is parent:
                continue
            if child is self._principal:
                self._add_members(child, parent, endpoint)
            elif any(r.target == parent.name for r in child.relations.values()):
                self._give_parent_origin(child, parent, endpoint)
            else:
                self._add_parent(child, parent, endpoint)

    def _add_members(self, child: EntityDraft, parent: EntityDraft, endpoint: Endpoint) -> None:
        """Who signs in belongs to nobody, and may be a member of many: `/rooms/{id}/members`."""
        noun = find_noun(endpoint)[-1]
        between = [r for r in child.relations.values() if r.target == parent.name]
        related = [r for r in parent.relations.values() if r.target == child.name]
        if between or any(is_member(noun, r.name) or r.name == noun for r in related):
            return
        field = Field(noun, "", _ANY, required=False, pointer=endpoint.pointer)
        self._add_many_to_many(parent, parent.choose_free_name(noun), child, field)

    def _give_parent_origin(
        self, child: EntityDraft, parent: EntityDraft, endpoint: Endpoint
    ) -> None:
        """A foreign key that no request gives comes from the path."""
        if endpoint.method != "POST":
            return
        for relation in child.relations.values():
            attribute = child.attributes.get(relation.column)
            if relation.target != parent.name or attribute is None:
                continue
            given = attribute.wire and child.is_input(attribute.wire, self._schemas)
            if not given and attribute.origin == "default":
                child.attributes[attribute.name] = attribute._replace(
                    origin="parent", nullable=False, default=None
                )

    def _add_parent(self, child: EntityDraft, parent: EntityDraft, endpoint: Endpoint) -> None:
        name = child.choose_free_name(to_snake(parent.name))
        column = child.choose_free_name(f"{name}_id")
        only_nested = all(len(noun) > 1 for noun in child.nouns)
        child.attributes[column] = Attribute(
            column,
            "",
            parent.attributes[parent.key].type,
            nullable=not only_nested,
            origin="parent",
            references=(parent.name, parent.key),
            hidden=True,
            pointer=endpoint.pointer,
        )
        self._add_many_to_one(child, name, parent, column, endpoint.pointer)

    # many rows in one

    def _add_collection(self, draft: EntityDraft, field: Field) -> None:
        target = self._find_target(field, many=True)
        if target is None:
            return
        options = read_field_extensions(field, self._document).get("x-relation")
        options = options if isinstance(options, dict) else {}
        if options.get("target") and options["target"] in self._drafts:
            target = self._drafts[options["target"]]
        linked = self._find_linked_relation(draft, target)
        if linked is not None:
            draft.relations[linked.name] = linked._replace(wire=field.wire)
            draft.members[field.wire] = ("relation", linked.name)
            self._add_keys(draft, field.wire, linked.name, target)
            return
        name = draft.choose_free_name(to_snake(field.wire))
        back = self._name_back(target, draft)
        nested = any(noun[:-2] in draft.nouns for noun in target.nouns if len(noun) > 2)
        nested = nested or not target.nouns
        nested = nested or (target is draft and _is_below(name))
        declared = options.get("kind")
        if declared == "many_to_many" or (declared is None and not back and not nested):
            self._add_many_to_many(draft, name, target, field)
            self._add_keys(draft, field.wire, name, target)
        else:
            if not back:
                back = self._add_back(target, draft, field)
            follows: _Cascade = (
                "cascade"
                if nested
                else self._choose_on_delete(
                    target, target.relations[back], draft, part=field.required
                )
            )
            cascade = _read_cascade(options.get("cascade"), default=follows)
            draft.relations[name] = Relation(
                name,
                field.wire,
                "one_to_many",
                target.name,
                column=target.relations[back].column,
                inverse=back,
                on_delete=cascade,
                order_by=to_snake(str(options.get("order_by", "")))
                if options.get("order_by")
                else "",
                pointer=field.pointer,
            )
            target.relations[back] = target.relations[back]._replace(
                inverse=name, on_delete=cascade
            )
        draft.members[field.wire] = ("relation", name)
        kind = draft.relations[name].kind.replace("_", " ")
        node = f"domain/{draft.name}/{name}"
        if options:
            self._findings.add_explicit(node, f"is {kind} of {target.name}", field.pointer)
        else:
            self._findings.add_inferred(node, f"is {kind} of {target.name}", field.pointer, 0.8)

    def _find_linked_relation(self, draft: EntityDraft, target: EntityDraft) -> Relation | None:
        """Return the relation that link endpoints make between the two, if it is not shown yet."""
        for relation in draft.relations.values():
            linked = relation.kind == "many_to_many" and relation.target == target.name
            if linked and not relation.wire and not relation.name.endswith("_by"):
                return relation
        return None

    def _name_back(self, target: EntityDraft, draft: EntityDraft) -> str:
        """Return the relation of `target` that points to `draft` and has no inverse yet."""
        for relation in target.relations.values():
            points = relation.target == draft.name and relation.kind == "many_to_one"
            if points and not relation.inverse:
                return relation.name
        return ""

    def _add_back(self, target: EntityDraft, draft: EntityDraft, field: Field) -> str:
        below = target is draft
        name = target.choose_free_name("parent" if below else to_snake(draft.name))
        column = target.choose_free_name(f"{name}_id")
        target.attributes[column] = Attribute(
            column,
            "",
            draft.attributes[draft.key].type,
            nullable=below,
            origin="parent",
            references=(draft.name, draft.key),
            hidden=True,
            pointer=field.pointer,
        )
        self._add_many_to_one(target, name, draft, column, field.pointer)
        return name

    def _add_many_to_many(
        self, draft: EntityDraft, name: str, target: EntityDraft, field: Field
    ) -> None:
        local, other = to_snake(draft.name), to_snake(target.name)
        if local == other:
            other = f"other_{other}"
        inverse = target.choose_free_name(
            to_plural(local) if local != other else f"{to_plural(local)}_of"
        )
        table = f"{local}_{name}"
        made = Relation(
            name,
            field.wire,
            "many_to_many",
            target.name,
            through=table,
            through_local=f"{local}_id",
            through_target=f"{other}_id",
            inverse=inverse,
            on_delete="cascade",
            pointer=field.pointer,
        )
        draft.relations[name] = made
        target.relations[inverse] = made._replace(
            name=inverse,
            wire="",
            target=draft.name,
            through_local=made.through_target,
            through_target=made.through_local,
            inverse=name,
        )
        if draft.is_input(field.wire, self._schemas):
            draft.referenced[field.wire] = self._find_given_by_item(draft, field.wire, target)

    def _add_keys(self, draft: EntityDraft, wire: str, name: str, target: EntityDraft) -> None:
        """Let `label_ids` in a request say which rows `labels` are."""
        for key in (target.key, *(names[0] for names in target.unique if len(names) == 1)):
            wanted = f"{to_singular(to_snake(wire))}_{to_plural(key)}"
            attribute = draft.attributes.get(wanted)
            if attribute is None or attribute.type.kind != "list" or not attribute.wire:
                continue
            del draft.attributes[wanted]
            draft.members[attribute.wire] = ("relation", name)
            draft.referenced[attribute.wire] = key
            claim = f"names the {name} by {key}"
            self._findings.add_inferred(
                f"domain/{draft.name}/{name}", claim, attribute.pointer, 0.85
            )
            return

    def _find_given_by_item(self, draft: EntityDraft, wire: str, target: EntityDraft) -> str:
        for _, field in draft.iter_fields(self._schemas, "create", "replace", "update"):
            if field.wire != wire:
                continue
            opened = open_shape(field.shape, self._schemas)
            nested = find_object_name(opened.items, self._schemas) if opened.items else ""
            for inner in self._schemas[nested].shape.fields if nested else ():
                kind, name = target.members.get(inner.wire, ("", ""))
                if kind == "attribute" and (name == target.key or (name,) in target.unique):
                    return name
        return target.key

    # both sides, and what follows from them

    def _add_inverses(self) -> None:
        for draft in list(self._drafts.values()):
            for relation in list(draft.relations.values()):
                if relation.inverse or relation.kind != "many_to_one":
                    continue
                target = self._drafts[relation.target]
                wanted = to_plural(to_snake(draft.name))
                if relation.name not in (to_snake(target.name), *OWNING):
                    wanted = f"{relation.name}_{wanted}" if draft is not target else "children"
                name = target.choose_free_name(wanted)
                cascade = self._choose_on_delete(draft, relation, target)
                draft.relations[relation.name] = relation._replace(inverse=name, on_delete=cascade)
                target.relations[name] = Relation(
                    name,
                    "",
                    "one_to_many",
                    draft.name,
                    column=relation.column,
                    inverse=relation.name,
                    on_delete=cascade,
                    pointer=relation.pointer,
                )

    def _choose_on_delete(
        self, draft: EntityDraft, relation: Relation, target: EntityDraft, *, part: bool = False
    ) -> _Cascade:
        """Say what becomes of the rows of `draft` when the one they point to goes.

        Those that are a part of it go with it; others stand against it.
        """
        attribute = draft.attributes[relation.column]
        if attribute.origin in ("parent", "owner") and not attribute.nullable:
            return "cascade"
        for endpoint in self._endpoints:
            refused = any(response.status == "409" for response in endpoint.responses)
            if endpoint.method == "DELETE" and refused and find_noun(endpoint) in target.nouns:
                return "restrict"
        if part:
            return "cascade"
        return "set_null" if attribute.nullable else "restrict"

    def _add_counts(self, draft: EntityDraft) -> None:
        for wire, (kind, name) in list(draft.members.items()):
            attribute = draft.attributes.get(name)
            if kind != "attribute" or attribute is None or draft.is_input(wire, self._schemas):
                continue
            if attribute.type.kind not in ("integer", "bigint", "number"):
                continue
            counted = name.removesuffix("_count").removeprefix("num_").removeprefix("total_")
            counted = counted.removeprefix("number_of_")
            relation = draft.relations.get(to_plural(to_singular(counted)))
            if counted == name or relation is None or relation.kind == "many_to_one":
                continue
            del draft.attributes[name]
            draft.derived[name] = Derived(
                name, wire, attribute.type, "count", relation.name, pointer=attribute.pointer
            )
            draft.members[wire] = ("derived", name)
            claim = f"is the number of {relation.name}"
            node = f"domain/{draft.name}/{name}"
            self._findings.add_inferred(node, claim, attribute.pointer, 0.9)

    def _add_hidden_owner(self, draft: EntityDraft) -> None:
        """Rows that the API calls "yours" belong to the user who made them."""
        principal = self._principal
        if principal is None or draft is principal or not self._owning.is_made_signed_in(draft):
            return
        if any(r.target == principal.name and r.column for r in draft.relations.values()):
            return
        spoken = self._owning.find_possessive(draft)
        if not spoken:
            return
        name = draft.choose_free_name("owner")
        column = draft.choose_free_name("owner_id")
        draft.attributes[column] = Attribute(
            column,
            "",
            principal.attributes[principal.key].type,
            origin="owner",
            references=(principal.name, principal.key),
            hidden=True,
            pointer=spoken[0].pointer,
        )
        self._add_many_to_one(draft, name, principal, column, spoken[0].pointer)


def _is_below(name: str) -> bool:
    """Tell whether rows of their own kind in a row are its parts: children, subtasks, replies."""
    return name in _BELOW or name.startswith(("sub", "child", "nested"))


def _read_cascade(given: Any, *, default: _Cascade) -> _Cascade:
    known: dict[Any, _Cascade] = {
        "delete": "cascade",
        True: "cascade",
        "set_null": "set_null",
        "restrict": "restrict",
        False: "restrict",
        "none": "restrict",
    }
    return known.get(given, default)
