from __future__ import annotations

import random
from pathlib import Path

import pytest

from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.pattern import FixPattern
from tests.contract.build import fix_pattern, pair
from tests.helpers_postgres import empty_schema

pytestmark = pytest.mark.server
VOCABULARY = (
    "read write parse close open socket session header cookie token retry timeout encode decode "
    "stream buffer template render request response route worker thread event signal lock"
)
WORDS = VOCABULARY.split()


def corpus(size: int) -> list[FixPattern]:
    rng = random.Random(17)
    patterns = []
    for number in range(size):
        name = ["_".join(rng.choices(WORDS, k=2)) for _ in range(6)]
        patterns.append(
            fix_pattern(
                f"p{number:03}",
                title=f"{name[0]} becomes {name[1]}",
                before=f"{name[0]}({name[2]})",
                after=f"{name[1]}({name[2]}, {name[3]})",
                anchors=(name[0],),
                pairs=(pair(before=" ".join(name), after=" ".join(name[3:] * 3)),),
            )
        )
    return patterns


def ranks(memory: Memory, text: str) -> list[tuple[str, dict[str, int]]]:
    hits = memory.patterns.search(text, limit=20)
    return [(hit.pattern.id, dict(hit.signals)) for hit in hits]


def test_both_memories_rank_alike(postgres_url: str, tmp_path: Path) -> None:
    with (
        open_memory("m.db", tmp_path) as embedded,
        open_memory(empty_schema(postgres_url), tmp_path) as server,
    ):
        for memory in (embedded, server):
            memory.patterns.save(corpus(120))
        for query in ("parse_header(cookie)", "the socket was closed too late", "reqest tmeout"):
            assert ranks(server, query) == ranks(embedded, query)
            assert len(ranks(server, query)) == 20


def test_a_word_said_a_thousand_times_and_a_very_long_one_can_be_indexed(
    postgres_url: str, tmp_path: Path
) -> None:
    often = pair(before="loads " * 600, after="x" * 3_000)
    with open_memory(empty_schema(postgres_url), tmp_path) as memory:
        memory.patterns.save([fix_pattern("p1", pairs=(often,)), fix_pattern("p2")])
        assert len(ranks(memory, "loads")) == 2
        assert ranks(memory, "x" * 3_000)[0][0] == "p1"
