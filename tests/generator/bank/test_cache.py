from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.bank.cache import CACHE_FOLDER, LocalCache, cache_files
from devmatrix_guard.model.knowledge.infra import InfraPattern
from tests.contract.build import infra_pattern
from tests.helpers import write_tree


def cached(root: Path, *patterns: InfraPattern) -> LocalCache:
    write_tree(root, cache_files(patterns))
    return LocalCache(root)


def test_what_was_used_is_found_again(tmp_path: Path) -> None:
    cache = cached(tmp_path, *(infra_pattern(version=n) for n in (2, 10, 9)))
    assert cache.find_latest("dockerfile") == infra_pattern(version=10)._replace(origin="cache")
    assert cache.find_exact("dockerfile", 9) == infra_pattern(version=9)._replace(origin="cache")
    assert cache.find_exact("dockerfile", 1) is cache.find_latest("other") is None
    assert [p.reference for p in cache.list_all()] == ["dockerfile@10"]


def test_an_absent_cache_is_empty(tmp_path: Path) -> None:
    assert LocalCache(tmp_path / "nowhere").list_all() == ()
    assert LocalCache(tmp_path / "nowhere").find_latest("dockerfile") is None


def test_packaged_versions_are_not_copied() -> None:
    assert cache_files([infra_pattern(origin="packaged")]) == {}


def test_a_draft_is_not_the_latest(tmp_path: Path) -> None:
    cache = cached(tmp_path, infra_pattern(), infra_pattern(version=2, frozen_at=None))
    latest = cache.find_latest("dockerfile")
    assert latest is not None
    assert latest.version == 1


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    cache = cached(tmp_path, infra_pattern())
    write_tree(tmp_path / CACHE_FOLDER, {"README.md": "", "x@y.json": "", "dockerfile@01.json": ""})
    assert len(cache.list_all()) == 1


def test_a_file_that_was_edited_or_renamed_is_refused(tmp_path: Path) -> None:
    cache = cached(tmp_path, infra_pattern())
    path = tmp_path / CACHE_FOLDER / "dockerfile@1.json"
    text = path.read_text("utf-8")
    path.rename(path.with_name("dockerfile@2.json"))
    with pytest.raises(GenerationError, match="holds dockerfile@1; name the file after it"):
        cache.find_latest("dockerfile")
    path.write_text(text.replace("FROM", "from"), "utf-8")
    with pytest.raises(GenerationError, match="restore the file"):
        cache.find_exact("dockerfile", 1)


def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"{CACHE_FOLDER}/dockerfile@1.json": b"\xff\xfe"})
    with pytest.raises(GenerationError, match="cannot be read"):
        LocalCache(tmp_path).find_exact("dockerfile", 1)
