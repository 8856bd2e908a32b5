from __future__ import annotations

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.rule import Rule
from tests.contract.build import fix_pattern, rule


def test_a_rule_comes_back_as_it_was_written(memory: Memory) -> None:
    assert all(getattr(rule(), name) for name in Rule._fields)
    memory.rules.save([rule()], {})
    assert memory.rules.list_all() == (rule(),)


def test_saving_again_changes_nothing(memory: Memory) -> None:
    assert memory.rules.save([rule("a"), rule("b")], {}) == 2
    assert memory.rules.save([rule("a"), rule("b")], {}) == 0
    assert len(memory.rules.list_versions("a")) == 1


def test_a_changed_rule_is_a_new_version_and_the_old_one_stays(memory: Memory) -> None:
    memory.rules.save([rule(stage="warn")], {})
    memory.rules.save([rule(stage="block")], {})
    assert [r.stage for r in memory.rules.list_all()] == ["block"]
    assert [r.stage for r in memory.rules.list_versions("mined-json")] == ["warn", "block"]


def test_a_rule_knows_the_pattern_it_was_made_from(memory: Memory) -> None:
    memory.patterns.save([fix_pattern()])
    memory.rules.save([rule("a"), rule("b")], {"a": "p1"})
    assert memory.rules.get_pattern_of("a") == "p1"
    assert memory.rules.get_pattern_of("b") is None
    assert memory.rules.get_pattern_of("nowhere") is None


def test_a_rule_from_an_unknown_pattern_is_refused(memory: Memory) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.rules.save([rule()], {"mined-json": "nowhere"})
    assert memory.rules.list_all() == ()


def test_a_retired_rule_is_not_listed_and_can_come_back(memory: Memory) -> None:
    memory.rules.save([rule("a"), rule("b")], {})
    memory.rules.retire(["a"])
    assert [r.id for r in memory.rules.list_all()] == ["b"]
    assert memory.rules.save([rule("a")], {}) == 1
    assert [r.id for r in memory.rules.list_all()] == ["a", "b"]


@pytest.mark.parametrize(
    "facts", [{"severity": "LOUD"}, {"stage": "x"}, {"layer": 99}, {"origin": "dreamt"}, {"id": ""}]
)
def test_nonsense_is_refused(memory: Memory, facts: dict[str, object]) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.rules.save([rule()._replace(**facts)], {})  # type: ignore[arg-type]  # any field
    assert memory.rules.list_all() == ()
