from __future__ import annotations

import math
import random

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import ASPECTS, COLLECTIONS, Memory
from devmatrix_guard.memory.base import VectorItem as Item

HERE = "error_embeddings"


def test_the_nearest_by_cosine_come_first_whatever_their_length(memory: Memory) -> None:
    items = [Item("far", [-1.0, 0.0]), Item("long", [30.0, 40.0]), Item("same", [0.1, 0.0])]
    memory.vectors.upsert(HERE, "m", items)
    hits = memory.vectors.search(HERE, "m", [5.0, 0.0])
    assert [hit.key for hit in hits] == ["same", "long", "far"]
    assert [hit.similarity for hit in hits] == pytest.approx([1.0, 0.6, -1.0], abs=1e-6)


def test_the_search_is_exact(memory: Memory) -> None:
    rng = random.Random(7)
    vectors = {f"k{n:03}": [rng.gauss(0, 1) for _ in range(24)] for n in range(200)}
    memory.vectors.upsert(HERE, "m", [Item(k, v) for k, v in vectors.items()])
    query = [rng.gauss(0, 1) for _ in range(24)]

    def cosine(v: list[float]) -> float:
        return sum(map(float.__mul__, v, query)) / math.hypot(*v) / math.hypot(*query)

    expected = sorted(vectors, key=lambda k: -cosine(vectors[k]))[:10]
    assert [hit.key for hit in memory.vectors.search(HERE, "m", query)] == expected


def test_equal_vectors_come_in_the_order_of_their_keys(memory: Memory) -> None:
    memory.vectors.upsert(HERE, "m", [Item(key, [1.0, 2.0, 3.0]) for key in "cab"])
    assert [h.key for h in memory.vectors.search(HERE, "m", [1.0, 2.0, 3.0], limit=2)] == ["a", "b"]


def test_a_payload_comes_back_and_filters(memory: Memory) -> None:
    good = Item("a", [1.0, 0.0], {"passed": True, "language": "python"})
    bad = Item("b", [1.0, 0.0], {"passed": False, "language": "python"})
    memory.vectors.upsert(HERE, "m", [good, bad])
    (hit,) = memory.vectors.search(HERE, "m", [1.0, 0.0], where={"passed": True})
    assert (hit.key, hit.payload) == ("a", good.payload)
    assert len(memory.vectors.search(HERE, "m", [1.0, 0.0], where={"language": "python"})) == 2
    assert memory.vectors.search(HERE, "m", [1.0, 0.0], where={"absent": 1}) == ()


def test_vectors_of_other_models_collections_and_aspects_stay_apart(memory: Memory) -> None:
    memory.vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0])])
    memory.vectors.upsert(HERE, "other", [Item("a", [1.0, 0.0, 0.0])])
    memory.vectors.upsert("code_fragments", "m", [Item("b", [1.0, 0.0])])
    memory.vectors.upsert(HERE, "m", [Item("c", [1.0, 0.0], aspect="code")])
    assert [h.key for h in memory.vectors.search(HERE, "m", [1.0, 0.0])] == ["a"]
    assert [h.key for h in memory.vectors.search(HERE, "m", [1.0, 0.0], aspect="code")] == ["c"]
    assert set(memory.vectors.get_payloads(HERE, "m")) == {"a"}
    assert memory.vectors.search(HERE, "unknown", [1.0]) == ()


def test_a_vector_written_again_replaces_the_old(memory: Memory) -> None:
    memory.vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0], {"v": 1})])
    memory.vectors.upsert(HERE, "m", [Item("a", [0.0, 1.0], {"v": 2})])
    (hit,) = memory.vectors.search(HERE, "m", [0.0, 1.0])
    assert hit.similarity == pytest.approx(1.0)
    assert hit.payload == {"v": 2}


def test_removed_vectors_are_gone_for_every_model(memory: Memory) -> None:
    for model in ("m", "n"):
        memory.vectors.upsert(HERE, model, [Item("a", [1.0]), Item("b", [1.0])])
    memory.vectors.remove(HERE, ["a"])
    assert (
        set(memory.vectors.get_payloads(HERE, "m"))
        == set(memory.vectors.get_payloads(HERE, "n"))
        == {"b"}
    )


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("aspect", ASPECTS)
def test_every_collection_and_aspect_is_accepted(
    memory: Memory, collection: str, aspect: str
) -> None:
    memory.vectors.upsert(collection, "m", [Item("a", [1.0], aspect=aspect)])
    assert set(memory.vectors.get_payloads(collection, "m", aspect)) == {"a"}


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
def test_a_vector_that_cannot_be_compared_is_refused(memory: Memory, item: Item) -> None:
    memory.vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0])])
    with pytest.raises(MemoryStoreError):
        memory.vectors.upsert(HERE, "m", [Item("b", [1.0, 1.0]), item])
    assert set(memory.vectors.get_payloads(HERE, "m")) == {"a"}


def test_a_query_of_another_size_is_refused(memory: Memory) -> None:
    memory.vectors.upsert(HERE, "m", [Item("a", [1.0, 0.0])])
    with pytest.raises(MemoryStoreError, match="2 dimensions and this one 3"):
        memory.vectors.search(HERE, "m", [1.0, 0.0, 0.0])


def test_an_unknown_collection_is_refused(memory: Memory) -> None:
    with pytest.raises(MemoryStoreError):
        memory.vectors.upsert("bananas", "m", [Item("a", [1.0])])
