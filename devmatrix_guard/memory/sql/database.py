"""What the roles ask of a connection, and the JSON they hand it."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

Row = tuple[Any, ...]
Values = Sequence[Any] | Mapping[str, Any]

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
# What the encoder makes of itself for each value, made once: a run writes a thousand small ones.
_encode: Any = None
if (_make := getattr(json.encoder, "c_make_encoder", None)) is not None:
    _encode = _make(
        None, _ENCODER.default, json.encoder.encode_basestring_ascii, None, ":", ",",
        True, False, True,
    )  # fmt: skip


class Database(Protocol):
    """A connection; statements hold `?` for a sequence of values or `:name` for a mapping.

    Text comes back as it was given, whatever characters it holds, and JSON as JSON text. Every
    failure is a MemoryStoreError.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Make every write inside happen or none; an inner transaction joins the outer one."""

    def refuse_changed(self) -> None:
        """Refuse to write where others have changed the memory so that a write would be lost."""

    def run(self, sql: str, values: Values = ()) -> int:
        """Run one statement and return how many rows it changed."""

    def run_many(self, sql: str, rows: Iterable[Values]) -> None:
        """Run one statement once for each row of values."""

    def fetch_rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Return every row a query gives."""

    def fetch_row(self, sql: str, values: Values = ()) -> Row | None:
        """Return the first row a query gives."""

    keeping_ids: str
    """What an INSERT says that gives numbers which the database would give."""

    indexed: str
    """The query for the entry of the row `e` of `pattern_evidence` in the index of the search."""

    def list_damage(self) -> list[str]:
        """Return what the database itself finds wrong."""

    def continue_numbering(self, table: str, column: str) -> None:
        """Number the next row of a table after the last."""

    def keep_vector(self, unit: array[float]) -> Any:
        """Return a vector as a column takes it."""

    def read_vector(self, value: Any) -> list[float]:
        """Return a vector as a column had it."""

    def read_day(self, column: str) -> str:
        """Return the expression for the day of a moment, as in 2026-01-31."""

    def is_true(self, column: str, name: str) -> str:
        """Return the condition that a column of JSON holds true under a plain name."""

    def extract_text(self, column: str, name: str) -> str:
        """Return the expression for the text that a column of JSON holds under a plain name."""

    def fetch_raw_rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Return every row a query gives as it is kept: BLOBs stay bytes."""

    def hold(self, name: str) -> AbstractContextManager[None]:
        """Be the only process that does what the name says; wait for another to end.

        The system lets go of it when the process ends, however it ends.
        """

    def mark_moment(self) -> Any:
        """Return what `wait` needs to notice every write from now on."""

    def wait(self, seconds: float, since: Any) -> None:
        """Return when another has written since a moment that was marked, or after some seconds."""

    def close(self) -> None:
        """Let go of the connection."""

    def holds(self, column: str, name: str, value: Any) -> tuple[str, list[Any]]:
        """Return the condition that a column of JSON holds this value under this name."""


class JsonText(str):
    """Text that is known to be JSON, which a database may have to write otherwise than prose."""

    __slots__ = ()


_EMPTY = JsonText("{}")


def write_json(value: Any) -> JsonText:
    """Return JSON text that is the same for equal values."""
    if value == {}:
        return _EMPTY  # what most edges of a lineage say
    if _encode is not None:
        return JsonText("".join(_encode(value, 0)))
    return JsonText(_ENCODER.encode(value))


def write_marks(values: Sequence[Any]) -> str:
    """Return a `?` for each value."""
    return ", ".join("?" * len(values))


def upsert(table: str, columns: str, key: str) -> str:
    """Return the statement that inserts a row, or brings the one with the same key up to date."""
    names, keys = columns.split(", "), key.split(", ")
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return (
        f"INSERT INTO {table} ({columns}) VALUES ({write_marks(names)}) "
        f"ON CONFLICT ({key}) DO UPDATE SET {updates}"
    )
