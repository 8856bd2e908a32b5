"""Blobs come back byte for byte, or not at all."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.repository import find_repository
from tests.helpers import commit, git, make_repo, stage


def test_a_blob_can_be_named_by_revision_and_index(repo: Path) -> None:
    commit(repo, {"a.py": "old\n"}, "Start")
    stage(repo, {"a.py": "staged\n"})
    with BlobReader(find_repository(repo)) as blobs:
        assert blobs.read("HEAD:a.py") == b"old\n"
        assert blobs.read(":a.py") == b"staged\n"


def test_what_is_absent_or_no_blob_is_none_and_reading_goes_on(repo: Path) -> None:
    commit(repo, {"sub/a.py": "x\n"}, "Start")
    with BlobReader(find_repository(repo)) as blobs:
        for name in ("0" * 40, "HEAD:none", "HEAD", "HEAD:sub", "a\nb", ""):
            assert blobs.read(name) is None
        assert blobs.read("HEAD:sub/a.py") == b"x\n"


def test_a_blob_over_the_bound_is_passed_over(repo: Path) -> None:
    commit(repo, {"big.py": b"x" * 3_000_000, "small.py": "y"}, "Start")
    with BlobReader(find_repository(repo)) as blobs:
        assert blobs.read("HEAD:big.py", max_bytes=1000) is None
        assert blobs.get_size("HEAD:big.py") == 3_000_000
        assert blobs.read("HEAD:small.py", max_bytes=1000) == b"y"


def test_an_absent_blob_of_a_partial_clone_does_not_end_the_reader(tmp_path: Path) -> None:
    source = make_repo(tmp_path / "source", {"a.py": "1\n"})
    commit(source, {"a.py": "2\n"}, "Change")
    git(source, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", source.as_uri(), "partial")
    with BlobReader(find_repository(tmp_path / "partial")) as blobs:
        assert blobs.read("HEAD~1:a.py") is None
        assert blobs.read("HEAD:a.py") == b"2\n"


def test_contents_that_were_read_lately_are_kept_within_a_bound(repo: Path) -> None:
    files = {f"{n}.txt": str(n) * 400 for n in range(5)}
    commit(repo, files, "Start")
    names = [git(repo, "rev-parse", f"HEAD:{name}").strip() for name in files]
    with BlobReader(find_repository(repo), keep_bytes=1000) as blobs:
        first = [blobs.read(name) for name in names]
        assert blobs.read(names[-1]) is first[-1]
        assert blobs.read(names[0]) == first[0]
        assert blobs.read(names[0]) is not first[0]
        assert blobs.read(names[-1], max_bytes=10) is None


def test_a_name_may_hold_what_ends_a_question(repo: Path) -> None:
    commit(repo, {"a\nb": "1", "c\r": "2", "1:d": "3"}, "Start")
    with BlobReader(find_repository(repo)) as blobs:
        assert [blobs.read(f"HEAD:{name}") for name in ("a\nb", "c\r")] == [b"1", b"2"]
        assert blobs.get_size(":0:a\nb") == 1
        assert blobs.read("HEAD:a\nc") is None
