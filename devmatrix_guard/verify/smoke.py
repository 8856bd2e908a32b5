"""Call every operation of a running application with data that should succeed.

Rows are made by the application's own operations, parents before children; what an operation
needs in its path, query or body is taken from rows that were answered before. Only the declared
success status passes, with a body where one is declared: a 404 is a failure. An operation that
was refused is tried again, each time something has changed: after every row that is made anew, so
that an order which is paid, shipped and cancelled is met in every state on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.domain import Entity
from devmatrix_guard.verify.smoke_call import Answer
from devmatrix_guard.verify.smoke_client import DESTROYERS, MAKERS, SmokeClient

_BODILESS = (204, 205, 304)  # whatever body a spec declares beside them, HTTP has none
_ROUNDS = 6
_TRIES = 4
_SEEDS = 2  # rows of each kind beside the first
_ORDER = (
    ("register", "login"),
    tuple(sorted(MAKERS - {"register"})),
    ("upload",),
    (
        "link",
        "list",
        "feed",
        "values",
        "group_count",
        "count",
        "read",
        "download",
        "exists",
        "current",
    ),
    (
        "health",
        "refresh",
        "ask_reset",
        "reset_password",
        "current_password",
        "current_update",
        "update",
        "replace",
    ),
    ("flow", "set_state"),
    ("unlink", "logout", *sorted(DESTROYERS)),
)


class Outcome(NamedTuple):
    """What one operation answered at its best try.

    Attributes:
        operation: `METHOD /path`.
        status: `pass`, `fail`, or `skip` for an operation that is an explicit 501, or whose flow
            ends in a step that nobody has written yet.
        code: HTTP status of the last try; 0 when nothing was sent.
        detail: why it did not pass.
        milliseconds: of the last try.
    """

    operation: str
    status: Literal["pass", "fail", "skip"]
    code: int
    detail: str
    milliseconds: float


def smoke(
    ir: ApplicationIR,
    base: str,
    *,
    api_keys: Iterable[str] = (),
    secret: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> list[Outcome]:
    """Call every operation of the application at `base` and return the outcomes in order.

    Args:
        api_keys: credentials that the application was started with.
        secret: its SECRET_KEY, to sign a token with where no operation gives one.
        progress: told each operation as it is called.
    """
    address = base.rstrip("/") + ir.api.base_path.rstrip("/")
    client = SmokeClient(ir, address, tuple(api_keys), secret)
    outcomes: dict[str, Outcome] = {}

    def attempt_all(operations: Iterable[Operation]) -> list[Operation]:
        refused = []
        for operation in operations:
            progress(f"{operation.method} {operation.path}")
            outcomes[operation.name] = _attempt(client, operation)
            if outcomes[operation.name].status == "fail":
                refused.append(operation)
        return refused

    ordered = _sort_operations(ir)
    makers = [op for op in ordered if op.action.kind in MAKERS]
    openers = [op for op in ordered if client.opens_accounts(op)]
    attempt_all([*openers, *(op for op in ordered if op.action.kind == "login")])
    refused = attempt_all(op for op in makers if op not in openers)
    while refused and len(again := attempt_all(refused)) < len(refused):
        refused = again  # what a row refers to may be made after it
    for maker in client.list_makers() * _SEEDS:
        client.send(maker, 0)
    others = sorted((op for op in ordered if op not in makers), key=client.destroys_viewer)
    refused = attempt_all(others)
    refused += [op for op in makers if outcomes[op.name].status == "fail"]
    for _ in range(_ROUNDS):
        for maker in client.list_makers():
            if refused:
                client.send(maker, 0)
                client.sign_in_again()
                refused = attempt_all(refused)
    return [outcomes[operation.name] for operation in ir.api.operations]


def sign_in(ir: ApplicationIR, base: str, *, api_keys: Iterable[str] = ()) -> dict[str, str]:
    """Make an account and sign in; return the secret of each security scheme that has one.

    Args:
        base, api_keys: as for `smoke`.
    """
    client = SmokeClient(ir, base.rstrip("/") + ir.api.base_path.rstrip("/"), tuple(api_keys))
    ordered = _sort_operations(ir)
    openers = [op for op in ordered if client.opens_accounts(op)]
    for operation in (*openers, *(op for op in ordered if op.action.kind == "login")):
        _attempt(client, operation)
    return client.list_secrets()


def _sort_operations(ir: ApplicationIR) -> list[Operation]:
    """Makers first, destroyers last; shallow paths first, but deep ones of destroyers.

    Rows go before those that they refer to, which may not be removed while they are there.
    """
    stage = {kind: index for index, kinds in enumerate(_ORDER) for kind in kinds}
    heights = _measure_heights(ir.domain.entities)

    def rank(operation: Operation) -> tuple[int, int, int, str]:
        depth = operation.path.count("{")
        destroys = operation.action.kind in DESTROYERS  # a row goes before what it lies below
        height = heights.get(operation.action.entity, 0) if destroys else 0
        place = stage.get(operation.action.kind, 3)
        return place, height, -depth if destroys else depth, operation.path

    return sorted(ir.api.operations, key=rank)


def _measure_heights(entities: Iterable[Entity]) -> dict[str, int]:
    """Return how many kinds of rows stand on each other upon those of an entity, at most."""
    below = {
        entity.name: {a.references[0] for a in entity.attributes if a.references} - {entity.name}
        for entity in entities
    }
    heights = dict.fromkeys(below, 0)
    for _ in below:  # no chain is longer; a circle ends here
        for name, targets in below.items():
            for target in targets:
                heights[target] = max(heights.get(target, 0), min(heights[name] + 1, len(below)))
    return heights


def _attempt(client: SmokeClient, operation: Operation) -> Outcome:
    """Call with each known row of the entity, newest first, until one succeeds."""
    label = f"{operation.method} {operation.path}"
    if operation.action.kind == "not_implemented":
        return Outcome(label, "skip", 501, operation.action.reason, 0.0)
    outcome = Outcome(label, "fail", 0, "there is no row to call it with", 0.0)
    for back in client.list_choices(operation)[:_TRIES]:
        answer = client.send(operation, back)
        if operation.action.kind == "flow" and answer.code == 501:
            return Outcome(label, "skip", 501, "a step of its flow is not written", 0.0)
        problem = _find_problem(operation, answer)
        if not problem:
            return Outcome(label, "pass", answer.code, "", answer.milliseconds)
        outcome = Outcome(label, "fail", answer.code, problem, answer.milliseconds)
    return outcome


def _find_problem(operation: Operation, answer: Answer) -> str:
    if answer.code == 0:
        return str(answer.body)
    if operation.action.kind == "reset_password":
        refused = {rule.status for rule in operation.errors if rule.cause == "bad_credentials"}
        if answer.code in refused:  # only a mail brings the token: what is made up is refused
            return ""
    if answer.code != operation.status:
        return f"answered {answer.code}, expected {operation.status}: {answer.shorten()}"
    bare = operation.method == "HEAD" or answer.code in _BODILESS
    if operation.payload.kind != "empty" and not bare and answer.body is None:
        return f"answered {answer.code} without the declared body"
    return ""
