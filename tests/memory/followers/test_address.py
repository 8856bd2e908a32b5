"""Addresses of followers: what is none is refused in one sentence, and nothing secret is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.config import Settings
from devmatrix_guard.errors import GuardError, UsageError
from devmatrix_guard.memory.followers.choose import open_followers
from devmatrix_guard.memory.followers.neo4j import open_neo4j
from devmatrix_guard.memory.followers.qdrant import open_qdrant
from tests.helpers import tree_bytes, write_tree


@pytest.mark.parametrize(
    "address",
    ["bolt://[::1", "bolt://h:99999", "bolt://h:word", "bolt://", "bolt+x://h", "me:word@h", "::"],
)
def test_what_is_no_address_of_neo4j_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="write `bolt://USER@HOST:7687`") as told:
        open_neo4j(address)
    assert "word" not in str(told.value)


@pytest.mark.parametrize(
    "address", ["https://[::1", "http://", "http://h:99999", "http://h:word", "ftp://me:word@h"]
)
def test_what_is_no_address_of_qdrant_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="write `https://HOST:6333`") as told:
        open_qdrant(address)
    assert "word" not in str(told.value)


@pytest.mark.parametrize("slip", ["me:word@h:6333", "localhost:6333", "//h", "a\x1b[31m"])
def test_an_address_with_a_slip_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slip: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="write `https://HOST:6333`"):
        open_qdrant(slip)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("secret", ["word", "wo@rd"])
def test_a_password_is_not_said(secret: str) -> None:
    for use in (lambda: open_neo4j(f"bolt://me:{secret}@127.0.0.1:1"),):
        with pytest.raises(GuardError) as told:
            use()
        assert "rd" not in str(told.value).partition("does not")[0]
    assert open_qdrant(f"http://me:{secret}@127.0.0.1:1").name == "qdrant http://127.0.0.1:1"


def test_vectors_are_not_put_among_what_is_somebody_elses(tmp_path: Path) -> None:
    write_tree(tmp_path / "repo", {"app/a.py": "x = 1\n"})
    (tmp_path / "away").mkdir()
    (tmp_path / "repo" / "link").symlink_to(tmp_path / "away")
    before = tree_bytes(tmp_path)
    for folder, said in (("app", "not Qdrant's"), ("link", "leads out of the repository")):
        with (
            pytest.raises(UsageError, match=said),
            open_followers(Settings(vectors=folder), tmp_path / "repo"),
        ):
            pass
    assert tree_bytes(tmp_path) == before


def test_a_folder_of_vectors_is_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        open_qdrant(str(tmp_path / "vectors")).close()
