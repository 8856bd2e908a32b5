from __future__ import annotations

from devmatrix_guard.memory.base import Memory


def test_a_fact_is_kept_replaced_and_forgotten(memory: Memory) -> None:
    assert memory.state.get("last_commit") is None
    memory.state.set("last_commit", "a")
    memory.state.set("last_commit", "b")
    assert memory.state.get("last_commit") == "b"
    memory.state.set("last_commit", None)
    assert memory.state.get("last_commit") is None
