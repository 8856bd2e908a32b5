"""Operations: endpoints with what they do, who may call them and what can go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.actions.result import Result
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.errors import Errors
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir.api import SELF, Action, Auth, ErrorCause, Operation, SchemeUse
from devmatrix_guard.ir.behavior import BehaviorModel
from devmatrix_guard.ir.domain import DomainModel, Entity, View
from devmatrix_guard.ir.infrastructure import AuthScheme
from devmatrix_guard.ir.names import to_snake

_SAYS_OPTIONAL = (
    "auth is optional",
    "authentication optional",
    "authentication is optional",
    "optional auth",
    "optionally authenticated",
)
_WRITES = ("create", "create_many", "register", "update", "replace", "upsert", "current_update")


class OperationMaker:
    """Joins an endpoint and what was found out about it into an `Operation`."""

    def __init__(
        self,
        domain: DomainModel,
        schemes: tuple[AuthScheme, ...],
        errors: Errors,
        findings: Findings,
    ) -> None:
        self._entities = {entity.name: entity for entity in domain.entities}
        self._views = {view.schema: view for view in domain.views}
        self._schemes = schemes
        self._scheme_names = {scheme.wire: scheme.name for scheme in schemes}
        self._errors = errors
        self._findings = findings

    def make(self, endpoint: Endpoint, result: Result) -> Operation:
        """Return the operation; an action that cannot answer in the declared shape is refused."""
        action, payload, roles = result
        if payload.kind == "opaque" and action.kind != "not_implemented":
            action = action._replace(
                kind="not_implemented", reason="the shape of its answer is not understood"
            )
        if action.kind == "not_implemented":
            text = f"{endpoint.method} {endpoint.path} will answer 501: {action.reason}"
            self._findings.add_not_implemented(text, endpoint.pointer)
        auth = self._apply_declared_auth(endpoint, self._make_auth(endpoint, payload.view))
        action = self._apply_declared_guard(endpoint, action)
        self._record(endpoint, action.kind, action.entity)
        body = endpoint.body
        if body is not None and endpoint.sent and endpoint.sent.schema in self._views:
            body = body._replace(view=endpoint.sent.schema)
        parameters = tuple(p._replace(role=roles.get(p.name, "")) for p in endpoint.parameters)
        made = Operation(
            name=endpoint.name,
            wire=endpoint.wire,
            method=endpoint.method,
            path=endpoint.path,
            route=endpoint.route,
            status=endpoint.status,
            action=action,
            payload=payload,
            group=_group(endpoint, action.entity),
            auth=auth,
            parameters=parameters,
            body=body,
            responses=endpoint.responses,
            tags=endpoint.tags,
            summary=endpoint.summary,
            description=endpoint.description,
            deprecated=endpoint.deprecated,
            pointer=endpoint.pointer,
        )
        return made._replace(errors=self._errors.make_rules(endpoint, self._find_causes(made)))

    def _record(self, endpoint: Endpoint, kind: str, entity: str) -> None:
        node = f"api/{endpoint.name}"
        if kind == "flow":
            self._findings.add_explicit(node, "runs a flow", endpoint.pointer)
        elif kind != "not_implemented":
            claim = f"{kind.replace('_', ' ')} {entity}".strip()
            self._findings.add_inferred(node, claim, endpoint.pointer, 0.9)

    def _make_auth(self, endpoint: Endpoint, view: str) -> Auth:
        """Name the schemes, and see where a sign-in is welcome though not demanded."""
        alternatives = tuple(
            tuple(use._replace(scheme=self._scheme_names[use.scheme]) for use in uses)
            for uses in endpoint.auth.alternatives
        )
        auth = endpoint.auth._replace(alternatives=tuple(uses for uses in alternatives if uses))
        bare = {scheme.wire for scheme in self._schemes if not scheme.declared}
        if any(use.scheme in bare for uses in endpoint.auth.alternatives for use in uses):
            text = (
                f"{endpoint.method} {endpoint.path} names a security scheme that "
                "components/securitySchemes does not declare; its callers must bring a bearer "
                "token, unless x-auth is false"
            )
            self._findings.add_ignored(text, endpoint.pointer)
        if auth.mode != "none" or not self._schemes:
            return auth
        spoken = any(word in endpoint.text for word in _SAYS_OPTIONAL)
        personal = endpoint.method == "GET" and self._is_personal(view, set())
        if not spoken and not personal:
            return auth
        self._findings.add_inferred(
            f"api/{endpoint.name}",
            "knows the viewer when a token is sent, as its answer depends on him",
            endpoint.pointer,
            0.85,
        )
        usable = [scheme for scheme in self._schemes if scheme.issuer == "token"]
        concluded = tuple((SchemeUse(scheme.name),) for scheme in usable)
        return Auth("optional", concluded, declared=False)

    def _apply_declared_auth(self, endpoint: Endpoint, auth: Auth) -> Auth:
        """Let `x-auth` have the last word on who may call."""
        given = endpoint.extensions.get("x-auth")
        if given is False:
            return Auth()
        usable = auth.alternatives or tuple((SchemeUse(s.name),) for s in self._schemes)
        if isinstance(given, dict) and given.get("optional") is True:
            return Auth("optional", usable)
        if given is True or isinstance(given, dict):
            return Auth("required", usable) if usable else auth
        return auth

    def _apply_declared_guard(self, endpoint: Endpoint, action: Action) -> Action:
        """Let `x-auth` say whose rows these are."""
        given = endpoint.extensions.get("x-auth")
        if not isinstance(given, dict) or not action.entity:
            return action
        owner = to_snake(str(given["owner"])) if "owner" in given else action.owner
        names = [relation.name for relation in self._entities[action.entity].relations]
        if owner and owner not in (*names, SELF):
            at = f"{endpoint.pointer}/x-auth/owner"
            raise SpecError(f"{action.entity} has no relation {owner!r}{suggest(owner, names)}", at)
        private = bool(given.get("private", action.private)) and bool(owner)
        return action._replace(owner=owner, private=private)

    def _is_personal(self, view: str, seen: set[str]) -> bool:
        """Whether what a view shows depends on who looks."""
        found: View | None = self._views.get(view)
        if found is None or view in seen:
            return False
        seen.add(view)
        entity = self._entities[found.entity]
        personal = {d.name for d in entity.derived if d.kind.startswith("viewer_")}
        return any(
            (binding.kind == "derived" and binding.member in personal)
            or (binding.kind == "relation" and self._is_personal(binding.view, seen))
            for binding in found.bindings
        )

    def _find_causes(self, operation: Operation) -> set[ErrorCause]:
        action = operation.action
        causes: set[ErrorCause] = {"internal"}
        if operation.auth.mode == "required":
            causes.add("unauthenticated")
        if any(use.scopes for uses in operation.auth.alternatives for use in uses):
            causes.add("forbidden")
        if any(p.role == "precondition" for p in operation.parameters):
            causes.add("precondition_failed")
            if any(response.status == "428" for response in operation.responses):
                causes.add("precondition_required")
        if operation.parameters or operation.body:
            causes.add("invalid")
        if operation.body:
            causes |= {"malformed", "unsupported_media_type"}
        if action.kind == "not_implemented":
            return causes | {"not_implemented"}
        if action.by or action.parents or action.kind == "flow":
            causes.add("not_found")
        if action.kind in ("login", "refresh", "current_password", "reset_password"):
            causes.add("bad_credentials")
        refuses = any(parent.refused for parent in action.parents)
        if refuses or (action.owner and not action.private):
            causes.add("forbidden")
        entity = self._entities.get(action.entity)
        if action.kind == "flow":
            causes.add("conflict")
        if entity is not None:
            causes |= _find_entity_causes(entity, action.kind)
        return causes


def check_flow_answers(operations: Iterable[Operation], behavior: BehaviorModel) -> None:
    """Check that each flow which returns rows has an answer that can show them.

    Raises:
        SpecError: the answer of the operation has no schema of an entity.
    """
    flows = {flow.name: flow for flow in behavior.flows}
    for operation in operations:
        flow = flows.get(operation.action.flow)
        returns = flow.returns.partition(":")[0] if flow is not None else ""
        shows = operation.payload.kind == "empty" or operation.payload.view
        if returns in ("row", "rows") and not shows:
            text = "its flow returns rows, but its answer has no schema of an entity; give it one"
            raise SpecError(text, f"{operation.pointer}/responses")


def _find_entity_causes(entity: Entity, kind: str) -> set[ErrorCause]:
    causes: set[ErrorCause] = set()
    if kind in _WRITES:
        client_key = any(a.origin == "client_key" for a in entity.attributes)
        if entity.unique or client_key:
            causes.add("conflict")
        keyed = any(a.references and a.origin == "input" for a in entity.attributes)
        if keyed or any(r.kind == "many_to_many" and r.keeps_order for r in entity.relations):
            causes.add("not_found")
    if kind in ("delete", "current_delete") and any(
        r.kind == "one_to_many" and r.on_delete == "restrict" for r in entity.relations
    ):
        causes.add("conflict")
    return causes


def _group(endpoint: Endpoint, entity: str) -> str:
    if endpoint.tags:
        return to_snake(endpoint.tags[0])
    if entity:
        return to_snake(entity)
    return next(iter(endpoint.literals), "root")


def sort_for_routing(operations: list[Operation]) -> tuple[Operation, ...]:
    """Keep the order of the spec, but literal segments before parameters where both would match."""
    indexed = list(enumerate(operations))
    shadowed: Mapping[int, tuple[int, ...]] = {
        index: tuple(
            ("{" in part) + (part.startswith("{") and part.endswith("}"))
            for part in op.path.split("/")
        )
        for index, op in indexed
    }
    return tuple(op for index, op in sorted(indexed, key=lambda item: (shadowed[item[0]], item[0])))
