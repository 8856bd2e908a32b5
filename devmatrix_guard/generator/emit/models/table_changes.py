"""What differs between two versions of the tables: what is made, dropped, renamed and changed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from devmatrix_guard.errors import UsageError
from devmatrix_guard.generator.emit.models.data_checks import is_replaced, is_unknown, read_type
from devmatrix_guard.generator.emit.models.tables import Column, Table, TableConstraint
from devmatrix_guard.generator.emit.python.printer import write_flat
from devmatrix_guard.model.named_value import NamedValue


class Renames(NamedValue):
    """What is called otherwise from now on: (table, new column) -> old column; new -> old table."""

    columns: Mapping[tuple[str, str], str] = {}
    tables: Mapping[str, str] = {}


class Renaming(NamedValue):
    """A table that is called otherwise, or has constraints that are.

    Attributes:
        before, after: the name of the table.
        constraints: their names before -> after.
        indexes: the columns whose indexes are named after the table.
    """

    before: str
    after: str
    constraints: Mapping[str, str]
    indexes: tuple[str, ...]

    def reverse(self) -> Renaming:
        """Return the way back."""
        back = {new: old for old, new in self.constraints.items()}
        return Renaming(self.after, self.before, back, self.indexes)


class TableChange(NamedValue):
    """A table in two versions; `renamed` leads from old to new names of columns."""

    before: Table
    after: Table
    renamed: Mapping[str, str]

    def reverse(self) -> TableChange:
        """Return the way back."""
        back = {new: old for old, new in reversed(list(self.renamed.items()))}
        return TableChange(self.after, self.before, back)

    @property
    def pairs(self) -> list[tuple[Column, Column]]:
        """The columns that stay, before and after."""
        after = {column.name: column for column in self.after.columns}
        pairs = ((c, after.get(self.renamed.get(c.name, c.name))) for c in self.before.columns)
        return [(was, now) for was, now in pairs if now is not None]

    @property
    def replaced(self) -> list[str]:
        """The columns that go and come again under their name, as no value lives through it."""
        return [now.name for was, now in self.pairs if is_replaced(was, now)]

    @property
    def dropped(self) -> list[str]:
        """The columns that go."""
        stay = {was.name for was, now in self.pairs if now.name not in self.replaced}
        return [c.name for c in self.before.columns if c.name not in stay]

    @property
    def added(self) -> list[Column]:
        """The columns that are new."""
        stay = {now.name for _, now in self.pairs} - set(self.replaced)
        return [column for column in self.after.columns if column.name not in stay]

    @property
    def retyped(self) -> list[str]:
        """The columns that stay and hold values of another type, by their new names."""
        return [
            now.name
            for was, now in self.pairs
            if write_flat(was.type) != write_flat(now.type) and now.name not in self.replaced
        ]

    @property
    def closed(self) -> list[Column]:
        """The columns that must hold a value from now on, new ones and others."""
        open_before = {self.renamed.get(c.name, c.name) for c in self.before.columns if c.nullable}
        open_before |= {column.name for column in self.added}
        return [c for c in self.after.columns if not c.nullable and c.name in open_before]

    @property
    def recast(self) -> list[str]:
        """The retyped columns whose type has another name, and not only another size."""
        return [
            now.name
            for was, now in self.pairs
            if now.name in self.retyped and read_type(was.type).name != read_type(now.type).name
        ]

    def find_numbered(self) -> tuple[list[str], list[str]]:
        """Return the columns that the database numbers before, and afterwards, not both."""
        pairs = [(was, now) for was, now in self.pairs if now.name in self.recast]
        before = [now.name for was, now in pairs if _is_numbered(self.before, was)]
        after = [now.name for _, now in pairs if _is_numbered(self.after, now)]
        both = {*before} & {*after}
        return [n for n in before if n not in both], [n for n in after if n not in both]

    @property
    def unknown(self) -> list[str]:
        """The columns whose values may not live through their change of type."""
        return [
            was.name
            for was, now in self.pairs
            if is_unknown(read_type(was.type), read_type(now.type))
        ]

    @property
    def constraints(self) -> tuple[list[TableConstraint], list[TableConstraint]]:
        """The constraints that go and that come; one that differs does both."""
        old = {c.name: c for c in self.before.constraints}
        new = {c.name: c for c in self.after.constraints}

        def only(one: Mapping[str, TableConstraint], other: Mapping[str, TableConstraint]) -> list:  # type: ignore[type-arg]
            return [
                c
                for name, c in one.items()
                if name not in other
                or _describe_meaning(other[name]) != _describe_meaning(c)
                or self.concerns_replaced(c)
            ]

        return only(old, new), only(new, old)

    def concerns_replaced(self, constraint: TableConstraint) -> bool:
        """Tell whether a constraint is about a column that goes and comes again."""
        words = {*constraint.columns, *re.findall(r"\w+", constraint.sql)}
        return not words.isdisjoint(self.replaced)


class SchemaChange(NamedValue):
    """From one version of the tables to another, in the order in which it is done."""

    renamings: tuple[Renaming, ...]
    made: tuple[Table, ...]
    changes: tuple[TableChange, ...]
    gone: tuple[Table, ...]

    def reverse(self) -> SchemaChange:
        """Return the way back; its renamings come last and are not part of it."""
        back = tuple(change.reverse() for change in reversed(self.changes))
        return SchemaChange((), self.gone, back, self.made)

    @property
    def lifted(self) -> list[tuple[str, TableConstraint]]:
        """(table, foreign key) that PostgreSQL must be without while an end of it is retyped."""
        ends = {(c.after.name, name) for c in self.changes for name in c.recast}
        return [
            (change.after.name, key)
            for change in self.changes
            for key in change.after.constraints
            if key.kind == "foreignkey"
            and key not in change.constraints[1]
            and not ends.isdisjoint({(change.after.name, key.columns[0]), key.target})
        ]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing differs."""
        return not any(self)


def _is_numbered(table: Table, column: Column) -> bool:
    keys = [c for c in table.constraints if column.name in c.columns]
    alone = any(c.kind == "primary" and c.columns == (column.name,) for c in keys)
    refers = any(c.kind == "foreignkey" for c in keys)
    return alone and not refers and read_type(column.type).name in ("Integer", "BigInteger")


def find_schema_change(
    before: Sequence[Table], after: Sequence[Table], renames: Renames
) -> SchemaChange:
    """Return what leads from `before` to `after`."""
    tables = _follow_tables(before, after, renames.tables)
    renamings, called = [], []
    for table in before:
        named = _call_otherwise(table, tables)
        called.append(named)
        pairs = zip(table.constraints, named.constraints, strict=True)
        constraints = {a.name: b.name for a, b in pairs if a.name != b.name}
        if constraints or named.name != table.name:
            indexes = table.indexes if named.name != table.name else ()
            renamings.append(Renaming(table.name, named.name, constraints, indexes))
    return SchemaChange(
        tuple(renamings),
        tuple(_list_only_in(after, called)),
        tuple(_find_changes(called, after, renames.columns)),
        tuple(_list_only_in(called, after)),
    )


def _follow_tables(
    before: Sequence[Table], after: Sequence[Table], renamed: Mapping[str, str]
) -> dict[str, str]:
    """Return old -> new names of tables, with those that are named after a renamed one."""
    old, new = {table.name for table in before}, {table.name for table in after}
    found = {a: b for b, a in renamed.items() if a in old - new and b in new - old}
    for former, name in list(found.items()):
        for table in sorted(old - new - found.keys()):
            if table.startswith(f"{former}_"):
                wanted = name + table.removeprefix(former)
            elif table.endswith(f"_{former}"):
                wanted = table.removesuffix(former) + name
            else:
                continue
            if wanted in new - old:
                found[table] = wanted
    return found


def _call_otherwise(table: Table, names: Mapping[str, str]) -> Table:
    """Return a table with the names that renamed tables give it and its constraints."""
    called = names.get(table.name, table.name)

    def call(constraint: TableConstraint) -> TableConstraint:
        prefix, _, rest = constraint.name.partition("_")
        name = f"{prefix}_{called}{rest.removeprefix(table.name)}"
        target, column = constraint.target
        if target in names:
            name = name.removesuffix(target) + names[target]
            target = names[target]
        return constraint._replace(name=name, target=(target, column))

    return table._replace(name=called, constraints=tuple(map(call, table.constraints)))


def _list_only_in(one: Sequence[Table], other: Sequence[Table]) -> list[Table]:
    known = {table.name for table in other}
    return [table for table in one if table.name not in known]


def _find_changes(
    before: Sequence[Table], after: Sequence[Table], renamed: Mapping[tuple[str, str], str]
) -> list[TableChange]:
    old = {table.name: table for table in before}
    changes = []
    for table in after:
        was = old.get(table.name)
        if was is None or _describe_content(was) == _describe_content(table):
            continue
        moved = _find_renamed_columns(was, table, renamed)
        changes.append(TableChange(was, table, moved))
    return changes


def _find_renamed_columns(
    before: Table, after: Table, renamed: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    """Return the names of columns before -> after, each when its new name is free.

    A column may take the name of one that is renamed as well. A name that is taken, or a former
    name that stays, is left from an earlier renaming.

    Raises:
        UsageError: columns would change their names with each other.
    """
    names, now = {c.name: c for c in before.columns}, {c.name: c for c in after.columns}
    wanted = {c.name: renamed.get((after.name, c.name), "") for c in after.columns}
    moves = {
        old: new
        for new, old in wanted.items()
        if old in names and old != new and not is_replaced(names[old], now[new])
    }
    while stale := [
        old
        for old, new in moves.items()
        if (old in now and old not in moves.values()) or (new in names and new not in moves)
    ]:
        del moves[stale[0]]
    ordered: dict[str, str] = {}
    while free := [old for old, new in moves.items() if new not in moves]:
        ordered |= {old: moves.pop(old) for old in free}
    if moves:
        raise UsageError(
            f"{', '.join(sorted(moves))} of {after.name} cannot take each other's names at once: "
            "rename one to a third name first, regenerate, and go on from there."
        )
    return ordered


def _describe_content(table: Table) -> object:
    """What two versions of a table are compared by; the order of columns is no difference."""
    columns = {column.name: (write_flat(column.type), column.nullable) for column in table.columns}
    constraints = {(c.name, _describe_meaning(c)) for c in table.constraints}
    return columns, constraints, set(table.indexes)


def _describe_meaning(constraint: TableConstraint) -> object:
    return constraint._replace(late=False, short_name="")


def list_subjects(change: SchemaChange) -> list[tuple[str, str]]:
    """Return what a change does, a verb and a name each."""
    subjects = [("rename", r.after) for r in change.renamings if r.before != r.after]
    subjects += [("add", table.name) for table in change.made]
    subjects += [("drop", table.name) for table in change.gone]
    for item in change.changes:
        table = item.after.name
        members = [("add", f"{table}_{c.name}") for c in item.added]
        members += [("drop", f"{table}_{name}") for name in item.dropped]
        members += [("rename", f"{table}_{name}") for name in item.renamed.values()]
        subjects += members or [("change", table)]
    return subjects


def list_losses(change: SchemaChange) -> list[str]:
    """Return what may be lost, such as `column products.weight`."""
    return [
        *(f"table {table.name}" for table in change.gone),
        *(
            f"column {c.before.name}.{name}"
            for c in change.changes
            for name in c.dropped
            if name not in c.unknown
        ),
        *(f"values of {c.before.name}.{name}" for c in change.changes for name in c.unknown),
    ]


def list_names(tables: Collection[Table]) -> frozenset[str]:
    """Return the names of tables."""
    return frozenset(table.name for table in tables)
