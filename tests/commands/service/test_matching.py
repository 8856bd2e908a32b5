"""The model that searches use changes at once, when all of its vectors are there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.commands.memory.embedding import embed_memory
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.matching import Matcher
from devmatrix_guard.config import load_settings
from devmatrix_guard.model.knowledge.catalog import CatalogFilter
from tests.contract.build import fix_pattern
from tests.memory.test_embed import make_tiny_model

COUNT = 150  # more than two batches


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with patterns and a model, whose vectors nobody has made yet."""
    make_tiny_model(_make(tmp_path / "one"))
    make_tiny_model(_make(tmp_path / "other"), seed=9)
    name_model(tmp_path, "one")
    with open_project_memory(load_settings(tmp_path), tmp_path) as memory:
        memory.patterns.save(fix_pattern(f"p{n}", title=f"parse number {n}") for n in range(COUNT))
    return tmp_path


@pytest.fixture
def matcher(root: Path) -> Iterator[Matcher]:
    """A matcher of the project, as `guard serve` has one."""
    yield from _open(root)


def name_model(root: Path, name: str) -> None:
    (root / "guard.toml").write_text(f'embeddings = "{root / name}"\n')


def list_rankings(matcher: Matcher) -> tuple[str, ...]:
    return matcher.match("parse the number", "", CatalogFilter(), 5).rankings


def wait_for_meaning(matcher: Matcher) -> None:
    deadline = time.monotonic() + 60
    while "meaning" not in list_rankings(matcher):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_until_all_vectors_are_made_a_search_goes_by_words(matcher: Matcher) -> None:
    assert list_rankings(matcher) == ("words", "spelling")


def test_a_new_model_is_embedded_in_the_background_and_then_used(
    matcher: Matcher, root: Path
) -> None:
    matcher.begin_embedding()
    wait_for_meaning(matcher)
    name_model(root, "other")
    for changed in _open(root):
        assert list_rankings(changed) == ("words", "spelling")
        changed.begin_embedding()
        wait_for_meaning(changed)


def test_what_was_stopped_goes_on_where_it_was_and_is_not_in_force(root: Path) -> None:
    asked = iter([False, True, True])
    made = embed_memory(root, should_stop=lambda: next(asked))
    assert made == {"fix_patterns": 3 * COUNT}
    for matcher in _open(root):
        assert list_rankings(matcher) == ("words", "spelling")
    rest = embed_memory(root)
    assert 0 < rest["fix_patterns"] < 3 * COUNT
    assert embed_memory(root)["fix_patterns"] == 0


def test_a_model_that_is_absent_leaves_the_words(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name_model(root, "nowhere")
    for matcher in _open(root):
        matcher.begin_embedding()
    assert "searches go by words and spelling" in caplog.text


def _make(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _open(root: Path) -> Iterator[Matcher]:
    access = MemoryAccess(root)
    opened = Matcher(access)
    yield opened
    opened.close()
    access.close()


_FIXES = {
    "Strip the Authorization header on a redirect to another host": "auth-redirect",
    "Return an empty list where the page is past the last one": "page-past-end",
    "Close the session where the health check fails": "session-close",
    "Handle errors of decoding in the reader": "decode-errors",
}


@pytest.mark.parametrize(
    ("intent", "first"),
    [
        ("auth on redirect", "auth-redirect"),
        ("strip auth header on redirect", "auth-redirect"),
        ("a redirect with the header of another host", "auth-redirect"),
        ("pagination past the last page of a list", "page-past-end"),
        ("close the session", "session-close"),
        ("handle decoding errors", "decode-errors"),
    ],
)
def test_a_fix_that_says_more_of_what_is_asked_comes_before_the_bank(
    tmp_path: Path, intent: str, first: str
) -> None:
    for matcher in _learn_fixes(tmp_path):
        found = matcher.match(intent, "", CatalogFilter(), 5).found
        assert found[0].entry.pattern_id == first, [one.entry.name for one in found]


@pytest.mark.parametrize(
    ("intent", "name"),
    [
        ("health check endpoints", "Health check endpoints"),
        ("docker compose file", "docker-compose"),
        ("grafana dashboard of latency", "Grafana dashboard"),
    ],
)
def test_what_the_bank_is_for_still_comes_first(tmp_path: Path, intent: str, name: str) -> None:
    for matcher in _learn_fixes(tmp_path):
        best = matcher.match(intent, "", CatalogFilter(), 5).found[0].entry
        assert best.pattern_type == "infra"
        assert name in best.name


@pytest.mark.parametrize("intent", ["how do I use the", "what is it for", "a of an"])
def test_words_that_every_sentence_has_find_nothing_in_the_bank(
    tmp_path: Path, intent: str
) -> None:
    for matcher in _learn_fixes(tmp_path):
        found = matcher.match(intent, "", CatalogFilter(types=("infra",)), 5).found
        assert [one.entry.name for one in found] == []


def _learn_fixes(root: Path) -> Iterator[Matcher]:
    with open_project_memory(load_settings(root), root) as memory:
        memory.patterns.save(fix_pattern(key, title=title) for title, key in _FIXES.items())
    yield from _open(root)
