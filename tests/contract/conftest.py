"""Every contract test runs on every backend; the embedded one is always there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.memory.base import LineageGraph, VectorIndex
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.followers.neo4j import open_neo4j
from devmatrix_guard.memory.followers.qdrant import QdrantVectorIndex, open_qdrant
from tests.fixtures_memory import location, memory
from tests.helpers_postgres import empty_schema

__all__ = ["location", "memory"]


@pytest.fixture(
    params=[
        "embedded",
        pytest.param("postgres", marks=pytest.mark.server),
        "qdrant",
        pytest.param("neo4j", marks=pytest.mark.server),
    ]
)
def vectors(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    """An empty index of vectors: the memory's, Qdrant's (a server or the client), or Neo4j's."""
    if request.param == "neo4j":
        graph = open_neo4j(request.getfixturevalue("neo4j_url"))
        graph.begin_anew()
        yield graph.choose_vectors(1, None)
        graph.close()
        return
    if request.param == "qdrant":
        follower = open_qdrant(os.environ.get("GUARD_TEST_QDRANT_URL", ":memory:"))
        follower.begin_anew()
        follower.end_anew()
        yield QdrantVectorIndex(follower, 1, None)
        follower.close()
        return
    location = "memory.db"
    if request.param == "postgres":
        location = empty_schema(request.getfixturevalue("postgres_url"))
    with open_memory(location, tmp_path) as opened:
        yield opened.vectors


@pytest.fixture(
    params=[
        "embedded",
        pytest.param("postgres", marks=pytest.mark.server),
        pytest.param("neo4j", marks=pytest.mark.server),
    ]
)
def lineage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LineageGraph]:
    """An empty graph, of the memory or of Neo4j."""
    if request.param == "neo4j":
        graph = open_neo4j(request.getfixturevalue("neo4j_url"))
        graph.begin_anew()
        yield graph
        graph.close()
        return
    location = "memory.db"
    if request.param == "postgres":
        location = empty_schema(request.getfixturevalue("postgres_url"))
    with open_memory(location, tmp_path) as opened:
        yield opened.lineage
