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
from devmatrix_guard.model.catalog import CatalogFilter
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
