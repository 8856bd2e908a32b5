from __future__ import annotations

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.knowledge import (
    AUDIT_STATUSES,
    FileAudit,
    PatternRecord,
    PatternUse,
)
from tests.contract.build import fix_pattern, pair

AUDIT = FileAudit("app/a.py", 3, "two bare excepts", "In Progress", "half done", ("W1", "W2"))


def test_an_audit_comes_back_as_it_was_written(memory: Memory) -> None:
    memory.files.save([AUDIT])
    assert memory.files.get("app/a.py") == AUDIT
    assert memory.files.get("app/b.py") is None


def test_an_audit_written_again_replaces_the_old(memory: Memory) -> None:
    memory.files.save([AUDIT])
    done = FileAudit("app/a.py", 3, "", "Complete", "", ("W2",))
    memory.files.save([done])
    assert memory.files.get("app/a.py") == done


@pytest.mark.parametrize("status", AUDIT_STATUSES)
def test_every_status_is_accepted(memory: Memory, status: str) -> None:
    memory.files.save([AUDIT._replace(status=status)])
    assert memory.files.get("app/a.py") == AUDIT._replace(status=status)


@pytest.mark.parametrize("facts", [{"layer": 8}, {"status": "Perhaps"}, {"path": ""}])
def test_nonsense_is_refused(memory: Memory, facts: dict[str, object]) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.files.save([AUDIT._replace(**facts)])  # type: ignore[arg-type]  # any field
    assert memory.files.get("app/a.py") is None


def test_the_files_of_a_pattern_are_known(memory: Memory) -> None:
    memory.patterns.save([fix_pattern(pairs=(pair(path="lib/x.py"),))])
    assert memory.files.get("lib/x.py") == FileAudit("lib/x.py")


def test_learning_again_keeps_the_audit_of_a_file(memory: Memory) -> None:
    memory.files.save([AUDIT])
    memory.patterns.save([fix_pattern(pairs=(pair(path="app/a.py"),))])
    assert memory.files.get("app/a.py") == AUDIT


def test_a_pattern_never_used_has_no_success_rate(memory: Memory) -> None:
    memory.patterns.save([fix_pattern()])
    assert memory.files.record_of("p1") == PatternRecord()


def test_the_success_rate_comes_from_uses_and_can_fall(memory: Memory) -> None:
    memory.patterns.save([fix_pattern()])
    memory.files.record_use([PatternUse("p1", "a.py", "2026-01-01T00:00:00Z", True, 5.0)])
    assert memory.files.record_of("p1").success_rate == 1.0
    memory.files.record_use([PatternUse("p1", "b.py", "2026-01-02T00:00:00Z", False)])
    assert memory.files.record_of("p1") == PatternRecord(2, 0.5, 5.0, "2026-01-02T00:00:00Z")


def test_one_use_written_twice_counts_once(memory: Memory) -> None:
    memory.patterns.save([fix_pattern()])
    use = PatternUse("p1", "a.py", "2026-01-01T00:00:00Z", True)
    memory.files.record_use([use, use])
    assert memory.files.record_of("p1").applied_count == 1


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(PatternUse("nowhere", "a.py", "2026-01-01T00:00:00Z", True), id="no pattern"),
        pytest.param(PatternUse("p1", "a.py", "", True), id="no time"),
        pytest.param(PatternUse("p1", "a.py", "2026", True, -1.0), id="negative time saved"),
    ],
)
def test_a_use_that_makes_no_sense_is_refused(memory: Memory, use: PatternUse) -> None:
    memory.patterns.save([fix_pattern()])
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.files.record_use([use])
    assert memory.files.record_of("p1") == PatternRecord()


def test_all_audits_are_listed_by_path(memory: Memory) -> None:
    second = FileAudit("app/b.py", tasks=("#12", "SHOP-3"))
    memory.files.save([second, AUDIT])
    assert memory.files.list_all() == (AUDIT, second)


def test_tasks_are_added_to_those_a_file_has(memory: Memory) -> None:
    memory.files.save([AUDIT._replace(tasks=("#1",))])
    memory.files.add_tasks([("app/a.py", "#2"), ("app/a.py", "#1"), ("new.py", "#3")])
    assert memory.files.get("app/a.py") == AUDIT._replace(tasks=("#1", "#2"))
    assert memory.files.get("new.py") == FileAudit("new.py", tasks=("#3",))


def test_an_empty_task_is_refused(memory: Memory) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.files.add_tasks([("app/a.py", "")])
    assert memory.files.list_all() == ()
