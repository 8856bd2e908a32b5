"""Migrations of two branches that no database can run both: one changes what the other took away.

Each branch's own migrations are followed alone, then after those of another, as alembic runs them
on a database that has seen the other's already. What only fails then is a contradiction.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.regenerate.replay import (
    Arguments,
    RevisionSource,
    Schema,
    find_ancestry,
)

_ON_A_COLUMN = ("drop_column", "alter_column")
_NEW_CONSTRAINTS = (
    "create_check_constraint",
    "create_unique_constraint",
    "create_primary_key",
    "create_foreign_key",
)


def refuse_contradictions(revisions: Sequence[RevisionSource], heads: Sequence[str]) -> None:
    """Stop where the migrations of one head cannot run after those of another.

    Raises:
        GenerationError: they cannot; the message names two of them.
    """
    found = {source.revision: source for source in revisions}
    ancestry = {head: find_ancestry(head, found) for head in heads}
    alone = {
        fault
        for seen in ancestry.values()
        for fault in _find_faults([source for source in revisions if source.revision in seen])
    }
    for first in heads:
        before = [source for source in revisions if source.revision in ancestry[first]]
        after = [source for source in revisions if source.revision not in ancestry[first]]
        for fault in _find_faults([*before, *after]):
            if fault not in alone:
                _refuse(fault, found[first])


def _refuse(fault: tuple[str, str], head: RevisionSource) -> None:
    name, what = fault
    raise GenerationError(
        f"{VERSIONS}{name} {what} after {VERSIONS}{head.name}, which another branch made: no "
        "database can run both. Remove the one that has run on no database you keep, and "
        "regenerate: what is lacking then gets a migration."
    )


def _find_faults(revisions: Sequence[RevisionSource]) -> list[tuple[str, str]]:
    """Return (name of a migration, what it cannot do) when migrations run in this order."""
    schema = _Strict()
    for source in revisions:
        schema.name = source.name
        schema.follow(source)
    return schema.faults


class _Strict(Schema):
    """Follows migrations, and notices what a database would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.name = ""
        self.faults: list[tuple[str, str]] = []

    def notice(self, operation: str, given: Arguments) -> None:
        """Keep what is wrong with an operation, if anything is."""
        self.faults += [(self.name, text) for text in self._judge(operation, given)]

    def _judge(self, operation: str, given: Arguments) -> Iterator[str]:
        name = str(given.get(0))
        if operation == "create_table":
            if self.find_table(name):
                yield f"makes the table {name} again"
            return
        if operation in ("drop_table", "rename_table"):
            if not self.find_table(name):
                yield f"finds no table {name}"
            return
        owner = given.get(0) if operation in ("add_column", *_ON_A_COLUMN) else given.get(1)
        if operation == "drop_index":
            owner = given.get(1, "table_name")
        table = self.find_table(owner)
        if table is None:
            yield f"finds no table {owner}"
        elif operation == "add_column":
            node = given.node(1, "column")
            column = str(Arguments(node).get(0)) if isinstance(node, ast.Call) else ""
            if column in table.columns:
                yield f"adds the column {owner}.{column} again"
        elif operation in _ON_A_COLUMN:
            column = str(given.get(1, "column_name"))
            if column not in table.columns:
                yield f"finds no column {owner}.{column}"
        elif operation in _NEW_CONSTRAINTS and name in table.constraints:
            yield f"makes the constraint {name} again"
        elif operation == "drop_constraint" and name not in table.constraints:
            yield f"finds no constraint {name}"
