"""A memory is copied whole, between files and servers, and by way of lines of JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.sql.transfer import (
    LEFT_OUT,
    TABLES,
    read_line,
    read_rows,
    write_line,
    write_rows,
)
from devmatrix_guard.memory.sqlite.database import open_database
from devmatrix_guard.model.knowledge.knowledge import PatternNotes
from devmatrix_guard.model.knowledge.repository import Repository
from tests.contract.build import infra_pattern
from tests.contract.test_repositories import BLOG, SHOP, fill, read
from tests.helpers_postgres import empty_schema


def place(request: pytest.FixtureRequest, kind: str, name: str) -> str:
    return empty_schema(request.getfixturevalue("postgres_url")) if kind == "postgres" else name


def open_as(location: str, root: Path, repository: Repository) -> Memory:
    return open_memory(location, root, repository=repository)


def known(memory: Memory) -> dict[str, object]:
    """What a memory answers, similarities rounded: databases add floats in their own order."""
    found = read(memory)
    return found | {"vectors": [(hit.key, round(hit.similarity, 6)) for hit in found["vectors"]]}


def fill_all(location: str, root: Path) -> None:
    for number, repository in enumerate((SHOP, BLOG), start=1):
        with open_as(location, root, repository) as memory:
            fill(memory, number)
            memory.patterns.annotate("p1", PatternNotes(learnings="caf\udce9", tags=("x",)))
            memory.infra.save([infra_pattern()])
            memory.irs.save("shop", "h1", "s1", {"a": [1, "\udcff"]})


@pytest.mark.parametrize("source", ["embedded", pytest.param("postgres", marks=pytest.mark.server)])
@pytest.mark.parametrize("target", ["embedded", pytest.param("postgres", marks=pytest.mark.server)])
def test_a_copy_answers_as_the_original(
    request: pytest.FixtureRequest, tmp_path: Path, source: str, target: str
) -> None:
    old, new = place(request, source, "old.db"), place(request, target, "new.db")
    fill_all(old, tmp_path)
    with open_memory(old, tmp_path) as memory, open_memory(new, tmp_path) as other:
        lines = map(write_line, read_rows(memory.database))
        counts = write_rows(other.database, map(read_line, lines))
        assert all(counts.get(table, 0) for table in ("pattern_pairs", "embeddings", "ir_versions"))
        other.patterns.reindex()
    for repository in (SHOP, BLOG):
        with open_as(old, tmp_path, repository) as one, open_as(new, tmp_path, repository) as two:
            assert known(one) == known(two)
            assert two.irs.load("shop") == {"a": [1, "\udcff"]}
            fill(two, 5)  # numbers go on after the last


def test_what_holds_something_is_not_written_over(tmp_path: Path) -> None:
    fill_all("m.db", tmp_path)
    with open_memory("m.db", tmp_path) as memory:
        with pytest.raises(MemoryStoreError, match="holds something already"):
            write_rows(memory.database, [])
        assert memory.patterns.list_holders(["p1"]) == {"p1": ("blog", "shop")}


@pytest.mark.parametrize(
    "line",
    ["", "{}", "null", "1", "[1, 2]", '["fix_patterns", 1]', "[" * 100_000, '["nowhere", {}]',
     '["fix_patterns", {"id": "x"}]'],
)  # fmt: skip
def test_a_line_that_is_no_row_is_refused_and_nothing_is_written(tmp_path: Path, line: str) -> None:
    with open_memory("m.db", tmp_path) as memory:
        with pytest.raises(MemoryStoreError):
            write_rows(memory.database, [read_line(line)])
        assert memory.database.fetch_row("SELECT count(*) FROM repositories") == (1,)


VECTOR = {
    "seq": 1, "repository_id": 1, "collection": "fix_patterns", "model_id": "m", "item_key": "k",
    "aspect": "content", "dim": 2, "payload": {}, "updated_at": "2026",
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "row", "name"),
    [
        pytest.param("learn_state", {"key": "k", "value": {"a": 1}}, "value", id="an object"),
        pytest.param("learn_state", {"key": "k", "value": [1]}, "value", id="a list"),
        pytest.param("learn_state", {"key": "k", "value": 10**30}, "value", id="a large number"),
        pytest.param("embeddings", VECTOR | {"vector": "AAAA"}, "vector", id="half a number"),
        pytest.param("embeddings", VECTOR | {"vector": "!!!"}, "vector", id="no vector"),
        pytest.param("embeddings", VECTOR | {"vector": 5}, "vector", id="a number for a vector"),
        pytest.param(
            "embeddings", VECTOR | {"vector": "", "payload": float("nan")}, "payload", id="NaN"
        ),
    ],
)
def test_a_value_that_no_column_holds_is_refused_by_its_name(
    tmp_path: Path, table: str, row: dict[str, object], name: str
) -> None:
    line = json.dumps([table, {"repository_id": 1, **row}])
    with open_memory("m.db", tmp_path) as memory:
        with pytest.raises(MemoryStoreError, match=f"holds a `{name}` that no memory can hold"):
            write_rows(memory.database, [read_line(line)])
        assert memory.database.fetch_row("SELECT count(*) FROM repositories") == (1,)


def test_every_table_is_copied_or_left_out_for_a_reason(tmp_path: Path) -> None:
    open_memory("m.db", tmp_path).close()
    database = open_database(tmp_path / "m.db")
    names = {
        name
        for (name,) in database.fetch_rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if not name.startswith(("sqlite_", "pattern_words", "pattern_pieces"))
    }
    assert names == {*TABLES, *LEFT_OUT}
    for table, columns in TABLES.items():
        rows = database.fetch_rows(f"PRAGMA table_xinfo('{table}')")
        stored = {row[1] for row in rows if row[6] == 0}
        assert stored == {c.lstrip("+").partition(":")[0] for c in columns.split()}, table
    database.close()
