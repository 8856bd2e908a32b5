"""A loose blob is read as git reads it; what git would read otherwise is left to git."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from devmatrix_guard.git.loose import TooLargeError, read_loose_blobs
from tests.helpers import git, make_repo

MIB = 1 << 20


@pytest.fixture(params=["sha1", "sha256"])
def root(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    repo = make_repo(tmp_path / "repo")
    if request.param == "sha256":
        repo = tmp_path / "long"
        git(tmp_path, "init", "-q", "--object-format=sha256", str(repo))
    return repo


def _written(root: Path, content: bytes) -> str:
    (root / "file").write_bytes(content)
    return git(root, "hash-object", "-w", "file").strip()


def _read(root: Path, blob: str, max_bytes: int = MIB) -> bytes | None:
    return read_loose_blobs(str(root / ".git"), [blob], max_bytes=max_bytes).get(blob)


def _place(root: Path, blob: str) -> Path:
    return root / ".git" / "objects" / blob[:2] / blob[2:]


@pytest.mark.parametrize("content", [b"", b"x = 1\n", b"\0", bytes(range(256)) * 900])
def test_a_loose_blob_is_its_content(root: Path, content: bytes) -> None:
    assert _read(root, _written(root, content)) == content


def test_a_larger_blob_is_not_read(root: Path) -> None:
    blob = _written(root, b"x" * 100)
    with pytest.raises(TooLargeError):
        _read(root, blob, 99)
    assert _read(root, blob, 100) == b"x" * 100


def test_a_packed_blob_is_left_to_git(root: Path) -> None:
    blob = _written(root, b"x = 1\n")
    git(root, "add", "file")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "One")
    git(root, "repack", "-adq")
    git(root, "prune-packed")
    assert _read(root, blob) is None


def test_a_tree_is_no_blob(root: Path) -> None:
    _written(root, b"x = 1\n")
    git(root, "add", "file")
    assert _read(root, git(root, "write-tree").strip()) is None


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-1], id="cut off"),
        pytest.param(lambda data: data + b"x", id="something behind it"),
        pytest.param(lambda data: b"x" + data, id="no deflated data"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: zlib.compress(b"blob 9\0x = 1\n"), id="another size"),
        pytest.param(lambda data: zlib.compress(b"blob x\0x = 1\n"), id="no size"),
    ],
)
def test_a_damaged_blob_is_left_to_git(root: Path, damage: object) -> None:
    blob = _written(root, b"x = 1\n")
    place = _place(root, blob)
    data = place.read_bytes()
    place.unlink()
    place.write_bytes(damage(data))  # type: ignore[operator]
    assert _read(root, blob) is None


def test_the_folder_of_objects_may_be_elsewhere(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = _written(root, b"x = 1\n")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    assert _read(root, blob) is None
    (root / ".git" / "objects").rename(tmp_path / "elsewhere")
    assert _read(root, blob) == b"x = 1\n"
