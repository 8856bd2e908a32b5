from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.postgres.database import PostgresDatabase, open_database
from devmatrix_guard.memory.postgres.migrate import FOLDER, migrate, read_schema_version
from devmatrix_guard.memory.sql.migrations import read_shipped_migrations
from devmatrix_guard.memory.sqlite.database import open_database as open_file
from tests.contract.build import fix_pattern
from tests.helpers import write_tree
from tests.helpers_postgres import empty_schema, role_with

pytestmark = pytest.mark.server
HERE = Path()
FIRST = """
CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE item (name TEXT);
"""


@pytest.fixture
def url(postgres_url: str) -> str:
    """A schema of its own, empty."""
    return empty_schema(postgres_url)


@pytest.fixture
def database(url: str) -> Iterator[PostgresDatabase]:
    opened = open_database(url)
    yield opened
    opened.close()


def test_a_new_memory_has_the_newest_version_and_its_history(
    url: str, database: PostgresDatabase
) -> None:
    open_memory(url, HERE).close()
    shipped = [(m.version, m.name) for m in read_shipped_migrations(FOLDER)]
    assert database.fetch_rows("SELECT version, name FROM schema_migrations") == shipped
    assert read_schema_version(database) == len(shipped)


def test_migrations_are_applied_in_order_and_once(
    tmp_path: Path, database: PostgresDatabase
) -> None:
    write_tree(tmp_path, {"0001_first.sql": FIRST})
    assert migrate(database, tmp_path) == 1
    database.run("INSERT INTO item VALUES ('kept')")
    write_tree(tmp_path, {"0002_more.sql": "ALTER TABLE item ADD COLUMN size INTEGER;"})
    assert migrate(database, tmp_path) == 2
    assert migrate(database, tmp_path) == 2
    assert database.fetch_rows("SELECT name, size FROM item") == [("kept", None)]
    assert database.fetch_rows("SELECT * FROM schema_migrations") == [(1, "first"), (2, "more")]


def test_a_migration_that_fails_leaves_the_memory_as_it_was(
    tmp_path: Path, database: PostgresDatabase
) -> None:
    bad = "CREATE TABLE other (x INTEGER);\nINSERT INTO nowhere VALUES (1);\n"
    write_tree(tmp_path, {"0001_first.sql": FIRST, "0002_bad.sql": bad})
    with pytest.raises(MemoryStoreError, match="nowhere"):
        migrate(database, tmp_path)
    assert read_schema_version(database) == 1
    assert database.fetch_row("SELECT to_regclass('other') IS NULL") == (True,)


def test_a_memory_of_a_newer_release_is_refused(url: str, database: PostgresDatabase) -> None:
    open_memory(url, HERE).close()
    database.run("INSERT INTO schema_migrations (version, name) VALUES (99, 'later')")
    with pytest.raises(MemoryStoreError, match=r"schema version 99 .* upgrade devmatrix-guard"):
        open_memory(url, HERE)


def test_a_release_that_is_older_by_now_writes_nothing_more(
    url: str, database: PostgresDatabase
) -> None:
    with open_memory(url, HERE) as memory:
        memory.patterns.save([fix_pattern("p1")])
        database.run("INSERT INTO schema_migrations (version, name) VALUES (99, 'later')")
        with pytest.raises(MemoryStoreError, match=r"to 99 by another release .* upgrade"):
            memory.patterns.save([fix_pattern("p2")])
        assert [pattern.id for pattern in memory.patterns.list_all()] == ["p1"]


@pytest.mark.parametrize(
    "table", ["fix_patterns (name TEXT)", "schema_migrations (version CHARACTER VARYING)"]
)
def test_a_schema_of_another_program_is_left_as_it_is(
    url: str, database: PostgresDatabase, table: str
) -> None:
    name = database.schema
    database.run(f'CREATE SCHEMA IF NOT EXISTS "{name}"')
    database.run(f'CREATE TABLE "{name}".{table}')
    with pytest.raises(MemoryStoreError, match=r"not those of this release .* another schema"):
        open_memory(url, HERE)
    listed = database.fetch_rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = ?", (name,)
    )
    assert listed == [(table.split()[0],)]


def test_a_role_that_may_not_make_a_schema_is_told_what_to_grant(postgres_url: str) -> None:
    refused = pytest.raises(MemoryStoreError, match=r"permission denied.* grant what docs/memory")
    with role_with(postgres_url, password="hush") as url, refused:
        open_memory(empty_schema(url), HERE)


def test_a_role_needs_no_more_than_a_schema_that_was_made_for_it(postgres_url: str) -> None:
    url = empty_schema(postgres_url)
    owner = open_database(url)
    owner.run(f"CREATE SCHEMA {owner.schema}")
    schema = f"schema {owner.schema}"
    with (
        role_with(url, f"USAGE, CREATE ON {schema}", password="hush") as theirs,
        open_memory(theirs, HERE) as memory,
    ):
        memory.patterns.save([fix_pattern()])
        assert memory.patterns.search("json")
    owner.close()


def test_a_role_that_may_only_read_can_search_and_not_write(postgres_url: str) -> None:
    url = empty_schema(postgres_url)
    with open_memory(url, HERE) as memory:
        memory.patterns.save([fix_pattern()])
    owner = open_database(url)
    schema = f"SCHEMA {owner.schema}"
    owner.close()
    rights = (f"USAGE ON {schema}", f"SELECT ON ALL TABLES IN {schema}")
    with (
        role_with(url, *rights, password="hush") as theirs,
        open_memory(theirs, HERE, create=False) as memory,
    ):
        assert [hit.pattern.id for hit in memory.patterns.search("json")] == ["p1"]
        with pytest.raises(MemoryStoreError, match="permission denied"):
            memory.state.set("a", "b")


def test_both_schemas_have_the_same_columns(
    url: str, database: PostgresDatabase, tmp_path: Path
) -> None:
    """But for the search, which each does in its own way."""
    open_memory(url, HERE).close()
    open_memory("m.db", tmp_path).close()
    file = open_file(tmp_path / "m.db")
    embedded = {
        (table, row[1])
        for (table,) in file.fetch_rows(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
        )
        if not table.startswith(("pattern_words", "pattern_pieces", "sqlite_"))
        for row in file.fetch_rows(f"PRAGMA table_xinfo('{table}')")
    }
    file.close()
    server = set(
        database.fetch_rows(
            "SELECT table_name::text, column_name::text FROM information_schema.columns "
            "WHERE table_schema = ? AND table_name <> 'pattern_search'",
            (database.schema,),
        )
    )
    assert server == embedded - {("fix_patterns", "seq")}
