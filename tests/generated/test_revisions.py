"""The migrations of a regenerated application, run by alembic on both databases."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from tests.helpers_postgres import own_database
from tests.specs import BOOKS, Spec

ROOT = Path(__file__).parents[2]
APP = ROOT / ".tools" / "app" / "bin"
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


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "books.yaml").write_text(BOOKS)
    run_generate(tmp_path / "books.yaml", tmp_path / "app")
    return tmp_path / "app"


def _alembic(app: Path, database: Database, *arguments: str) -> None:
    done = subprocess.run(
        [APP / "python", "-m", "alembic", *arguments],
        cwd=app,
        env={**os.environ, "DATABASE_URL": database.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


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


def _tables(database: Database) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if database.url.startswith("sqlite")
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {name for (name,) in database.run(query)}
