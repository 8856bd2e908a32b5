"""The rows and credentials a smoke run has met so far, and how to call with them."""

from __future__ import annotations

import base64
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Any

from devmatrix_guard.ir.api import SELF, Action, Match, Operation, Parameter, SchemeUse
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.behavior import Delete, Flow, Load, Require, iter_steps
from devmatrix_guard.ir.domain import Binding, Entity, Seed, View
from devmatrix_guard.ir.expression import Compare, Member, Name
from devmatrix_guard.ir.infrastructure import AuthScheme
from devmatrix_guard.ir.narrow import Narrower
from devmatrix_guard.ir.sample import Sampler, write_text
from devmatrix_guard.ir.shape import Shape
from devmatrix_guard.verify.smoke_call import Answer, call, choose_content, choose_media_type
from devmatrix_guard.verify.smoke_tokens import (
    find_extra,
    find_token,
    get_inside,
    issue_token,
    read_subject,
)

MAKERS = {"register", "create", "create_many", "upsert"}
DESTROYERS = {"delete", "delete_many", "current_delete"}
_CHANGERS = {"update", "replace"}


class SmokeClient:
    """The rows and credentials met so far, and how to call with them."""

    def __init__(
        self, ir: ApplicationIR, base: str, api_keys: tuple[str, ...], secret: str = ""
    ) -> None:
        self._ir = ir
        self._base = base
        self._api_keys = api_keys
        self._secret = secret
        self._entities = {entity.name: entity for entity in ir.domain.entities}
        self._views = {view.schema: view for view in ir.domain.views}
        bound = [binding for view in ir.domain.views for binding in view.bindings]
        self._passwords = {binding.wire for binding in bound if binding.kind == "password"}
        self._schemes = {scheme.name: scheme for scheme in ir.infrastructure.auth_schemes}
        self._flows = {flow.name: flow for flow in ir.behavior.flows}
        schemas = {schema.name: schema for schema in ir.api.schemas}
        self._sampler = Sampler(schemas)
        self._narrower = Narrower(schemas, self._views, self._entities)
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._sent: dict[str, list[dict[str, Any]]] = {}
        self._made: dict[str, Operation] = {}
        self._homes: dict[int, dict[str, dict[str, Any]]] = {}  # of a row: the rows it lies below
        self._token = ""
        self._refresh_token = ""
        self._logged_in = False
        self._signed: dict[str, Any] = {}
        self._caller: dict[str, Any] | None = None
        self._number = 0
        for seed in ir.seeds:
            self._know_seed(seed)

    def _know_seed(self, seed: Seed) -> None:
        """Remember a row that is there from the start, as if a request had made it."""
        entity = self._entities[seed.entity]
        rows = self._rows.setdefault(seed.entity, [])
        values = {name: value.value for name, value in seed.values}
        kind = next(a.type.kind for a in entity.attributes if a.name == entity.key)
        if entity.key not in values and kind in ("integer", "bigint"):
            values[entity.key] = len(rows) + 1  # counted by the database
        row = {a.wire or a.name: values[a.name] for a in entity.attributes if a.name in values}
        rows.append(row)
        given = dict(row)
        for operation in self._ir.api.operations:
            action = operation.action
            if action.kind == "login" and action.entity == seed.entity:
                for match in (*action.login, *filter(None, [action.secret])):
                    if match.attribute in values:
                        given[match.field or match.parameter] = values[match.attribute]
        self._sent.setdefault(seed.entity, []).append(given)

    # --- calling -----------------------------------------------------------------------------

    def list_choices(self, operation: Operation) -> list[int]:
        """Which rows to try: the newest first; what destroys rows takes the oldest first."""
        known = len(self._rows.get(self._address_operation(operation), ()))
        newest = list(range(max(1, known)))
        newest = [back for back in newest if self._is_named(operation, back)] or newest
        if operation.action.kind in DESTROYERS:
            newest.reverse()
            if operation.action.owner != SELF:
                return sorted(newest, key=lambda back: self._is_signed_in(operation, back))
        return sorted(newest, key=lambda back: not self._is_own(operation, back))

    def _is_named(self, operation: Operation, back: int) -> bool:
        """Tell whether a row is known by what the path names it by: who made it may not be told."""
        action = operation.action
        row = self._find_row(action.entity, back)
        named = [match.attribute for match in action.by if match.parameter]
        return row is not None and all(
            self._make_value(action.entity, name, row) is not None for name in named
        )

    def opens_accounts(self, operation: Operation) -> bool:
        """Tell whether an operation makes those who sign in, for anyone who asks."""
        principal = self._ir.infrastructure.principal
        makes = principal is not None and operation.action.entity == principal.entity
        return makes and operation.action.kind in MAKERS and operation.auth.mode != "required"

    def _is_signed_in(self, operation: Operation, back: int) -> bool:
        """Tell whether a row is the user whose token is sent: without him nothing else works."""
        principal = self._ir.infrastructure.principal
        if principal is None or operation.action.entity != principal.entity:
            return False
        return self._is_caller(self._find_row(principal.entity, back))

    def _is_caller(self, row: dict[str, Any] | None) -> bool:
        """Tell whether a row is the signed-in user, whatever has been changed in it since."""
        if row is None or row is self._caller:
            return row is not None
        principal = self._ir.infrastructure.principal
        subject = read_subject(self._token or self._issue_token())
        if principal is not None and subject:
            name = principal.entity
            key = self._make_value(name, self._entities[name].key, row)
            if key is not None:
                return str(key) == subject
        shared = [wire for wire in self._signed if wire in row]
        if not shared or any(row[wire] != self._signed[wire] for wire in shared):
            return False
        self._caller = row
        return True

    def destroys_viewer(self, operation: Operation) -> bool:
        """Tell whether nobody may be signed in any more after an operation."""
        action = operation.action
        principal = self._ir.infrastructure.principal
        flow = self._flows.get(action.flow)
        removed = [s for s in iter_steps(flow.steps) if isinstance(s, Delete)] if flow else []
        if principal is not None and any(step.entity == principal.entity for step in removed):
            return True
        own = action.owner == SELF or action.kind == "current_delete"
        return own and action.kind in DESTROYERS

    def _is_own(self, operation: Operation, back: int) -> bool:
        """Tell whether the row called with is the signed-in user, where it must be."""
        action = operation.action
        parents = [parent.entity for parent in action.parents if parent.owner == SELF]
        owned = action.entity if action.owner == SELF else next(iter(parents), "")
        return self._is_caller(self._find_row(owned, back) if owned else None)

    def list_makers(self) -> list[Operation]:
        """Return what has made rows, in the order in which it first succeeded."""
        return list(self._made.values())

    def _address_operation(self, operation: Operation) -> str:
        action = operation.action
        return action.entity if action.by or not action.parents else action.parents[-1].entity

    def send(self, operation: Operation, back: int) -> Answer:
        """Call with the row that is `back` rows before the newest, and remember what came."""
        self._number += 1
        path, query, headers = self._make_address(operation, back)
        body = self._make_body(operation, back)
        headers |= self._make_credentials(operation, query)
        url = self._base + path + (f"?{urllib.parse.urlencode(query, doseq=True)}" if query else "")
        answer = call(operation.method, url, headers, body, choose_media_type(operation))
        if answer.code == operation.status:
            self._remember(operation, back, body, answer.body)
        return answer

    # --- what is sent ------------------------------------------------------------------------

    def _make_address(
        self, operation: Operation, back: int
    ) -> tuple[str, dict[str, Any], dict[str, str]]:
        known = self._fill_known_parameters(operation, back)
        path, query, headers = operation.path, {}, {}
        for parameter in operation.parameters:
            asked = parameter.role == "precondition" and operation.method != "GET"
            needed = parameter.required or parameter.role == "credential" or asked
            if parameter.location != "path" and not needed:
                continue
            page = operation.action.pagination.first_page
            first = {"precondition": "*", "page": page, "offset": 0}
            value = first.get(parameter.role, known.get(parameter.name))
            if value is None:
                number = 1 if parameter.location == "path" else self._number  # the same tenant
                value = self._sampler.make_value(parameter.shape, number, name=parameter.wire)
            if parameter.location == "path":
                quoted = urllib.parse.quote(write_text(value), safe="")
                path = path.replace("{" + parameter.wire + "}", quoted)
            elif parameter.location == "query":
                query[parameter.wire] = value if isinstance(value, list) else write_text(value)
            elif parameter.location == "header":
                headers[parameter.wire] = write_text(value)
        return path, query, headers

    def _fill_known_parameters(self, operation: Operation, back: int) -> dict[str, Any]:
        action = operation.action
        places = [(parent.entity, parent.by) for parent in action.parents]
        places.append((action.entity, action.by))
        if action.other in self._entities:
            places.append((action.other, action.other_by))
        homes = self._find_homes(operation, back)
        known: dict[str, Any] = {}
        for entity, matches in places:
            row = homes.get(entity) or self._find_row(entity, back)
            for match in matches:
                if match.parameter and row is not None:
                    known[match.parameter] = self._make_value(entity, match.attribute, row)
        names = {parameter.wire: parameter.name for parameter in operation.parameters}
        loaded = self._load_rows(operation, back, "path", "query")
        known |= {names.get(wire, wire): value for wire, value in loaded.items()}
        known |= self._sign(operation, back)
        return known | self._guess(operation.parameters, back, known)

    def _find_homes(self, operation: Operation, back: int) -> dict[str, dict[str, Any]]:
        """Return the rows that the addressed row lies below, as it was met there.

        A list is asked for where rows of it were made.
        """
        action = operation.action
        row = self._find_row(action.entity, back) if action.by or action.kind == "list" else None
        homes = self._homes.get(id(row), {})
        for parent in reversed(action.parents):
            above = homes.get(parent.entity) or self._find_row(parent.entity, back)
            homes = self._homes.get(id(above), {}) | homes
        return homes

    def _list_parents(self, operation: Operation, back: int) -> dict[str, dict[str, Any]]:
        """Return the rows that an operation is called below."""
        homes = self._find_homes(operation, back)
        parents = {
            p.entity: homes.get(p.entity) or self._find_row(p.entity, back)
            for p in operation.action.parents
        }
        return {entity: row for entity, row in parents.items() if row is not None}

    def _settle(
        self, operation: Operation, parents: dict[str, dict[str, Any]], known: set[int]
    ) -> None:
        """Remember below which rows those lie that were now met first, at a path with parents."""
        entity = operation.action.entity
        if parents and entity not in parents and not operation.action.by:
            for row in self._rows.get(entity, ()):
                if id(row) not in known:
                    self._homes.setdefault(id(row), parents)

    def _sign(self, operation: Operation, back: int) -> dict[str, Any]:
        """Return what a login takes outside of its body: what was sent when its row was made."""
        sent = self._sent.get(operation.action.entity)
        if operation.action.kind != "login" or not sent:
            return {}
        source = sent[-1 - back % len(sent)]
        wires = {parameter.name: parameter.wire for parameter in operation.parameters}
        asked = [m for m in (*operation.action.login, operation.action.secret) if m is not None]
        known = {wires[m.parameter]: m for m in asked if m.parameter}
        found = {w: self._find_sent(operation.action, m, w, source) for w, m in known.items()}
        found |= {wire: source[wire] for wire in wires.values() if wire in source}
        return {name: found[wire] for name, wire in wires.items() if found.get(wire) is not None}

    def _find_sent(self, action: Action, match: Match, wire: str, source: dict[str, Any]) -> Any:
        """Return what a login asks for as it was sent when a row was made, under any name."""
        if match is action.secret:
            wires = [wire, *sorted(self._passwords)]
            return next((source[wire] for wire in wires if wire in source), None)
        return source.get(wire, self._make_value(action.entity, match.attribute, source))

    def _load_rows(self, operation: Operation, back: int, *places: str) -> dict[str, Any]:
        """Return by what a flow loads rows: `CartItem` by `id == path.item_id`."""
        flow = self._flows.get(operation.action.flow)
        known: dict[str, Any] = {}
        for step in flow.steps if flow else ():
            row = self._find_row(step.entity, back) if isinstance(step, Load) else None
            if not isinstance(step, Load) or row is None:
                continue
            for setting in step.by:
                tree = setting.value.tree
                if not isinstance(tree, Member) or not isinstance(tree.of, Name):
                    continue
                if tree.of.name in places:
                    known[tree.wire] = self._make_value(step.entity, setting.attribute, row)
        return {wire: value for wire, value in known.items() if value is not None}

    def _guess(
        self, parameters: Iterable[Parameter], back: int, known: dict[str, Any]
    ) -> dict[str, Any]:
        """A parameter no action speaks of may still name a row: `order_id` of a flow."""
        return {
            parameter.name: value
            for parameter in parameters
            if parameter.name not in known
            and (value := self._find_reference(parameter.wire, back)) is not None
        }

    def _make_body(self, operation: Operation, back: int) -> Any:
        body = operation.body
        if operation.action.kind == "upload":
            return b"content"
        content = choose_content(operation)
        if content is None or content.shape is None or body is None:
            return None
        # A flow compares what it is given with rows: small amounts are the likeliest to be had.
        number = 0 if operation.action.kind == "flow" else self._number
        made = self._sampler.make_value(self._narrower.narrow(content.shape), number)
        inner = get_inside(made, body.path)
        view = self._views.get(body.view)
        if content.media_type.startswith("multipart/") and isinstance(made, dict):
            made |= {wire: b"content" for wire in self._list_files(content.shape) if wire in made}
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, dict):
                self._refer(item, view, back)
                if view is not None and operation.action.kind in ("replace", "update"):
                    self._leave_out_own(item, view)
                self._address(item, operation, back)
                self._sign_in(item, operation, back)
                self._satisfy(item, operation, back)
        return made

    def _open(self, shape: Shape) -> Shape:
        schemas = {schema.name: schema.shape for schema in self._ir.api.schemas}
        while shape.kind == "ref":
            shape = schemas[shape.ref]
        return shape

    def _list_files(self, shape: Shape) -> list[str]:
        """Return the fields of a form that hold files."""
        shape = self._open(shape)
        return [field.wire for field in shape.fields if field.shape.format == "binary"]

    def _refer(self, body: dict[str, Any], view: View | None, back: int) -> None:
        """Put keys of rows that exist where the body refers to rows."""
        bindings = {b.wire: b for b in view.bindings} if view else {}
        entity = self._entities.get(view.entity) if view else None
        for wire, value in list(body.items()):
            if isinstance(value, dict):
                self._refer(value, None, back)
                if (
                    wire in bindings
                    and entity
                    and not self._refer_within(value, bindings[wire], entity, back)
                ):
                    self._leave_out(body, wire, view)
                continue
            if isinstance(value, list) and value and isinstance(value[0], dict):
                for item in value:
                    self._refer(item, None, back)
                continue
            binding = bindings.get(wire)
            target = self._find_target(entity, binding) if binding and entity else None
            row = self._find_row(target[0], back) if target else None
            found = self._make_value(*target, row) if target and row else None
            if found is None and target is None:
                found = self._find_reference(wire, back)
                if found is not None and isinstance(value, str):
                    found = write_text(found)  # `userId: string`, where users are counted
            if found is None and target is not None:
                self._leave_out(body, wire, view)
            if found is not None:
                body[wire] = [found] if isinstance(value, list) else found

    def _leave_out(self, body: dict[str, Any], wire: str, view: View | None) -> None:
        """Say nothing of a row where there is none yet: the first folder has no parent."""
        if wire not in self._list_required(view):
            del body[wire]

    def _leave_out_own(self, body: dict[str, Any], view: View) -> None:
        """Refer to no row of its own kind in a change: it might be the row, or lie below it."""
        entity = self._entities.get(view.entity)
        for binding in view.bindings if entity is not None else ():
            target = self._find_target(entity, binding) if entity and binding.wire in body else None
            if target is not None and target[0] == view.entity:
                self._leave_out(body, binding.wire, view)

    def _refer_within(
        self, value: dict[str, Any], binding: Binding, entity: Entity, back: int
    ) -> bool:
        """Name a row that exists within an object that refers to one; tell whether there is one."""
        relation = next((r for r in entity.relations if r.name == binding.member), None)
        shown = self._views.get(binding.view)
        if binding.kind != "relation" or not binding.by or relation is None or shown is None:
            return True
        row = self._find_row(relation.target, back)
        key = self._make_value(relation.target, binding.by, row) if row is not None else None
        wires = [b.wire for b in shown.bindings if b.member == binding.by]
        value |= {wire: key for wire in wires if key is not None}
        return key is not None

    def _list_required(self, view: View | None) -> set[str]:
        schema = next((s for s in self._ir.api.schemas if view and s.name == view.schema), None)
        return {f.wire for f in schema.shape.fields if f.required} if schema else set()

    def _find_target(self, entity: Entity, binding: Binding) -> tuple[str, str] | None:
        """Return the entity and attribute whose values a field holds, alone or in a list."""
        if binding.kind != "relation" or binding.view:
            return _find_reference(entity, binding.member)
        relation = next((r for r in entity.relations if r.name == binding.member), None)
        if relation is None:
            return None
        return relation.target, binding.by or self._entities[relation.target].key

    def _address(self, body: dict[str, Any], operation: Operation, back: int) -> None:
        """Name the row that an operation finds by what its body says: `PUT /pets` with an id."""
        body |= self._load_rows(operation, back, "body")
        row = self._find_row(operation.action.entity, back)
        for match in operation.action.by:
            if match.field and not match.parameter and row is not None:
                value = self._make_value(operation.action.entity, match.attribute, row)
                if value is not None:
                    body[match.field] = value

    def _sign_in(self, body: dict[str, Any], operation: Operation, back: int) -> None:
        """A login sends what a registration has sent."""
        action = operation.action
        if action.kind == "refresh" and action.secret is not None:
            body[action.secret.field] = self._refresh_token
        if action.kind == "current_password":
            self._repeat_password(body, action)
        if action.kind != "login":
            return
        sent = self._sent.get(action.entity) or [{}]
        source = sent[-1 - back % len(sent)]
        for match in (*action.login, *filter(None, [action.secret])):
            given = self._find_sent(action, match, match.field, source)
            if match.field in body and given is not None:  # `login` may have been sent as `email`
                body[match.field] = given

    def sign_in_again(self) -> None:
        """Sign in whoever signed up last, where the caller has been removed."""
        logins = [op for op in self._ir.api.operations if op.action.kind == "login"]
        if logins and not self._token and self._sent.get(logins[0].action.entity):
            self.send(logins[0], 0)

    def _repeat_password(self, body: dict[str, Any], action: Action) -> None:
        """Give who is signed in the password that he has: other calls still know it."""
        logins = [op.action for op in self._ir.api.operations if op.action.kind == "login"]
        known = [
            self._find_sent(login, match, match.field or match.parameter, self._signed)
            for login in logins
            if (match := login.secret) is not None
        ]
        for match in filter(None, (action.secret, action.new_secret)):
            body[match.field] = next((text for text in known if text), body[match.field])

    def _satisfy(self, body: dict[str, Any], operation: Operation, back: int) -> None:
        """A flow may require that a field equals an attribute of a row: `amount == order.total`."""
        flow = self._flows.get(operation.action.flow)
        for wire, entity, attribute in _iter_equalities(flow) if flow else ():
            row = self._find_row(entity, back)
            value = self._make_value(entity, attribute, row) if row else None
            if wire in body and value is not None:
                body[wire] = value

    def _make_credentials(self, operation: Operation, query: dict[str, Any]) -> dict[str, str]:
        headers: dict[str, str] = {}
        if operation.auth.mode == "none" or not operation.auth.alternatives:
            return headers
        for use in self._choose_scheme(operation):
            scheme = self._schemes.get(use.scheme)
            secret = self._find_secret(scheme) if scheme else ""
            if scheme is None or not secret:
                continue
            if scheme.kind != "apiKey":
                headers["Authorization"] = f"{scheme.prefix or 'Bearer'} {secret}".strip()
            elif scheme.location == "query":
                query[scheme.parameter] = secret
            elif scheme.location == "cookie":
                headers["Cookie"] = f"{scheme.parameter}={secret}"
            else:
                headers[scheme.parameter] = f"{scheme.prefix} {secret}".strip()
        return headers

    def _choose_scheme(self, operation: Operation) -> tuple[SchemeUse, ...]:
        """Return the first way in whose secrets are all at hand, or the first."""
        for uses in operation.auth.alternatives:
            schemes = [self._schemes.get(use.scheme) for use in uses]
            if uses and all(scheme and self._find_secret(scheme) for scheme in schemes):
                return uses
        return operation.auth.alternatives[0]

    def list_secrets(self) -> dict[str, str]:
        """Return what is at hand for each security scheme, by its name, as it is sent.

        For basic authentication this is `name:password`, else without the word before it.
        """
        found = {name: self._find_plain_secret(scheme) for name, scheme in self._schemes.items()}
        return {name: secret for name, secret in found.items() if secret}

    def _find_plain_secret(self, scheme: AuthScheme) -> str:
        if scheme.issuer == "configured":
            return self._api_keys[0] if self._api_keys else ""
        secret = self._find_secret(scheme)
        return f"{scheme.prefix} {secret}".strip() if scheme.kind == "apiKey" else secret

    def _find_secret(self, scheme: AuthScheme) -> str:
        if scheme.issuer == "configured":
            key = self._api_keys[0] if self._api_keys else ""
            return base64.b64encode(key.encode()).decode() if scheme.prefix == "Basic" else key
        return self._token or self._issue_token()

    def _issue_token(self) -> str:
        """Return what the application itself would sign for a user, where no operation does."""
        principal = self._ir.infrastructure.principal
        if principal is None or not self._secret:
            return ""
        key = self._entities[principal.entity].key
        for row in self._rows.get(principal.entity, ()):
            subject = self._make_value(principal.entity, key, row)
            if subject is not None:
                return issue_token(str(subject), self._secret)
        return ""

    # --- what came back ----------------------------------------------------------------------

    def _remember(self, operation: Operation, back: int, sent: Any, answer: Any) -> None:
        action = operation.action
        known_rows = {id(row) for row in self._rows.get(action.entity, ())}
        parents = self._list_parents(operation, back)
        if action.kind in MAKERS or (action.kind == "flow" and operation.status == 201):
            self._made.setdefault(operation.name, operation)
        gone = self._find_row(action.entity, back) if action.kind in DESTROYERS else None
        if gone is not None:
            self._rows[action.entity].remove(gone)
        if action.kind in MAKERS:
            inner = get_inside(sent, operation.body.path if operation.body else ())
            made = [item for item in _list_rows(inner) if isinstance(item, dict)]
            self._take_shown(operation, made, answer)
            self._sent.setdefault(action.entity, []).extend(made)
            if operation.payload.view not in self._views:
                self._rows.setdefault(action.entity, []).extend(made)
        token = find_token(operation, answer, self._ir)
        self._refresh_token = find_extra(operation, answer, "refresh_token") or self._refresh_token
        if self.destroys_viewer(operation):
            self._logged_in = False
            if action.kind in DESTROYERS:
                self._token = ""  # he is gone, and nobody takes it any more
        if token and (not self._token or (action.kind == "login" and not self._logged_in)):
            self._token = token  # and it is kept: the rows that were made are this caller's
            self._logged_in = action.kind == "login"
            known = self._sent.get(action.entity) or [{}]
            self._signed = known[-1 - back % len(known)]
            self._take_shown(operation, [self._signed], answer)
            self._caller = None
        view = self._views.get(operation.payload.view)
        if view is not None and operation.payload.kind in {"item", "list", "flow"}:
            shown = get_inside(answer, operation.payload.path)
            changed = self._find_row(view.entity, back) if action.kind in _CHANGERS else None
            if changed is not None and view.entity == action.entity and isinstance(shown, dict):
                changed.update(shown)  # its key may have changed: a slug follows its title
            self._keep(view, shown)
        self._settle(operation, parents, known_rows)

    def _take_shown(self, operation: Operation, made: list[dict[str, Any]], answer: Any) -> None:
        """Add to a row that was made what the answer says of it beside a message: its key."""
        entity = self._entities[operation.action.entity]
        wires = {a.name: a.wire or a.name for a in entity.attributes}
        for extra in operation.payload.extras:
            if extra.source != "attribute" or extra.value is None or len(made) != 1:
                continue
            value = get_inside(answer, extra.path)
            name = str(extra.value.value)
            if name in wires and value is not None:
                made[0][wires[name]] = value

    def _keep(self, view: View, found: Any) -> None:
        """Remember rows shown with a view, and those nested in them."""
        rows = self._rows.setdefault(view.entity, [])
        for row in _list_rows(found):
            if not isinstance(row, dict):
                continue
            if not self._knows(view.entity, row):
                rows.append(row)
            for binding in view.bindings:
                nested = self._views.get(binding.view)
                if nested is not None and row.get(binding.wire):
                    self._keep(nested, row[binding.wire])

    def _knows(self, entity: str, row: dict[str, Any]) -> bool:
        """A row met again takes the place of what was known of it."""
        key = self._find_key_wire(entity)
        for known in self._rows.get(entity, ()):
            if key and known.get(key) is not None and known.get(key) == row.get(key):
                known.update(row)
                return True
        return False

    def _find_key_wire(self, entity: str) -> str:
        found = self._entities[entity]
        wires = {a.name: a.wire for a in found.attributes}
        unique = [u.attributes[0] for u in found.unique if len(u.attributes) == 1]
        return next((wires[n] for n in (found.key, *unique) if wires.get(n)), "")

    def _find_row(self, entity: str, back: int) -> dict[str, Any] | None:
        rows = self._rows.get(entity)
        return rows[-1 - back % len(rows)] if rows else None

    def _make_value(self, entity: str, attribute: str, row: dict[str, Any]) -> Any:
        owner = self._entities[entity]
        wires = {a.name: a.wire or a.name for a in owner.attributes}  # a seed has what none shows
        wires |= {d.name: d.wire for d in owner.derived}
        return row.get(wires.get(attribute, ""))

    def _find_reference(self, wire: str, back: int) -> Any:
        """`product_id`, `productId`, `product`: the key of a product that exists."""
        plain = wire.replace("_", "").lower()
        for entity in self._entities:
            name = entity.lower()
            for suffix in ("id", "key", "slug", "uuid"):
                if plain == name + suffix and (row := self._find_row(entity, back)) is not None:
                    return row.get(suffix, row.get(self._find_key_wire(entity)))
        return None


def _find_reference(entity: Entity, member: str) -> tuple[str, str] | None:
    attribute = next((a for a in entity.attributes if a.name == member), None)
    return attribute.references if attribute is not None else None


def _list_rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _iter_equalities(flow: Flow) -> Iterator[tuple[str, str, str]]:
    """Yield (body field, entity, attribute) for each required equality of the two."""
    loaded = {step.name: step.entity for step in flow.steps if isinstance(step, Load)}
    for step in flow.steps:
        tree = step.condition.tree if isinstance(step, Require) else None
        if not isinstance(tree, Compare) or tree.op != "==":
            continue
        for one, other in ((tree.left, tree.right), (tree.right, tree.left)):
            if not isinstance(one, Member) or not isinstance(other, Member):
                continue
            row = other.of.name if isinstance(other.of, Name) else ""
            if one.of == Name("body") and row in loaded:
                yield one.wire, loaded[row], other.name
