"""Texts that nobody writes in good faith: kept whole, or refused in one sentence."""

from __future__ import annotations

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory, VectorItem
from devmatrix_guard.model.knowledge.lineage import LineageNode
from tests.contract.build import fix_pattern, pair, source
from tests.helpers_bounds import expect_end

LARGE = 1 << 20
HOSTILE = {
    "NUL": "a\x00b",
    "half a character": "a\ud800b",
    "reversed": "\u202etxt.exe",
    "SQL": "'); DROP TABLE fix_patterns; --",
    "placeholders": "% %s :name ? $1 {} \\",
    "a tsquery": "a & !b | (c <-> 'd):*",
    "an FTS5 query": 'NEAR("a" b) OR title:* ^c',
    "escapes": "\\u0000 \\x00 \\N{DIGIT ONE}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_any_text_is_kept_as_it_is_wherever_it_stands(memory: Memory, text: str) -> None:
    pattern = fix_pattern(
        "p1", title=f"parse {text}", before=text, after=text, anchors=(text,),
        pairs=(pair(source=source(1, f"Fix {text}"), before=text, after=text, qualname=text),),
    )  # fmt: skip
    memory.patterns.save([pattern, fix_pattern("p2")])
    assert memory.patterns.get("p1") == pattern
    memory.patterns.search(text)
    memory.successes.rank_words(text, 5)
    assert "p1" in [hit.pattern.id for hit in memory.patterns.search(f"parse {text}")]
    memory.lineage.add([LineageNode("run", f"r{text}", {"path": text})], [])
    node = memory.lineage.get("run", f"r{text}")
    assert node is not None
    assert node.properties == {"path": text}
    memory.vectors.upsert("code_fragments", "m", [VectorItem(text, [1.0], {"a": text})])
    (hit,) = memory.vectors.search("code_fragments", "m", [1.0], where={"a": text})
    assert (hit.key, hit.payload) == (text, {"a": text})
    assert len(memory.patterns.list_all()) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["x" * LARGE, "ab " * (LARGE // 3), "\x00" * (LARGE // 4), "𝒳" * (LARGE // 4)],
    ids=["one word", "a word again and again", "NUL", "outside of the first plane"],
)  # fmt: skip
def test_a_million_bytes_are_kept_whole_or_refused_and_leave_no_trace(
    memory: Memory, text: str
) -> None:
    memory.patterns.save([fix_pattern("p2")])
    large = fix_pattern("p1", title=text, before=text, pairs=(pair(before=text, after=text),))
    try:
        memory.patterns.save([large])
    except MemoryStoreError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 500
        assert memory.patterns.get("p1") is None
    else:
        assert memory.patterns.get("p1") == large
    memory.patterns.search(text)
    assert memory.patterns.search("json loads")


def test_many_words_at_once_are_searched_in_bounded_time(memory: Memory) -> None:
    memory.patterns.save([fix_pattern("p1")])
    with expect_end():  # cutting them takes a second; weighing each, minutes
        memory.patterns.search(" ".join(f"word{number}" for number in range(100_000)))
    assert memory.patterns.search("json loads")
