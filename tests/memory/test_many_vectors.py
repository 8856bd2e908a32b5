"""Where there are many vectors an index is made; here as many as a test can wait for are many."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from devmatrix_guard.memory.base import Range, VectorIndex, VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.postgres.vectors import PostgresVectorIndex
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.memory.sqlite import ann
from devmatrix_guard.memory.sqlite.vectors import SqliteVectorIndex
from devmatrix_guard.model.knowledge.repository import Repository
from tests.helpers_postgres import empty_schema

HERE, MANY, COUNT, SIZE = "code_fragments", 1_000, 3_000, 16
Open = Callable[[], VectorIndex]


@pytest.fixture(params=["embedded", pytest.param("postgres", marks=pytest.mark.server)])
def open_index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open the same vectors again and again, each time as a new process would."""
    location, kind = "m.db", request.param
    if kind == "postgres":
        location = empty_schema(request.getfixturevalue("postgres_url"))
    with ExitStack() as stack:

        def make() -> VectorIndex:
            memory = stack.enter_context(open_memory(location, tmp_path))
            database: Any = memory.database
            scope = Scope(database, Repository())
            index = SqliteVectorIndex if kind == "embedded" else PostgresVectorIndex
            return index(database, scope, most_exact=MANY)

        yield make


def make_vectors(seed: int, count: int) -> list[list[float]]:
    """Return vectors that lie in groups, as texts do."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(30, SIZE))
    near = centres[rng.integers(0, 30, count)] + 0.6 * rng.normal(size=(count, SIZE))
    found: list[list[float]] = near.tolist()
    return found


def fill(index: VectorIndex) -> list[list[float]]:
    made = make_vectors(1, COUNT)
    index.upsert(
        HERE,
        "m",
        [VectorItem(f"k{n:05}", v, {"group": n % 50, "n": n}) for n, v in enumerate(made)],
    )
    return made


class Truth:
    """The true neighbours among the vectors that were chosen."""

    def __init__(self, made: list[list[float]], chosen: Sequence[int]) -> None:
        self._chosen = chosen
        self._matrix = np.asarray(made)[chosen]
        self._matrix /= np.linalg.norm(self._matrix, axis=1, keepdims=True)

    def find_nearest(self, query: list[float]) -> set[str]:
        """Return the keys of the ten that are nearest."""
        scores = self._matrix @ np.asarray(query)
        return {f"k{self._chosen[n]:05}" for n in np.argsort(-scores)[:10]}


FILTERS: dict[str, tuple[dict[str, object] | None, Callable[[int], bool]]] = {
    "all": (None, lambda n: True),
    "two of a hundred": ({"group": 7}, lambda n: n % 50 == 7),
    "half": ({"n": Range(below=1500)}, lambda n: n < 1500),
    "some": ({"group": [1, 2, 3]}, lambda n: n % 50 in (1, 2, 3)),
}


def test_nearly_all_true_neighbours_are_found_and_no_filter_starves(open_index: Open) -> None:
    index = open_index()
    made = fill(index)
    state = index.optimise(HERE, "m")
    assert (state.vectors, state.exact) == (COUNT, False)
    for name, (where, fits) in FILTERS.items():
        truth = Truth(made, [n for n in range(COUNT) if fits(n)])
        shares = []
        for query in make_vectors(2, 40):
            hits = index.search(HERE, "m", query, where=where)
            assert len(hits) == 10, name
            shares.append(len({hit.key for hit in hits} & truth.find_nearest(query)) / 10)
        assert sum(shares) / len(shares) >= 0.95, name


def test_what_changes_after_the_index_was_made_is_seen(open_index: Open) -> None:
    index = open_index()
    made = fill(index)
    index.optimise(HERE, "m")
    index.search(HERE, "m", made[0])
    index.remove(HERE, ["k00000"])
    index.upsert(HERE, "m", [VectorItem("k00001", made[0]), VectorItem("new", made[0])])
    hits = index.search(HERE, "m", made[0], limit=2)
    assert [hit.key for hit in hits] == ["k00001", "new"]
    assert hits[0].similarity == pytest.approx(1.0, abs=1e-5)
    assert index.describe(HERE, "m").vectors == COUNT


def test_another_process_finds_the_same(open_index: Open) -> None:
    index = open_index()
    made = fill(index)
    index.optimise(HERE, "m")
    rng = random.Random(1)
    index.remove(HERE, [f"k{rng.randrange(COUNT):05}" for _ in range(50)])
    other = open_index()
    for query in made[:5]:
        assert other.search(HERE, "m", query) == index.search(HERE, "m", query)


def test_an_index_of_another_memory_is_not_taken(tmp_path: Path) -> None:
    """The cache is the user's: whoever copies or makes a file may not be given another's index."""
    answers = []
    for name, seed in (("a.db", 1), ("b.db", 5)):
        with open_memory(name, tmp_path) as memory:
            database: Any = memory.database
            index = SqliteVectorIndex(database, Scope(database, Repository()), most_exact=100)
            made = make_vectors(seed, 300)
            index.upsert(HERE, "m", [VectorItem(f"{n}", v) for n, v in enumerate(made)])
            answers.append(index.search(HERE, "m", made[9])[0])
    assert [hit.key for hit in answers] == ["9", "9"]
    assert [hit.similarity for hit in answers] == pytest.approx([1.0, 1.0], abs=1e-5)


def test_a_damaged_index_in_the_cache_is_made_again(tmp_path: Path) -> None:
    for _ in range(2):
        with open_memory("m.db", tmp_path) as memory:
            database: Any = memory.database
            index = SqliteVectorIndex(database, Scope(database, Repository()), most_exact=100)
            made = make_vectors(1, 300)
            index.upsert(HERE, "m", [VectorItem(f"{n}", v) for n, v in enumerate(made)])
            assert index.search(HERE, "m", made[9])[0].key == "9"
        (kept,) = (Path.home() / ".cache").rglob("*.npz")
        kept.write_bytes(b"hello")


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        pytest.param({"n": Range(below=1500)}, lambda n: n < 1500, id="half, anywhere"),
        pytest.param({"far": True}, lambda n: n % 30 == 3, id="none of them near"),
    ],
)
def test_a_filter_that_keeps_too_many_to_compare_starves_no_search(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: dict[str, object],
    fits: Callable[[int], bool],
) -> None:
    """Of candidates found without the filter too few may fit: then all that fit are compared."""
    for name, value in (("_FEW", 20), ("_SHORTEST", 60), ("_WANTED_RECALL", 0.0)):
        monkeypatch.setattr(ann, name, value)
    rng = np.random.default_rng(4)
    centres = 3 * np.eye(30, SIZE * 2)
    centres[3] = -centres[0]
    made = [(centres[n % 30] + 0.2 * rng.normal(size=SIZE * 2)).tolist() for n in range(COUNT)]
    with open_memory("m.db", tmp_path) as memory:
        database: Any = memory.database
        index = SqliteVectorIndex(database, Scope(database, Repository()), most_exact=MANY)
        payload = ({"n": n, "far": n % 30 == 3} for n in range(COUNT))
        index.upsert(
            HERE,
            "m",
            [
                VectorItem(f"k{n:05}", v, p)
                for n, (v, p) in enumerate(zip(made, payload, strict=True))
            ],
        )
        truth = Truth(made, [n for n in range(COUNT) if fits(n)])
        for number in range(0, COUNT, 150):  # all of them near the first centre
            hits = index.search(HERE, "m", made[number], where=where)
            found = {hit.key for hit in hits}
            assert len(found & truth.find_nearest(made[number])) >= 9


def test_directions_in_which_nothing_lies_are_searched_as_well(tmp_path: Path) -> None:
    """Their nearest are hardly nearer than the rest: they need the longest shortlist."""
    rng = np.random.default_rng(6)
    made = rng.normal(size=(4 * COUNT, 96)).tolist()
    with open_memory("m.db", tmp_path) as memory:
        database: Any = memory.database
        index = SqliteVectorIndex(database, Scope(database, Repository()), most_exact=MANY)
        index.upsert(HERE, "m", [VectorItem(f"k{n:05}", v) for n, v in enumerate(made)])
        truth, shares = Truth(made, range(len(made))), []
        for query in rng.normal(size=(60, 96)).tolist():
            found = {hit.key for hit in index.search(HERE, "m", query)}
            shares.append(len(found & truth.find_nearest(query)) / 10)
        recall = index.describe(HERE, "m").recall
    assert sum(shares) / len(shares) >= 0.95
    assert recall is not None and recall >= 0.97


def test_a_filter_asked_for_again_sees_what_was_added_and_removed(open_index: Open) -> None:
    index = open_index()
    made = fill(index)
    where = {"group": 7}
    assert "k00057" in {hit.key for hit in index.search(HERE, "m", made[57], where=where)}
    index.upsert(HERE, "m", [VectorItem("new", made[57], where)])
    index.remove(HERE, ["k00057"])
    found = {hit.key for hit in index.search(HERE, "m", made[57], where=where)}
    assert "new" in found and "k00057" not in found
    assert "k00007" not in {h.key for h in index.search(HERE, "m", made[7], where={"group": 8})}
