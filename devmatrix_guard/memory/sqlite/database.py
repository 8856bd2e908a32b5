"""One connection to the embedded memory: opening, transactions, text that is not UTF-8, errors."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.files import replace_file
from devmatrix_guard.memory.sql.database import JsonText, Row, Values
from devmatrix_guard.memory.sql.migrations import refuse_moved

if TYPE_CHECKING:
    from array import array

T = TypeVar("T")

_BUSY_SECONDS = 60.0
_LOOK_SECONDS = 0.01
_ASK_SECONDS = 0.002
_CACHE_KIB = 16_000  # of pages: SQLite's own 2 MB are less than one search of 20,000 patterns reads
_IGNORED = "# what devmatrix-guard makes again when needed\n/.gitignore\n/cache/\n/memory.db*\n"
_NOT_A_MEMORY = ("file is not a database", "malformed", "encrypted")


class SqliteDatabase:
    """A connection that translates errors and nests transactions; made by `open_database`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._depth = 0
        self.path = path
        self.opened_at: int | None = None  # the schema's version, once it is up to date
        # What was read and is brought up to date when it is asked for again.
        self.kept: dict[Any, Any] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make every write inside happen or none; an inner transaction joins the outer one."""
        if self._depth:
            yield
            return
        # IMMEDIATE: a transaction that reads first and then writes fails at once when another
        # has written meanwhile; the busy timeout helps only those that take the lock at the start.
        self._begin()
        self._depth = 1
        try:
            self.refuse_changed()
            yield
            self.run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            self.kept.clear()  # it may hold what is not there any more
            raise
        finally:
            self._depth = 0

    def refuse_changed(self) -> None:
        """Write nothing into a memory that another release has brought up to date.

        Raises:
            MemoryStoreError: it has another schema than when it was opened.
        """
        if self.opened_at is not None:
            refuse_moved(self.read_schema_version(), self.opened_at, self.path)

    def _begin(self) -> None:
        """Take the lock, asking often.

        SQLite's own waiting grows to a tenth of a second a time, and who came last is then likelier
        to get the lock than who waits longest.
        """
        deadline = time.monotonic() + _BUSY_SECONDS
        with self._translate_errors():
            self._connection.execute("PRAGMA busy_timeout = 0")
            try:
                while True:
                    try:
                        self._connection.execute("BEGIN IMMEDIATE")
                        return
                    except sqlite3.OperationalError as error:
                        if "locked" not in str(error) or time.monotonic() > deadline:
                            raise
                    time.sleep(_ASK_SECONDS)
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")

    def read_schema_version(self) -> int:
        """Return the version of the schema; 0 is a file without one."""
        row = self.fetch_row("PRAGMA user_version")
        return int(row[0]) if row else 0

    def run(self, sql: str, values: Values = ()) -> int:
        """Run one statement and return how many rows it changed."""
        with self._translate_errors():
            return self._connection.execute(sql, _bind_values(values)).rowcount

    def run_many(self, sql: str, rows: Iterable[Values]) -> None:
        """Run one statement once for each row of values."""
        with self._translate_errors():
            self._connection.executemany(sql, _bind_rows(rows))

    def fetch_rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Return every row a query gives."""
        return [_decode_row(row) for row in self.fetch_raw_rows(sql, values)]

    def fetch_raw_rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Return every row as it is kept: BLOBs stay bytes."""
        with self._translate_errors():
            return self._connection.execute(sql, _bind_values(values)).fetchall()

    def fetch_row(self, sql: str, values: Values = ()) -> Row | None:
        """Return the first row a query gives."""
        found = self.fetch_rows(sql, values)
        return found[0] if found else None

    keeping_ids = ""
    indexed = "SELECT 1 FROM pattern_words w WHERE w.rowid = e.seq"

    def list_damage(self) -> list[str]:
        """Return what SQLite finds wrong: damaged pages, and rows that point to nothing."""
        found = [row[0] for row in self.fetch_rows("PRAGMA quick_check(10)") if row[0] != "ok"]
        dangling = self.fetch_rows("PRAGMA foreign_key_check")
        return found + [f"{table} row {row} points to nothing" for table, row, *_ in dangling[:10]]

    def continue_numbering(self, table: str, column: str) -> None:
        """Nothing: a file numbers after the last by itself."""

    def keep_vector(self, unit: array[float]) -> Any:
        """Return a vector as a column takes it."""
        return unit.tobytes()

    def read_vector(self, value: Any) -> list[float]:
        """Return a vector as a column had it."""
        from array import array  # a library of its own, which only vectors need

        return array("f", value).tolist()

    def read_day(self, column: str) -> str:
        """Return the expression for the day of a moment, as in 2026-01-31."""
        return f"substr({column}, 1, 10)"

    def is_true(self, column: str, name: str) -> str:
        """Return the condition that a column of JSON holds true under a plain name."""
        return f"coalesce(json_type({column}, '$.{name}') = 'true', FALSE)"

    def extract_text(self, column: str, name: str) -> str:
        """Return the expression for the text that a column of JSON holds under a plain name."""
        return f"json_extract({column}, '$.{name}')"

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Be the only process that does what the name says; wait for another to end."""
        import hashlib

        from devmatrix_guard.file_lock import lock_descriptor, open_lock

        digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:12]
        place = self.path.with_name(f"{self.path.name}-{digest}.lock")
        try:
            lock = open_lock(place)
        except OSError as error:
            raise translate_error(error, self.path) from error
        try:
            lock_descriptor(lock, wait=True)
            yield
        finally:
            os.close(lock)

    def mark_moment(self) -> Any:
        """Return what `wait` needs to notice every write of other connections from now on."""
        return self.fetch_row("PRAGMA data_version")

    def mark_state(self) -> tuple[Any, int]:
        """Return what differs after a write of any connection, this one's too."""
        return self.mark_moment(), self._connection.total_changes

    def wait(self, seconds: float, since: Any) -> None:
        """Return when another connection has written since then, or after some seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.mark_moment() != since:
                return
            time.sleep(_LOOK_SECONDS)

    def holds(self, column: str, name: str, value: Any) -> tuple[str, list[Any]]:
        """Return the condition that a column of JSON holds this value under this name."""
        return f"json_extract({column}, ?) = ?", [f'$."{name}"', value]

    def close(self) -> None:
        """Close the connection; the planner's statistics are brought up to date first."""
        if self._connection.total_changes:  # who only read leaves the file as it was
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA busy_timeout = 0")
                self._connection.execute("PRAGMA optimize")
        self._connection.close()

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise translate_error(error, self.path) from error


def open_database(path: Path) -> SqliteDatabase:
    """Open the file, making it and its folder if absent, with foreign keys on and WAL.

    Raises:
        MemoryStoreError: the file cannot be made, is locked for a minute, is no database, or is
            that of another program.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _keep_out_of_git(path.parent)
        # A server hands a memory from thread to thread, one at a time.
        connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except (OSError, ValueError, sqlite3.Error) as error:
        raise translate_error(error, path) from error
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        # Before the journal mode, which stays in the file.
        retry_while_busy(lambda: _refuse_foreign(connection, path))
        retry_while_busy(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone())
    except sqlite3.Error as error:
        connection.close()
        raise translate_error(error, path) from error
    except MemoryStoreError:
        connection.close()
        raise
    return SqliteDatabase(connection, path)


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Leave the database of another program alone.

    Raises:
        MemoryStoreError: it has tables, and none in which a migration of ours noted itself.
    """
    tables, noted = connection.execute(
        "SELECT count(*), coalesce(sum(name = 'schema_migrations'), 0) FROM sqlite_schema "
        "WHERE type = 'table'"
    ).fetchone()
    if tables and not (noted and connection.execute("PRAGMA user_version").fetchone()[0]):
        raise MemoryStoreError(
            f"{path} is the database of another program, and was left as it is; "
            "set `memory` to another path."
        )


def _keep_out_of_git(folder: Path) -> None:
    """Let git pass over what is made anew, also where `guard init` has not been run."""
    ignored = folder / ".gitignore"
    if folder.name == ".guard" and not ignored.exists():
        replace_file(ignored, _IGNORED.encode())


def refuse_damage(database: SqliteDatabase) -> None:
    """Read every page.

    Raises:
        CorruptMemoryError: one of them is damaged.
    """
    (problem,) = database.fetch_row("PRAGMA quick_check(1)") or ("nothing can be read",)
    if problem != "ok":
        from devmatrix_guard.memory.base import CorruptMemoryError  # with all it says of the roles

        raise CorruptMemoryError(_describe_damage(database.path, problem))


def retry_while_busy(action: Callable[[], T]) -> T:
    """Repeat what SQLite refuses at once, without its own waiting, while another process works.

    Changing the journal mode does so, on the very first openings of a file.
    """
    deadline = time.monotonic() + _BUSY_SECONDS
    pause = 0.01
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 0.25)


def translate_error(error: Exception, path: Path) -> MemoryStoreError:
    """Return the sentence a user is shown for an error of SQLite or of the file system."""
    text = (error.strerror if isinstance(error, OSError) else "") or str(error)
    if any(sign in text for sign in _NOT_A_MEMORY):
        from devmatrix_guard.memory.base import CorruptMemoryError  # seldom needed, as above

        return CorruptMemoryError(_describe_damage(path, text))
    if isinstance(error, sqlite3.IntegrityError):
        return MemoryStoreError(f"the memory refuses this ({text}); nothing was written.")
    if "locked" in text:
        return MemoryStoreError(
            f"the memory {path} is in use by another process; wait for it to end and run again."
        )
    if "disk is full" in text:
        return MemoryStoreError(f"no space is left for the memory {path}; free some and run again.")
    if "disk I/O error" in text:
        return MemoryStoreError(
            f"the disk of the memory {path} refuses this ({text}): it may be full, at a quota, or "
            "failing; free some space and run again."
        )
    return MemoryStoreError(
        f"the memory {path} cannot be opened or written ({text}); "
        "make the folder writable, or set `memory` to another path."
    )


def _describe_damage(path: Path, problem: str) -> str:
    first = problem.splitlines()[-1]
    return (
        f"the memory {path} is damaged ({first}); "
        "`guard learn` sets it aside, untouched, and learns again."
    )


def _bind_values(values: Values) -> list[Any] | dict[str, Any]:
    if isinstance(values, Mapping):
        return {name: _encode_if_not_utf8(value) for name, value in values.items()}
    return [_encode_if_not_utf8(value) for value in values]


def _bind_rows(rows: Iterable[Values]) -> list[Any]:
    """Return many rows; each value is looked at only where one of them is no UTF-8."""
    # The driver looks for an adapter of everything that is not exactly a text.
    listed: list[Any] = [
        [str(v) if type(v) is JsonText else v for v in row] if isinstance(row, tuple) else row
        for row in rows
    ]
    texts = (v for row in listed for v in row if isinstance(v, str))
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return [_bind_values(row) for row in listed]
    return listed


def _encode_if_not_utf8(value: Any) -> Any:
    """Paths and old sources may hold bytes that are no UTF-8: those are kept as a BLOB."""
    if not isinstance(value, str) or value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return value


def _decode_row(row: Row) -> Row:
    if bytes not in map(type, row):
        return row
    return tuple(_decode_if_bytes(value) for value in row)


def _decode_if_bytes(value: Any) -> Any:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
