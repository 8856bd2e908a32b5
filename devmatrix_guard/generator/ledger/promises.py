"""Promises: what a spec says of each operation, and the code that would keep each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from devmatrix_guard.generator.emit.api.routes import name_route_module
from devmatrix_guard.generator.emit.models.json_schema import SchemaPlace
from devmatrix_guard.generator.emit.models.schemas import iter_references, name_field
from devmatrix_guard.generator.emit.models.signatures import (
    find_raw_content,
    is_supported,
    list_parameters,
    name_parameter,
    read_content,
    resolve,
)
from devmatrix_guard.generator.emit.models.types import CHECKED_FORMATS
from devmatrix_guard.generator.emit.services.response_headers import (
    find_place,
    find_total_header,
    has_link_header,
    sets_tag,
)
from devmatrix_guard.generator.emit.services.services import (
    find_home,
    is_served,
    name_service_module,
)
from devmatrix_guard.generator.emit.services.workflows import name_workflow_module
from devmatrix_guard.generator.ledger.line import Evidence, Promise
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Operation, Parameter, Response, is_json, is_list_of_edits
from devmatrix_guard.ir.shape import Schema, Shape

_KEYWORDS = {
    "ge": ("minimum", "ge="),
    "gt": ("exclusiveMinimum", "gt="),
    "le": ("maximum", "le="),
    "lt": ("exclusiveMaximum", "lt="),
    "multiple_of": ("multipleOf", "multiple_of=|Multiple\\("),
    "min_length": ("minLength", "min_?[lL]ength"),
    "max_length": ("maxLength", "max_?[lL]ength"),
    "pattern": ("pattern", "pattern=|Pattern\\("),
    "min_items": ("minItems", "min_length="),
    "max_items": ("maxItems", "max_length="),
    "unique_items": ("uniqueItems", "unique_items"),
    "min_properties": ("minProperties", "min_length=|min_properties"),
    "max_properties": ("maxProperties", "max_length=|max_properties"),
}
_FORMATS = {
    "uuid": "Uuid",
    "date": "Day",
    "date-time": "Moment",
    "decimal": "Decimal",
    **{name: f"{name}_format" for name in CHECKED_FORMATS},
    "int32": "int32",
    "int64": "whole",
    "float": "float32",
    "double": "number",
    "binary": "File",
    "password": "str",
}
_RAISED = {  # cause -> what raises it, in a service, workflow or state machine
    "bad_credentials": r"bad_credentials|verify_password",
    "conflict": r"(check_\w+|add|delete|refresh|settle|flush)\(|status=|conflict|fire|ProblemError",
    "forbidden": r"forbidden\(|forbidden|\.needing\(|status=403",
    "not_found": r"not_found\(|_find_row\(|check_\w+\(|unknown_reference|status=404|find_\w+\(",
    "precondition_failed": r"check_match\(",
    "precondition_required": r"check_match\(",
}
_OF_CALLERS = {
    "invalid": r"Query\(|Body\(|Form\(|Path\(|Header\(|Cookie\(|request\.body\(",
    "malformed": r"Body\(|Form\(|request\.body\(",
    "unsupported_media_type": r"Body\(|Form\(|request\.body\(",
    "unauthenticated": r"authenticate\(",
}
_HAS_DEFAULT = r"(?s) = \S.*\Z"
_HAS_NO_DEFAULT = r"(?s)\A(?!.* = \S+\Z)."
_NOT_IMPLEMENTED = "the operation answers 501"


def iter_promises(plan: Plan) -> Iterator[Promise]:
    """Yield every promise of a spec: of its operations in their order, then of its schemas."""
    requested: set[str] = set()
    for operation in plan.ir.api.operations:
        yield from _iter_operation(plan, operation)
        for content in operation.body.content if operation.body else ():
            if content.shape is not None:
                requested |= set(iter_references(content.shape))
    queue, seen = list(requested), set[str]()
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += iter_references(plan.schemas[name].shape)
    for name in sorted(seen):
        yield from _iter_schema(plan, plan.schemas[name])
    for notice in plan.ir.notices:
        if notice.kind == "ignored":
            yield Promise(notice.pointer, "note", notice.message, reason=notice.message)


def _iter_operation(plan: Plan, operation: Operation) -> Iterator[Promise]:
    subject = f"{operation.method} {operation.path}"
    route = Evidence(f"{name_route_module(operation.group or 'root').replace('.', '/')}.py")
    route = route._replace(scope=operation.name)
    if operation.action.kind == "not_implemented":
        yield Promise(subject, "operation", "", by_hand=True, reason=operation.action.reason)
        for kind, name in _list_bare(plan, operation):
            yield Promise(subject, kind, name, by_hand=True, reason=_NOT_IMPLEMENTED)
        return
    served = is_served(plan, operation)
    own = route
    if served:
        module = name_service_module(plan, find_home(plan, operation)).replace(".", "/")
        own = Evidence(f"{module}.py", operation.name)
    yield Promise(subject, "operation", "", (own._replace(needle=r"\S"), *_call(route, served)))
    if operation.action.kind == "flow" and operation.action.flow in plan.flows:
        module = name_workflow_module(plan.flows[operation.action.flow]).replace(".", "/")
        own = Evidence(f"{module}.py", operation.action.flow)
    taken = {parameter.name for parameter in list_parameters(plan, operation)}
    for parameter in operation.parameters:
        yield from _iter_parameter(plan, subject, parameter, route, own, taken)
    yield from _iter_body(plan, subject, operation, route)
    yield from _iter_security(subject, operation, route)
    yield from _iter_answers(plan, subject, operation, route, own)


def _call(route: Evidence, served: bool) -> tuple[Evidence, ...]:
    return (route._replace(needle=rf"\)\.{route.scope}\("),) if served else ()


def _list_bare(plan: Plan, operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield the promises of an operation that is not implemented."""
    for parameter in operation.parameters:
        yield "parameter", f"{parameter.location} {parameter.wire}"
    for content in operation.body.content if operation.body else ():
        if content.declared:
            yield "request", content.media_type
    for uses in operation.auth.alternatives:
        for use in uses:
            yield from (("scope", scope) for scope in use.scopes)
    for response in operation.responses:
        yield "status", response.status
        yield from (("header", header.wire) for header in response.headers)
    del plan


def _iter_parameter(
    plan: Plan,
    subject: str,
    parameter: Parameter,
    route: Evidence,
    own: Evidence,
    taken: set[str],
) -> Iterator[Promise]:
    label = f"{parameter.location} {parameter.wire}"
    shape = resolve(plan, parameter.shape)
    parts = (
        shape is not None
        and shape.kind == "object"
        and any(name.startswith(f"{parameter.name}_") for name in taken)
    )
    name = name_parameter(parameter)
    used = own._replace(needle=rf"\b{name}{'_' if parts else chr(92) + 'b'}", inside=True)
    if not (is_supported(plan, parameter) or parts) or (not parts and parameter.name not in taken):
        reason = "it is documented, and not read"
        yield Promise(subject, "parameter", label, reason=reason)
        return
    if not parameter.role and parameter.location != "path":
        yield Promise(subject, "parameter", label, reason="nothing is known to depend on it")
    else:
        yield Promise(subject, "parameter", label, (used,))
    at = route._replace(argument=name)
    yield from _iter_limits(plan, subject, label, parameter.shape, at)
    default = (resolve(plan, parameter.shape) or parameter.shape).default
    if default is not None and default.value is not None:
        text = f"{label}: default {json.dumps(default.value, ensure_ascii=False)}"
        yield Promise(subject, "constraint", text, (at._replace(needle=_HAS_DEFAULT),))


def _iter_limits(
    plan: Plan, subject: str, label: str, shape: Shape, at: Evidence, *, named: bool = False
) -> Iterator[Promise]:
    """Yield the constraints, the format and the values of one field or parameter.

    Args:
        named: a schema of its own is written by its name there, and not as what it stands for.
    """
    if shape.kind == "ref" and (inner := resolve(plan, shape)) and inner.kind == "object":
        return
    resolved = resolve(plan, shape) or shape
    kept = resolved._replace(constraints=(*resolved.constraints, *shape.constraints))
    known = plan.places.get(shape.ref) if named and shape.kind == "ref" else None
    for constraint in dict.fromkeys(kept.constraints):
        keyword, needle = _KEYWORDS[constraint.kind]
        text = f"{label}: {keyword} {constraint.value}"
        own = known if constraint in resolved.constraints else None
        yield Promise(subject, "constraint", text, _find_type(at, own, needle))
    if kept.format:
        needle = _FORMATS.get(kept.format, "")
        evidence = _find_type(at, known, needle) if needle else ()
        reason = "" if needle else "the format is documented, and not checked"
        yield Promise(subject, "format", f"{label}: {kept.format}", evidence, reason=reason)
    if kept.enum:
        values = plan.places[shape.ref].class_name if shape.kind == "ref" else r"Literal\["
        yield Promise(subject, "constraint", f"{label}: enum", (at._replace(needle=values),))
    if kept.items is not None and kept.kind == "array" and kept.items.kind != "ref":
        yield from _iter_limits(plan, subject, f"{label}[]", kept.items, at)


def _find_type(at: Evidence, known: SchemaPlace | None, needle: str) -> tuple[Evidence, ...]:
    """Return the evidence for a limit: in the type at a place, or in the one that it names."""
    if known is None:
        return (at._replace(needle=needle),)
    defined = rf"(?ms)^{known.class_name} = (?:(?!\n\S).)*?(?:{needle})"
    path = f"{known.module.replace('.', '/')}.py"
    return (at._replace(needle=rf"\b{known.class_name}\b"), Evidence(path, needle=defined))


def _iter_body(
    plan: Plan, subject: str, operation: Operation, route: Evidence
) -> Iterator[Promise]:
    body = operation.body
    if body is None:
        return
    read = read_content(plan, body.content)
    evidence: tuple[Evidence, ...]
    for content in (c for c in body.content if c.declared):
        plain = content.media_type.partition(";")[0]
        if operation.action.kind == "upload":
            evidence = (route._replace(needle=r"request\.body\("),)
        elif content is read or (
            read is not None and is_json(plain) and not is_list_of_edits(plain)
        ):
            evidence = (route._replace(needle=r"Body\(|Form\("),)
        elif read is not None and plain in ("application/x-www-form-urlencoded", "application/xml"):
            evidence = (Evidence(route.path, needle=r"AnyBodyRoute"),)
        else:
            evidence = ()
        reason = "" if evidence else "a body of this media type is not read"
        yield Promise(subject, "request", content.media_type, evidence, reason=reason)


def _iter_security(subject: str, operation: Operation, route: Evidence) -> Iterator[Promise]:
    if operation.auth.mode == "none" or not operation.auth.declared:
        return
    for uses in operation.auth.alternatives:
        for use in uses:
            needle = rf"schemes\.{use.scheme}\b"
            yield Promise(subject, "security", use.scheme, (route._replace(needle=needle),))
            for scope in use.scopes:
                needle = rf'needing\([^)]*"{re.escape(scope)}"'
                yield Promise(subject, "scope", scope, (route._replace(needle=needle),))


def _iter_answers(
    plan: Plan, subject: str, operation: Operation, route: Evidence, own: Evidence
) -> Iterator[Promise]:
    for response in operation.responses:
        yield _promise_status(plan, subject, operation, response.status, route, own)
        if response.status != str(operation.status):
            yield from _iter_other_answer(plan, subject, operation, response)
            continue
        for header in response.headers:
            yield _promise_header(plan, subject, operation, header.wire, own)
        raw = find_raw_content(operation)
        for content in (c for c in response.content if c.declared):
            sent = content is raw or (raw is None and is_json(content.media_type))
            needle = r"media_type=" if raw is not None else r"return |raise "
            evidence = (route._replace(needle=needle),) if sent else ()
            reason = "" if sent else "no answer is written in this media type"
            yield Promise(subject, "response", content.media_type, evidence, reason=reason)


def _iter_other_answer(
    plan: Plan, subject: str, operation: Operation, response: Response
) -> Iterator[Promise]:
    """Yield the headers and media types of an answer that is not the one of success."""
    for header in response.headers:
        reason = "nothing is known to say in it"
        yield Promise(subject, "header", f"{response.status} {header.wire}", reason=reason)
    bodies = {body.name: body for body in plan.ir.api.error_bodies}
    said = {
        bodies[rule.body].media_type
        for rule in operation.errors
        if rule.declared and rule.body in bodies and _is_status_of(response.status, rule.status)
    }
    for content in response.content:
        name = f"{response.status} {content.media_type}"
        needle = re.escape(f'"{content.media_type}"')
        kept = content.media_type in said
        evidence = (Evidence("src/api/error_bodies.py", needle=needle),) if kept else ()
        reason = "" if kept else "no answer is written in this media type"
        yield Promise(subject, "response", name, evidence, reason=reason)


def _is_status_of(declared: str, status: int) -> bool:
    return declared in (str(status), f"{status // 100}XX", "default")


def _promise_header(
    plan: Plan, subject: str, operation: Operation, wire: str, own: Evidence
) -> Promise:
    lower = wire.lower()
    is_set = (
        (lower == "etag" and sets_tag(plan, operation))
        or (lower == "location" and find_place(plan, operation) is not None)
        or (lower == "link" and has_link_header(operation))
        or wire == find_total_header(operation)
    )
    needle = rf'headers\["{re.escape({"etag": "ETag", "location": "Location"}.get(lower, wire))}"\]'
    evidence = (own._replace(needle=needle),) if is_set else ()
    reason = "" if is_set else "nothing is known to say in it"
    return Promise(subject, "header", wire, evidence, reason=reason)


def _promise_status(
    plan: Plan, subject: str, operation: Operation, status: str, route: Evidence, own: Evidence
) -> Promise:
    if status == str(operation.status) or status in ("2XX", "default"):
        return Promise(subject, "status", status, (route._replace(needle=r"\S"),))
    if status == "201" and operation.action.kind == "upsert":
        return Promise(subject, "status", status, (own._replace(needle="status_code = 201"),))
    if status == "304" and any(p.role == "precondition" for p in operation.parameters):
        return Promise(subject, "status", status, (own._replace(needle="check_none_match"),))
    if status in ("500", "503", "5XX", "405", "413"):
        errors = Evidence("src/api/errors.py", needle="install_error_handlers")
        return Promise(subject, "status", status, (errors,))
    scoped = any(use.scopes for uses in operation.auth.alternatives for use in uses)
    for rule in operation.errors:
        fits = status in (str(rule.status), f"{rule.status // 100}XX")
        if not fits or not rule.declared:
            continue
        rules = Evidence("src/api/error_rules.py", needle=_find_rule(operation.name, rule.cause))
        place = own._replace(needle=rf"refuse\({status}\b|{_RAISED.get(rule.cause, chr(92) + 'S')}")
        if rule.cause in _OF_CALLERS:
            place = route._replace(needle=_OF_CALLERS[rule.cause])
        elif rule.cause == "forbidden" and scoped:
            place = route._replace(needle=r"needing\(")
        unique = _find_uniqueness(plan, operation) if rule.cause == "conflict" else ()
        return Promise(subject, "status", status, (rules, place, *unique))
    reason = "nothing is known that it would answer"
    refused = own._replace(needle=rf"refuse\({status}\b")
    evidence = (refused,) if operation.action.kind == "flow" else ()
    return Promise(subject, "status", status, evidence, reason=reason)


def _find_uniqueness(plan: Plan, operation: Operation) -> tuple[Evidence, ...]:
    """Return the constraints by which the database refuses what is taken, and what tells of it."""
    entity = plan.entities.get(operation.action.entity)
    if entity is None or operation.action.kind not in ("create", "register", "update", "replace"):
        return ()
    path = f"src/models/entities/{plan.modules[entity.name]}.py"
    keys = [r",\s*".join(f'"{name}"' for name in key.attributes) for key in entity.unique]
    made = [Evidence(path, needle=rf"UniqueConstraint\(\s*{key}") for key in keys]
    return (*made, Evidence("src/api/errors.py", needle="already_taken\\(taken")) if made else ()


def _find_rule(operation: str, cause: str) -> str:
    return rf'"{operation}": \{{[^}}]*"{cause}"'


def _iter_schema(plan: Plan, schema: Schema) -> Iterator[Promise]:
    place = plan.places.get(schema.name)
    if place is None or schema.shape.kind != "object":
        return
    path = f"{place.module.replace('.', '/')}.py"
    own = Evidence(path, place.class_name)
    label = schema.wire or schema.name
    if schema.shape.extra == "forbid":
        closed = own._replace(needle='extra="forbid"')
        yield Promise(label, "constraint", "additionalProperties false", (closed,))
    names = {field.wire: name_field(field) for field in schema.shape.fields}
    for name, others in schema.shape.dependents:
        asks = own._replace(needle="AskingModel")
        listed = r",\s*".join(f'"{names[other]}"' for other in others)
        entry = own._replace(needle=rf'dependent_required[^}}]*"{names[name]}": \(\s*{listed}')
        text = f"{name}: dependentRequired {', '.join(others)}"
        yield Promise(label, "constraint", text, (asks, entry))
    for field in schema.shape.fields:
        at = own._replace(argument=name_field(field))
        if field.shape.read_only:
            kept = schema.name in plan.views
            marked = (at._replace(needle='"readOnly": True'),) if kept else ()
            reason = "" if kept else "it lies within what is stored as it comes"
            yield Promise(label, "constraint", f"{field.wire}: readOnly", marked, reason=reason)
            continue
        if field.required:
            text = f"{field.wire}: required"
            yield Promise(label, "constraint", text, (at._replace(needle=_HAS_NO_DEFAULT),))
        yield from _iter_limits(plan, label, field.wire, field.shape, at, named=True)
