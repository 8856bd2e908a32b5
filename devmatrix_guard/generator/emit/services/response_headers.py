"""What an answer says beside its body: where a new row is, how many there are, what comes next."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.signatures import name_parameter
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import Doc, Lines, call, put, write_string
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Header, Operation, Parameter

SERVICE_BASE = "src.services.base"
_MAKES = ("create", "register", "upsert")
_TOTALS = (
    "x_total_count",
    "total_count",
    "x_total",
    "x_count",
    "x_pagination_total",
    "x_pagination_total_count",
    "pagination_total",
    "total",
)
_LINKS = ("next_link", "previous_link")


def find_total_header(operation: Operation) -> str:
    """Return the header that is declared to say how many rows there are, or ""."""
    return next((h.wire for h in _list_headers(operation) if h.name in _TOTALS), "")


def has_link_header(operation: Operation) -> bool:
    """Tell whether a list is declared to say in a header where its next page is."""
    paged = operation.action.pagination.position != ""
    return paged and any(h.wire.lower() == "link" for h in _list_headers(operation))


def may_create(operation: Operation) -> bool:
    """Tell whether the status says if a row was made or replaced."""
    declared = {response.status for response in operation.responses}
    return operation.action.kind == "upsert" and {"200", "201"} <= declared


def sets_tag(plan: Plan, operation: Operation) -> bool:
    """Tell whether an answer says which state of a row it shows."""
    declared = any(header.wire.lower() == "etag" for header in _list_headers(operation))
    return declared and bool(find_tagged_view(plan, operation))


def find_precondition(operation: Operation) -> Parameter | None:
    """Return the header that names the state of the row which is asked for, or changed."""
    return next((p for p in operation.parameters if p.role == "precondition"), None)


def find_tagged_view(plan: Plan, operation: Operation) -> str:
    """Return the view whose content the tag of a row stands for: that of the row alone, or ""."""
    entity = operation.action.entity
    if operation.action.kind in ("list", "feed", "values", "count", "flow"):
        return ""
    shown = [
        other.payload.view
        for other in plan.ir.api.operations
        if other.action.entity == entity and other.action.kind in ("read", "current")
    ]
    own = operation.payload.view if operation.payload.kind == "item" else ""
    return next((view for view in (*shown, own) if view in plan.views), "")


def needs_response(plan: Plan, operation: Operation) -> bool:
    """Tell whether a service sets headers or the status of its answer."""
    return (
        bool(find_total_header(operation))
        or has_link_header(operation)
        or may_create(operation)
        or sets_tag(plan, operation)
        or find_place(plan, operation) is not None
    )


def needs_request(plan: Plan, operation: Operation) -> bool:
    """Tell whether a service says addresses, which depend on the one it is asked at."""
    linked = any(extra.source in _LINKS for extra in operation.payload.extras)
    paged = operation.action.pagination.position != ""
    return (linked and paged) or has_link_header(operation) or bool(find_place(plan, operation))


def find_place(plan: Plan, operation: Operation) -> Operation | None:
    """Return the operation that shows the row which this one makes, if it can be asked for it."""
    if operation.action.kind not in _MAKES or operation.method not in ("POST", "PUT"):
        return None
    known = {p.wire for p in operation.parameters if p.location == "path"}
    for other in plan.ir.api.operations:
        action = other.action
        if action.kind != "read" or action.entity != operation.action.entity:
            continue
        own = {match.parameter for match in action.by if match.parameter}
        path = [p for p in other.parameters if p.location == "path"]
        if len(own) == len(action.by) and {p.wire for p in path if p.name not in own} <= known:
            return other
    return None


def set_place(plan: Plan, operation: Operation, imports: Imports) -> Lines:
    """Return the statement that tells where the row called `row` is from now on."""
    other = find_place(plan, operation)
    if other is None:
        return []
    attributes = {match.parameter: match.attribute for match in other.action.by}
    own = {p.wire: p for p in operation.parameters if p.location == "path"}
    values: dict[str, Doc | None] = {}
    for parameter in other.parameters:
        if parameter.location != "path":
            continue
        if parameter.name in attributes:
            values[parameter.name] = f"row.{name_row(attributes[parameter.name])}"
        else:
            values[parameter.name] = name_parameter(own[parameter.wire])
    location = imports.use(SERVICE_BASE, "location")
    doc = call(location, "request", write_string(other.route), **values)
    return put(doc, before='response.headers["Location"] = ')


def set_links(imports: Imports, previous: Doc, following: Doc) -> Lines:
    """Return the statements that tell in a header where the pages before and after are."""
    function = imports.use(SERVICE_BASE, "link_header")
    return put(call(function, prev=previous, next=following), before='response.headers["Link"] = ')


def _list_headers(operation: Operation) -> tuple[Header, ...]:
    success = (r for r in operation.responses if r.status == str(operation.status))
    return next((response.headers for response in success), ())
