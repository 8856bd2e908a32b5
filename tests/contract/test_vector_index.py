from __future__ import annotations

import math
import random

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import ASPECTS, COLLECTIONS, Range, VectorIndex
from devmatrix_guard.memory.base import VectorItem as Item

HERE = "error_embeddings"


def test_the_nearest_by_cosine_come_first_whatever_their_length(vectors: VectorIndex) -> None:
    items = [Item("far", [-1.0, 0.0]), Item("long", [30.0, 40.0]), Item("same", [0.1, 0.0])]
    vectors.upsert(HERE, "m", items)
    hits = vectors.search(HERE, "m", [5.0, 0.0])
    assert [hit.key for hit in hits] == ["same", "long", "far"]
    assert [hit.similarity for hit in hits] == pytest.approx([1.0, 0.6, -1.0], abs=1e-6)


def test_the_search_is_exact(vectors: VectorIndex) -> None:
    rng = random.Random(7)
    made = {f"k{n:03}": [rng.gauss(0, 1) for _ in range(24)] for n in range(200)}
    vectors.upsert(HERE, "m", [Item(k, v) for k, v in made.items()])
    query = [rng.gauss(0, 1) for _ in range(24)]

    def cosine(v: list[float]) -> float:
        return sum(map(float.__mul__, v, query)) / math.hypot(*v) / math.hypot(*query)

    expected = sorted(made, key=lambda k: -cosine(made[k]))[:10]
    assert [hit.key for hit in vectors.search(HERE, "m", query)] == expected


def test_equal_vectors_come_in_the_order_of_their_keys(vectors: VectorIndex) -> None:
    vectors.upsert(HERE, "m", [Item(key, [1.0, 2.0, 3.0]) for key in "cab"])
    assert [h.key for h in vectors.search(HERE, "m", [1.0, 2.0, 3.0], limit=2)] == ["a", "b"]


def test_a_payload_comes_back_and_filters(vectors: VectorIndex) -> None:
    good = Item("a", [1.0, 0.0], {"passed": True, "language": "python"})
    bad = Item("b", [1.0, 0.0], {"passed": False, "language": "python"})
    vectors.upsert(HERE, "m", [good, bad])
    (hit,) = vectors.search(HERE, "m", [1.0, 0.0], where={"passed": True})
    assert (hit.key, hit.payload) == ("a", good.payload)
    assert len(vectors.search(HERE, "m", [1.0, 0.0], where={"language": "python"})) == 2
    assert vectors.search(HERE, "m", [1.0, 0.0], where={"absent": 1}) == ()


def test_vectors_of_other_models_collections_and_aspects_stay_apart(vectors: VectorIndex) -> None:
    vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0])])
    vectors.upsert(HERE, "other", [Item("a", [1.0, 0.0, 0.0])])
    vectors.upsert("code_fragments", "m", [Item("b", [1.0, 0.0])])
    vectors.upsert(HERE, "m", [Item("c", [1.0, 0.0], aspect="code")])
    assert [h.key for h in vectors.search(HERE, "m", [1.0, 0.0])] == ["a"]
    assert [h.key for h in vectors.search(HERE, "m", [1.0, 0.0], aspect="code")] == ["c"]
    assert set(vectors.get_payloads(HERE, "m")) == {"a"}
    assert vectors.search(HERE, "unknown", [1.0]) == ()


def test_a_vector_written_again_replaces_the_old(vectors: VectorIndex) -> None:
    vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0], {"v": 1})])
    vectors.upsert(HERE, "m", [Item("a", [0.0, 1.0], {"v": 2})])
    (hit,) = vectors.search(HERE, "m", [0.0, 1.0])
    assert hit.similarity == pytest.approx(1.0)
    assert hit.payload == {"v": 2}


def test_removed_vectors_are_gone_for_every_model(vectors: VectorIndex) -> None:
    for model in ("m", "n"):
        vectors.upsert(HERE, model, [Item("a", [1.0]), Item("b", [1.0])])
    vectors.remove(HERE, ["a"])
    assert set(vectors.get_payloads(HERE, "m")) == set(vectors.get_payloads(HERE, "n")) == {"b"}


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("aspect", ASPECTS)
def test_every_collection_and_aspect_is_accepted(
    vectors: VectorIndex, collection: str, aspect: str
) -> None:
    vectors.upsert(collection, "m", [Item("a", [1.0], aspect=aspect)])
    assert set(vectors.get_payloads(collection, "m", aspect)) == {"a"}


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(Item("z", [0.0, 0.0]), id="zero"),
        pytest.param(Item("z", [math.nan, 1.0]), id="not a number"),
        pytest.param(Item("z", [math.inf, 1.0]), id="infinite"),
        pytest.param(Item("z", []), id="empty"),
        pytest.param(Item("z", [1.0, 2.0, 3.0]), id="other size"),
        pytest.param(Item("z", [1.0, 2.0], aspect="mood"), id="unknown aspect"),
        pytest.param(Item("", [1.0, 2.0]), id="no key"),
    ],
)
def test_a_vector_that_cannot_be_compared_is_refused(vectors: VectorIndex, item: Item) -> None:
    vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0])])
    with pytest.raises(MemoryStoreError):
        vectors.upsert(HERE, "m", [Item("b", [1.0, 1.0]), item])
    assert set(vectors.get_payloads(HERE, "m")) == {"a"}


def test_a_query_of_another_size_is_refused(vectors: VectorIndex) -> None:
    vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0])])
    with pytest.raises(MemoryStoreError, match="2 dimensions and this one 3"):
        vectors.search(HERE, "m", [1.0, 0.0, 0.0])


def test_an_unknown_collection_is_refused(vectors: VectorIndex) -> None:
    with pytest.raises(MemoryStoreError):
        vectors.upsert("bananas", "m", [Item("a", [1.0])])


PAYLOADS: dict[str, dict[str, object]] = {
    "a": {"n": 1, "tag": "x", "on": True, "tags": ["red", "blue"]},
    "b": {"n": 2, "tag": "y", "on": False, "tags": ["blue"]},
    "c": {"n": 2.5, "tag": "z", "at": "2026-03-01"},
    "d": {"tag": 1, "on": 1, "at": "2026-04-01", "none": None},
}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        pytest.param({"n": Range(at_least=2)}, "bc", id="at least"),
        pytest.param({"n": Range(above=1, below=2.5)}, "b", id="between"),
        pytest.param({"n": Range(at_most=1)}, "a", id="at most"),
        pytest.param({"at": Range(at_least="2026-03-15")}, "d", id="texts"),
        pytest.param({"tag": ["x", "z"]}, "ac", id="one of"),
        pytest.param({"tag": []}, "", id="one of nothing"),
        pytest.param({"tag": ["x", 1]}, "ad", id="one of several kinds"),
        pytest.param({"tags": "blue"}, "ab", id="a list holds it"),
        pytest.param({"tags": ["red", "green"]}, "a", id="a list holds one of"),
        pytest.param({"on": True}, "a", id="true is not one"),
        pytest.param({"on": 1}, "d", id="one is not true"),
        pytest.param({"n": 2.0}, "b", id="2 is 2.0"),
        pytest.param({"tag": "x", "n": Range(below=2)}, "a", id="both"),
        pytest.param({"tag": "x", "n": 2}, "", id="neither"),
        pytest.param({"none": None}, "d", id="null"),
        pytest.param({"nowhere": Range(at_least=0)}, "", id="absent"),
    ],
)
def test_a_search_is_narrowed_by_values_lists_and_ranges(
    vectors: VectorIndex, where: dict[str, object], found: str
) -> None:
    vectors.upsert(HERE, "m", [Item(k, [1.0, 0.1], facts) for k, facts in PAYLOADS.items()])
    assert "".join(h.key for h in vectors.search(HERE, "m", [1.0, 0.0], where=where)) == found


def test_a_filter_that_keeps_few_of_many_finds_all_of_them(vectors: VectorIndex) -> None:
    rng = random.Random(9)
    items = [
        Item(f"k{n:03}", [rng.gauss(0, 1) for _ in range(8)], {"g": n % 50}) for n in range(500)
    ]
    vectors.upsert(HERE, "m", items)
    hits = vectors.search(HERE, "m", items[0].vector, where={"g": 7})
    assert len(hits) == 10
    assert {hit.payload["g"] for hit in hits} == {7}


def test_a_condition_that_nothing_could_meet_is_refused(vectors: VectorIndex) -> None:
    vectors.upsert(HERE, "m", [Item("a", [1.0])])
    with pytest.raises(MemoryStoreError, match="the condition on `x`"):
        vectors.search(HERE, "m", [1.0], where={"x": {"y": 1}})


def test_many_queries_at_once_find_what_each_finds(vectors: VectorIndex) -> None:
    vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0]), Item("b", [0.0, 1.0])])
    queries = [[1.0, 0.2], [0.2, 1.0]]
    many = vectors.search_many(HERE, "m", queries, limit=1)
    assert many == [vectors.search(HERE, "m", query, limit=1) for query in queries]
    assert [found[0].key for found in many] == ["a", "b"]


def test_changes_between_two_searches_are_seen(vectors: VectorIndex) -> None:
    vectors.upsert(HERE, "m", [Item(f"k{n}", [1.0, n / 10]) for n in range(5)])
    assert [h.key for h in vectors.search(HERE, "m", [1.0, 0.0], limit=2)] == ["k0", "k1"]
    vectors.remove(HERE, ["k0"])
    vectors.upsert(HERE, "m", [Item("k1", [0.0, 1.0]), Item("new", [1.0, 0.01])])
    assert [h.key for h in vectors.search(HERE, "m", [1.0, 0.0], limit=2)] == ["new", "k2"]


@pytest.mark.parametrize("key", ["caf\udce9", "a'b", 'a"b', "\x00", "ключ", "x" * 500])
def test_odd_keys_and_payloads_come_back(vectors: VectorIndex, key: str) -> None:
    vectors.upsert(HERE, "m'1", [Item(key, [1.0], {"k": key, key: 1})])
    (hit,) = vectors.search(HERE, "m'1", [1.0])
    assert (hit.key, hit.payload) == (key, {"k": key, key: 1})
    assert [h.key for h in vectors.search(HERE, "m'1", [1.0], where={"k": key})] == [key]
    vectors.remove(HERE, [key])
    assert vectors.search(HERE, "m'1", [1.0]) == ()


def test_it_says_how_it_searches(vectors: VectorIndex) -> None:
    vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0])])
    state = vectors.optimise(HERE, "m")
    assert (state.vectors, state.dimensions) == (1, 2)
    assert state == vectors.describe(HERE, "m")
    assert vectors.describe(HERE, "unknown").vectors == 0
    assert state.exact == ("HNSW" not in state.method)
    vectors.remove(HERE, ["a"])
    assert vectors.describe(HERE, "m").vectors == 0
