from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.memory.patterns import (
    list_patterns,
    list_view,
    note_pattern,
    search_patterns,
    show_pattern,
)
from devmatrix_guard.errors import MemoryStoreError, MissingExtraError, UsageError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.mining.candidates.learned_rules import build_rule_id
from devmatrix_guard.model.knowledge.knowledge import PatternNotes, PatternRelation, PatternUse
from devmatrix_guard.model.knowledge.pattern import Evidence
from tests.contract.build import fix_pattern, pair
from tests.helpers import tree_bytes


@pytest.fixture
def learned(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository whose memory holds two patterns."""
    socket = fix_pattern(
        "77aa00",
        title="Close the socket",
        before="$S.shutdown()",
        after=None,
        anchors=("shutdown",),
        pairs=(pair(3, path="net/io.py", before="s.shutdown()", after="s.close()"),),
        stage="candidate",
        evidence=Evidence(commits=1, files=1, sites_fixed=1, confidence=0.3),
    )
    with open_memory(".guard/memory.db", repo) as memory:
        memory.patterns.save([fix_pattern("5f1c00aa"), socket])
        memory.patterns.relate([PatternRelation("77aa00", "5f1c00aa", "follows", 0.5)])
        memory.files.record_use([PatternUse("5f1c00aa", "a.py", "2026-01-01T00:00:00Z", False)])
    monkeypatch.chdir(repo)
    yield repo


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["patterns", *arguments], standalone_mode=False)


def test_patterns_are_listed_the_best_supported_first(learned: Path) -> None:
    assert [p.id for p in list_patterns(learned)] == ["5f1c00aa", "77aa00"]
    assert [p.id for p in list_patterns(learned, stages=("candidate",))] == ["77aa00"]
    assert [p.id for p in list_patterns(learned, limit=1)] == ["5f1c00aa"]


def test_a_folder_below_the_root_has_the_same_memory(learned: Path) -> None:
    (learned / "deep" / "er").mkdir(parents=True)
    assert len(list_patterns(learned / "deep" / "er")) == 2


def test_a_pattern_is_named_by_its_id_the_start_of_it_or_its_rule(learned: Path) -> None:
    details = show_pattern(learned, "5f1c")
    assert show_pattern(learned, build_rule_id(details.pattern)) == details
    assert details.pattern == fix_pattern("5f1c00aa")
    assert details.relations == (PatternRelation("77aa00", "5f1c00aa", "follows", 0.5),)
    assert details.record.success_rate == 0.0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("5f1c00ab", "did you mean `5f1c00aa`?", id="a typing error"),
        pytest.param("zzz", "`guard patterns list` shows them", id="nothing like it"),
        pytest.param("", "there is no pattern ``", id="nothing"),
    ],
)
def test_an_unknown_pattern_is_answered_with_a_hint(learned: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        show_pattern(learned, name)


def test_a_start_that_fits_two_patterns_is_said_so(learned: Path) -> None:
    with open_memory(".guard/memory.db", learned) as memory:
        memory.patterns.save([fix_pattern("5f1d")])
    with pytest.raises(UsageError, match="the start of 2 ids"):
        show_pattern(learned, "5f1")


def test_a_search_by_code_finds_and_narrows(learned: Path) -> None:
    assert search_patterns(learned, "s.shutdown()")[0].pattern.id == "77aa00"
    assert search_patterns(learned, "shutdown", min_confidence=0.5, layers=(2,)) == ()
    with pytest.raises(UsageError, match="nothing to search for"):
        search_patterns(learned, " \n")


def test_notes_are_added_to_those_there_are(learned: Path) -> None:
    note_pattern(learned, "5f1c", PatternNotes(tags=("b",), problem="It fails"))
    details = note_pattern(learned, "5f1c", PatternNotes(tags=("a",), reviewed=True))
    assert details.notes == PatternNotes(tags=("a", "b"), problem="It fails", reviewed=True)


class Topics:
    """A model of two dimensions: how much a text is about the network, and about all the rest."""

    model_id = "topics"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.embedded += texts
        return [[1.0, 0.1] if "socket" in t or "TCP" in t else [0.1, 1.0] for t in texts]


def test_a_search_by_meaning_finds_what_shares_no_word(learned: Path) -> None:
    model = Topics()
    assert search_patterns(learned, "TCP") == ()
    hits = search_patterns(learned, "TCP", by_meaning=True, embedder=model)
    assert [hit.pattern.id for hit in hits] == ["77aa00", "5f1c00aa"]
    assert hits[0].signals == {"meaning": 1}


def test_vectors_are_made_once_and_anew_when_the_pattern_changes(learned: Path) -> None:
    model = Topics()
    for _ in range(2):
        search_patterns(learned, "TCP", by_meaning=True, embedder=model)
    assert len(model.embedded) == 2 + 2
    with open_memory(".guard/memory.db", learned) as memory:
        memory.patterns.save([fix_pattern("5f1c00aa", title="Another title")])
        memory.patterns.remove(["77aa00"])
    search_patterns(learned, "TCP", by_meaning=True, embedder=model)
    assert model.embedded[4].startswith("Another title")
    assert model.embedded[5:] == ["TCP"]
    with open_memory(".guard/memory.db", learned) as memory:
        assert set(memory.vectors.get_payloads("fix_patterns", "topics")) == {"5f1c00aa"}


def test_a_search_by_meaning_without_its_extra_names_the_command(
    learned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    monkeypatch.setenv("GUARD_EMBEDDING_MODEL", "sentence-transformers/all-MiniLM-L6-v2")
    with pytest.raises(MissingExtraError, match=r"devmatrix-guard\[sentence-transformers\]"):
        search_patterns(learned, "TCP", by_meaning=True)


def test_without_a_memory_nothing_is_made_and_the_remedy_is_named(repo: Path) -> None:
    with pytest.raises(MemoryStoreError, match="run `guard learn` first"):
        list_patterns(repo)
    assert tree_bytes(repo) == {}


def test_the_text_says_where_a_pattern_comes_from(learned: Path) -> None:
    text = run("show", "5f1c").output
    assert "- json.loads($X)" in text
    assert "+ self._parse_json($X, $ID)" in text
    assert "Changed in 2 places of 2 files by 2 commits." in text
    assert "app/part_1.py:12  Parser.run" in text
    assert "Applied 1 times, 0% with success." in text
    assert "77aa00 follows 5f1c00aa, strength 0.50" in text


def test_a_pattern_without_a_fix_says_so(learned: Path) -> None:
    assert "(found only:" in run("show", "77aa").output


def test_a_secret_in_a_fix_is_masked(learned: Path) -> None:
    secret = pair(9, before="login(password='hunter2hunter2')", after="login(password=env())")
    with open_memory(".guard/memory.db", learned) as memory:
        memory.patterns.save([fix_pattern("5ec2e7", pairs=(secret,))])
    for form in ("text", "json"):
        assert "hunter2" not in run("show", "5ec2e7", "--format", form).output


def test_the_json_forms_hold_the_same_patterns(learned: Path) -> None:
    listed = json.loads(run("list", "--format", "json").output)
    assert listed["schema_version"] == 1
    assert [p["id"] for p in listed["patterns"]] == ["5f1c00aa", "77aa00"]
    assert listed["patterns"][0]["pairs"][0]["source"]["subject"] == "Fix the parser"
    found = json.loads(run("search", "json", "--limit", "1", "--format", "json").output)
    assert found["patterns"][0]["ranks"]["words"] == 1
    shown = json.loads(run("show", "77aa", "--format", "json").output)
    assert shown["relations"][0]["kind"] == "follows"


def test_notes_can_be_given_on_the_command_line(learned: Path) -> None:
    output = run(
        "note", "77aa", "--tag", "network", "--problem-type", "Standards", "--reviewed"
    ).output
    assert "tags: network" in output
    assert "reviewed: yes" in output


def test_nothing_known_and_nothing_found_are_said(learned: Path) -> None:
    assert list_view((), "text", io.StringIO()).startswith("No pattern is known")
    assert run("search", "qqqqqq").output == "No pattern resembles this.\n"


def test_what_is_known_of_a_pattern_fits_eighty_columns_and_code_stays_whole(
    learned: Path,
) -> None:
    call = f"s.shutdown({', '.join(f'argument_{n}' for n in range(8))})"
    wide = fix_pattern("99bb00", pairs=(pair(3, path="net/io.py", before=call, after="s.close()"),))
    with open_memory(".guard/memory.db", learned) as memory:
        memory.patterns.save([wide])
    problem = "a socket that is only shut down keeps its file descriptor until the process ends"
    run("note", "99bb00", "--problem", problem)
    lines = run("show", "99bb00").output.splitlines()
    assert [line.strip() for line in lines if len(line) > 80] == [f"- {call}"]
    said = " ".join(" ".join(lines).split())
    assert problem in said
