from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory, SearchFilter
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.sql.search import BUDGET
from devmatrix_guard.model.knowledge.knowledge import (
    PROBLEM_TYPES,
    RELATIONSHIPS,
    PatternNotes,
    PatternRelation,
)
from devmatrix_guard.model.knowledge.knowledge import PatternRelation as Relation
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern, Pair
from tests.contract.build import fix_pattern, pair, rule, source

CROWDED = ("session", "timeout", "header")


def found(memory: Memory, text: str, only: SearchFilter | None = None) -> list[str]:
    return [hit.pattern.id for hit in memory.patterns.search(text, only=only)]


def test_a_pattern_comes_back_as_it_was_written(memory: Memory) -> None:
    pattern = fix_pattern()
    for value, kind in ((pattern, FixPattern), (pattern.evidence, Evidence), (pair(), Pair)):
        for field in fields(kind):
            assert getattr(value, field.name), f"the example leaves {field.name} at its default"
    memory.patterns.save([pattern])
    assert memory.patterns.get("p1") == pattern


def test_a_detect_only_pattern_without_layer_comes_back(memory: Memory) -> None:
    pattern = fix_pattern(after=None, layer=None, pairs=(), constraints={}, anchors=())
    memory.patterns.save([pattern])
    assert memory.patterns.get("p1") == pattern


def test_text_that_is_not_utf8_comes_back(memory: Memory) -> None:
    odd = pair(path="caf\udce9.py", before="'\udcff'", after="'\ud800'")
    pattern = fix_pattern(pairs=(replace(odd, source=source(3, "Se\udcf1or")),))
    memory.patterns.save([pattern])
    assert memory.patterns.get("p1") == pattern


def test_code_with_nul_quotes_and_newlines_comes_back(memory: Memory) -> None:
    pattern = fix_pattern(before="f(\"\\0\", '$X')\n\x00", title='it\'s "quoted" %s ? :name')
    memory.patterns.save([pattern])
    assert memory.patterns.get("p1") == pattern


def test_saving_again_changes_nothing(memory: Memory) -> None:
    assert memory.patterns.save([fix_pattern("p1"), fix_pattern("p2")]) == 2
    assert memory.patterns.save([fix_pattern("p1"), fix_pattern("p2")]) == 0


def test_new_evidence_replaces_the_old(memory: Memory) -> None:
    memory.patterns.save([fix_pattern()])
    better = fix_pattern(pairs=(pair(7),), evidence=Evidence(commits=9, confidence=0.9))
    assert memory.patterns.save([better]) == 1
    assert memory.patterns.list_all() == (better,)


def test_patterns_are_listed_by_confidence_then_id(memory: Memory) -> None:
    sure = Evidence(confidence=0.9)
    memory.patterns.save([fix_pattern("b"), fix_pattern("a"), fix_pattern("z", evidence=sure)])
    assert [p.id for p in memory.patterns.list_all()] == ["z", "a", "b"]


def test_an_unknown_pattern_is_none(memory: Memory) -> None:
    assert memory.patterns.get("nowhere") is None
    assert memory.patterns.get_notes("nowhere") == PatternNotes()
    assert memory.patterns.list_related("nowhere") == ()


def test_a_removed_pattern_is_gone_from_the_search_too(memory: Memory) -> None:
    memory.patterns.save([fix_pattern("p1"), fix_pattern("p2")])
    memory.patterns.remove(["p1", "never-there"])
    assert memory.patterns.get("p1") is None
    assert found(memory, "parse json") == ["p2"]


def test_a_pattern_with_an_active_rule_cannot_be_removed(memory: Memory) -> None:
    memory.patterns.save([fix_pattern()])
    memory.rules.save([rule()], {"mined-json": "p1"})
    with pytest.raises(MemoryStoreError, match="guard rules retire mined-json"):
        memory.patterns.remove(["p1"])
    memory.rules.retire(["mined-json"])
    memory.patterns.remove(["p1"])
    assert memory.patterns.list_all() == ()


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"severity": "whatever"}, id="severity"),
        pytest.param({"stage": "loud"}, id="stage"),
        pytest.param({"layer": 8}, id="layer above 7"),
        pytest.param({"layer": 0}, id="layer below 1"),
        pytest.param({"title": ""}, id="no title"),
        pytest.param({"id": ""}, id="no id"),
        pytest.param({"before": ""}, id="no code before"),
        pytest.param({"evidence": Evidence(confidence=17.0)}, id="confidence above 1"),
        pytest.param({"evidence": Evidence(confidence=-0.1)}, id="confidence below 0"),
        pytest.param({"evidence": Evidence(wilson_low=1.5)}, id="bound above 1"),
        pytest.param({"evidence": Evidence(sites_fixed=-3)}, id="negative count"),
        pytest.param({"pairs": (pair(before_line=-1),)}, id="negative line"),
    ],
)
def test_nonsense_is_refused_and_leaves_no_trace(memory: Memory, facts: dict[str, object]) -> None:
    nonsense = replace(fix_pattern("bad"), **facts)  # type: ignore[arg-type]  # any field
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.patterns.save([fix_pattern("good"), nonsense])
    assert memory.patterns.list_all() == ()


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("_parse_json", id="snake_case whole"),
        pytest.param("parseJson", id="camelCase for snake_case"),
        pytest.param("json.loads(page)", id="code"),
        pytest.param("parsing", id="another form of the word"),
        pytest.param("the webpage parser", id="prose"),
        pytest.param("_parse_jsn", id="misspelt"),
    ],
)
def test_a_search_finds_by_word_and_by_spelling(memory: Memory, query: str) -> None:
    other = fix_pattern("p2", title="Close the socket", before="s.shutdown()", after="s.close()")
    other = replace(other, anchors=("shutdown",), pairs=())
    memory.patterns.save([other, fix_pattern("p1")])
    assert found(memory, query)[0] == "p1"


@pytest.mark.parametrize(
    "query", ["", "  ", "!?", '"', "AND OR NOT", "a* b^2 NEAR(c)", "\udcff", "-"]
)
def test_a_search_for_odd_text_is_no_error(memory: Memory, query: str) -> None:
    memory.patterns.save([fix_pattern()])
    assert isinstance(memory.patterns.search(query), tuple)


def test_a_search_respects_its_limit_and_says_which_signals_matched(memory: Memory) -> None:
    memory.patterns.save([fix_pattern(f"p{n}") for n in range(5)])
    hits = memory.patterns.search("json.loads", limit=3)
    assert [hit.pattern.id for hit in hits] == ["p0", "p1", "p2"]
    assert hits[0].signals == {"words": 1, "spelling": 1}
    assert 1.0 >= hits[0].score > hits[1].score > hits[2].score > 0.0


def test_another_ranking_counts_as_much_and_is_narrowed_too(memory: Memory) -> None:
    unlike = fix_pattern("p2", title="x", before="y()", after=None, anchors=(), pairs=(), layer=2)
    memory.patterns.save([fix_pattern("p1"), unlike])
    meaning = {"meaning": ["p2", "gone", "p1"]}
    hits = memory.patterns.search("json.loads", rankings=meaning)
    assert [(h.pattern.id, dict(h.signals)) for h in hits] == [
        ("p1", {"meaning": 2, "words": 1, "spelling": 1}),
        ("p2", {"meaning": 1}),
    ]
    only = SearchFilter(layers=(2,))
    assert [h.pattern.id for h in memory.patterns.search("?", only=only, rankings=meaning)] == [
        "p2"
    ]


def test_a_pattern_that_nobody_reviewed_is_found(memory: Memory) -> None:
    memory.patterns.save([fix_pattern()])
    assert found(memory, "json") == ["p1"]
    assert found(memory, "json", SearchFilter(reviewed_only=True)) == []
    memory.patterns.annotate("p1", PatternNotes(reviewed=True))
    assert found(memory, "json", SearchFilter(reviewed_only=True)) == ["p1"]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        pytest.param(SearchFilter(layers=(1, 4)), ["p1"], id="layer"),
        pytest.param(SearchFilter(layers=(2,)), ["p2"], id="other layer"),
        pytest.param(SearchFilter(file_types=(".py",)), ["p1"], id="file type"),
        pytest.param(SearchFilter(file_types=(".js", ".html")), ["p2"], id="other file types"),
        pytest.param(SearchFilter(workflows=("checkout",)), ["p2"], id="workflow"),
        pytest.param(SearchFilter(min_confidence=0.5), ["p1"], id="confidence"),
        pytest.param(SearchFilter(layers=(4,), min_confidence=0.99), [], id="both"),
    ],
)
def test_a_search_can_be_narrowed(memory: Memory, only: SearchFilter, expected: list[str]) -> None:
    script = fix_pattern("p2", layer=2, pairs=(pair(path="a.js"),), evidence=Evidence())
    memory.patterns.save([fix_pattern("p1"), script])
    memory.patterns.annotate("p2", PatternNotes(workflows=("checkout",)))
    assert found(memory, "json", only) == expected


def test_notes_come_back_and_are_searched_and_survive_learning_again(memory: Memory) -> None:
    notes = PatternNotes(
        problem_type="Standards",
        code_type="helper_migration",
        problem="An unreadable traceback",
        solution_steps="Call the helper",
        verification_steps="Run the extractor",
        learnings="Helpers give good errors",
        prevention="Do not import json in extractors",
        tags=("extractor", "helper"),
        workflows=("download",),
        tasks=("#17",),
        anti_patterns=("bare json.loads",),
        created_by="Ada",
        reviewed=True,
        reviewer_notes="seen",
    )
    memory.patterns.save([fix_pattern()])
    memory.patterns.annotate("p1", notes)
    memory.patterns.save([fix_pattern(stage="warn")])
    assert memory.patterns.get_notes("p1") == notes
    assert found(memory, "unreadable traceback") == ["p1"]
    memory.patterns.annotate("p1", PatternNotes())
    assert memory.patterns.get_notes("p1") == PatternNotes()
    assert found(memory, "unreadable traceback") == []


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_every_problem_type_is_accepted(memory: Memory, problem_type: str) -> None:
    memory.patterns.save([fix_pattern()])
    memory.patterns.annotate("p1", PatternNotes(problem_type=problem_type))
    assert memory.patterns.get_notes("p1").problem_type == problem_type


def test_notes_that_make_no_sense_are_refused(memory: Memory) -> None:
    memory.patterns.save([fix_pattern()])
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.patterns.annotate("p1", PatternNotes(problem_type="Vibes"))
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.patterns.annotate("nowhere", PatternNotes(tags=("x",)))


@pytest.mark.parametrize("kind", RELATIONSHIPS)
def test_relations_are_seen_from_both_ends(memory: Memory, kind: str) -> None:
    memory.patterns.save([fix_pattern("a"), fix_pattern("b"), fix_pattern("c")])
    weak, strong = Relation("a", "b", kind, 0.2, "weak"), Relation("c", "a", kind, 0.9)
    memory.patterns.relate([weak, strong])
    assert memory.patterns.list_related("a") == (strong, weak)
    assert memory.patterns.list_related("b") == (weak,)


def test_a_relation_written_again_is_brought_up_to_date(memory: Memory) -> None:
    memory.patterns.save([fix_pattern("a"), fix_pattern("b")])
    memory.patterns.relate([Relation("a", "b", "follows", 0.2)])
    memory.patterns.relate([Relation("a", "b", "follows", 0.7, "seen again")])
    assert memory.patterns.list_related("a") == (Relation("a", "b", "follows", 0.7, "seen again"),)


@pytest.mark.parametrize(
    "relation",
    [
        pytest.param(Relation("a", "a", "follows", 0.5), id="with itself"),
        pytest.param(Relation("a", "b", "banana", 0.5), id="unknown kind"),
        pytest.param(Relation("a", "b", "follows", 1.1), id="too strong"),
        pytest.param(Relation("a", "nowhere", "follows", 0.5), id="with nothing"),
    ],
)
def test_a_relation_that_makes_no_sense_is_refused(memory: Memory, relation: Relation) -> None:
    memory.patterns.save([fix_pattern("a"), fix_pattern("b")])
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.patterns.relate([relation])
    assert memory.patterns.list_related("a") == ()


def test_removing_a_pattern_takes_its_relations_along(memory: Memory) -> None:
    memory.patterns.save([fix_pattern("a"), fix_pattern("b")])
    memory.patterns.relate([Relation("a", "b", "conflicts", 0.5)])
    memory.patterns.remove(["b"])
    assert memory.patterns.list_related("a") == ()


def test_an_outer_transaction_undoes_what_inner_ones_wrote(memory: Memory) -> None:
    with pytest.raises(RuntimeError), memory.transaction():
        memory.patterns.save([fix_pattern()])
        memory.state.set("last_commit", "abc")
        raise RuntimeError
    assert memory.patterns.list_all() == ()
    assert memory.state.get("last_commit") is None


def test_relations_of_chosen_kinds_are_replaced_and_others_stay(memory: Memory) -> None:
    memory.patterns.save([fix_pattern("p1"), fix_pattern("p2")])
    evolved = PatternRelation("p1", "p2", "evolved-from", 1.0)
    follows = PatternRelation("p2", "p1", "follows", 0.5)
    memory.patterns.relate([evolved, follows])
    similar = PatternRelation("p1", "p2", "similar-to", 0.75)
    memory.patterns.relate([similar], replacing=("follows", "similar-to"))
    assert memory.patterns.list_related("p1") == (evolved, similar)


def test_many_hidden_patterns_hold_no_other_back(memory: Memory) -> None:
    """A listing leaves out what is hidden, also where that is what ranks first."""
    patterns = [fix_pattern(f"p{n:03}", title="encode url") for n in range(160)]
    memory.patterns.save([*patterns, fix_pattern("z", title="something about the encode of a url")])
    for pattern in patterns:
        memory.catalog.hide(pattern.id)
    ranked = memory.patterns.rank("encode url", limit=5, only=SearchFilter(listed_only=True))
    assert [key for key, _, _ in ranked.found] == ["z"]


def test_a_search_sees_what_others_have_written_since(
    memory: Memory, location: str, tmp_path: Path
) -> None:
    assert memory.patterns.search("quaternion") == ()
    with open_memory(location, tmp_path) as other:
        other.patterns.save([fix_pattern("p9", title="normalise the quaternion")])
    assert [hit.pattern.id for hit in memory.patterns.search("quaternion")] == ["p9"]
    memory.patterns.save([fix_pattern("p8", title="rotate by a quaternion")])
    assert {hit.pattern.id for hit in memory.patterns.search("quaternion")} == {"p8", "p9"}


def test_frequent_words_that_stand_together_are_found_beside_a_rare_one(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each alone would cost a search more than it may spend."""
    for kind in BUDGET:
        monkeypatch.setitem(BUDGET, kind, 20)
    crowds = [fix_pattern(f"{word}{n:02}", title=word) for word in CROWDED for n in range(30)]
    meant = fix_pattern("meant", title=" ".join(CROWDED[:2]))
    newer = fix_pattern("newer", title="quaternion")
    memory.patterns.save([meant, *crowds, newer])
    assert sorted(found(memory, f"quaternion {' '.join(CROWDED)}")) == ["meant", "newer"]
    assert found(memory, " ".join(CROWDED))[0] == "meant"


def test_accents_are_found_with_and_without(memory: Memory) -> None:
    memory.patterns.save([fix_pattern("p1", title="décodage des entêtes")])
    for query in ("décodage", "decodage"):
        assert [hit.pattern.id for hit in memory.patterns.search(query)] == ["p1"]


def test_several_patterns_are_described_at_once(memory: Memory) -> None:
    memory.patterns.save([fix_pattern(key) for key in ("a", "b", "c")])
    memory.patterns.annotate("b", PatternNotes(problem="an encoding"))
    relation = Relation("a", "b", "evolved-from", 1.0)
    memory.patterns.relate([relation])
    keys = ["a", "b", "c", "nowhere"]
    assert memory.patterns.get_notes_of(keys) == {"b": PatternNotes(problem="an encoding")}
    assert memory.patterns.list_related_of(keys) == {"a": (relation,), "b": (relation,)}
    assert memory.files.records_of(keys) == {}
    assert set(memory.catalog.read_moments(keys)) == {"a", "b", "c"}
