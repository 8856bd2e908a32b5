"""The api area: operations as the spec declares them, and what each of them does."""

from __future__ import annotations

from typing import Literal, TypeAlias

from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.shape import JsonValue, Schema, Shape

SELF = "self"  # as an owner: the row itself is the signed-in user

Location: TypeAlias = Literal["path", "query", "header", "cookie"]


class Parameter(Node):
    """A parameter: `name` is its Python identifier, unique within the operation.

    Attributes:
        media_type: for a parameter given as `content`; "" otherwise.
        role: what the operation uses it for: `lookup`, `filter`, `sort`, `limit`, `offset`,
            `page`, `cursor`, `search`, `credential`, `precondition`, `assign` (written to an
            attribute), `flow` (read by a flow), or "" when nothing is known to depend on it.
    """

    name: str
    wire: str
    location: Location
    shape: Shape
    required: bool
    style: str = ""
    explode: bool = False
    media_type: str = ""
    deprecated: bool = False
    description: str = ""
    role: str = ""
    pointer: str = ""


def is_json(media_type: str) -> bool:
    """Tell whether a media type holds JSON."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain in ("application/json", "*/*") or plain.endswith("+json")


def is_list_of_edits(media_type: str) -> bool:
    """Tell whether JSON of a media type says how to change a value, and not what it becomes."""
    return media_type.partition(";")[0].strip().lower() == "application/json-patch+json"


class Content(Node):
    """A body of one media type.

    Attributes:
        shape: None where the spec gives no schema.
        example: the first one of the spec, or None.
        declared: the spec names it; otherwise it was chosen by us, and says so where it is served.
    """

    media_type: str
    shape: Shape | None
    example: JsonValue | None = None
    declared: bool = True


class Header(Node):
    """A response header."""

    name: str
    wire: str
    shape: Shape
    required: bool = False
    description: str = ""


class Body(Node):
    """A request body.

    Attributes:
        content: in the order of the spec; the first JSON-like one is what `view` speaks of.
        required: as in the spec.
        view: schema of the `View` that takes it in, or "".
        path: where in the body that view lies: `("article",)` for `{"article": {...}}`.
        many: the body is a list of them.
    """

    content: tuple[Content, ...]
    required: bool
    view: str = ""
    path: tuple[str, ...] = ()
    many: bool = False
    description: str = ""
    pointer: str = ""


ExtraSource: TypeAlias = Literal[
    "total",  # rows matched, whatever the page
    "count",  # rows on this page
    "limit",
    "offset",
    "page",
    "pages",
    "next_cursor",
    "previous_cursor",
    "has_more",
    "has_previous",
    "next_link",
    "previous_link",
    "token",
    "refresh_token",
    "expires_in",  # seconds
    "expires_at",  # the moment at which a token ends
    "now",  # the moment of the answer, as the shape of the field says it
    "constant",  # `value`
    "attribute",  # of the row the answer is about: the one named by `value`
    "null",
]


class Extra(Node):
    """A field of an envelope beside the rows: where it lies, and what stands there."""

    path: tuple[str, ...]
    source: ExtraSource
    value: JsonValue | None = None


PayloadKind: TypeAlias = Literal[
    "empty",  # no body
    "item",  # one row, shown with `view`, at `path`
    "list",  # rows, shown with `view`, at `path`
    "values",  # plain values (the tags of all articles), at `path`
    "map",  # an object from value to count, at `path`
    "extras",  # only `extras` (a token response, a count)
    "flow",  # what a flow returns, at `path`
    "file",  # what an attribute holds, as it is
    "table",  # rows, shown with `view`, as lines of comma-separated values
    "opaque",  # not understood; the operation's action is `not_implemented`
]


class Payload(Node):
    """How the body of the success response is filled.

    Attributes:
        kind: what is in it.
        view: schema the rows are shown with, or "".
        path: where they lie: `("articles",)` for `{"articles": [...], "articlesCount": 3}`.
        extras: the other fields of the envelope; every required field of it is covered.
        subject: whose row an `item` is: "" for the row the action is about, `parent:<i>` for
            `Action.parents[i]` (adding a line to a cart may answer with the cart).
    """

    kind: PayloadKind
    view: str = ""
    path: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()
    subject: str = ""


class Response(Node):
    """A declared response; `status` is the text of the spec: `200`, `4XX`, `default`."""

    status: str
    description: str
    content: tuple[Content, ...] = ()
    headers: tuple[Header, ...] = ()
    pointer: str = ""


ErrorCause: TypeAlias = Literal[
    "invalid",  # the request does not fit the declared shapes
    "malformed",  # the body cannot be read at all
    "unauthenticated",
    "bad_credentials",  # a login refused
    "forbidden",
    "not_found",
    "conflict",  # a unique key, a foreign key or a state stands against it
    "precondition_failed",  # the row is no longer as the caller has seen it
    "precondition_required",  # the caller does not say which state of the row he has seen
    "not_acceptable",
    "unsupported_media_type",
    "not_implemented",
    "internal",
]

ErrorSource: TypeAlias = Literal[
    "status",  # the HTTP status as a number
    "status_text",  # the HTTP status as a string
    "title",  # short text of the status
    "message",  # what went wrong, one sentence
    "messages",  # the same as a list
    "code",  # a stable word: `not_found`, or the `code` of a flow's `else`
    "code_number",  # a stable number (the status, where the shape asks for a numeric code)
    "type",  # problem type URI (`about:blank`)
    "instance",  # path of the request
    "timestamp",
    "request_id",
    "field_messages",  # an object: field -> list of messages
    "field_errors",  # a list of objects (`Slot.items` says how each is filled)
    "field",  # inside `field_errors`: which field
    "location",  # inside `field_errors`: path to it as a list
    "false",
    "true",
    "null",
    "constant",
]


class Slot(Node):
    """One place of an error body to be filled.

    Attributes:
        path: property names from the top of the body.
        source: what stands there.
        items: for `field_errors`, the slots of one entry.
        value: for `constant`.
        required: an optional slot may be left out when there is nothing to say.
    """

    path: tuple[str, ...]
    source: ErrorSource
    items: tuple[Slot, ...] = ()
    value: JsonValue | None = None
    required: bool = True


class ErrorBody(Node):
    """How errors of one media type and shape are written; `schema` is "" for an unnamed shape."""

    name: str
    media_type: str
    schema: str
    slots: tuple[Slot, ...]


class ErrorRule(Node):
    """What an operation answers for one cause.

    Attributes:
        status: HTTP status to answer with.
        body: name of an `ErrorBody`; "" for an empty body.
        declared: the spec names this status for this operation (or a range or `default` covers
            it); otherwise it was chosen by us.
    """

    cause: ErrorCause
    status: int
    body: str
    declared: bool


class SchemeUse(Node):
    """One scheme of a security requirement, with its scopes."""

    scheme: str
    scopes: tuple[str, ...] = ()


class Auth(Node):
    """Who may call: `none`, `optional` (a viewer is known if a token is sent), `required`.

    `alternatives`: any one is enough; all schemes inside one must hold. `declared` is False where
    the spec itself demands nothing and a sign-in was only concluded to be welcome: the published
    OpenAPI then says nothing of it.
    """

    mode: Literal["none", "optional", "required"] = "none"
    alternatives: tuple[tuple[SchemeUse, ...], ...] = ()
    declared: bool = True


class Match(Node):
    """`attribute` equals the value of parameter `parameter`, or of body field `field`."""

    attribute: str
    parameter: str = ""
    field: str = ""


class Parent(Node):
    """A row named earlier in the path, which must exist.

    Attributes:
        entity: its entity.
        by: how it is found.
        relation: the `many_to_one` relation of the next one in the path (child, or the operation's
            entity) that points to it; for a link, "".
        collection: relation of the parent through which the next one is reached, if named.
        owner: the relation of the entity that must be the viewer (`SELF`: the row itself), else
            there is no such row; "" for anyone.
        refused: a row of another is there, and refused with 403.
    """

    entity: str
    by: tuple[Match, ...]
    relation: str = ""
    collection: str = ""
    owner: str = ""
    refused: bool = False


FilterOperator: TypeAlias = Literal[
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "contains",  # case-insensitive substring
    "starts_with",
    "in",
    "not_in",
    "has",  # the value is an element of a list attribute
    "is_null",
    "is_set",  # boolean: there is a value
    "positive",  # boolean: the number is above zero
    "search",  # substring in any of `attributes`
    "linked",  # boolean: the viewer is in the relation
]


class Filter(Node):
    """A query parameter that narrows a list.

    Attributes:
        parameter: `Parameter.name`.
        operator: how values are compared.
        path: relation names followed by the attribute: `("author", "username")`.
            A path may end inside a `json` attribute: `("tags", "name")` with `has`.
        attributes: for `search`, the attributes looked into.
        value: compared with this instead of a parameter (`parameter` is then "").
        field: the property of a parameter that is an object (`filter[status]`), or "".
        everything: values of the parameter that leave every row in (`state=all`).
    """

    parameter: str
    operator: FilterOperator
    path: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    value: JsonValue | None = None
    field: str = ""
    everything: tuple[str, ...] = ()


class SortKey(Node):
    """An attribute (or relation path) to sort by."""

    path: tuple[str, ...]
    descending: bool = False


class SortChoice(Node):
    """What one value of the sort parameter means."""

    value: str
    keys: tuple[SortKey, ...]


class Ordering(Node):
    """How a list is sorted; the primary key always comes last, to be stable.

    Attributes:
        default: sort keys when nothing is asked.
        parameter: the sort parameter, or "".
        choices: the values it takes.
        direction_parameter: a second parameter saying asc or desc, or "".
    """

    default: tuple[SortKey, ...] = ()
    parameter: str = ""
    choices: tuple[SortChoice, ...] = ()
    direction_parameter: str = ""


class Pagination(Node):
    """How a list is cut.

    Attributes:
        style: `limit` has no way to go on; `cursor` walks by an opaque text, `key` by the key of
            the last row.
        size, position: the parameters (size: limit, per_page; position: offset, page, cursor).
        default_size: rows when not asked (0: no limit).
        maximum_size: the most rows for one page (0: as asked).
        first_page: number of the first page.
    """

    style: Literal["none", "limit", "offset", "page", "cursor", "key"] = "none"
    size: str = ""
    position: str = ""
    default_size: int = 0
    maximum_size: int = 0
    first_page: int = 1


class Assignment(Node):
    """An attribute set by something other than the body.

    `source`: `viewer` (key of the signed-in user), `parent:<i>` (key of `Action.parents[i]`),
    `parameter:<name>`, or `constant` (`value`).
    """

    attribute: str
    source: str
    value: JsonValue | None = None


ActionKind: TypeAlias = Literal[
    "list",
    "feed",  # list, limited to rows whose `via` leads to the viewer
    "values",  # the distinct values of list or scalar `attribute` over all rows
    "group_count",  # how many rows there are for each value of `attribute`
    "count",
    "read",
    "download",  # what `attribute` of one row holds
    "upload",  # put the body as it comes into `attribute` of one row
    "exists",  # HEAD, or a check that answers only by its status
    "create",
    "create_many",
    "update",  # only what the body has
    "replace",  # what the body leaves out gets its default
    "upsert",  # PUT that makes the row when the key is new
    "delete",
    "delete_many",
    "link",  # put a pair into many_to_many `relation`; doing it twice changes nothing
    "unlink",
    "register",  # create a principal
    "login",
    "logout",
    "refresh",  # new tokens for the refresh token that the body holds
    "ask_reset",  # hand a token for one new password to the outbox, where `login` is known
    "reset_password",  # the new one, for who brings such a token
    "current_password",  # the signed-in principal's: the old one is checked, the new one hashed
    "current",  # the signed-in principal; lookups are empty
    "current_update",
    "current_delete",
    "flow",
    "health",
    "not_implemented",  # an honest 501; `reason` says why
]


class Action(Node):
    """What an operation does, in words an emitter needs no spec for.

    Attributes:
        kind: see `ActionKind`.
        entity: what it is about.
        parents: rows named earlier in the path, outermost first.
        by: how the addressed row is found; empty for collections and for the current user.
        filters, ordering, pagination: of lists.
        assign: attributes set by the viewer, the path or parameters.
        attribute: for `values`, `group_count`, `download`, `upload`.
        relation: for `link` and `unlink`, the relation of `entity`.
        other: for `link`: `viewer`, or the entity on the other side found by `other_by`.
        via: for `feed`: relation path from the entity to the viewer
            (`("author", "followers")`).
        owner: the relation of `entity` that must be the viewer (`SELF`: the row itself), else 403;
            "" for anyone.
        private: rows whose `owner` is not the viewer do not exist for him: left out of lists, 404.
        flow: for `flow`, its name.
        login, secret: for `login`: attributes and body fields (or parameters) of the identifier
            and of the password, as `Match`es; several in `login` mean any one of them. For
            `refresh`, `secret` is the refresh token, for `reset_password` the token that was
            handed out, for `current_password` the old password.
        new_secret: for `current_password` and `reset_password`: the body field of the new one.
        reason: for `not_implemented`.
    """

    kind: ActionKind
    entity: str = ""
    parents: tuple[Parent, ...] = ()
    by: tuple[Match, ...] = ()
    filters: tuple[Filter, ...] = ()
    ordering: Ordering = Ordering()
    pagination: Pagination = Pagination()
    assign: tuple[Assignment, ...] = ()
    attribute: str = ""
    relation: str = ""
    other: str = ""
    other_by: tuple[Match, ...] = ()
    via: tuple[str, ...] = ()
    owner: str = ""
    private: bool = False
    flow: str = ""
    login: tuple[Match, ...] = ()
    secret: Match | None = None
    new_secret: Match | None = None
    reason: str = ""


class Operation(Node):
    """One method on one path.

    Attributes:
        name: a Python identifier, unique in the application.
        wire: the operationId of the spec, or "".
        method: upper case.
        path: as in the spec.
        route: the same with safe parameter names in the braces.
        status: of success.
        responses: all that are declared, success first, then sorted.
        errors: one rule for each cause that can happen, sorted by cause.
        group: the module it belongs to: the snake-case name of its first tag, or of its entity.
    """

    name: str
    wire: str
    method: str
    path: str
    route: str
    status: int
    action: Action
    payload: Payload
    group: str
    auth: Auth = Auth()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    responses: tuple[Response, ...] = ()
    errors: tuple[ErrorRule, ...] = ()
    tags: tuple[str, ...] = ()
    summary: str = ""
    description: str = ""
    deprecated: bool = False
    pointer: str = ""


class Tag(Node):
    """A tag of the spec."""

    name: str
    description: str = ""


class ApiModel(Node):
    """Operations in the order of the spec, literal paths before templated ones on a tie of length;
    schemas sorted by name."""

    title: str = ""
    version: str = ""
    description: str = ""
    openapi: str = ""
    base_path: str = ""
    operations: tuple[Operation, ...] = ()
    schemas: tuple[Schema, ...] = ()
    error_bodies: tuple[ErrorBody, ...] = ()
    tags: tuple[Tag, ...] = ()
