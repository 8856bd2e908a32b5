from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from devmatrix_guard.memory.base import VectorItem
from devmatrix_guard.memory.connect import open_memory


def test_the_ranking_is_the_same_without_numpy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(3)
    items = [VectorItem(f"k{n}", [rng.gauss(0, 1) for _ in range(32)]) for n in range(100)]
    query = items[41].vector
    with open_memory("m.db", tmp_path) as memory:
        memory.vectors.upsert("code_fragments", "m", items)
        with_numpy = memory.vectors.search("code_fragments", "m", query)
        monkeypatch.setitem(sys.modules, "numpy", None)
        without = memory.vectors.search("code_fragments", "m", query)
    assert with_numpy[0].key == "k41"
    assert [hit.key for hit in without] == [hit.key for hit in with_numpy]
    for one, other in zip(without, with_numpy, strict=True):
        assert one.similarity == pytest.approx(other.similarity, abs=1e-6)
