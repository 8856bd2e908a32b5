from __future__ import annotations

from devmatrix_guard.memory.base import Memory


def test_versions_are_numbered_and_come_back(memory: Memory) -> None:
    assert memory.irs.save("shop", "h1", "s1", {"a": 1}) == 1
    assert memory.irs.save("shop", "h2", "s2", {"a": 2}) == 2
    assert memory.irs.load("shop") == {"a": 2}
    assert memory.irs.load("shop", 1) == {"a": 1}
    assert memory.irs.load("shop", 3) is None
    assert memory.irs.load("blog") is None


def test_what_says_the_same_as_the_last_version_is_that_version(memory: Memory) -> None:
    for digest, version in (("h1", 1), ("h1", 1), ("h2", 2), ("h1", 3)):
        assert memory.irs.save("shop", digest, "", {}) == version


def test_versions_are_listed_the_newest_first(memory: Memory) -> None:
    memory.irs.save("shop", "h1", "s1", {})
    memory.irs.save("shop", "h2", "s2", {})
    memory.irs.save("blog", "h3", "", {})
    listed = [(v.name, v.version, v.ir_hash, v.spec_hash) for v in memory.irs.list_versions()]
    assert listed == [("blog", 1, "h3", ""), ("shop", 2, "h2", "s2"), ("shop", 1, "h1", "s1")]
    assert [v.version for v in memory.irs.list_versions("shop")] == [2, 1]
    assert memory.irs.list_versions("nowhere") == ()
