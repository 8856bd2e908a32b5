from __future__ import annotations

from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.catalog import CatalogFilter, MatchRecord, SuccessOutcome
from devmatrix_guard.model.knowledge.knowledge import PatternNotes, PatternUse
from tests.contract.build import fix_pattern
from tests.contract.test_success_store import AT, success


def fill(memory: Memory) -> None:
    """Two FixPatterns, one of them noted and used, and two success patterns."""
    memory.patterns.save([fix_pattern("p1"), fix_pattern("p2", stage="candidate", layer=None)])
    memory.patterns.annotate("p1", PatternNotes(tags=("json",)))
    memory.files.record_use([PatternUse("p1", "a.py", AT, success=True)])
    memory.successes.create([success("s1"), success("s2", status="draft", tags=())])
    memory.successes.record_outcomes("s1", [SuccessOutcome("k", AT, success=True)])


def list_ids(memory: Memory, **only: object) -> list[str]:
    rows = memory.catalog.list_rows(CatalogFilter(**only), order="name")
    return sorted(row.pattern_id for row in rows)


def test_patterns_of_both_kinds_are_listed_with_what_narrows_them(memory: Memory) -> None:
    fill(memory)
    assert list_ids(memory) == ["p1", "p2", "s1", "s2"]
    assert list_ids(memory, types=("fix",)) == ["p1", "p2"]
    assert list_ids(memory, types=("api_optimization",)) == ["s1", "s2"]
    assert list_ids(memory, types=("infra",)) == []
    assert list_ids(memory, statuses=("draft",)) == ["p2", "s2"]
    assert list_ids(memory, stages=("advise",)) == ["p1"]
    assert list_ids(memory, layers=(4,)) == ["p1"]
    assert list_ids(memory, tags=("json", "cache")) == ["p1", "s1"]
    assert list_ids(memory, min_quality=0.6) == ["p1", "p2"]
    assert list_ids(memory, min_success=1.0) == ["p1", "s1"]
    assert list_ids(memory, ids=("p1", "s2", "x")) == ["p1", "s2"]
    assert list_ids(memory, ids=()) == []
    assert memory.catalog.count(CatalogFilter(statuses=("draft",))) == 2


def test_a_row_tells_what_a_listing_shows(memory: Memory) -> None:
    fill(memory)
    memory.catalog.count_matches({"p1": 2}, AT)
    memory.catalog.count_matches({"p1": 1}, AT)
    row = memory.catalog.find_rows(["p1"])["p1"]
    assert (row.pattern_type, row.status, row.stage, row.layer) == ("fix", "active", "advise", 4)
    assert (row.quality_score, row.success_rate, row.tags) == (0.6, 1.0, ("json",))
    assert (row.match_count, row.last_matched_at) == (3, row.last_matched_at)
    assert memory.catalog.read_matches(["p2"]).get("p2", MatchRecord()) == MatchRecord()


def test_pages_and_orders_are_stable(memory: Memory) -> None:
    fill(memory)
    for order in ("quality", "name", "newest", "oldest", "updated"):
        whole = memory.catalog.list_rows(CatalogFilter(), order=order)
        pages = [
            row.pattern_id
            for offset in range(4)
            for row in memory.catalog.list_rows(
                CatalogFilter(), order=order, limit=1, offset=offset
            )
        ]
        assert pages == [row.pattern_id for row in whole], order
    best = memory.catalog.list_rows(CatalogFilter(), order="quality")
    assert [row.quality_score for row in best][-1] is None


def test_facets_count_what_is_listed(memory: Memory) -> None:
    fill(memory)
    facets = memory.catalog.count_facets(CatalogFilter())
    assert facets["all"] == {"": 4}
    assert facets["types"] == {"fix": 2, "api_optimization": 2}
    assert facets["statuses"] == {"active": 2, "draft": 2}
    assert facets["stages"] == {"advise": 1, "candidate": 1}
    assert facets["layers"] == {"4": 1}
    assert facets["tags"] == {"cache": 1, "database": 1, "json": 1}


def test_what_is_hidden_is_neither_listed_nor_lost(memory: Memory) -> None:
    fill(memory)
    memory.catalog.hide("p1", "ada")
    assert list_ids(memory, types=("fix",)) == ["p2"]
    assert set(memory.catalog.list_hidden()) == {"p1"}
    assert memory.patterns.get("p1") is not None
    memory.catalog.show("p1")
    assert list_ids(memory, types=("fix",)) == ["p1", "p2"]
    assert memory.catalog.read_moments(["nobody"]) == {}
