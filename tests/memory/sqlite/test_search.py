"""The index of the embedded memory is written in few segments, and finds the same."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.memory.connect import open_memory
from tests.contract.build import fix_pattern


def test_many_patterns_make_few_segments_of_the_index(tmp_path: Path) -> None:
    """FTS5 would write one for each megabyte, and merge them."""
    code = " ".join(f"name_{n} = call_{n % 97}({n})" for n in range(130))
    with open_memory("memory.db", tmp_path) as memory:
        memory.patterns.save(fix_pattern(f"p{n}", before=f"{code} own_{n}") for n in range(1_500))
        database = memory.database
        rows = database.fetch_rows("SELECT count(DISTINCT segid) FROM pattern_pieces_idx")
        assert rows == [(1,)]
        for table in ("pattern_words", "pattern_pieces"):
            database.run(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
        found = memory.patterns.search("own_1234", limit=1)
        assert [hit.pattern.id for hit in found] == ["p1234"]
