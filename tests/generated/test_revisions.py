"""The migrations of a regenerated application, run by alembic on both databases."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from tests.helpers_apps import make_application
from tests.helpers_fork import run_module
from tests.helpers_postgres import own_database
from tests.specs import Spec

ROOT = Path(__file__).parents[2]
APP = ROOT / ".tools" / "app" / "bin"
# What alembic and the application's models import.
LOADED = ("alembic.config", "aiosqlite", "psycopg", "pydantic_settings", "sqlalchemy.ext.asyncio")
AUTHOR = "00000000-0000-0000-0000-000000000001"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not APP.is_dir(), reason="run scripts/app-environment first"),
]


class Database:
    """A database of the application, and a way to ask it directly."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        if self.url.startswith("sqlite"):
            with sqlite3.connect(self.url.partition("///")[2]) as connection:
                rows = [connection.execute(text).fetchall() for text in statements][-1]
            connection.close()
            return rows
        with psycopg.connect(self.url, autocommit=True) as postgres:
            for text in statements:
                cursor = postgres.execute(text.encode())
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)]
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    if request.param == "sqlite":
        yield Database(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('database')}/app.db")
        return
    with own_database(request.getfixturevalue("postgres_url")) as url:
        yield Database(url)


@pytest.fixture(autouse=True)
def _start_empty(database: Database) -> None:
    """Let what one test leaves behind be no trouble of the next."""
    if database.url.startswith("sqlite"):
        Path(database.url.partition("///")[2]).unlink(missing_ok=True)
    else:
        database.run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_application(tmp_path)


def _alembic(app: Path, database: Database, *arguments: str) -> None:
    code, said = _run_alembic(app, database, *arguments)
    assert code == 0, said


def _run_alembic(app: Path, database: Database, *arguments: str) -> tuple[int, str]:
    environment = {**os.environ, "DATABASE_URL": database.url}
    done = run_module(
        APP / "python", "alembic", *arguments, loaded=LOADED, cwd=app, environment=environment
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def _regenerate(app: Path, spec: Spec, **wishes: Any) -> None:
    path = app.parent / "next.yaml"
    path.write_text(yaml.safe_dump(spec.data, sort_keys=False))
    result = run_regenerate(app, RegenerateOptions(spec=path, verify=False, **wishes))
    assert result.written, result.blockers


def _edits() -> Sequence[Callable[[Spec], None]]:
    language = {"type": "string", "minLength": 2, "maxLength": 2, "default": "en"}
    return (
        lambda spec: spec.add("language", language, required=True),
        lambda spec: spec.add("price", {"type": "string", "format": "decimal", "default": "1.50"}),
        lambda spec: spec.rename("pages", "page_count"),
        lambda spec: spec.add("title", {"type": "string", "maxLength": 200, "x-unique": True}),
        lambda spec: spec.add("page_count", {"type": "string", "maxLength": 9}),
        lambda spec: spec.entity("Shelf", "shelves"),
        lambda spec: spec.add("shelf_id", {"type": "integer", "x-references": "Shelf"}),
        lambda spec: spec.add("kind", {"type": "string", "enum": ["novel", "poem"]}),
        lambda spec: spec.relax("author_id"),
        lambda spec: spec.drop("tags"),
    )


def test_rows_live_through_every_kind_of_change(app: Path, database: Database) -> None:
    _alembic(app, database, "upgrade", "head")
    key = AUTHOR.replace("-", "") if database.url.startswith("sqlite") else AUTHOR
    database.run(
        f"INSERT INTO authors (id, name) VALUES ('{key}', 'Ada')",
        f"INSERT INTO books (id, title, author_id, pages) VALUES (1, 'Notes', '{key}', 10)",
        "INSERT INTO books_tags (owner, position, value) VALUES (1, 0, 'old')",
    )
    spec = Spec()
    for edit in _edits():
        edit(spec)
        _regenerate(app, spec, destructive=True)
    assert len(list((app / "alembic/versions").glob("*.py"))) == 1 + len(_edits())
    _alembic(app, database, "upgrade", "head")
    row = database.run(
        "SELECT title, author_id, language, page_count, shelf_id, kind FROM books WHERE id = 1"
    )[0]
    assert tuple(map(str, row)) == ("Notes", str(row[1]), "en", "10", "None", "None")
    assert str(row[1]).replace("-", "") == AUTHOR.replace("-", "")
    _alembic(app, database, "check")
    _alembic(app, database, "downgrade", "base")
    assert "books" not in _tables(database)


def test_constraints_of_a_changed_table_hold_as_before(app: Path, database: Database) -> None:
    spec = Spec()
    spec.add("isbn", {"type": "string", "maxLength": 13, "x-unique": True})
    _regenerate(app, spec)
    _alembic(app, database, "upgrade", "head")
    insert = "INSERT INTO books (id, title, author_id, pages, isbn) VALUES "
    key = AUTHOR.replace("-", "") if database.url.startswith("sqlite") else AUTHOR
    database.run(
        f"INSERT INTO authors (id, name) VALUES ('{key}', 'Ada')",
        f"{insert} (1, 'a', '{key}', 1, 'x')",
    )
    for values in (f"(2, 'b', '{key}', 1, 'x')", f"(3, 'c', '{key}', 0, 'y')"):
        with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
            database.run(insert + values)
    _alembic(app, database, "downgrade", "base")


def test_tables_that_refer_to_each_other_have_both_keys(app: Path, database: Database) -> None:
    spec = Spec()
    author = spec.data["components"]["schemas"]["Author"]
    author["properties"]["first_book_id"] = {"type": "integer", "x-references": "Book"}
    fresh = app.parent / "fresh"
    (app.parent / "mutual.yaml").write_text(yaml.safe_dump(spec.data, sort_keys=False))
    run_generate(app.parent / "mutual.yaml", fresh)
    _alembic(fresh, database, "upgrade", "head")
    _alembic(fresh, database, "check")
    _alembic(fresh, database, "downgrade", "base")


TEXT = {"type": "string", "maxLength": 80}
DAY = {"type": "string", "format": "date"}
READ = [
    ({"type": "boolean"}, {"type": "integer"}, "true", None, "1"),
    ({"type": "number"}, {"type": "boolean"}, "1", None, "True"),
    (TEXT, DAY, "'2024-02-29'", "'2023-02-29'", "2024-02-29"),
    (TEXT, {"type": "integer"}, "'7'", "'007'", "7"),
    (TEXT, {"type": "boolean"}, "'true'", "'maybe'", "True"),
    ({"type": "boolean"}, TEXT, "true", None, "true"),
    (DAY, {"type": "string", "format": "date-time"}, "'2024-02-29'", None, "2024-02-29 00:00:00"),
]


@pytest.mark.parametrize(("before", "after", "fits", "misfit", "becomes"), READ)
def test_a_value_is_read_as_its_new_type_or_stops_the_migration(
    app: Path,
    database: Database,
    before: dict[str, Any],
    after: dict[str, Any],
    fits: str,
    misfit: str | None,
    becomes: str,
) -> None:
    spec = Spec()
    spec.add("what", before)
    _regenerate(app, spec)
    _alembic(app, database, "upgrade", "head")
    _insert_book(database, "what", fits)
    spec.add("what", after)
    _regenerate(app, spec, destructive=True)
    if misfit is not None:
        database.run(f"UPDATE books SET what = {misfit}")
        assert "nothing was changed: 1 in the way" in _refuse(app, database, "upgrade", "head")
        database.run(f"UPDATE books SET what = {fits}")
    _alembic(app, database, "upgrade", "head")
    ((value,),) = database.run("SELECT what FROM books")
    shown = str(bool(value)) if after["type"] == "boolean" else str(value)
    assert shown.startswith(becomes)
    _alembic(app, database, "check")
    _alembic(app, database, "downgrade", "-1")
    assert len(database.run("SELECT what FROM books WHERE what IS NOT NULL")) == 1
    _alembic(app, database, "downgrade", "base")


def test_a_column_that_must_hold_a_value_comes_back_only_where_there_are_no_rows(
    app: Path, database: Database
) -> None:
    spec = Spec()
    spec.drop("pages")
    _regenerate(app, spec, destructive=True)
    _alembic(app, database, "upgrade", "0001_initial")
    _insert_book(database, "pages", "10")
    _alembic(app, database, "upgrade", "head")
    assert "books.pages has no value" in _refuse(app, database, "downgrade", "-1")
    database.run("DELETE FROM books")
    _alembic(app, database, "downgrade", "base")


def test_keys_become_text_with_what_refers_to_them_and_numbers_again(
    app: Path, database: Database
) -> None:
    _alembic(app, database, "upgrade", "head")
    _insert_book(database, "pages", "10")
    database.run("INSERT INTO books_tags (owner, position, value) VALUES (1, 0, 'old')")
    spec = Spec()
    key = {"type": "string", "maxLength": 40}
    spec.data["components"]["schemas"]["Book"]["properties"]["id"] = {**key, "readOnly": True}
    spec.data["paths"]["/books/{id}"]["parameters"][0]["schema"] = key
    _regenerate(app, spec)
    _alembic(app, database, "upgrade", "head")
    assert database.run("SELECT id, owner FROM books, books_tags") == [("1", "1")]
    _alembic(app, database, "check")
    _alembic(app, database, "downgrade", "-1")
    database.run(
        "INSERT INTO books (title, author_id, pages) SELECT title, author_id, 2 FROM books"
    )
    assert database.run("SELECT id FROM books ORDER BY id") == [(1,), (2,)]
    _alembic(app, database, "downgrade", "base")


def test_a_name_that_one_column_leaves_may_be_taken_by_another(
    app: Path, database: Database
) -> None:
    _alembic(app, database, "upgrade", "head")
    _insert_book(database, "pages", "10")
    spec = Spec()
    spec.rename("title", "name")
    spec.drop("pages")
    spec.add("title", {"type": "integer", "minimum": 1, "x-renamed-from": "pages"}, required=True)
    _regenerate(app, spec)
    _alembic(app, database, "upgrade", "head")
    assert database.run("SELECT name, title FROM books") == [("Notes", 10)]
    _alembic(app, database, "check")
    _alembic(app, database, "downgrade", "-1")
    assert database.run("SELECT title, pages FROM books") == [("Notes", 10)]
    _alembic(app, database, "downgrade", "base")


def _insert_book(database: Database, column: str, value: str) -> None:
    key = AUTHOR.replace("-", "") if database.url.startswith("sqlite") else AUTHOR
    columns = "id, title, author_id, pages" + ("" if column == "pages" else f", {column}")
    values = f"1, 'Notes', '{key}', 10" + ("" if column == "pages" else f", {value}")
    database.run(
        f"INSERT INTO authors (id, name) VALUES ('{key}', 'Ada')",
        f"INSERT INTO books ({columns}) VALUES ({values})",
    )


def _refuse(app: Path, database: Database, *arguments: str) -> str:
    """Return what alembic says of a migration that it must refuse."""
    code, said = _run_alembic(app, database, *arguments)
    assert code != 0
    return said


def _tables(database: Database) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if database.url.startswith("sqlite")
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {name for (name,) in database.run(query)}
