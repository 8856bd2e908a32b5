"""The behavior area: flows as typed steps, state machines, invariants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from devmatrix_guard.ir.expression import Expression
from devmatrix_guard.ir.node import Node


class Failure(Node):
    """What a step answers when it cannot go on: the status and a stable code."""

    status: int
    code: str
    message: str = ""


class Setting(Node):
    """`attribute = value`."""

    attribute: str
    value: Expression


class Order(Node):
    """An attribute that rows are sorted by."""

    attribute: str
    descending: bool = False


class Load(Node):
    """Find one row by `by` (all must hold) and call it `name`; `otherwise` when there is none.

    Attributes:
        where: what must hold as well, of the row called `it`.
        order: of several rows that fit, the first in this order.
        optional: go on without a row; the variable is then null.
        skip_locked: pass over rows that another transaction has locked.
    """

    name: str
    entity: str
    by: tuple[Setting, ...]
    lock: bool
    otherwise: Failure
    pointer: str = ""
    where: Expression | None = None
    order: tuple[Order, ...] = ()
    optional: bool = False
    skip_locked: bool = False


class LoadMany(Node):
    """Find every row that `where` holds of (as `it`), in `order`, at most `limit` of them."""

    name: str
    entity: str
    where: Expression | None
    order: tuple[Order, ...]
    limit: Expression | None = None
    lock: bool = False
    pointer: str = ""


class Let(Node):
    """Call the value of an expression `name`."""

    name: str
    value: Expression
    pointer: str = ""


class Number(Node):
    """Take the next number of `series`, without gaps: it is given back if the flow refuses.

    Attributes:
        per: each value of this has numbers of its own; None for one series.
    """

    name: str
    series: str
    per: Expression | None = None
    start: int = 1
    pointer: str = ""


class Run(Node):
    """Run the flow called `flow` in the same transaction; `name` holds its result, "" if unused."""

    name: str
    flow: str
    arguments: tuple[PayloadItem, ...]
    pointer: str = ""


class Require(Node):
    """Go on only if `condition` holds."""

    condition: Expression
    otherwise: Failure
    pointer: str = ""


class ForEach(Node):
    """Run `steps` for every row of `collection`, sorted by `order_by` (an order for locks)."""

    name: str
    collection: Expression
    entity: str
    order_by: str
    steps: tuple[Step, ...]
    pointer: str = ""


class When(Node):
    """Run `then` if `condition` holds, else `otherwise`."""

    condition: Expression
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...] = ()
    pointer: str = ""


class Create(Node):
    """Make a row, flush it so that its key is known, call it `name` (may be "")."""

    name: str
    entity: str
    settings: tuple[Setting, ...]
    pointer: str = ""


class CreateMany(Node):
    """Make one row for every row of `collection`, called `name` in `settings`."""

    name: str
    entity: str
    collection: Expression
    source_entity: str
    settings: tuple[Setting, ...]
    pointer: str = ""


class Upsert(Node):
    """Make the row with unique key `key`, or change the one there is (called `row` in `update`)."""

    name: str
    entity: str
    key: tuple[Setting, ...]
    insert: tuple[Setting, ...]
    update: tuple[Setting, ...]
    pointer: str = ""


class Set(Node):
    """Change attributes of the row called `name`."""

    name: str
    entity: str
    settings: tuple[Setting, ...]
    pointer: str = ""


class Increment(Node):
    """Add `by` in one UPDATE. The row is `target` (type `row:Entity`); it may be a `Lookup`.

    With `ceiling` the update only happens while the result stays at or below it.
    """

    target: Expression
    entity: str
    attribute: str
    by: Expression
    ceiling: Expression | None = None
    otherwise: Failure | None = None
    pointer: str = ""


class Decrement(Node):
    """Take `by` away in one conditional UPDATE that never goes below `floor`."""

    target: Expression
    entity: str
    attribute: str
    by: Expression
    floor: Expression | None = None
    otherwise: Failure | None = None
    pointer: str = ""


class Transition(Node):
    """Fire `event` on the row called `name`, by a conditional UPDATE on the allowed states."""

    name: str
    entity: str
    event: str
    otherwise: Failure
    pointer: str = ""


class Delete(Node):
    """Remove the row called `name`."""

    name: str
    entity: str
    pointer: str = ""


class PayloadItem(Node):
    """One named value of an event, a call or a result."""

    name: str
    value: Expression


class Emit(Node):
    """Write an event to the outbox in the same transaction."""

    event: str
    payload: tuple[PayloadItem, ...]
    pointer: str = ""


class CallPort(Node):
    """Call an outside port (an interface that the owner implements); `name` holds the answer."""

    port: str
    arguments: tuple[PayloadItem, ...]
    name: str = ""
    otherwise: Failure | None = None
    pointer: str = ""


class Return(Node):
    """End with `value`: a row, rows, or (with `items`) an object; None for no content."""

    value: Expression | None
    items: tuple[PayloadItem, ...] = ()
    pointer: str = ""


class Describe(Node):
    """A typed hole: free text for a language model; without one, an explicit 501.

    Attributes:
        text: what is to be done.
        inputs: variables it may read, with their types, as (name, type).
        output: the variable it must assign, with its type, or ("", "").
        entities: what it may read or write.
    """

    text: str
    inputs: tuple[tuple[str, str], ...]
    output: tuple[str, str]
    entities: tuple[str, ...]
    pointer: str = ""


Step: TypeAlias = (
    Load
    | LoadMany
    | Let
    | Number
    | Run
    | Require
    | ForEach
    | When
    | Create
    | CreateMany
    | Upsert
    | Set
    | Increment
    | Decrement
    | Transition
    | Delete
    | Emit
    | CallPort
    | Return
    | Describe
)


def iter_steps(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield the steps and those inside them."""
    for step in steps:
        yield step
        for nested in ("steps", "then", "otherwise"):
            inner = getattr(step, nested, None)
            if type(inner) is tuple:
                yield from iter_steps(inner)


class Flow(Node):
    """What an operation does, step by step, in one transaction.

    Attributes:
        name: a Python identifier.
        operations: `Operation.name`s that run it.
        steps: a flow with a `Describe` anywhere inside is of the llm stratum.
        serializable: run at the serializable level, with retries.
        entities: read or written, sorted.
        returns: type of the result, as `Expression.type`; "" for none.
        inputs: what a flow that other flows run is given, as (name, type).
    """

    name: str
    wire: str
    operations: tuple[str, ...]
    steps: tuple[Step, ...]
    serializable: bool = False
    entities: tuple[str, ...] = ()
    returns: str = ""
    description: str = ""
    pointer: str = ""
    inputs: tuple[tuple[str, str], ...] = ()


class StateTransition(Node):
    """`event` takes a row from any of `sources` to `target`, if `guard` holds."""

    event: str
    sources: tuple[str, ...]
    target: str
    guard: Expression | None = None


class StateMachine(Node):
    """The states of `entity`, kept in `attribute`. `names` gives each state its identifier."""

    entity: str
    attribute: str
    initial: str
    states: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    transitions: tuple[StateTransition, ...]
    pointer: str = ""


Enforcement: TypeAlias = Literal["db_check", "property_test", "stateful_test", "service"]


class Invariant(Node):
    """What always holds of a row of `entity` (`self` is left out: `stock >= 0`).

    `condition` is None where the text speaks of history (`stateful_test` only) and cannot be
    checked on one row.
    """

    name: str
    entity: str
    text: str
    condition: Expression | None
    enforce: tuple[Enforcement, ...]
    pointer: str = ""


class BehaviorModel(Node):
    """Flows, machines and invariants, each sorted by name."""

    flows: tuple[Flow, ...] = ()
    state_machines: tuple[StateMachine, ...] = ()
    invariants: tuple[Invariant, ...] = ()
