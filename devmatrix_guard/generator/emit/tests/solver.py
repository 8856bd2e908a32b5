"""Rows and a body that make conditions true or false."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.tests.arrangement import (
    Arrangement,
    Row,
    is_reference,
    order_times,
    split_path,
)
from devmatrix_guard.generator.emit.tests.requests import Source
from devmatrix_guard.generator.emit.tests.value_search import (
    Moment,
    UnsolvableError,
    check_limits,
    fit_value,
    shift,
)
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.node import Node

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_FLIPPED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_MANY = 12


class Solver(Arrangement):
    """Changes the rows and the body of a test so that conditions are met."""

    def meet(self, tree: Node, *, fail: bool = False) -> None:
        """Change the rows or the body so that a condition holds, or with `fail` just does not.

        Raises:
            UnsolvableError: no way was found.
        """
        if _asks_rows(tree):
            if self.holds(tree) is fail:
                raise UnsolvableError("what is asked of all rows")
        elif isinstance(tree, ex.Not):
            self.meet(tree.of, fail=not fail)
        elif isinstance(tree, ex.Logic):
            every = (tree.op == "and") is not fail
            for part in tree.parts if every else tree.parts[:1]:
                self.meet(part, fail=fail)
        elif isinstance(tree, ex.Compare):
            self._compare(tree, _OPPOSITE[tree.op] if fail else tree.op)
        elif isinstance(tree, ex.Contains) and isinstance(tree.collection, ex.Items):
            self._choose(tree.item, tree.collection, inside=tree.negated is fail)
        elif isinstance(tree, ex.Member):
            self.assign(tree, not fail)
        elif isinstance(tree, ex.Aggregate) and tree.function in ("all", "any"):
            self._quantify(tree, fail=fail)
        else:
            raise UnsolvableError("a condition of a kind that is not worked out here")

    def _compare(self, tree: ex.Compare, operator: str) -> None:
        moved = order_times(tree)
        if moved.op != tree.op:
            operator = _FLIPPED[operator]
        left, right = moved.left, moved.right
        if isinstance(right, ex.Member) and right.kind == "field" and operator == "==":
            left, right = right, left
        sides = [(left, operator, right), (right, _FLIPPED[operator], left)]
        troubles: list[UnsolvableError] = []
        for target, word, other in sides:
            saved = self.save()
            try:
                self._set(target, word, self.find_value(other))
            except UnsolvableError as error:
                self.restore(saved)
                troubles.append(error)
            else:
                return
        raise troubles[0]

    def _set(self, target: Node, operator: str, value: Any) -> None:
        """Make `target operator value` true by the least change."""
        if isinstance(target, ex.Aggregate):
            self._fold(target, operator, value)
        elif isinstance(target, ex.Arithmetic):
            self._undo(target, operator, value)
        elif not isinstance(target, ex.Member):
            raise UnsolvableError("a side of a comparison that cannot be chosen")
        elif operator == "!=":
            if self.find_value(target) == value:
                self.assign(target, self._choose_other(target, value))
        elif operator == "==":
            self.assign(target, value)
        else:
            self.assign(target, shift(operator, value))

    def _undo(self, target: ex.Arithmetic, operator: str, value: Any) -> None:
        if not isinstance(value, int | Decimal):
            raise UnsolvableError("a sum that is not a number")
        if target.op == "+":
            self._set(target.left, operator, value - self.number_row(target.right))
        elif target.op == "-":
            self._set(target.left, operator, value + self.number_row(target.right))
        elif target.op == "*":
            self._set(target.right, "==", 1)
            self._set(target.left, operator, value)
        else:
            raise UnsolvableError("a division")

    def _fold(self, target: ex.Aggregate, operator: str, value: Any) -> None:
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise UnsolvableError("an aggregate beside something that is no number")
        if target.function == "count":
            step = {"!=": 1, ">": 1, "<": -1}.get(operator, 0)
            self._fill(target, int(value) + step)
        elif target.body is not None:
            self.resize(target.collection, target.variable, 1)
            (row,) = self.list_collection(target.collection)
            outer = self.scope
            self.scope = {**outer, target.variable: row.variable}
            self._set(target.body, operator, value)
            self.scope = outer
        else:
            raise UnsolvableError("an aggregate")

    def _fill(self, target: ex.Aggregate, wanted: int) -> None:
        """Let a collection have this many rows, which all meet its condition."""
        self.resize(target.collection, target.variable, wanted)
        if target.body is not None:
            for row in self.list_collection(target.collection):
                self._meet_within(target.variable, row, target.body, fail=False)

    def resize(self, tree: Node, name: str, wanted: int) -> None:
        """Let a collection have this many rows."""
        if not 0 <= wanted <= _MANY:
            raise UnsolvableError("a collection of too many rows")
        rows = self.list_collection(tree)
        for row in rows[wanted:]:
            self._remove(row)
        for _ in range(wanted - len(rows)):
            self.add_item(tree, name if name != "it" else "item")

    def _remove(self, row: Row) -> None:
        if any(is_reference(other, row) for other in self.rows.values()):
            raise UnsolvableError("a row that others refer to")
        del self.rows[row.variable]
        self.scope = {name: v for name, v in self.scope.items() if v != row.variable}

    def _meet_within(self, variable: str, row: Row, tree: Node, *, fail: bool) -> None:
        outer = self.scope
        self.scope = {**outer, variable: row.variable}
        self.meet(tree, fail=fail)
        self.scope = outer

    def _quantify(self, tree: ex.Aggregate, *, fail: bool) -> None:
        """Meet `all` with the rows there are, and refute it (or meet `any`) with one row."""
        if tree.body is None:
            raise UnsolvableError("an aggregate without a condition")
        one = (tree.function == "any") is not fail
        if one:
            self.resize(tree.collection, tree.variable, 1)
        for row in self.list_collection(tree.collection):
            self._meet_within(tree.variable, row, tree.body, fail=fail)

    def _choose(self, item: Node, items: ex.Items, *, inside: bool) -> None:
        values = [self.find_value(part) for part in items.parts]
        if not isinstance(item, ex.Member):
            raise UnsolvableError("a choice of an expression")
        if inside:
            self.assign(item, values[0])
            return
        other = values[0]
        for _ in range(_MANY):
            other = self._choose_other(item, other, values)
            if other not in values:
                self.assign(item, other)
                return
        raise UnsolvableError("a value outside of a list")

    def _choose_other(self, member: ex.Member, value: Any, refused: list[Any] | None = None) -> Any:
        """Return a value for a member that differs from `value` and from those refused."""
        if isinstance(value, bool):
            return not value
        if isinstance(value, Moment):
            return Moment(value.days + 1)
        if isinstance(value, Source):
            raise UnsolvableError("another row")
        for choice in self._list_choices(member):
            if choice != value and choice not in (refused or []):
                return choice
        if isinstance(value, int | Decimal):
            return value + 1
        if isinstance(value, str) and not self._list_choices(member):
            return f"{value}x"
        if value is None and member.kind == "attribute":
            row = self.find_owner(member.of)
            attribute = find_attribute(self.find_entity(row), member.name)
            return self._find_default(row, attribute._replace(nullable=False))
        raise UnsolvableError("another value")

    def _list_choices(self, member: ex.Member) -> list[Any]:
        if member.kind == "field":
            shape = self._find_shape(member)
            return [v for v in shape.enum if isinstance(v, str | int)] if shape else []
        attribute = find_attribute(self.find_entity(self.find_owner(member.of)), member.name)
        return [v for v in attribute.type.enum if isinstance(v, str | int)]

    def assign(self, member: ex.Member, value: Any) -> None:
        """Let a column or a field of the body have a value.

        Raises:
            UnsolvableError: it may not have it.
        """
        if member.kind == "field":
            self._set_field(member, value)
            return
        if member.kind != "attribute":
            raise UnsolvableError("a derived value")
        row = self.find_owner(member.of)
        attribute = find_attribute(self.find_entity(row), member.name)
        row.values[name_row(member.name)] = fit_value(attribute, value)

    def _set_field(self, member: ex.Member, value: Any) -> None:
        root, names = split_path(member)
        if isinstance(value, Source) and not isinstance(value, Moment):
            self.give(member, value)
            return
        if root != "body":
            raise UnsolvableError(f"the parameter {names[0]}")
        shape = self._find_shape(member)
        limits: dict[str, Any] = {c.kind: c.value for c in shape.constraints} if shape else {}
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            check_limits(limits, value)
        if isinstance(value, str) and shape is not None and shape.enum and value not in shape.enum:
            raise UnsolvableError("a value that the body may not have")
        if isinstance(value, Moment):
            self._set_body(member, Source(f"({value}).isoformat()"))
        else:
            self._set_body(member, f"{value:.2f}" if isinstance(value, Decimal) else value)


def _asks_rows(tree: Any) -> bool:
    """Tell whether an expression asks all rows of an entity."""
    if isinstance(tree, ex.Rows):
        return True
    return isinstance(tree, tuple) and any(_asks_rows(part) for part in tree)
