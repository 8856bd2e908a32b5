"""Conditions of rows that are not loaded, as SQLAlchemy for SQLite and PostgreSQL.

What does not speak of the row, called `it`, is Python and becomes a value of the query. A condition
means what it means in Python, also where something is null.
"""

from __future__ import annotations

from devmatrix_guard.errors import InternalError
from devmatrix_guard.generator.behavior.asked import mentions
from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.expressions import PythonWriter
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.domain import Relation

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">=": "<=", ">": "<", "<=": ">="}
_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
_MOMENTS = "src.repositories.moments"


class AskWriter:
    """Writes what is asked of the rows of one entity.

    Args:
        plan: what is generated.
        imports: the imports of the module written to.
        python: writes what does not speak of the row.
        entity: whose rows are asked.
    """

    def __init__(self, plan: Plan, imports: Imports, python: PythonWriter, entity: str) -> None:
        self._plan = plan
        self._imports = imports
        self._python = python
        self._entity = entity

    def write_condition(self, tree: ex.Tree) -> str:
        """Return a condition that SQL can hold against each row."""
        if not mentions(tree, "it"):
            return f"{self._use('literal')}({self._python.write_text(tree)})"
        if isinstance(tree, ex.Not):
            return self._write_opposite(tree.of)
        if isinstance(tree, ex.Logic):
            parts = ", ".join(self.write_condition(part) for part in tree.parts)
            return f"{self._use(f'{tree.op}_')}({parts})"
        if isinstance(tree, ex.Compare):
            return self._write_comparison(tree)
        if isinstance(tree, ex.Contains):
            return self._write_contains(tree)
        if isinstance(tree, ex.Choice):
            return f"{self._write_choice(tree)}.is_(True)"
        return f"{self.write_value(tree)}.is_(True)"

    def list_conditions(self, tree: ex.Tree) -> list[str]:
        """Return the conditions that all must hold, one by one."""
        if isinstance(tree, ex.Logic) and tree.op == "and":
            return [text for part in tree.parts for text in self.list_conditions(part)]
        return [self.write_condition(tree)]

    def _use(self, name: str) -> str:
        return self._imports.use("sqlalchemy", name)

    def _use_moments(self, name: str) -> str:
        return self._imports.use(_MOMENTS, name)

    def _write_opposite(self, tree: ex.Tree) -> str:
        """Return where a condition does not hold; SQL's own NOT would leave out what is null."""
        if isinstance(tree, ex.Not):
            return self.write_condition(tree.of)
        if isinstance(tree, ex.Logic):
            parts = tuple(ex.Not(part) for part in tree.parts)
            return self.write_condition(ex.Logic("or" if tree.op == "and" else "and", parts))
        if isinstance(tree, ex.Compare):
            return self.write_condition(ex.Compare(_OPPOSITE[tree.op], tree.left, tree.right))
        if isinstance(tree, ex.Contains):
            return self._write_contains(tree._replace(negated=not tree.negated))
        return f"{self.write_value(tree)}.is_(False)"

    def _write_contains(self, tree: ex.Contains) -> str:
        word = "not_in" if tree.negated else "in_"
        listed = self._python.write_text(tree.collection)
        if not mentions(tree.item, "it") or mentions(tree.collection, "it"):
            parts = tree.collection.parts if isinstance(tree.collection, ex.Items) else ()
            tests = tuple(ex.Compare("==", tree.item, part) for part in parts)
            found = ex.Logic("or", tests)
            return self.write_condition(ex.Not(found) if tree.negated else found)
        item = self.write_value(tree.item)
        text = f"{item}.{word}({listed})"
        if tree.negated and self._may_be_null(tree.item):
            return f"{self._use('or_')}({item}.is_(None), {text})"
        return text

    def _write_comparison(self, tree: ex.Compare) -> str:
        left, operator, right = tree.left, tree.op, tree.right
        if not mentions(left, "it"):
            left, operator, right = right, _MIRRORED[operator], left
        moved = self._move(left, operator, right)
        if moved is not None:
            return self._write_comparison(moved)
        if self._is_row(left):
            left, right = self._find_key(left), self._find_key(right)
        if isinstance(right, ex.Constant) and isinstance(right.value, bool | None):
            return self._write_test(left, operator, right)
        first, second = self.write_value(left), self.write_value(right)
        nullable = self._may_be_null(left) or (mentions(right, "it") and self._may_be_null(right))
        unknown = not mentions(right, "it") and not isinstance(right, ex.Constant)
        if operator == "!=" and (nullable or unknown):
            return f"{first}.is_distinct_from({second})"
        if operator == "==" and nullable and mentions(right, "it"):
            return f"{first}.is_not_distinct_from({second})"
        return f"{self._enclose(first)} {operator} {second}"

    def _write_test(self, left: ex.Tree, operator: str, right: ex.Constant) -> str:
        word = {"==": "is_", "!=": "is_not"}[operator]
        return f"{self.write_value(left)}.{word}({right.value!r})"

    def _move(self, left: ex.Tree, operator: str, right: ex.Tree) -> ex.Compare | None:
        """Return a comparison of times so that a column stands alone, which an index can serve."""
        if isinstance(left, ex.Call) and left.function == "shift":
            moment, by = left.arguments
            if mentions(moment, "it") and not mentions(by, "it") and not mentions(right, "it"):
                return ex.Compare(operator, moment, ex.Call("shift", (right, ex.Negative(by))))
        if isinstance(left, ex.Call) and left.function == "between":
            later, earlier = left.arguments
            if mentions(later, "it"):
                return ex.Compare(operator, later, ex.Call("shift", (earlier, right)))
            moved = ex.Call("shift", (later, ex.Negative(right)))
            return ex.Compare(_MIRRORED[operator], earlier, moved)
        return None

    # values

    def write_value(self, tree: ex.Tree) -> str:
        """Return a value, of the row or of Python."""
        if not mentions(tree, "it"):
            return self._python.write_operand(tree)
        if isinstance(tree, ex.Member):
            return self._write_member(tree)
        if isinstance(tree, ex.Arithmetic):
            left, right = self.write_value(tree.left), self.write_value(tree.right)
            return f"({self._enclose(left)} {tree.op} {self._enclose(right)})"
        if isinstance(tree, ex.Negative):
            return f"(-{self._enclose(self.write_value(tree.of))})"
        if isinstance(tree, ex.Choice):
            return self._write_choice(tree)
        if isinstance(tree, ex.Call):
            return self._write_call(tree)
        if isinstance(tree, ex.Compare | ex.Logic | ex.Not | ex.Contains):
            return f"({self.write_condition(tree)})"
        raise InternalError(f"the database cannot be asked for {tree!r}")

    def _enclose(self, text: str) -> str:
        return f"({text})" if " " in text and not text.endswith(")") else text

    def _write_choice(self, tree: ex.Choice) -> str:
        condition = self.write_condition(tree.condition)
        then, otherwise = self.write_value(tree.then), self.write_value(tree.otherwise)
        return f"{self._use('case')}(({condition}, {then}), else_={otherwise})"

    def _write_member(self, tree: ex.Member) -> str:
        owner = self._find_entity(tree.of)
        if isinstance(tree.of, ex.Name):
            return f"{self._use_row(owner)}.{name_row(tree.name)}"
        relation = self._find_relation(tree.of)
        column = ex.Member(tree.of.of, relation.column, "attribute")  # type: ignore[union-attr]
        if tree.name == self._plan.entities[owner].key:
            return self._write_member(column)
        look_up = self._imports.use("src.repositories.base", "look_up")
        key = self._write_member(column)
        return f'{look_up}({self._use_row(owner)}, "{name_row(tree.name)}", {key})'

    def _use_row(self, entity: str) -> str:
        return self._imports.use(f"{PACKAGE}.{self._plan.modules[entity]}", name_row_class(entity))

    def _find_entity(self, tree: ex.Tree) -> str:
        return self._entity if isinstance(tree, ex.Name) else self._find_relation(tree).target

    def _find_relation(self, tree: ex.Tree) -> Relation:
        if not isinstance(tree, ex.Member):
            raise InternalError(f"no relation: {tree!r}")
        owner = self._plan.entities[self._find_entity(tree.of)]
        return next(r for r in owner.relations if r.name == tree.name)

    def _is_row(self, tree: ex.Tree) -> bool:
        if isinstance(tree, ex.Name):
            return tree.name == "it"
        return isinstance(tree, ex.Member) and tree.kind == "relation"

    def _find_key(self, tree: ex.Tree) -> ex.Tree:
        """Return the key of a row; that of one which a relation leads to is a column."""
        if isinstance(tree, ex.Member) and tree.kind == "relation" and mentions(tree, "it"):
            relation = self._find_relation(tree)
            return ex.Member(tree.of, relation.column, "attribute")
        if isinstance(tree, ex.Name) and tree.name == "it":
            return ex.Member(tree, self._plan.entities[self._entity].key, "attribute")
        return tree

    def _may_be_null(self, tree: ex.Tree) -> bool:
        if not isinstance(tree, ex.Member):
            return False
        if not isinstance(tree.of, ex.Name):
            return True
        owner = self._plan.entities[self._find_entity(tree.of)]
        return find_attribute(owner, tree.name).nullable

    def _write_call(self, tree: ex.Call) -> str:
        name, arguments = tree.function, tree.arguments
        if name == "shift":
            moment, seconds = self.write_value(arguments[0]), self._write_seconds(arguments[1])
            return f"{self._use_moments('shifted')}({moment}, {seconds})"
        if name.startswith("whole_"):
            unit = _SECONDS[name.removeprefix("whole_")]
            return (
                f"{self._use_moments('whole_units')}({self._write_seconds(arguments[0])}, {unit})"
            )
        if name in ("lower", "upper", "length", "abs", "coalesce"):
            values = ", ".join(self.write_value(part) for part in arguments)
            return f"{self._use('func')}.{name}({values})"
        raise InternalError(f"the database cannot be asked for {name}")

    def _write_seconds(self, tree: ex.Tree) -> str:
        """Return how many seconds a duration has that speaks of the row, or that Python knows."""
        if not mentions(tree, "it"):
            return f"({self._python.write_text(tree)}).total_seconds()"
        if isinstance(tree, ex.Negative):
            return f"(-{self._write_seconds(tree.of)})"
        if isinstance(tree, ex.Arithmetic):
            left, right = self._write_seconds(tree.left), self._write_seconds(tree.right)
            return f"({left} {tree.op} {right})"
        if isinstance(tree, ex.Call) and tree.function == "between":
            later, earlier = (self.write_value(part) for part in tree.arguments)
            return f"{self._use_moments('seconds_between')}({later}, {earlier})"
        if isinstance(tree, ex.Call) and tree.function == "times":
            return f"({self._cast(tree.arguments[0])} * {self._write_seconds(tree.arguments[1])})"
        if isinstance(tree, ex.Call) and tree.function in _SECONDS:
            return f"({self._cast(tree.arguments[0])} * {_SECONDS[tree.function]})"
        raise InternalError(f"no duration that the database knows: {tree!r}")

    def _cast(self, tree: ex.Tree) -> str:
        """Return a number that no multiplication leads out of its type."""
        if not mentions(tree, "it"):
            return self._python.write_operand(tree)
        return f"{self._use('cast')}({self.write_value(tree)}, {self._use('Float')})"
