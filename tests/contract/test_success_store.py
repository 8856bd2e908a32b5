from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.errors import ChangedMeanwhileError, DuplicateNameError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.catalog import CatalogFilter, SuccessOutcome, SuccessPattern

AT = "2026-01-01T00:00:00.000Z"


def success(pattern_id: str = "s1", **facts: Any) -> SuccessPattern:
    values: dict[str, Any] = {
        "id": pattern_id,
        "pattern_type": "api_optimization",
        "name": f"Pooling {pattern_id}",
        "description": "Keep connections open",
        "context": "PostgreSQL",
        "execution_trace": [{"step": 1}],
        "success_criteria": {"p99_ms": 50},
        "quality_metrics": {"coverage": 0.5},
        "performance_data": {"p50_ms": 3.5},
        "tags": ("cache", "database"),
        "created_by": "ada",
    }
    return SuccessPattern(**(values | facts))


def test_a_pattern_comes_back_as_it_was_written(memory: Memory) -> None:
    memory.successes.create([success()])
    read = memory.successes.get("s1")
    assert read is not None
    assert read.created_at and read.created_at == read.updated_at
    assert read._replace(created_at="", updated_at="") == success()
    assert memory.successes.get("s2") is None


def test_a_name_is_taken_once_in_a_type_and_given_free_by_deletion(memory: Memory) -> None:
    memory.successes.create([success("s1", name="One")])
    with pytest.raises(DuplicateNameError, match="choose another name"):
        memory.successes.create([success("s0"), success("s2", name="One")])
    assert memory.successes.get("s0") is None
    memory.successes.create([success("s3", name="One", pattern_type="other")])
    memory.successes.remove("s1", 1)
    memory.successes.create([success("s2", name="One")])
    with pytest.raises(DuplicateNameError):
        memory.successes.restore("s1", 2)
    assert memory.successes.find_by_name("api_optimization", "One") == "s2"


def test_a_change_counts_only_at_the_revision_it_was_made_for(memory: Memory) -> None:
    memory.successes.create([success()])
    changed = memory.successes.change(success(status="draft", tags=("new",)))
    assert (changed.revision, changed.status, changed.tags) == (2, "draft", ("new",))
    with pytest.raises(ChangedMeanwhileError):
        memory.successes.change(success(status="active"))
    with pytest.raises(ChangedMeanwhileError):
        memory.successes.remove("s1", 1)
    memory.successes.remove("s1", 2)
    removed = memory.successes.get("s1")
    assert removed is not None and removed.deleted_at
    memory.successes.restore("s1", 3)
    assert [p.id for p in memory.successes.iterate()] == ["s1"]


def test_rates_follow_from_outcomes_of_which_one_key_counts_once(memory: Memory) -> None:
    memory.successes.create([success()])
    good, bad = SuccessOutcome("a", AT, success=True), SuccessOutcome("b", AT, success=False)
    assert memory.successes.record_outcomes("s1", [good, bad]) == 2
    assert memory.successes.record_outcomes("s1", [good._replace(success=False)]) == 0
    read = memory.successes.get("s1")
    assert read is not None
    assert (read.uses, read.successes) == (2, 1)
    assert read.quality_score is not None and 0 < read.quality_score < 0.5
    assert memory.successes.read_outcomes("s1")[0].at.startswith("2026-01-01T00:00:00")


def test_words_find_a_pattern_the_rarest_first_and_never_a_deleted_one(memory: Memory) -> None:
    memory.successes.create(
        [
            success("s1", name="Pool connections"),
            success("s2", name="Retry queries", description="", context="", tags=()),
            success("s3", name="Retries of query", description="", context="", tags=("slow",)),
        ]
    )
    found = memory.successes.rank_words("retry a query", 10)
    assert {key for key, _ in found} == {"s2", "s3"}
    assert all(0 < strength <= 1 for _, strength in found)
    slow = memory.successes.rank_words("retry a query", 10, CatalogFilter(tags=("slow",)))
    assert [key for key, _ in slow] == ["s3"]
    memory.successes.remove("s2", 1)
    assert [key for key, _ in memory.successes.rank_words("retry", 10)] == ["s3"]
    assert memory.successes.rank_words("", 10) == memory.successes.rank_words("zzz", 10) == []


def test_each_word_finds_what_holds_it(memory: Memory) -> None:
    plain: dict[str, Any] = {"description": "", "context": "", "tags": ()}
    names = {"s1": "Pool connections", "s2": "Retry", "s3": "Retry slowly"}
    memory.successes.create([success(key, name=name, **plain) for key, name in names.items()])
    found = [key for key, _ in memory.successes.rank_words("pool retry", 10)]
    assert (found[0], set(found)) == ("s1", {"s1", "s2", "s3"})


def test_families_are_kept_by_their_parents(memory: Memory) -> None:
    memory.successes.create([success("s1"), success("s2", parent_pattern_id="s1", version=2)])
    assert memory.successes.list_children("s1") == ("s2",)
