"""The tables that the migrations of an application lead to, read from their source.

Migrations are never imported: their calls of `op` are read one after the other. What a migration
says in SQL of its own is not understood and changes nothing here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.emit.models.tables import Column, Table, TableConstraint
from devmatrix_guard.model.named_value import NamedValue


class RevisionSource(NamedValue):
    """One migration.

    Attributes:
        name: of its file.
        revision: its id.
        follows: the ids of those it comes after.
        tree: its module.
    """

    name: str
    revision: str
    follows: tuple[str, ...]
    tree: ast.Module


def read_revisions(texts: Mapping[str, str]) -> list[RevisionSource]:
    """Return the migrations, each after those it follows; what is none is left out.

    Args:
        texts: file name -> text.

    Raises:
        GenerationError: one does not parse, or alembic could not follow them: two have the same
            id, one follows none that there is, or they follow one another in a circle.
    """
    found: dict[str, RevisionSource] = {}
    for name, text in sorted(texts.items()):
        source = _read_revision(name, text)
        if source is None:
            continue
        if source.revision in found:
            first = found[source.revision].name
            raise GenerationError(
                f"{VERSIONS}{first} and {VERSIONS}{name} are both the revision "
                f"{source.revision!r}; remove one, or give it an id of its own."
            )
        found[source.revision] = source
    _refuse_missing(found)
    sorter = TopologicalSorter({key: sorted(found[key].follows) for key in sorted(found)})
    try:
        return [found[revision] for revision in sorter.static_order()]
    except CycleError as error:
        names = ", ".join(f"{VERSIONS}{found[key].name}" for key in sorted(set(error.args[1])))
        raise GenerationError(
            f"migrations follow one another in a circle: {names}; correct `down_revision`."
        ) from error


def find_ancestry(revision: str, found: Mapping[str, RevisionSource]) -> set[str]:
    """Return a migration with all that it comes after, those that are nowhere included."""
    seen: set[str] = set()
    waiting = [revision]
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting += found[key].follows if key in found else ()
    return seen


def _refuse_missing(found: Mapping[str, RevisionSource]) -> None:
    """Stop where a migration follows one that a commit elsewhere holds, and say both ways out."""
    for source in found.values():
        for before in source.follows:
            if before in found:
                continue
            rest = {k: other for k, other in found.items() if before not in find_ancestry(k, found)}
            heads = sorted(rest.keys() - {k for other in rest.values() for k in other.follows})
            names = f'"{heads[0]}"' if len(heads) == 1 else "the one before it"
            raise GenerationError(
                f"{VERSIONS}{source.name} follows {before!r}, which no file there is: restore that "
                f"migration from the commit that made it, or, if {source.revision!r} has run on no "
                f"database yet, let its `down_revision` be {names}."
            )


def find_heads(revisions: Sequence[RevisionSource]) -> tuple[str, ...]:
    """Return the revisions that no other follows, sorted.

    Raises:
        GenerationError: there is none.
    """
    followed = {before for source in revisions for before in source.follows}
    heads = sorted({source.revision for source in revisions} - followed)
    if not heads:
        raise GenerationError(
            f"{VERSIONS} has no head, and a new migration must follow one; restore what is missing."
        )
    return tuple(heads)


def replay(revisions: Sequence[RevisionSource]) -> list[Table]:
    """Return the tables that migrations lead to, each after those it refers to if it can be."""
    schema = Schema()
    for source in revisions:
        schema.follow(source)
    return schema.list_tables()


def _read_revision(name: str, text: str) -> RevisionSource | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise GenerationError(f"{VERSIONS}{name} does not parse: {error}; fix it first.") from error
    values: dict[str, Any] = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.AnnAssign):
            target = node.target
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name):
            values[target.id] = _read_value(node.value)
    if not isinstance(values.get("revision"), str):
        return None
    before = values.get("down_revision") or ()
    follows = (before,) if isinstance(before, str) else tuple(map(str, before))
    return RevisionSource(name, values["revision"], follows, tree)


def _read_value(node: ast.expr | None) -> Any:
    """Return a literal, also inside `op.f(...)` and `sa.text(...)`; None for anything else."""
    if isinstance(node, ast.Call) and node.args and find_callee(node) in ("f", "text"):
        return _read_value(node.args[0])
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None


def find_callee(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


class _Draft:
    """A table while migrations are read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.columns: dict[str, Column] = {}
        self.constraints: dict[str, TableConstraint] = {}
        self.indexes: list[str] = []


class Arguments:
    """The arguments of a call as values."""

    def __init__(self, call: ast.Call) -> None:
        self.nodes = call.args
        self.keywords = {k.arg: k.value for k in call.keywords if k.arg}

    def get(self, index: int, name: str = "") -> Any:
        """Return a positional or named argument that is a literal, None otherwise."""
        return _read_value(self.node(index, name))

    def node(self, index: int, name: str = "") -> ast.expr | None:
        """Return a positional or named argument."""
        return self.nodes[index] if index < len(self.nodes) else self.keywords.get(name)


class Schema:
    """Follows the calls of migrations; every method named `do_…` is an operation of alembic."""

    def __init__(self) -> None:
        self._tables: dict[str, _Draft] = {}

    def follow(self, source: RevisionSource) -> None:
        """Follow what a migration does to bring the schema forward."""
        for node in source.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "upgrade":
                self.run(node.body)

    def run(self, body: Sequence[ast.stmt], batch: str = "", table: str = "") -> None:
        """Follow statements; `batch` is the name of a batch of `table`."""
        for node in body:
            if isinstance(node, ast.With):
                for item in node.items:
                    self._enter(item, node.body)
            elif isinstance(node, ast.If):
                self.run([*node.body, *node.orelse], batch, table)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                self._call(node.value, batch, table)

    def list_tables(self) -> list[Table]:
        """Return what there is now."""
        return [
            Table(
                draft.name,
                tuple(draft.columns.values()),
                tuple(draft.constraints.values()),
                tuple(draft.indexes),
            )
            for draft in self._tables.values()
        ]

    def _enter(self, item: ast.withitem, body: Sequence[ast.stmt]) -> None:
        call = item.context_expr
        if not isinstance(call, ast.Call) or not isinstance(item.optional_vars, ast.Name):
            return
        if find_callee(call) == "batch_alter_table":
            name = Arguments(call).get(0, "table_name")
            self.run(body, item.optional_vars.id, str(name))

    def _call(self, call: ast.Call, batch: str, table: str) -> None:
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(call.func, ast.Name) and call.func.id == "_rename_constraints":
            self._rename_constraints(Arguments(call))
            return
        if not isinstance(owner, ast.Name) or owner.id not in ("op", batch):
            return
        act = getattr(self, f"do_{find_callee(call)}", None)
        if act is None:
            return
        arguments = Arguments(call)
        if owner.id == batch and batch:  # a batch knows its table
            arguments.nodes = _insert_table(find_callee(call), arguments.nodes, table)
        self.notice(find_callee(call), arguments)
        act(arguments)

    def notice(self, operation: str, given: Arguments) -> None:
        """Look at an operation before it is followed."""

    def find_table(self, name: object) -> _Draft | None:
        """Return a table as it is now, None where there is none."""
        return self._tables.get(str(name))

    def _table(self, name: object) -> _Draft:
        """Return a table; of one that is not there, something that nobody asks for again."""
        return self._tables.get(str(name)) or _Draft(str(name))

    def _rename_constraints(self, given: Arguments) -> None:
        draft, names = self._table(given.get(0)), given.get(1) or {}
        renamed = (c._replace(name=names.get(c.name, c.name)) for c in draft.constraints.values())
        draft.constraints = {c.name: c for c in renamed}

    def do_create_table(self, given: Arguments) -> None:
        """`op.create_table(name, *columns and constraints)`."""
        draft = self._tables[str(given.get(0))] = _Draft(str(given.get(0)))
        for node in given.nodes[1:]:
            if not isinstance(node, ast.Call):
                continue
            if find_callee(node) == "Column":
                column = _read_column(node)
                draft.columns[column.name] = column
            elif (constraint := _read_constraint(draft.name, node)) is not None:
                draft.constraints[constraint.name] = constraint

    def do_drop_table(self, given: Arguments) -> None:
        """`op.drop_table(name)`."""
        self._tables.pop(str(given.get(0, "table_name")), None)

    def do_rename_table(self, given: Arguments) -> None:
        """`op.rename_table(old, new)`; references to it follow."""
        old, new = str(given.get(0)), str(given.get(1))
        if old not in self._tables:
            return
        draft = self._tables.pop(old)
        draft.name = new
        self._tables[new] = draft
        for other in self._tables.values():
            for constraint in list(other.constraints.values()):
                if constraint.target[0] == old:
                    target = (new, constraint.target[1])
                    other.constraints[constraint.name] = constraint._replace(target=target)

    def do_add_column(self, given: Arguments) -> None:
        """`op.add_column(table, column)`."""
        node = given.node(1, "column")
        if isinstance(node, ast.Call):
            column = _read_column(node)
            self._table(given.get(0)).columns[column.name] = column

    def do_drop_column(self, given: Arguments) -> None:
        """`op.drop_column(table, name)`."""
        self._table(given.get(0)).columns.pop(str(given.get(1, "column_name")), None)

    def do_alter_column(self, given: Arguments) -> None:
        """`op.alter_column(table, name, …)`: a new name, type, or whether it may be null."""
        draft, name = self._table(given.get(0)), str(given.get(1, "column_name"))
        column = draft.columns.get(name)
        if column is None:
            return
        if "type_" in given.keywords:
            column = column._replace(type=_write_type(given.keywords["type_"]))
        if isinstance(nullable := given.get(99, "nullable"), bool):
            column = column._replace(nullable=nullable)
        new = given.get(99, "new_column_name")
        if isinstance(new, str):
            column = column._replace(name=new)
            draft.indexes = [new if index == name else index for index in draft.indexes]
            for constraint in list(draft.constraints.values()):
                columns = tuple(new if c == name else c for c in constraint.columns)
                draft.constraints[constraint.name] = constraint._replace(columns=columns)
        draft.columns = {
            (column.name if key == name else key): (column if key == name else value)
            for key, value in draft.columns.items()
        }

    def do_create_index(self, given: Arguments) -> None:
        """`op.create_index(name, table, columns)`; only those of one column are of interest."""
        columns: list[str] = list(given.get(2, "columns") or ())
        draft = self._table(given.get(1, "table_name"))
        if len(columns) == 1 and columns[0] not in draft.indexes:
            draft.indexes.append(columns[0])

    def do_drop_index(self, given: Arguments) -> None:
        """`op.drop_index(name, table_name=…)`, by the name that ours have."""
        name, table = str(given.get(0)), given.get(1, "table_name")
        draft = self._table(table)
        named = [column for column in draft.indexes if name.endswith(f"_{column}")]
        gone = max(named, key=len, default="")  # the index of `author_id` is none of `id`
        draft.indexes = [column for column in draft.indexes if column != gone]

    def do_drop_constraint(self, given: Arguments) -> None:
        """`op.drop_constraint(name, table)`."""
        self._table(given.get(1, "table_name")).constraints.pop(str(given.get(0)), None)

    def do_create_check_constraint(self, given: Arguments) -> None:
        """`op.create_check_constraint(name, table, condition)`."""
        sql = str(given.get(2, "condition"))
        self._constrain(given, TableConstraint("check", str(given.get(0)), sql=sql))

    def do_create_unique_constraint(self, given: Arguments) -> None:
        """`op.create_unique_constraint(name, table, columns)`."""
        columns = tuple(given.get(2, "columns") or ())
        self._constrain(given, TableConstraint("unique", str(given.get(0)), columns))

    def do_create_primary_key(self, given: Arguments) -> None:
        """`op.create_primary_key(name, table, columns)`."""
        columns = tuple(given.get(2, "columns") or ())
        self._constrain(given, TableConstraint("primary", str(given.get(0)), columns))

    def do_create_foreign_key(self, given: Arguments) -> None:
        """`op.create_foreign_key(name, table, target, columns, target columns)`."""
        target, columns = str(given.get(2)), tuple(given.get(3) or ())
        others = given.get(4) or ("id",)
        on_delete = str(given.get(99, "ondelete") or "")
        key = TableConstraint(
            "foreignkey", str(given.get(0)), columns, (target, str(others[0])), on_delete
        )
        self._constrain(given, key)

    def _constrain(self, given: Arguments, constraint: TableConstraint) -> None:
        self._table(given.get(1)).constraints[constraint.name] = constraint


def _insert_table(operation: str, nodes: Sequence[ast.expr], table: str) -> list[ast.expr]:
    """Return the arguments of a batch's operation as those of `op`."""
    after = 0 if operation in ("add_column", "drop_column", "alter_column") else 1
    return [*nodes[:after], ast.Constant(table), *nodes[after:]]


def _read_column(call: ast.Call) -> Column:
    given = Arguments(call)
    nullable = given.get(99, "nullable")
    type_ = given.node(1, "type_")
    primary = given.get(99, "primary_key") is True
    nullable = nullable if isinstance(nullable, bool) else not primary
    return Column(str(given.get(0)), _write_type(type_) if type_ else "sa.Text()", nullable)


def _write_type(node: ast.expr) -> str:
    """Return a type as ours are written: `sa.String(length=20)` is `sa.String(20)`."""
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg in ("length", "precision", "scale"):
                node.args.append(keyword.value)
        node.keywords = [k for k in node.keywords if k.arg not in ("length", "precision", "scale")]
    return ast.unparse(node).replace("'", '"')


def _read_constraint(table: str, call: ast.Call) -> TableConstraint | None:
    given = Arguments(call)
    name = given.get(99, "name")
    kind = find_callee(call)
    if kind == "CheckConstraint":
        short = str(name)
        whole = short if _is_whole(given.keywords.get("name")) else f"ck_{table}_{short}"
        return TableConstraint("check", whole, sql=str(given.get(0, "sqltext")))
    if kind == "ForeignKeyConstraint":
        columns = [str(column) for column in given.get(0) or ()]
        targets = [str(target) for target in given.get(1) or ()]
        if not columns or not targets:
            return None
        other, _, column = targets[0].rpartition(".")
        whole = str(name) if name else f"fk_{table}_{columns[0]}_{other}"
        on_delete = str(given.get(99, "ondelete") or "")
        return TableConstraint("foreignkey", whole, tuple(columns), (other, column), on_delete)
    if kind in ("PrimaryKeyConstraint", "UniqueConstraint"):
        names = tuple(str(_read_value(node)) for node in given.nodes)
        made = f"pk_{table}" if kind[0] == "P" else f"uq_{table}_{'_'.join(names)}"
        return TableConstraint(
            "primary" if kind[0] == "P" else "unique", str(name) if name else made, names
        )
    return None


def _is_whole(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and find_callee(node) == "f"


def keep_known(found: Sequence[Table], known: Sequence[Table]) -> list[Table]:
    """Return tables with only those parts that one of `known` has as well.

    What people gave the database by migrations of their own is no part of any spec, and stays.
    """
    return [
        table._replace(
            columns=tuple(c for c in table.columns if c.name in columns),
            constraints=tuple(c for c in table.constraints if c.name in constraints),
            indexes=tuple(i for i in table.indexes if i in indexes),
        )
        for table in found
        for columns, constraints, indexes in _iter_parts(table.name, known)
    ]


def _iter_parts(name: str, known: Sequence[Table]) -> Iterator[tuple[set[str], set[str], set[str]]]:
    tables = [table for table in known if table.name == name]
    if tables:
        yield (
            {c.name for table in tables for c in table.columns},
            {c.name for table in tables for c in table.constraints},
            {i for table in tables for i in table.indexes},
        )
