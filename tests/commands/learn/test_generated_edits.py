"""Edits that people repeat in generated code, and what they belong to."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.learn.results.generated_edits import (
    GeneratedEdit,
    find_generated_edits,
)
from devmatrix_guard.generator.manifest import PATH
from devmatrix_guard.git.repository import find_repository
from tests.helpers_apps import make_two_applications

BOOK, AUTHOR = "src/services/book_service.py", "src/services/author_service.py"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_two_applications(tmp_path / "repo")


def _append(repo: Path, path: str, text: str) -> None:
    file = repo / path
    file.write_text(file.read_text() + text)


def find(repo: Path, *fixed: str) -> list[GeneratedEdit]:
    return find_generated_edits(find_repository(repo), fixed)


def test_as_generated_nothing_belongs_elsewhere(repo: Path) -> None:
    assert find(repo) == []


def test_one_edit_is_what_people_do(repo: Path) -> None:
    _append(repo, f"one/{BOOK}", "\n\nX = 1\n")
    assert find(repo) == []


def test_one_edit_that_a_fix_made_belongs_to_the_emitter(repo: Path) -> None:
    _append(repo, f"one/{BOOK}", "\n\nX = 1\n")
    (edit,) = find(repo, f"one/{BOOK}")
    assert edit.origin == "the emitter generator/emit/services/services.py:emit_service"


def test_the_same_edit_of_several_files_belongs_to_their_emitter(repo: Path) -> None:
    for path, name in ((BOOK, "book"), (AUTHOR, "author")):
        _append(repo, f"one/{path}", f"\n\ndef drop_{name}(it: str) -> str:\n    return it\n")
    (edit,) = find(repo)
    assert edit.origin == "the emitter generator/emit/services/services.py:emit_service"
    assert [place.rpartition(":")[0] for place in edit.places] == [f"one/{AUTHOR}", f"one/{BOOK}"]


def test_the_same_edit_in_several_applications_belongs_to_the_pattern(repo: Path) -> None:
    for name in ("one", "two"):
        _append(repo, f"{name}/docker/Dockerfile", "# ours\n")
    (edit,) = find(repo)
    assert edit.added == ("# ours",)
    assert edit.origin == "the InfraPattern dockerfile@1"
    assert edit.advice == "guard bank adopt one/docker/Dockerfile"


def test_the_same_edit_by_two_emitters_of_one_entity_belongs_to_the_spec(repo: Path) -> None:
    for path in ("src/models/entities/author.py", AUTHOR):
        _append(repo, f"one/{path}", "\n\nX = 1\n")
    (edit,) = find(repo)
    assert edit.origin.startswith("the spec, domain/Author at ")
    place, _, line = edit.origin.rpartition(" at ")[2].rpartition(":")
    assert "Author" in (repo / place).read_text().splitlines()[int(line) - 1]
    assert edit.advice == "change the spec there"


def test_another_edit_of_another_file_is_another(repo: Path) -> None:
    _append(repo, f"one/{BOOK}", "\n\nX = 1\n")
    _append(repo, f"one/{AUTHOR}", "\n\nY = 1\n")
    assert find(repo) == []


def test_an_application_that_cannot_be_read_is_left_out(repo: Path) -> None:
    for name in ("one", "two"):
        _append(repo, f"{name}/docker/Dockerfile", "# ours\n")
    (repo / "one" / PATH).write_text("{")
    assert find(repo) == []


def test_learning_says_it(repo: Path) -> None:
    for name in ("one", "two"):
        _append(repo, f"{name}/docker/Dockerfile", "# ours\n")
    (edit,) = learn(repo).generated
    assert len(edit.places) == 2
