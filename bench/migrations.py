"""Change a spec under rows of every kind, and see what becomes of them: lost, stopped, or kept.

    .venv/bin/python bench/migrations.py [--only TEXT] [--postgres] [--skip N]

Each kind generates an application, migrates a database, fills it, changes the spec, regenerates,
migrates, changes a row as only the new version may where the kind says so, and migrates back. A
kind ends well when every value is still there, or when guard or the migration said why not, with
the database as it was. Half of the kinds are in `bench/migration_kinds.py`; those that allow losses
may lose what the migration says, and nothing else. Prints Markdown; returns 1 where a value was
lost without a word, a migration failed unannounced, or something was left behind.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.app_alembic import run_alembic  # noqa: E402
from devmatrix_guard.commands.application.generate import run_generate  # noqa: E402
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions  # noqa: E402
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate  # noqa: E402
from devmatrix_guard.errors import UsageError  # noqa: E402
from tests.specs import Spec  # noqa: E402

AUTHOR = "00000000000000000000000000000001"
ANNOUNCED = "nothing was changed: "


class Kind(NamedTuple):
    """One change: what the column is before, what rows hold, and how the spec changes."""

    name: str
    given: Callable[[Spec], None]
    column: str
    values: tuple[Any, ...]
    change: Callable[[Spec], None]
    also: tuple[str, ...] = ()  # statements beside those rows
    later: tuple[str, ...] = ()  # statements after the upgrade, that the version before refuses
    lossy: bool = False
    backfill: dict[str, str] = {}  # noqa: RUF012 - never changed


TYPES: dict[str, dict[str, Any]] = {
    "string(80)": {"type": "string", "maxLength": 80},
    "string(3)": {"type": "string", "maxLength": 3},
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "bigint": {"type": "integer", "format": "int64"},
    "number": {"type": "number"},
    "decimal(12,2)": {"type": "string", "format": "decimal"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "uuid": {"type": "string", "format": "uuid"},
    "enum(ab)": {"type": "string", "enum": ["a", "b"]},
    "enum(a)": {"type": "string", "enum": ["a"]},
    "at least 10": {"type": "integer", "minimum": 10},
    "pattern": {"type": "string", "maxLength": 80, "minLength": 4},
}
# from, to, what rows hold
PAIRS: list[tuple[str, str, tuple[Any, ...]]] = [
    ("string(80)", "string(3)", ("abcd",)),
    ("string(80)", "string(3)", ("abc", None)),
    ("string(3)", "string(80)", ("abc",)),
    ("string(80)", "text", ("abcd",)),
    ("text", "string(3)", ("abcd",)),
    ("text", "string(3)", ("a:b", "x")),
    ("number", "integer", (1.25,)),
    ("number", "integer", (2.0, None)),
    ("number", "integer", (1e12,)),
    ("integer", "number", (7,)),
    ("integer", "bigint", (7,)),
    ("bigint", "integer", (3_000_000_000,)),
    ("bigint", "integer", (7,)),
    ("bigint", "number", (9_007_199_254_740_993,)),
    ("integer", "decimal(12,2)", (7,)),
    ("decimal(12,2)", "integer", ("1.50",)),
    ("decimal(12,2)", "integer", ("2.00",)),
    ("number", "decimal(12,2)", (1.239,)),
    ("number", "decimal(12,2)", (1.25,)),
    ("decimal(12,2)", "number", ("1.25",)),
    ("integer", "string(3)", (1234,)),
    ("integer", "string(3)", (12,)),
    ("integer", "text", (1234,)),
    ("string(80)", "integer", ("seven",)),
    ("string(80)", "integer", ("7",)),
    ("string(80)", "number", ("x",)),
    ("string(80)", "boolean", ("yes",)),
    ("string(80)", "date", ("someday",)),
    ("string(80)", "uuid", ("x",)),
    ("string(80)", "datetime", ("now",)),
    ("date", "string(80)", ("2024-02-29",)),
    ("date", "datetime", ("2024-02-29",)),
    ("datetime", "date", ("2024-02-29 10:11:12",)),
    ("uuid", "string(80)", (AUTHOR,)),
    ("boolean", "integer", (True,)),
    ("integer", "boolean", (2,)),
    ("integer", "boolean", (1,)),
    ("boolean", "string(80)", (True,)),
    ("string(80)", "enum(ab)", ("c",)),
    ("string(80)", "enum(ab)", ("a",)),
    ("enum(ab)", "enum(a)", ("b",)),
    ("enum(ab)", "enum(a)", ("a",)),
    ("enum(a)", "enum(ab)", ("a",)),
    ("enum(ab)", "text", ("b",)),
    ("integer", "at least 10", (5,)),
    ("integer", "at least 10", (15, None)),
    ("at least 10", "integer", (15,)),
    ("text", "pattern", ("abc",)),
    ("text", "pattern", ("abcd",)),
    ("number", "at least 10", (12.5,)),
    ("string(80)", "at least 10", ("12",)),
    ("integer", "pattern", (12,)),
]


def list_kinds() -> Iterator[Kind]:
    """Yield every kind."""
    for before, after, values in PAIRS:
        yield Kind(
            f"{before} -> {after}: {', '.join(map(str, values))}",
            lambda spec, before=before: spec.add("what", TYPES[before]),
            "what",
            values,
            lambda spec, after=after: spec.add("what", TYPES[after]),
        )
    text = TYPES["string(80)"]
    yield _kind("unique over rows that differ", text, ("a", "b"), {**text, "x-unique": True})
    yield _kind("unique over rows that are alike", text, ("a", "a"), {**text, "x-unique": True})
    yield _kind("unique over empty rows", text, (None, None), {**text, "x-unique": True})
    number = TYPES["integer"]
    yield _kind("a reference to nothing", number, (5,), {**number, "x-references": "Book"})
    yield _kind("a reference to a row", number, (1,), {**number, "x-references": "Book"})
    yield Kind("required, with empty rows", _adder(text), "what", (None,), _requirer(text))
    yield Kind("required, without", _adder(text), "what", ("a",), _requirer(text))
    default = {**text, "default": "x"}
    yield Kind("required, with a default", _adder(text), "what", (None,), _requirer(default))
    yield Kind("renamed", _adder(text), "what", ("a",), lambda s: s.rename("what", "which"))
    yield Kind("renamed and narrowed", _adder(text), "what", ("abcd",), _rename_and_narrow)
    yield Kind("dropped", _adder(text), "what", ("a",), lambda s: s.drop("what"))
    yield Kind("a list dropped", _adder(text), "what", ("a",), lambda s: s.drop("tags"))
    yield Kind("an entity renamed", _adder(text), "what", ("a",), _rename_entity)
    yield Kind("an entity dropped", _adder(text), "what", ("a",), _drop_author)
    yield Kind("a unique column added", _adder(text), "what", ("a", "b"), _add_unique)


def _kind(
    name: str, before: dict[str, Any], values: tuple[Any, ...], after: dict[str, Any]
) -> Kind:
    return Kind(name, _adder(before), "what", values, _adder(after))


def _adder(schema: dict[str, Any]) -> Callable[[Spec], None]:
    return lambda spec: spec.add("what", schema)


def _requirer(schema: dict[str, Any]) -> Callable[[Spec], None]:
    return lambda spec: spec.add("what", schema, required=True)


def _rename_and_narrow(spec: Spec) -> None:
    spec.rename("what", "which")
    for book in spec.data["components"]["schemas"].values():
        if "which" in book["properties"]:
            book["properties"]["which"]["maxLength"] = 3


def _rename_entity(spec: Spec) -> None:
    text = yaml.safe_dump(spec.data, sort_keys=False)
    for old, new in (("/BookIn", "/TomeIn"), ("/Book'", "/Tome'"), ("/Book\n", "/Tome\n")):
        text = text.replace(old, new)
    text = text.replace(" BookIn:", " TomeIn:").replace(" Book:", " Tome:")
    text = text.replace("/books", "/tomes")
    spec.data = yaml.safe_load(text)
    spec.data["components"]["schemas"]["Tome"]["x-renamed-from"] = "Book"


def _drop_author(spec: Spec) -> None:
    spec.drop("author_id")
    for name in ("Author", "AuthorIn"):
        del spec.data["components"]["schemas"][name]
    for path in [path for path in spec.data["paths"] if "authors" in path]:
        del spec.data["paths"][path]


def _add_unique(spec: Spec) -> None:
    spec.add(
        "code", {"type": "string", "maxLength": 9, "default": "x", "x-unique": True}, required=True
    )


# --- databases ---------------------------------------------------------------------------------


class Database:
    """A database that can be asked for all it holds."""

    def __init__(self, url: str) -> None:
        self.url = url

    def execute(self, text: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a statement with `?` for its values."""
        if self.url.startswith("sqlite"):
            with sqlite3.connect(self.url.partition("///")[2]) as connection:
                rows = connection.execute(text, values).fetchall()
            connection.close()
            return rows
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as server:
            cursor = server.execute(text.replace("?", "%s").encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def list_tables(self) -> list[str]:
        """Return the names of the tables."""
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if self.url.startswith("sqlite")
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return sorted(name for (name,) in self.execute(query))

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Return every row of every table."""
        found = {}
        for table, columns in self.list_columns().items():
            rows = self.execute(
                f"SELECT {', '.join(f'{chr(34)}{c}{chr(34)}' for c in columns)} "
                f'FROM "{table}" ORDER BY "{columns[0]}"'
            )
            found[table] = [dict(zip(columns, row, strict=True)) for row in rows]
        return found

    def list_columns(self) -> dict[str, list[str]]:
        """Return the columns of every table, in order of their names but for a key."""
        found = {}
        for table in self.list_tables():
            if self.url.startswith("sqlite"):
                columns = [row[1] for row in self.execute(f'PRAGMA table_info("{table}")')]
            else:
                columns = [
                    name
                    for (name,) in self.execute(
                        "SELECT column_name FROM information_schema.columns WHERE table_name = ? "
                        "AND table_schema = 'public' ORDER BY ordinal_position",
                        (table,),
                    )
                ]
            found[table] = sorted(columns, key=lambda name: (name != "id", name))
        return found

    def clear(self) -> None:
        """Start again."""
        if self.url.startswith("sqlite"):
            Path(self.url.partition("///")[2]).unlink(missing_ok=True)
        else:
            self.execute("DROP SCHEMA public CASCADE")
            self.execute("CREATE SCHEMA public")


def _alembic(app: Path, database: Database, *arguments: str) -> tuple[int, str]:
    return run_alembic(app, database.url, *arguments)


def _fill(database: Database, kind: Kind) -> None:
    author = (
        AUTHOR
        if database.url.startswith("sqlite")
        else f"{AUTHOR[:8]}-0000-0000-0000-{AUTHOR[20:]}"
    )
    database.execute("INSERT INTO authors (id, name) VALUES (?, 'Ada')", (author,))
    for number, value in enumerate(kind.values, start=1):
        database.execute(
            f'INSERT INTO books (id, title, author_id, pages, "{kind.column}") '
            f"VALUES ({number}, 'Notes', ?, 10, ?)",
            (author, value),
        )
    if "books_tags" in database.list_tables():
        database.execute("INSERT INTO books_tags (owner, position, value) VALUES (1, 0, 'old')")
    for statement in kind.also:
        database.execute(statement.replace("{author}", author))


def _judge(kind: Kind, database: Database, folder: Path) -> str:
    """Return how a kind ended."""
    spec = Spec()
    kind.given(spec)
    path, app = folder / "spec.yaml", folder / "app"
    path.write_text(json.dumps(spec.data))
    run_generate(path, app)
    code, said = _alembic(app, database, "upgrade", "head")
    if code:
        return f"broken set-up: {said[-200:]}"
    _fill(database, kind)
    before, columns = database.dump(), database.list_columns()
    kind.change(spec)
    path.write_text(json.dumps(spec.data))
    options = RegenerateOptions(
        spec=path, verify=False, destructive=kind.lossy, backfill=kind.backfill
    )
    try:
        result = run_regenerate(app, options)
    except UsageError:
        return "asked"
    if not result.written:
        return "asked"
    destroys = result.migration.destroys if result.migration else ()
    outcome = _migrate(app, database, before, destroys, "upgrade", "head")
    if outcome != "kept":
        return outcome
    if code := _alembic(app, database, "check")[0]:
        return "UNSOUND: alembic check"
    if result.migration is None:
        return "kept"
    for statement in kind.later:
        database.execute(statement)
    added = _list_added(columns, database.list_columns())  # which go on the way back
    outcome = _migrate(app, database, database.dump(), [*destroys, *added], "downgrade", "-1")
    if outcome == "kept" and kind.later:
        return "LOST on the way back"
    if outcome == "kept" and columns != database.list_columns():
        return "LEFTOVERS on the way back"
    return "kept, back: " + outcome if ":" in outcome else f"kept, back {outcome}"


def _list_added(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """Return the columns that a table has more; where it has as many, they are renamed."""
    return [
        f"column {table}.{name}"
        for table, names in after.items()
        for name in names
        if table in before and len(names) > len(before[table]) and name not in before[table]
    ]


def _migrate(
    app: Path,
    database: Database,
    before: dict[str, list[dict[str, Any]]],
    destroys: Sequence[str],
    *arguments: str,
) -> str:
    """Return whether a migration kept what there was, stopped, or did worse."""
    code, said = _alembic(app, database, *arguments)
    after = database.dump()
    if code:
        if before != after:
            return "LEFTOVERS"
        return (
            "stopped"
            if ANNOUNCED in said
            else f"UNANNOUNCED: {said.strip().splitlines()[-1][:160]}"
        )
    if any(table.startswith("_alembic_tmp") for table in after):
        return "LEFTOVERS"
    return "kept" if _all_there(before, after, destroys) else "LOST"


def _all_there(
    before: dict[str, list[dict[str, Any]]],
    after: dict[str, list[dict[str, Any]]],
    destroys: Sequence[str],
) -> bool:
    """Tell whether every value of before is in a row of after, whatever it is called there.

    What a migration has said that it destroys, or its way back makes again empty, may be gone.
    """
    for table, rows in before.items():
        named = {table, table.replace("books", "tomes"), table.replace("tomes", "books")}
        later = [row for name in sorted(named) for row in after.get(name, [])]
        if table == "alembic_version" or f"table {table}" in destroys:
            continue
        if not named & after.keys() and destroys:  # on the way back, what was made for a loss
            continue
        if len(rows) != len(later):
            return False
        for row, now in zip(rows, later, strict=True):
            gone = {c for c in row if any(d.endswith(f"{table}.{c}") for d in destroys)}
            gone |= {c for c in row if destroys and c not in now}
            held = Counter(map(_normalise, now.values()))
            kept = Counter(_normalise(value) for c, value in row.items() if c not in gone)
            if any(count > held[v] for v, count in kept.items() if v is not None):
                return False
    return True


def _normalise(value: Any) -> Any:
    if value is None:
        return None
    text = str(value)
    if text.lower() in ("true", "false"):
        return Decimal(text.lower() == "true")
    if isinstance(value, date) or re.match(r"\d{4}-\d\d-\d\d", text):
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return text.replace("-", "")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--skip", type=int, default=0, help="leave the first kinds out")
    given = parser.parse_args()
    from bench.migration_kinds import list_more_kinds
    from bench.migration_kinds_odd import list_odd_kinds

    every = [*list_kinds(), *list_more_kinds(), *list_odd_kinds()]
    kinds = [kind for kind in every if given.only in kind.name][given.skip :]
    counts: Counter[str] = Counter()
    bad = 0
    print(f"{len(kinds)} kinds\n\n| change | outcome |\n| --- | --- |")
    with _open_database(postgres=given.postgres) as database:
        for kind in kinds:
            with tempfile.TemporaryDirectory() as folder:
                database.clear()
                outcome = _judge(kind, database, Path(folder))
            counts[outcome.partition(":")[0]] += 1
            bad += outcome.startswith("broken") or any(
                word.isupper() and len(word) > 2 for word in re.findall(r"\w+", outcome)
            )
            print(f"| {kind.name} | {outcome} |", flush=True)
    print("\n" + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    return 1 if bad else 0


def _open_database(*, postgres: bool) -> Any:
    from contextlib import contextmanager

    from tests.helpers_postgres import postgres_server

    @contextmanager
    def opened() -> Iterator[Database]:
        if postgres:
            with postgres_server() as url:
                yield Database(url)
            return
        folder = tempfile.mkdtemp()
        try:
            yield Database(f"sqlite+aiosqlite:///{folder}/app.db")
        finally:
            shutil.rmtree(folder)

    return opened()


if __name__ == "__main__":
    sys.exit(main())
