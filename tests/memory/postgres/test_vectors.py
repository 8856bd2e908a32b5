from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from devmatrix_guard.memory.base import VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.postgres.vectors import PostgresVectorIndex
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.repository import Repository
from tests.helpers_postgres import empty_schema, own_database

pytestmark = pytest.mark.server


@pytest.fixture
def postgres_url(postgres_url: str) -> Iterator[str]:
    """A database of its own: the extension belongs to all that is in one."""
    with own_database(postgres_url) as own:
        with psycopg.connect(own, autocommit=True) as inside:
            inside.execute("CREATE EXTENSION vector")
        yield own


def test_the_ranking_is_the_same_with_and_without_pgvector(
    postgres_url: str, tmp_path: Path
) -> None:
    rng = random.Random(3)
    items = [
        VectorItem(f"k{n}", [rng.gauss(0, 1) for _ in range(32)], {"even": n % 2 == 0})
        for n in range(100)
    ]
    query = items[40].vector
    with (
        open_memory(empty_schema(postgres_url), tmp_path) as memory,
        psycopg.connect(postgres_url, autocommit=True) as connection,
    ):
        memory.vectors.upsert("code_fragments", "m", items)
        there = memory.vectors.search("code_fragments", "m", query, where={"even": True})
        connection.execute("DROP EXTENSION vector")
        here = memory.vectors.search("code_fragments", "m", query, where={"even": True})
    assert there[0].key == "k40"
    assert [hit.key for hit in here] == [hit.key for hit in there]
    for one, other in zip(here, there, strict=True):
        assert one.similarity == pytest.approx(other.similarity, abs=1e-6)


def test_pgvector_is_found_in_whatever_schema_it_is(postgres_url: str, tmp_path: Path) -> None:
    with (
        open_memory(empty_schema(postgres_url), tmp_path) as memory,
        psycopg.connect(postgres_url, autocommit=True) as connection,
    ):
        memory.vectors.upsert("code_fragments", "m", [VectorItem("a", [1.0, 0.0])])
        connection.execute('CREATE SCHEMA "Odd name"')
        connection.execute('ALTER EXTENSION vector SET SCHEMA "Odd name"')
        (hit,) = memory.vectors.search("code_fragments", "m", [3.0, 4.0])
    assert hit.similarity == pytest.approx(0.6, abs=1e-6)


def test_vectors_too_long_for_pgvector_are_compared_too(postgres_url: str, tmp_path: Path) -> None:
    with open_memory(empty_schema(postgres_url), tmp_path) as memory:
        items = [VectorItem("a", [1.0] + [0.0] * 19_999), VectorItem("b", [1.0] * 20_000)]
        memory.vectors.upsert("code_fragments", "m", items)
        hits = memory.vectors.search("code_fragments", "m", [1.0] * 20_000)
    assert [hit.key for hit in hits] == ["b", "a"]


def test_each_model_has_an_index_of_its_own_where_its_vectors_are_many(
    postgres_url: str, tmp_path: Path
) -> None:
    with open_memory(empty_schema(postgres_url), tmp_path) as memory:
        database: Any = memory.database
        index = PostgresVectorIndex(database, Scope(database, Repository()), most_exact=3)
        for model, count in (("few", 3), ("m", 4), ("n", 4)):
            vectors = ([1.0, float(number)] for number in range(count))
            items = [VectorItem(f"k{n}", vector) for n, vector in enumerate(vectors)]
            index.upsert("code_fragments", model, items)
        states = {m: index.optimise("code_fragments", m) for m in ("few", "m")}
        assert (states["few"].exact, states["m"].exact) == (True, False)
        assert index.describe("code_fragments", "n").exact
        assert not index.optimise("code_fragments", "n").exact
        hits = index.search("code_fragments", "n", [0.0, 1.0], limit=2)
        assert [hit.key for hit in hits] == ["k3", "k2"]
