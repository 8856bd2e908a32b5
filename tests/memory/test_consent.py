"""A repository cannot put the memory elsewhere without its user's consent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devmatrix_guard.config import ForeignPlace, load_settings
from devmatrix_guard.errors import MemoryStoreError, UsageError
from devmatrix_guard.memory.connect import memory_exists, open_memory
from devmatrix_guard.memory.consent import give_consent
from tests.helpers import make_repo


@pytest.mark.parametrize("place", ["{tmp}/out.db", "../out.db", "a/../../out.db"])
def test_a_repository_needs_consent_for_a_memory_elsewhere(place: str, tmp_path: Path) -> None:
    place = place.replace("{tmp}", str(tmp_path))
    root = make_repo(tmp_path / "repo", {"guard.toml": f"memory = '{place}'\n"})
    location = load_settings(root).memory
    for act in (open_memory, memory_exists):
        with pytest.raises(MemoryStoreError, match="you have not agreed"):
            act(location, root)
    assert not (tmp_path / "out.db").exists()
    give_consent(location, root)
    open_memory(location, root).close()
    assert (tmp_path / "out.db").exists()
    with pytest.raises(MemoryStoreError, match="agreed"):
        open_memory(location, make_repo(tmp_path / "other", {"a": ""}))


def test_a_server_is_not_asked_without_consent(tmp_path: Path) -> None:
    text = "memory = 'postgresql://127.0.0.1:9/none'\n"
    root = make_repo(tmp_path / "repo", {"guard.toml": text})
    with pytest.raises(MemoryStoreError, match="you have not agreed"):
        open_memory(load_settings(root).memory, root)


def test_a_variable_is_consent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repo(tmp_path / "repo", {"guard.toml": "memory = '/nowhere/x'\n"})
    monkeypatch.setenv("GUARD_MEMORY", str(tmp_path / "mine.db"))
    location = load_settings(root).memory
    assert not isinstance(location, ForeignPlace)
    open_memory(location, root).close()


def test_a_home_is_expanded_in_the_memory_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repo(tmp_path / "repo", {"guard.toml": "memory = '~/team/guard.db'\n"})
    (tmp_path / "home" / "team").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    location = load_settings(root).memory
    with pytest.raises(MemoryStoreError, match="you have not agreed"):
        open_memory(location, root)
    give_consent(location, root)
    open_memory(location, root).close()
    assert (tmp_path / "home" / "team" / "guard.db").exists()
    assert not (root / "~").exists()
    with pytest.raises(UsageError, match="that home is not here; write the whole path"):
        open_memory("~nobody-of-this-name/guard.db", root)


@pytest.mark.parametrize("link", [".guard", ".guard/memory.db"])
def test_a_memory_is_reached_through_no_link(link: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    root = make_repo(tmp_path / "repo", {"a.txt": ""})
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(tmp_path / "outside")
    with pytest.raises(MemoryStoreError, match="symbolic link"):
        open_memory(".guard/memory.db", root)
    assert not any((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_what_stands_in_for_a_memory_or_its_logs_is_not_opened(tmp_path: Path, suffix: str) -> None:
    """SQLite opens its logs by their names, and waits for ever on a pipe."""
    open_memory(".guard/memory.db", tmp_path).close()
    place = tmp_path / f".guard/memory.db{suffix}"
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    for act in (open_memory, memory_exists):
        with pytest.raises(MemoryStoreError, match="not a regular file"):
            act(".guard/memory.db", tmp_path)
