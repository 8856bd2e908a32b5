from __future__ import annotations

from typing import Any

from devmatrix_guard.mining.fix_patterns.relations import discover_relations
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.pattern import FixPattern
from tests.contract.build import fix_pattern, pair


def make(name: str, before: str, after: str | None, day: int = 1, **site: str) -> FixPattern:
    facts: dict[str, Any] = {"path": f"{name}.py", **site}
    source = Source(f"{day:040x}", f"2026-01-{day:02}", "Fix it")
    return fix_pattern(
        name, before=before, after=after, pairs=(pair(day, source=source, **facts),), constraints={}
    )


def relate(*patterns: FixPattern) -> list[tuple[str, str, str, float]]:
    return [(r.source, r.kind, r.target, r.strength) for r in discover_relations(patterns)]


def test_patterns_about_the_same_names_are_similar() -> None:
    one, other = (
        make("a", "lib.go($X)", "lib.run($X)"),
        make("b", "lib.go($X)[0]", "lib.run($X)[1]"),
    )
    assert ("a", "similar-to", "b", 1.0) in relate(one, other)
    assert relate(one, make("b", "os.stat($X)", "os.lstat($X)")) == []


def test_two_ways_to_write_the_same_conflict() -> None:
    one, other = make("a", "lib.go($X)", "lib.run($X)"), make("b", "lib.go($X)", "lib.walk($X)", 2)
    assert relate(one, other) == [("a", "conflicts", "b", 1.0)]


def test_what_undoes_each_other_conflicts_and_did_not_evolve() -> None:
    one, other = make("a", "go($X)", "run($X)"), make("b", "run($X)", "go($X)", 2)
    assert relate(one, other) == [("a", "conflicts", "b", 1.0)]


def test_a_pattern_that_changes_what_another_wrote_evolved_from_it() -> None:
    one, other = make("a", "go($X)", "run($X)"), make("b", "run($X)", "sprint($X)", 2)
    found = relate(one, other)
    assert ("b", "evolved-from", "a", 1.0) in found
    assert not [r for r in found if r[1] == "prerequisite"]


def test_a_pattern_that_writes_more_enhances() -> None:
    one = make("a", "wire.get($X)", "wire.get($X, timeout=3)")
    other = make("b", "wire.get($X)[0]", "wire.get($X, timeout=3, verify=True)[0]", 2)
    found = relate(one, other)
    assert ("b", "enhances", "a", 0.75) in found
    assert ("a", "enhances", "b", 0.75) not in found


def test_a_pattern_that_brings_what_another_looks_for_is_its_prerequisite() -> None:
    one = make("a", "go($X)", "runner.run($X)")
    other = make("b", "runner.run($X, $Y)", "runner.stop($X)", 2)
    assert ("a", "prerequisite", "b", 1.0) in relate(one, other)
    earlier = make("b", "runner.run($X, $Y)", "runner.stop($X)", 1)
    later = make("a", "go($X)", "runner.run($X)", 2)
    assert ("a", "prerequisite", "b", 1.0) not in relate(later, earlier)


def test_a_pattern_follows_one_that_repaired_the_same_functions_before() -> None:
    one = make("a", "go($X)", "run($X)", 1, path="x.py", qualname="f")
    other = make("b", "os.stat($X)", "os.lstat($X)", 2, path="x.py", qualname="f")
    assert relate(one, other) == [("b", "follows", "a", 1.0)]
    elsewhere = make("b", "os.stat($X)", "os.lstat($X)", 2, path="x.py", qualname="g")
    assert relate(one, elsewhere) == []


def test_the_order_in_which_patterns_come_does_not_matter() -> None:
    patterns = [make(n, f"go({n})", f"run({n})", d) for d, n in enumerate("abc", 1)]
    assert relate(*patterns) == relate(*reversed(patterns))
