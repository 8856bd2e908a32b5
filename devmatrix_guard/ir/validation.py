"""The validation area: every rule the application must enforce, each worth a negative test."""

from __future__ import annotations

from typing import Literal, TypeAlias

from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.shape import Scalar

RuleKind: TypeAlias = Literal[
    "required",
    "not_null",
    "enum",
    "format",
    "constraint",
    "unique",
    "reference",
    "require",
    "transition",
    "floor",
    "invariant",
    "owner",
    "auth",
]


class ValidationRule(Node):
    """One rule.

    Attributes:
        id: stable address, `validation/<where>/<kind>`.
        kind: what is demanded.
        where: node id of what it is about (`domain/Product/stock`, `behavior/flows/checkout/2`).
        operation: operation that must refuse, or "".
        constraint: for `constraint`, its kind.
        value: the limit, the enum as text, the target of a reference, the text of an expression.
        status: what a breach answers, 0 when no request can cause one.
    """

    id: str
    kind: RuleKind
    where: str
    operation: str = ""
    constraint: str = ""
    value: Scalar = None
    status: int = 0
    pointer: str = ""


class ValidationModel(Node):
    """Rules sorted by id."""

    rules: tuple[ValidationRule, ...] = ()
