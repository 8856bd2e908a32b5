from __future__ import annotations

import os
from pathlib import Path

import pytest

from devmatrix_guard.atomic import replace_file, write_new


def test_a_file_is_made_with_the_rights_that_the_umask_leaves(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        replace_file(tmp_path / "new", b"text")
    finally:
        os.umask(mask)
    assert (tmp_path / "new").read_bytes() == b"text"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    replace_file(file, b"new" * 100_000, mode=0o755, sync=True)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new" * 100_000, 0o755)
    assert list(tmp_path.iterdir()) == [file]


def test_whoever_has_the_old_file_open_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    with file.open("rb") as reader:
        replace_file(file, b"new")
        assert reader.read() == b"old"


def test_a_place_that_cannot_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").touch()
    with pytest.raises(OSError):
        replace_file(tmp_path / "folder", b"text")
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "nowhere" / "file", b"text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_new_file_never_goes_over_another(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        write_new(str(tmp_path / "link"), b"text")
    assert not (tmp_path / "elsewhere").exists()
