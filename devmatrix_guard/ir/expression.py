"""Expressions: total, without side effects, over rows, parameters and the body.

    stock >= 0 and count(items) > 0
    sum(cart.items, it.unit_price * it.quantity) == body.amount

The tree holds resolved names: attributes and relations as the domain calls them, never the
spelling of the spec. `generator.behavior` parses, checks and compiles it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.shape import Scalar


class Constant(Node):
    """A constant. `type` is one of the value types below; a decimal keeps its text."""

    value: Scalar
    type: str


class Name(Node):
    """A variable: a step's `as`, `row`, `it`, `body`, `path`, `query`, `viewer`, or `self`."""

    name: str


class Member(Node):
    """`of.name`. `kind` says what the name is there.

    `attribute`, `relation` and `derived` are of an entity's row; `field` is of the body or of a
    parameter group (its wire name stands in `wire`).
    """

    of: Tree
    name: str
    kind: str
    wire: str = ""


class Lookup(Node):
    """`Product[it.product_id]`: the row of an entity with this key."""

    entity: str
    key: Tree


class Compare(Node):
    """`left op right` for == != < <= > >=."""

    op: str
    left: Tree
    right: Tree


class Logic(Node):
    """`a and b and c`, or the same with `or`."""

    op: Literal["and", "or"]
    parts: tuple[Tree, ...]


class Not(Node):
    """`not of`."""

    of: Tree


class Arithmetic(Node):
    """`left op right` for + - * /."""

    op: str
    left: Tree
    right: Tree


class Negative(Node):
    """`-of`."""

    of: Tree


class Contains(Node):
    """`item in collection`, or `item not in collection`."""

    item: Tree
    collection: Tree
    negated: bool = False


class Items(Node):
    """A list of constants or other expressions, as the right side of `in`."""

    parts: tuple[Tree, ...]


class Rows(Node):
    """Every row of an entity, as the collection of an aggregate: `any(Booking, ...)`."""

    entity: str


class Choice(Node):
    """`then if condition else otherwise`."""

    condition: Tree
    then: Tree
    otherwise: Tree


class Aggregate(Node):
    """`sum(cart.items, it.price * it.quantity)`.

    Attributes:
        function: count, sum, min, max, any, all.
        collection: a relation with many rows, a list, or all rows of an entity.
        entity: whose rows they are; "" for a list of scalars.
        variable: what `body` calls the row, `it` unless nested.
        body: None only for `count` of the whole.
        condition: which of the rows are meant, for sum, min and max; None for all.
    """

    function: str
    collection: Tree
    entity: str
    variable: str
    body: Tree | None
    condition: Tree | None = None


class Call(Node):
    """A built-in function, such as `now`, `lower` or `days`.

    `shift` and `between` are what `+` and `-` mean on moments, days and durations: a moment moved
    by a duration, and the duration from the second moment to the first.
    """

    function: str
    arguments: tuple[Tree, ...]


Tree: TypeAlias = (
    Constant
    | Name
    | Member
    | Lookup
    | Compare
    | Logic
    | Not
    | Arithmetic
    | Negative
    | Contains
    | Items
    | Aggregate
    | Call
    | Choice
    | Rows
)


class Expression(Node):
    """A checked expression.

    Attributes:
        text: as written in the spec.
        tree: the same with names resolved.
        type: boolean, integer, decimal, number, string, datetime, date, time, duration, days,
            uuid, null, json, `row:Entity`, `rows:Entity` or `list:<type>`.
        pointer: where it stands in the spec.
    """

    text: str
    tree: Tree
    type: str
    pointer: str = ""
