"""Several repositories on one memory: none changes what another knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.base import Memory, VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.knowledge import (
    FileAudit,
    PatternNotes,
    PatternRelation,
    PatternUse,
)
from devmatrix_guard.model.knowledge.lineage import LineageEdge as Edge
from devmatrix_guard.model.knowledge.lineage import LineageNode as Node
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.model.knowledge.repository import Repository
from devmatrix_guard.model.knowledge.run import ErrorSighting, PipelineRun
from tests.contract.build import fix_pattern, pair, rule

SHOP = Repository("a" * 40, "shop")
BLOG = Repository("b" * 40, "blog")
AT = "2026-01-01T00:00:00Z"
Open = Callable[..., Memory]


@pytest.fixture
def open_as(location: str, tmp_path: Path) -> Iterator[Open]:
    """Open the one memory as one repository or another."""
    with ExitStack() as stack:
        yield lambda repository: stack.enter_context(
            open_memory(location, tmp_path, repository=repository)
        )


@pytest.fixture
def shop(open_as: Open) -> Memory:
    return open_as(SHOP)


@pytest.fixture
def blog(open_as: Open) -> Memory:
    return open_as(BLOG)


def fill(memory: Memory, number: int) -> None:
    """Write something of every kind, all of it under the same keys, with facts of its own."""
    with memory.transaction():
        pattern = fix_pattern(
            pairs=(pair(number),),
            title=f"title {number}",
            severity=["INFO", "ERROR"][number % 2],
            evidence=Evidence(commits=number, sites_fixed=number, confidence=0.5),
        )
        memory.patterns.save([pattern, fix_pattern("p2")])
        memory.patterns.relate([PatternRelation("p1", "p2", "enhances", number / 10)])
        memory.rules.save([rule(message=f"message {number}")], {"mined-json": "p1"})
        memory.files.save([FileAudit("app/a.py", notes=f"note {number}")])
        memory.files.record_use([PatternUse("p1", "app/a.py", AT, True, float(number))])
        memory.runs.save(PipelineRun(f"run-{number}", "learn", AT))
        memory.runs.record_errors([ErrorSighting("E", "s", AT)] * number)
        spec, ir = Node("spec", "s1", {"name": f"spec {number}"}), Node("ir", f"i{number}")
        memory.lineage.add([spec, ir], [Edge("produced", ("spec", "s1"), ("ir", ir.key))])
        memory.vectors.upsert("fix_patterns", "m", [VectorItem("p1", [1.0, number])])
        memory.state.set("head", f"commit {number}")


def read(memory: Memory) -> dict[str, Any]:
    return {
        "patterns": memory.patterns.list_all(),
        "found": [hit.pattern for hit in memory.patterns.search("json loads title")],
        "related": memory.patterns.list_related("p1"),
        "rules": memory.rules.list_all(),
        "pattern of rule": memory.rules.get_pattern_of("mined-json"),
        "file": memory.files.get("app/a.py"),
        "uses": memory.files.record_of("p1"),
        "runs": memory.runs.list_recent(),
        "errors": memory.runs.count_errors(),
        "lineage": memory.lineage.trace(("spec", "s1")),
        "vectors": memory.vectors.search("fix_patterns", "m", [1.0, 1.0]),
        "state": memory.state.get("head"),
    }


def test_what_one_repository_learns_changes_nothing_of_another(shop: Memory, blog: Memory) -> None:
    fill(shop, 1)
    before = read(shop)
    assert all(before.values())
    fill(blog, 2)
    assert read(shop) == before
    theirs = read(blog)
    for kind in ("patterns", "rules", "file", "uses", "runs", "errors", "lineage", "vectors"):
        assert theirs[kind] != before[kind], kind


def test_what_one_repository_removes_stays_with_another(shop: Memory, blog: Memory) -> None:
    fill(shop, 1)
    fill(blog, 2)
    before = read(shop)
    blog.rules.retire(["mined-json"])
    blog.patterns.remove(["p1"])
    blog.vectors.remove("fix_patterns", ["p1"])
    blog.state.set("head", None)
    assert read(shop) == before
    assert blog.patterns.get("p1") is None
    assert blog.rules.list_all() == ()
    shop.rules.retire(["mined-json"])
    shop.patterns.remove(["p1"])
    assert shop.choose(everything=True).patterns.get("p1") is None


def test_a_pattern_that_several_hold_says_so_and_their_evidence_adds_up(
    shop: Memory, blog: Memory
) -> None:
    three = Evidence(commits=2, files=2, sites_fixed=3, left_alone=1, confidence=0.6667)
    four = Evidence(commits=3, files=1, sites_fixed=4, confidence=0.8333)
    shop.patterns.save([fix_pattern(evidence=three, pairs=(pair(1),))])
    blog.patterns.save([fix_pattern(evidence=four, pairs=(pair(2),)), fix_pattern("p2")])
    assert shop.patterns.list_holders(["p1", "p2"]) == {"p1": ("blog", "shop"), "p2": ("blog",)}
    both = shop.choose(everything=True).patterns.get("p1")
    assert both is not None
    assert both.evidence == replace(
        Evidence(commits=5, files=3, sites_fixed=7, left_alone=1, repositories=2),
        confidence=0.8,
        wilson_low=0.4976,
    )
    assert both.pairs == (pair(2), pair(1))
    (hit, *_) = shop.choose(everything=True).patterns.search("json loads")
    assert hit.holders == ("blog", "shop")
    own = shop.patterns.get("p1")
    assert own is not None
    assert own.evidence == three


def test_reads_may_cover_one_other_some_or_all(shop: Memory, blog: Memory) -> None:
    shop.patterns.save([fix_pattern("p1")])
    blog.patterns.save([fix_pattern("p2")])
    shop.runs.save(PipelineRun("r1", "learn", AT))
    blog.runs.save(PipelineRun("r2", "learn", AT))

    def ids(memory: Memory) -> list[str]:
        found = sorted(hit.pattern.id for hit in memory.patterns.search("json"))
        assert found == sorted(p.id for p in memory.patterns.list_all())
        return found

    assert ids(shop) == ids(shop.choose()) == ["p1"]
    assert ids(shop.choose(["blog"])) == ids(shop.choose(["bbbb"])) == ["p2"]
    assert ids(shop.choose(["blog", "shop"])) == ids(shop.choose(everything=True)) == ["p1", "p2"]
    assert [r.id for r in shop.choose(["blog"]).runs.list_recent()] == ["r2"]
    assert [r.name for r in shop.repositories.list_all() if r.identity] == ["blog", "shop"]


def test_a_trace_over_all_repositories_joins_what_they_know(shop: Memory, blog: Memory) -> None:
    fill(shop, 1)
    fill(blog, 2)
    everything = shop.choose(everything=True).lineage.trace(("spec", "s1"))
    assert {node.key for node in everything.nodes} == {"s1", "i1", "i2"}
    assert {node.key for node in shop.lineage.trace(("spec", "s1")).nodes} == {"s1", "i1"}


def test_an_unknown_or_ambiguous_name_is_refused(open_as: Open, shop: Memory) -> None:
    shop.state.set("a", "b")
    with pytest.raises(UsageError, match="no repository `nowhere`; it holds: shop"):
        shop.choose(["nowhere"])
    open_as(Repository("c" * 40, "shop")).state.set("a", "b")
    with pytest.raises(UsageError, match="2 repositories are called `shop`; give the start"):
        shop.choose(["shop"])


def test_a_renamed_repository_is_the_same_one(open_as: Open, shop: Memory) -> None:
    fill(shop, 1)
    renamed = open_as(SHOP._replace(name="store"))
    assert read(renamed) == read(shop)
    renamed.state.set("head", "later")
    assert [r.name for r in shop.repositories.list_all() if r.identity] == ["store"]


@pytest.mark.parametrize("former", [Repository(), Repository("folder:x", "here")], ids=str)
def test_the_first_that_knows_who_it_is_takes_over_what_was_recorded_before(
    open_as: Open, former: Repository
) -> None:
    fill(open_as(former), 1)
    before = read(open_as(former))
    known = open_as(SHOP._replace(former=("folder:x",)))
    assert read(known) == before
    known.state.set("more", "x")
    assert [r for r in known.repositories.list_all() if r.identity] == [SHOP]
    assert open_as(BLOG).patterns.list_all() == ()


def test_notes_of_people_are_shared_and_found_by_all(shop: Memory, blog: Memory) -> None:
    shop.patterns.save([fix_pattern()])
    blog.patterns.save([fix_pattern()])
    blog.patterns.annotate("p1", PatternNotes(learnings="encoding woes"))
    assert shop.patterns.get_notes("p1").learnings == "encoding woes"
    assert [hit.pattern.id for hit in shop.patterns.search("woes")] == ["p1"]
