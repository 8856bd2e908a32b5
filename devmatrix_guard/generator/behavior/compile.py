"""Expressions to text: Python for rows in memory, SQLAlchemy for the database, SQL for a CHECK."""

from __future__ import annotations

from collections.abc import Callable

from devmatrix_guard.ir import expression as ir
from devmatrix_guard.ir.domain import Entity
from devmatrix_guard.ir.expression import Tree

Names = Callable[[str], str]


class CannotCompileError(Exception):
    """The target language has no words for this expression."""


def to_python(tree: Tree, name: Names) -> str:
    """Return a Python expression.

    Rows are objects with attributes, relations already loaded. The text uses `Decimal`,
    `datetime`, `UTC` where it needs them (see `python_imports`).

    Args:
        tree: of a checked expression.
        name: gives the Python text of a variable (`self`, `body`, `cart`, ...).
    """
    return _Python(name).text(tree)


def python_imports(text: str) -> tuple[str, ...]:
    """Return the import lines that a text made by `to_python` needs, sorted."""
    found = []
    if "Decimal(" in text:
        found.append("from decimal import Decimal")
    if "datetime.now(UTC)" in text:
        found.append("from datetime import UTC, datetime")
    return tuple(sorted(found))


class _Python:
    def __init__(self, name: Names) -> None:
        self._name = name
        self._depth = 0

    def text(self, tree: Tree) -> str:
        if isinstance(tree, ir.Constant):
            return f'Decimal("{tree.value}")' if tree.type == "decimal" else repr(tree.value)
        if isinstance(tree, ir.Name):
            return self._variable(tree.name)
        if isinstance(tree, ir.Member):
            return f"{self.text(tree.of)}.{tree.name}"
        if isinstance(tree, ir.Compare):
            return self._compare(tree)
        if isinstance(tree, ir.Logic):
            return f" {tree.op} ".join(self._tight(part) for part in tree.parts)
        if isinstance(tree, ir.Not):
            return f"not {self._tight(tree.of)}"
        if isinstance(tree, ir.Arithmetic):
            return f"{self._tight(tree.left)} {tree.op} {self._tight(tree.right)}"
        if isinstance(tree, ir.Negative):
            return f"-{self._tight(tree.of)}"
        if isinstance(tree, ir.Contains):
            word = "not in" if tree.negated else "in"
            return f"{self._tight(tree.item)} {word} {self._tight(tree.collection)}"
        if isinstance(tree, ir.Items):
            return f"({', '.join(self.text(part) for part in tree.parts)},)"
        if isinstance(tree, ir.Aggregate):
            return self._aggregate(tree)
        if isinstance(tree, ir.Call):
            return self._call(tree)
        raise CannotCompileError(f"{type(tree).__name__} is not a value in Python")

    def _variable(self, name: str) -> str:
        if name == "it" and self._depth:
            return "it" if self._depth == 1 else f"it_{self._depth}"
        return self._name(name)

    def _tight(self, tree: Tree) -> str:
        text = self.text(tree)
        loose = (ir.Compare, ir.Logic, ir.Not, ir.Arithmetic, ir.Contains, ir.Negative)
        if isinstance(tree, loose) or (isinstance(tree, ir.Call) and " else " in text):
            return f"({text})"
        return text

    def _compare(self, tree: ir.Compare) -> str:
        for side, other in ((tree.left, tree.right), (tree.right, tree.left)):
            if isinstance(side, ir.Constant) and (side.value is None or side.type == "boolean"):
                word = "is" if tree.op == "==" else "is not"
                return f"{self._tight(other)} {word} {side.value!r}"
        return f"{self._tight(tree.left)} {tree.op} {self._tight(tree.right)}"

    def _aggregate(self, tree: ir.Aggregate) -> str:
        rows = self._tight(tree.collection)
        if tree.body is None:
            return f"len({rows})"
        self._depth += 1
        variable = self._variable("it")
        body = self.text(tree.body)
        self._depth -= 1
        each = f"for {variable} in {rows}"
        if tree.function == "count":
            return f"sum(1 {each} if {body})"
        if tree.function in ("any", "all"):
            return f"{tree.function}({body} {each})"
        if tree.function == "sum":
            zero = 'Decimal("0")' if "Decimal" in body or _is_decimal(tree.body) else "0"
            return f"sum(({body} {each}), {zero})"
        return f"{tree.function}(({body} {each}), default=None)"

    def _call(self, tree: ir.Call) -> str:
        parts = [self.text(part) for part in tree.arguments]
        if tree.function == "now":
            return "datetime.now(UTC)"
        if tree.function == "today":
            return "datetime.now(UTC).date()"
        if tree.function in ("lower", "upper"):
            return f"{self._tight(tree.arguments[0])}.{tree.function}()"
        if tree.function == "coalesce":
            first = self._tight(tree.arguments[0])
            return f"{first} if {first} is not None else {self._tight(tree.arguments[1])}"
        word = {"length": "len"}.get(tree.function, tree.function)
        return f"{word}({', '.join(parts)})"


def _is_decimal(tree: Tree) -> bool:
    """Whether a sum of this should start at a decimal zero; one at 0 would be as right."""
    return isinstance(tree, ir.Constant) and tree.type == "decimal"


def to_sql(tree: Tree, entity: Entity, row: Names) -> str:
    """Return a SQLAlchemy expression over the columns of one entity's rows.

    Args:
        tree: of a checked expression whose only variable is `self`.
        entity: what `self` is.
        row: gives the Python text of the mapped class of an entity.

    Raises:
        CannotCompileError: the expression follows relations in a way SQL text is not made for.
    """
    return _Sql(entity, row).text(tree)


class _Sql:
    def __init__(self, entity: Entity, row: Names) -> None:
        self._entity = entity
        self._row = row
        self._it = ""

    def text(self, tree: Tree) -> str:
        if isinstance(tree, ir.Constant):
            return self._constant(tree)
        if isinstance(tree, ir.Member):
            return self._member(tree)
        if isinstance(tree, ir.Compare):
            if isinstance(tree.right, ir.Constant) and tree.right.value is None:
                word = "is_" if tree.op == "==" else "is_not"
                return f"{self.text(tree.left)}.{word}(None)"
            return f"({self.text(tree.left)} {tree.op} {self.text(tree.right)})"
        if isinstance(tree, ir.Logic):
            return f"{tree.op}_({', '.join(self.text(part) for part in tree.parts)})"
        if isinstance(tree, ir.Not):
            return f"not_({self.text(tree.of)})"
        if isinstance(tree, ir.Arithmetic):
            return f"({self.text(tree.left)} {tree.op} {self.text(tree.right)})"
        if isinstance(tree, ir.Negative):
            return f"(-{self.text(tree.of)})"
        if isinstance(tree, ir.Contains) and isinstance(tree.collection, ir.Items):
            parts = ", ".join(self.text(part) for part in tree.collection.parts)
            word = "not_in" if tree.negated else "in_"
            return f"{self.text(tree.item)}.{word}([{parts}])"
        if isinstance(tree, ir.Call):
            return self._call(tree)
        if isinstance(tree, ir.Aggregate):
            return self._aggregate(tree)
        raise CannotCompileError(f"{type(tree).__name__} has no SQL here")

    def _constant(self, tree: ir.Constant) -> str:
        if tree.value is None:
            return "null()"
        if isinstance(tree.value, bool):
            return "true()" if tree.value else "false()"
        return f'Decimal("{tree.value}")' if tree.type == "decimal" else repr(tree.value)

    def _member(self, tree: ir.Member) -> str:
        if not isinstance(tree.of, ir.Name) or tree.kind != "attribute":
            raise CannotCompileError("only attributes of the row itself have SQL here")
        if tree.of.name == "it" and self._it:
            return f"{self._row(self._it)}.{tree.name}"
        if tree.of.name == "self":
            return f"{self._row(self._entity.name)}.{tree.name}"
        raise CannotCompileError(f"{tree.of.name} is not in the database")

    def _call(self, tree: ir.Call) -> str:
        words = {"now": "now", "today": "current_date", "length": "length"}
        parts = ", ".join(self.text(part) for part in tree.arguments)
        return f"func.{words.get(tree.function, tree.function)}({parts})"

    def _aggregate(self, tree: ir.Aggregate) -> str:
        if self._it or not isinstance(tree.collection, ir.Member) or not tree.entity:
            raise CannotCompileError("aggregates inside aggregates have no SQL here")
        column = self._column(tree.collection.name, tree.entity)
        child, parent = self._row(tree.entity), self._row(self._entity.name)
        self._it = tree.entity
        body = self.text(tree.body) if tree.body is not None else ""
        self._it = ""
        where = f"{child}.{column} == {parent}.{self._entity.key}"
        if tree.function == "count":
            what, extra = "func.count()", f", {body}" if body else ""
        elif tree.function == "sum":
            what, extra = f"func.coalesce(func.sum({body}), 0)", ""
        elif tree.function in ("min", "max"):
            what, extra = f"func.{tree.function}({body})", ""
        else:
            inner = f"not_({body})" if tree.function == "all" else body
            found = f"select({child}).where({where}, {inner}).correlate({parent}).exists()"
            return f"not_({found})" if tree.function == "all" else found
        return (
            f"select({what}).select_from({child}).where({where}{extra})"
            f".correlate({parent}).scalar_subquery()"
        )

    def _column(self, name: str, target: str) -> str:
        """Return the foreign key by which the rows of a relation point back."""
        for relation in self._entity.relations:
            if relation.name == name and relation.kind == "one_to_many":
                return relation.column
        raise CannotCompileError(f"{name} does not lead to many rows of {target}")


def to_check(tree: Tree) -> str:
    """Return the SQL text of a CHECK constraint, the same on SQLite and PostgreSQL.

    Raises:
        CannotCompileError: the expression looks at anything but the row's own columns.
    """
    if isinstance(tree, ir.Constant):
        if tree.value is None:
            return "NULL"
        if isinstance(tree.value, bool):
            return "TRUE" if tree.value else "FALSE"
        if isinstance(tree.value, str) and tree.type != "decimal":
            return "'" + tree.value.replace("'", "''") + "'"
        return str(tree.value)
    if isinstance(tree, ir.Member):
        if tree.of != ir.Name("self") or tree.kind != "attribute":
            raise CannotCompileError("a CHECK sees only the row's own columns")
        return tree.name
    if isinstance(tree, ir.Compare):
        if isinstance(tree.right, ir.Constant) and tree.right.value is None:
            return f"{to_check(tree.left)} IS {'NOT ' if tree.op == '!=' else ''}NULL"
        symbol = {"==": "=", "!=": "<>"}.get(tree.op, tree.op)
        return f"{_paren(tree.left)} {symbol} {_paren(tree.right)}"
    if isinstance(tree, ir.Logic):
        return f" {tree.op.upper()} ".join(_paren(part) for part in tree.parts)
    if isinstance(tree, ir.Not):
        return f"NOT {_paren(tree.of)}"
    if isinstance(tree, ir.Arithmetic):
        return f"{_paren(tree.left)} {tree.op} {_paren(tree.right)}"
    if isinstance(tree, ir.Negative):
        return f"-{_paren(tree.of)}"
    if isinstance(tree, ir.Contains) and isinstance(tree.collection, ir.Items):
        parts = ", ".join(to_check(part) for part in tree.collection.parts)
        return f"{_paren(tree.item)} {'NOT ' if tree.negated else ''}IN ({parts})"
    if isinstance(tree, ir.Call) and tree.function in (
        "lower",
        "upper",
        "length",
        "abs",
        "coalesce",
    ):
        parts = ", ".join(to_check(part) for part in tree.arguments)
        return f"{tree.function}({parts})"
    raise CannotCompileError(f"{type(tree).__name__} cannot stand in a CHECK")


def _paren(tree: Tree) -> str:
    text = to_check(tree)
    return f"({text})" if isinstance(tree, (ir.Compare, ir.Logic, ir.Arithmetic, ir.Not)) else text
