"""One connection to a PostgreSQL server: opening, transactions, values there and back."""

from __future__ import annotations

import re
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.postgres.address import Address, read_address
from devmatrix_guard.memory.postgres.errors import explain_no_connection, translate_error
from devmatrix_guard.memory.postgres.text import (
    escape_json,
    escape_text,
    unescape_json,
    unescape_text,
)
from devmatrix_guard.memory.sql.database import JsonText, Row, Values, write_json
from devmatrix_guard.memory.sql.migrations import refuse_moved

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")

_CONNECT_SECONDS = 10
_RECONNECT_SECONDS = 30.0
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
# Held by whoever writes: one process at a time, as in the embedded memory; readers never wait.
_WRITER = "SELECT pg_advisory_xact_lock(hashtextextended('devmatrix-guard ' || :schema, 0))"
_KEY = "hashtextextended('devmatrix-guard ' || :name, 1)"
_SESSION = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "client_encoding": "UTF8",
    "lock_timeout": "60s",
    "statement_timeout": "120s",
    "idle_in_transaction_session_timeout": "600s",
    "application_name": "devmatrix-guard",
}
_PLACEHOLDER = re.compile(r"\?|(?<![:\w]):([a-z_]+)")


class PostgresDatabase:
    """A connection that translates errors and nests transactions; made by `open_database`."""

    def __init__(self, connection: psycopg.Connection[Row], address: Address) -> None:
        self._connection = connection
        self._depth = 0
        self._address = address
        self.name = address.name
        self.schema = address.schema
        self.opened_at: int | None = None  # the schema's version, once it is up to date

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make every write inside happen or none; an inner transaction joins the outer one."""
        if self._depth:
            yield
            return
        self.fetch_nothing("BEGIN")
        self._depth = 1
        try:
            self.fetch_rows(_WRITER, {"schema": self.schema})
            self.refuse_changed()
            yield
            self.run("COMMIT")
        except BaseException:
            import psycopg

            with suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    def refuse_changed(self) -> None:
        """Write nothing into a memory that another release has brought up to date.

        Raises:
            MemoryStoreError: it has another schema than when it was opened.
        """
        if self.opened_at is not None:
            row = self.fetch_row("SELECT coalesce(max(version), 0) FROM schema_migrations")
            refuse_moved(int(row[0]) if row else 0, self.opened_at, self.name)

    def run(self, sql: str, values: Values = ()) -> int:
        """Run one statement and return how many rows it changed."""
        with self._translate_errors():
            return self._connection.execute(_format_sql(sql), _bind_values(values)).rowcount

    def run_many(self, sql: str, rows: Iterable[Values]) -> None:
        """Run one statement once for each row of values."""
        with self._translate_errors(), self._connection.cursor() as cursor:
            cursor.executemany(_format_sql(sql), [_bind_values(row) for row in rows])

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Keep settings of one query to it: a transaction that neither writes nor waits."""
        if self._depth:
            yield
            return
        self.run("BEGIN READ ONLY")
        try:
            yield
        finally:
            self.run("ROLLBACK")

    def run_long(self, sql: str) -> None:
        """Run a statement that may take long, such as making an index."""
        self.fetch_rows("SELECT set_config('statement_timeout', '0', FALSE)")
        try:
            self.run(sql)
        finally:
            self.fetch_rows(
                "SELECT set_config('statement_timeout', ?, FALSE)",
                (_SESSION["statement_timeout"],),
            )

    def run_script(self, sql: str) -> None:
        """Run many statements that hold no values."""
        with self._translate_errors():
            self._connection.execute(sql.encode())

    def fetch_rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Return every row a query gives."""
        statement, bound = _format_sql(sql), _bind_values(values)
        with self._translate_errors():
            return self._ask_again(lambda link: link.execute(statement, bound).fetchall())

    def fetch_nothing(self, sql: str) -> None:
        """Run a statement that may be run twice and gives nothing, such as BEGIN."""
        with self._translate_errors():
            self._ask_again(lambda link: link.execute(sql.encode()))

    def fetch_row(self, sql: str, values: Values = ()) -> Row | None:
        """Return the first row a query gives."""
        found = self.fetch_rows(sql, values)
        return found[0] if found else None

    keeping_ids = "OVERRIDING SYSTEM VALUE"
    indexed = "SELECT 1 FROM pattern_search w WHERE w.seq = e.seq"

    def list_damage(self) -> list[str]:
        """Return nothing: a server looks after its own files."""
        return []

    def continue_numbering(self, table: str, column: str) -> None:
        """Number the next row of a table after the last."""
        self.fetch_rows(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), "
            f"coalesce((SELECT max({column}) FROM {table}), 0) + 1, FALSE)"
        )

    def keep_vector(self, unit: array[float]) -> Any:
        """Return a vector as a column takes it."""
        return unit.tolist()

    def read_vector(self, value: Any) -> list[float]:
        """Return a vector as a column had it."""
        return list(value)

    def read_day(self, column: str) -> str:
        """Return the expression for the day of a moment, as in 2026-01-31."""
        return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"

    def is_true(self, column: str, name: str) -> str:
        """Return the condition that a column of JSON holds true under a plain name."""
        return f"coalesce({column} -> '{name}' = 'true'::jsonb, FALSE)"

    def extract_text(self, column: str, name: str) -> str:
        """Return the expression for the text that a column of JSON holds under a plain name."""
        return f"({column} ->> '{name}')"

    def fetch_raw_rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Return every row a query gives; the server keeps no BLOBs."""
        return self.fetch_rows(sql, values)

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Be the only process that does what the name says; wait for another to end."""
        values = {"name": f"{self.schema} {name}"}
        while self.fetch_row(f"SELECT pg_try_advisory_lock({_KEY})", values) != (True,):
            time.sleep(0.05)
        try:
            yield
        finally:
            with suppress(MemoryStoreError):
                self.fetch_rows(f"SELECT pg_advisory_unlock({_KEY})", values)

    def mark_moment(self) -> Any:
        """Begin to listen: psycopg keeps what is heard until it is asked for."""
        self.fetch_nothing("LISTEN guard_outbox")

    def wait(self, seconds: float, since: Any) -> None:  # noqa: ARG002  # the session has it
        """Return when another has written, or after some seconds."""
        with self._translate_errors():
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                return

    def holds(self, column: str, name: str, value: Any) -> tuple[str, list[Any]]:
        """Return the condition that a column of JSON holds this value under this name."""
        return f"{column} @> ?::jsonb", [write_json({name: value})]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask_again(self, action: Callable[[psycopg.Connection[Row]], T]) -> T:
        """Do what changes nothing; once more on a new connection where the old one was lost.

        Within a transaction what was done before is lost too, and only its beginning can do it.
        """
        import psycopg

        try:
            return action(self._connection)
        except psycopg.OperationalError:
            if self._depth or not self._connection.closed:
                raise
        self._connection = self._reconnect()
        return action(self._connection)

    def _reconnect(self) -> psycopg.Connection[Row]:
        """Connect anew, waiting longer each time while the server comes back."""
        pause = _FIRST_PAUSE
        deadline = time.monotonic() + _RECONNECT_SECONDS
        while True:
            try:
                return _connect(self._address)
            except MemoryStoreError:
                if time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise translate_error(error, self.name) from error


def open_database(url: str) -> PostgresDatabase:
    """Connect to a server, with the schema of the memory as the only one that is searched.

    Raises:
        UsageError: the URL is none.
        MissingExtraError: psycopg is not installed.
        MemoryStoreError: the server is away, does not let us in, or cannot hold every text.
    """
    address = read_address(url)
    return PostgresDatabase(_connect(address), address)


def _connect(address: Address) -> psycopg.Connection[Row]:
    import psycopg

    settings = {"connect_timeout": _CONNECT_SECONDS} | address.parameters
    try:
        connection = psycopg.connect(**settings, autocommit=True)
    except psycopg.Error as error:
        raise explain_no_connection(
            error, address.name, address.parameters.get("password")
        ) from None
    try:
        _prepare(connection, address)
    except psycopg.Error as error:
        connection.close()
        raise translate_error(error, address.name) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: psycopg.Connection[Row], address: Address) -> None:
    _register_loaders(connection)
    wanted = _SESSION | {"search_path": f'"{address.schema}"'}
    calls = ", ".join("set_config(%s, %s, FALSE)" for _ in wanted)
    connection.execute(f"SELECT {calls}".encode(), [p for pair in wanted.items() for p in pair])
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise MemoryStoreError(
            f"the memory {address.name} is kept in {encoding}, which cannot hold every text; "
            "make a database with ENCODING 'UTF8'."
        )


def _register_loaders(connection: psycopg.Connection[Row]) -> None:
    """Let text, JSON and moments come back as the text that was written."""
    from psycopg.adapt import Buffer, Loader

    class GivenText(Loader):
        def load(self, data: Buffer) -> str:
            return unescape_text(bytes(data).decode())

    class GivenJson(Loader):
        def load(self, data: Buffer) -> str:
            return unescape_json(bytes(data).decode())

    class Moment(Loader):
        def load(self, data: Buffer) -> str:
            return _write_iso(bytes(data).decode())

    for name, loader in (("text", GivenText), ("jsonb", GivenJson), ("timestamptz", Moment)):
        connection.adapters.register_loader(name, loader)


def _write_iso(moment: str) -> str:
    """Return `2026-01-02 10:00:00.12+00` as `2026-01-02T10:00:00.120Z`."""
    whole, point, fraction = moment.replace(" ", "T", 1).removesuffix("+00").partition(".")
    return f"{whole}{point}{fraction.ljust(3, '0') if point else ''}Z"


@lru_cache(maxsize=256)
def _format_sql(sql: str) -> bytes:
    """Return a statement with the placeholders psycopg knows."""
    marked = _PLACEHOLDER.sub(lambda m: f"%({m[1]})s" if m[1] else "%s", sql.replace("%", "%%"))
    return marked.encode()


def _bind_values(values: Values) -> list[Any] | dict[str, Any]:
    if isinstance(values, Mapping):
        return {name: _hold_value(value) for name, value in values.items()}
    return [_hold_value(value) for value in values]


def _hold_value(value: Any) -> Any:
    if isinstance(value, JsonText):
        return escape_json(value)
    if isinstance(value, list):
        return [_hold_value(part) for part in value]
    return escape_text(value) if isinstance(value, str) else value
