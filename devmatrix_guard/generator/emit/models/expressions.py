"""Checked expressions as Python over loaded rows, and as SQL for checks of the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devmatrix_guard.errors import InternalError
from devmatrix_guard.generator.emit.models.columns import name_row, quote_sql_name
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import write_string
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.domain import Entity
from devmatrix_guard.model.named_value import NamedValue

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
# How tightly an operator binds in Python; an operand that binds less is put in parentheses.
_CHOICE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _ATOM = range(9)


_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_FITS = 60  # characters that stand within a statement
_DIGITS = 40  # that a number is filled up to
_MANY = 1_000_000  # of any unit, which timedelta holds
TIME_CALLS = frozenset(
    (
        *_UNITS,
        *("whole_days", "whole_hours", "whole_minutes", "whole_seconds"),
        *("shift", "between", "times", "add_months", "date", "start_of"),
    )
)


class Hoists(NamedValue):
    """What is written before the statement of an expression; each returns the name of the result.

    Attributes:
        ask: of an aggregate over all rows of an entity.
        choose: of a condition, and the values if it holds and if not.
    """

    ask: Callable[[ex.Aggregate, PythonWriter], str]
    choose: Callable[[str, str, str], str]


class PythonWriter:
    """Writes expressions as Python.

    Args:
        imports: the imports of the module written to.
        entities: to look up derived values, which are written out where they are used.
        variables: the Python name of a variable; a variable that is not in it keeps its name.
        field: the Python text of a field of the body or of a parameter.
        hoists: writes what cannot stand within an expression, where statements can stand before it.
    """

    def __init__(
        self,
        imports: Imports,
        entities: Mapping[str, Entity],
        variables: Mapping[str, str],
        field: Callable[[ex.Member], str] | None = None,
        hoists: Hoists | None = None,
    ) -> None:
        self._imports = imports
        self._entities = entities
        self._variables = dict(variables)
        self._field = field
        self._hoists = hoists

    def bind_variable(self, name: str, text: str) -> PythonWriter:
        """Return a writer that knows one more variable."""
        variables = {**self._variables, name: text}
        return PythonWriter(self._imports, self._entities, variables, self._field, self._hoists)

    def write(self, expression: ex.Expression) -> str:
        """Return the expression as Python."""
        return self.write_text(expression.tree, types=expression.type)

    def negate(self, tree: ex.Tree) -> str:
        """Return the opposite of a condition, as one would write it by hand."""
        if isinstance(tree, ex.Not):
            return self.write_text(tree.of)
        if isinstance(tree, ex.Compare):
            return self.write_text(ex.Compare(_OPPOSITE[tree.op], tree.left, tree.right))
        if isinstance(tree, ex.Contains):
            return self.write_text(ex.Contains(tree.item, tree.collection, not tree.negated))
        return f"not {self._write_at_least(tree, _NOT)}"

    def write_operand(self, tree: ex.Tree) -> str:
        """Return an expression so that it can stand beside an arithmetic operator."""
        return self._write_at_least(tree, _PRODUCT)

    def write_compared(self, tree: ex.Tree) -> str:
        """Return an expression so that it can stand beside `==`."""
        return self._write_at_least(tree, _SUM)

    def write_test(self, tree: ex.Tree) -> str:
        """Return a condition so that it can stand after `if`."""
        return self._write_at_least(tree, _OR)

    def write_text(self, tree: ex.Tree, *, types: str = "") -> str:
        """Return a tree as Python."""
        return self._write(tree, types)[0]

    def _write_at_least(self, tree: ex.Tree, binding: int) -> str:
        text, own = self._write(tree, "")
        return text if own >= binding else f"({text})"

    def _write(self, tree: ex.Tree, types: str) -> tuple[str, int]:
        if isinstance(tree, ex.Constant):
            return self._write_constant(tree), _ATOM
        if isinstance(tree, ex.Name):
            return self._variables.get(tree.name, tree.name), _ATOM
        if isinstance(tree, ex.Member):
            return self._write_member(tree)
        if isinstance(tree, ex.Compare):
            return self._write_comparison(tree), _COMPARE
        if isinstance(tree, ex.Logic):
            binding = _AND if tree.op == "and" else _OR
            parts = [self._write_at_least(part, binding + 1) for part in tree.parts]
            return f" {tree.op} ".join(parts), binding
        if isinstance(tree, ex.Not):
            if isinstance(tree.of, ex.Compare) and tree.of.op in ("==", "!="):
                return self.negate(tree.of), _COMPARE
            return f"not {self._write_at_least(tree.of, _NOT)}", _NOT
        if isinstance(tree, ex.Arithmetic):
            binding = _SUM if tree.op in "+-" else _PRODUCT
            left = self._write_at_least(tree.left, binding)
            return f"{left} {tree.op} {self._write_at_least(tree.right, binding + 1)}", binding
        if isinstance(tree, ex.Negative):
            return f"-{self._write_at_least(tree.of, _UNARY)}", _UNARY
        if isinstance(tree, ex.Contains):
            word = "not in" if tree.negated else "in"
            item = self._write_at_least(tree.item, _SUM)
            return f"{item} {word} {self._write_at_least(tree.collection, _SUM)}", _COMPARE
        if isinstance(tree, ex.Items):
            listed = ", ".join(self.write_text(part) for part in tree.parts)
            return f"({listed}{',' if len(tree.parts) == 1 else ''})", _ATOM
        if isinstance(tree, ex.Aggregate):
            if self._hoists is not None and isinstance(tree.collection, ex.Rows):
                return self._hoists.ask(tree, self), _ATOM
            return self._write_aggregate(tree, types), _ATOM
        if isinstance(tree, ex.Choice):
            return self._write_choice(tree)
        if isinstance(tree, ex.Call):
            return self._write_call(tree)
        raise InternalError(f"an expression cannot be written as Python: {tree!r}")

    def _write_choice(self, tree: ex.Choice) -> tuple[str, int]:
        condition = self._write_at_least(tree.condition, _OR)
        then = self._write_at_least(tree.then, _OR)
        otherwise = self._write_at_least(tree.otherwise, _CHOICE)
        text = f"{then} if {condition} else {otherwise}"
        if len(text) > _FITS and self._hoists is not None:
            return self._hoists.choose(condition, then, otherwise), _ATOM
        return text, _CHOICE

    def _write_constant(self, tree: ex.Constant) -> str:
        if tree.type == "decimal":
            return f"{self._imports.use('decimal', 'Decimal')}({write_string(str(tree.value))})"
        return write_string(tree.value) if isinstance(tree.value, str) else repr(tree.value)

    def _write_member(self, tree: ex.Member) -> tuple[str, int]:
        if tree.kind == "field" and self._field is not None:
            return self._field(tree), _ATOM
        if tree.kind == "derived":
            derived = self._find_derived(tree)
            if derived is not None and isinstance(tree.of, ex.Name):
                writer = self.bind_variable("self", self.write_text(tree.of))
                return f"({writer.write(derived)})", _ATOM
        if tree.kind == "attribute" and isinstance(tree.of, ex.Name) and tree.of.name == "viewer":
            return f"{self.write_text(tree.of)}.{name_row(tree.name)}", _ATOM
        return f"{self._write_at_least(tree.of, _ATOM)}.{name_row(tree.name)}", _ATOM

    def _find_derived(self, tree: ex.Member) -> ex.Expression | None:
        for entity in self._entities.values():
            for derived in entity.derived:
                if derived.name == tree.name and derived.expression is not None:
                    return derived.expression
        return None

    def _write_comparison(self, tree: ex.Compare) -> str:
        left, right = self._write_at_least(tree.left, _SUM), self._write_at_least(tree.right, _SUM)
        word = {"==": "is", "!=": "is not"}.get(tree.op)
        if word and right in ("None", "True", "False"):
            return f"{left} {word} {right}"
        return f"{left} {tree.op} {right}"

    def _write_aggregate(self, tree: ex.Aggregate, types: str) -> str:
        collection = self._write_at_least(tree.collection, _ATOM)
        if tree.body is None:
            return f"len({collection})"
        variables = {**self._variables, tree.variable: tree.variable}
        body = PythonWriter(self._imports, self._entities, variables, self._field)
        text = body.write_text(tree.body)
        loop = f"for {tree.variable} in {collection}"
        if tree.condition is not None:
            loop = f"{loop} if {body.write_test(tree.condition)}"
        if tree.function == "count":
            return f"sum(1 {loop} if {text})"
        if tree.function == "sum":
            zero = self._imports.use("decimal", "Decimal")
            return (
                f"sum(({text} {loop}), {zero}(0))" if types == "decimal" else f"sum({text} {loop})"
            )
        if tree.function in ("any", "all"):
            return f"{tree.function}({text} {loop})"
        return f"{tree.function}(({text} {loop}), default=None)"

    def _write_call(self, tree: ex.Call) -> tuple[str, int]:
        arguments = [self.write_text(argument) for argument in tree.arguments]
        if tree.function in TIME_CALLS:
            return self._write_time(tree, arguments)
        if tree.function == "coalesce":
            return self._write_coalesce(tree)
        return self._write_plain_call(tree, arguments), _ATOM

    def _write_plain_call(self, tree: ex.Call, arguments: list[str]) -> str:
        first = self._write_at_least(tree.arguments[0], _ATOM) if tree.arguments else ""
        if tree.function == "now":
            return f"{self._imports.use('src.models.base', 'utc_now')}()"
        if tree.function == "today":
            return f"{self._imports.use('src.models.base', 'utc_now')}().date()"
        if tree.function in ("lower", "upper"):
            return f"{first}.{tree.function}()"
        if tree.function == "length":
            return f"len({arguments[0]})"
        if tree.function in ("greatest", "least"):
            return f"{'max' if tree.function == 'greatest' else 'min'}({', '.join(arguments)})"
        if tree.function == "text":
            return f"str({arguments[0]})"
        if tree.function == "pad":
            digits = tree.arguments[1]
            known = isinstance(digits, ex.Constant) and int(str(digits.value)) <= _DIGITS
            width = arguments[1] if known else f"min({arguments[1]}, {_DIGITS})"
            return f"str({arguments[0]}).zfill({width})"
        return f"{tree.function}({', '.join(arguments)})"

    def _write_time(self, tree: ex.Call, arguments: list[str]) -> tuple[str, int]:
        """Return a calculation with moments and durations."""
        name, parts = tree.function, tree.arguments
        if name == "between":
            left = self._write_at_least(parts[0], _SUM)
            return f"{left} - {self._write_at_least(parts[1], _PRODUCT)}", _SUM
        if name == "date":
            return f"{self._write_at_least(parts[0], _ATOM)}.date()", _ATOM
        constant = parts[0] if isinstance(parts[0], ex.Constant) else None
        if name in _UNITS and constant and abs(int(str(constant.value))) < _MANY:
            return f"{self._use_delta()}({name}={arguments[0]})", _ATOM
        self._imports.use("src.core", "moments")
        if name == "weeks":
            return f"moments.days(7 * {self._write_at_least(parts[0], _UNARY)})", _ATOM
        if name.startswith("whole_"):
            unit = f"{self._use_delta()}({name.removeprefix('whole_')}=1)"
            return f"moments.whole({arguments[0]}, {unit})", _ATOM
        return f"moments.{name}({', '.join(arguments)})", _ATOM

    def _use_delta(self) -> str:
        return self._imports.use("datetime", "timedelta")

    def _write_coalesce(self, tree: ex.Call) -> tuple[str, int]:
        """Return the first that is there, the last where none of the others is."""
        *others, last = tree.arguments
        text, binding = self._write(last, "")
        for argument in reversed(others):
            first = self._write_at_least(argument, _OR)
            given = f"{self._write_at_least(argument, _COMPARE + 1)} is not None"
            line = f"{first} if {given} else {text}"
            if len(line) > _FITS and self._hoists is not None:
                text, binding = self._hoists.choose(given, first, text), _ATOM
            else:
                text, binding = line, _CHOICE
        return text, binding


def write_sql(tree: ex.Tree) -> str | None:
    """Return a condition over the attributes of one row as SQL, or None if SQL cannot say it."""
    if isinstance(tree, ex.Constant):
        return _write_sql_constant(tree)
    if isinstance(tree, ex.Member):
        own = isinstance(tree.of, ex.Name) and tree.of.name in ("self", "row")
        return quote_sql_name(tree.name) if own and tree.kind == "attribute" else None
    if isinstance(tree, ex.Compare):
        operator = {"==": "=", "!=": "<>"}.get(tree.op, tree.op)
        return _join_sql([tree.left, tree.right], operator)
    if isinstance(tree, ex.Arithmetic):
        joined = _join_sql([tree.left, tree.right], tree.op)
        return f"({joined})" if joined else None
    if isinstance(tree, ex.Logic):
        joined = _join_sql(list(tree.parts), tree.op.upper())
        return f"({joined})" if joined else None
    if isinstance(tree, ex.Not):
        inner = write_sql(tree.of)
        return f"NOT ({inner})" if inner else None
    return None


def _join_sql(parts: list[ex.Tree], operator: str) -> str | None:
    texts = [write_sql(part) for part in parts]
    if any(text is None for text in texts):
        return None
    bare = (ex.Compare, ex.Not) if operator not in ("AND", "OR") else ()
    return f" {operator} ".join(
        f"({text})" if isinstance(part, bare) else f"{text}"
        for part, text in zip(parts, texts, strict=True)
    )


def _write_sql_constant(tree: ex.Constant) -> str | None:
    value = tree.value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and tree.type != "decimal":
        return "'" + value.replace("'", "''").replace("\\", "\\\\").replace(":", "\\:") + "'"
    return str(value)
