from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from devmatrix_guard.files import (
    AbsentFileError,
    ChangedFileError,
    FileError,
    IrregularFileError,
    LargeFileError,
    LinkedFileError,
    check_place,
    is_inside,
    list_files,
    list_folder,
    make_folder,
    read_chosen,
    read_file,
    read_if_present,
    remove_file,
    replace_file,
    write_file,
    write_new,
    write_output,
)
from tests.helpers import write_tree


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


def test_what_a_killed_process_left_half_written_goes_with_the_next_change(root: Path) -> None:
    left, young = ".guard-0123456789abcdef", ".guard-0123456789abcde0"
    kept = {".guard-notes": b"", ".guard-0123456789abcdeg": b"", ".guard": b""}
    for change in (lambda: write_file(root, "own", b"1"), lambda: remove_file(root, "own")):
        write_tree(root, {left: "ha", young: "ha", **kept})
        for name in (left, *kept):
            os.utime(root / name, (0, 0))
        change()
        assert not (root / left).exists()
        assert (root / young).exists()
        assert all((root / name).exists() for name in kept)


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


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A work tree beside a folder that is none of its business."""
    (tmp_path / "outside" / "deep").mkdir(parents=True)
    (tmp_path / "outside" / "deep" / "file").write_bytes(b"secret")
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "file").write_bytes(b"text")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_bytes(b"password")
    return root


@pytest.mark.parametrize("path", ["a/b/file", "./a//b/file", "a/x/../b/file"])
def test_a_file_is_read(root: Path, path: str) -> None:
    assert read_file(root, path) == b"text"
    assert read_file(root, root / path) == b"text"
    assert read_file(root, path, limit=4) == b"text"


@pytest.mark.parametrize("link", ["../outside/deep/file", "/dev/zero", ".git/config", "../root"])
def test_a_link_that_leads_astray_is_not_read(root: Path, link: str) -> None:
    (root / "link").symlink_to(link)
    with pytest.raises(FileError):
        read_file(root, "link")


@pytest.mark.parametrize("link", ["../outside", "/proc/self/root", "../../"])
def test_a_folder_that_leads_out_is_not_entered(root: Path, link: str) -> None:
    (root / "link").symlink_to(link)
    with pytest.raises(LinkedFileError, match="symbolic link"):
        read_file(root, "link/deep/file")
    with pytest.raises(LinkedFileError):
        write_file(root, "link/deep/file", b"new")
    with pytest.raises(LinkedFileError):
        remove_file(root, "link/deep/file")
    with pytest.raises(LinkedFileError):
        make_folder(root, "link/new")
    assert list_files(root, "link") == []
    assert not is_inside(root, "link/deep/file")
    assert (root.parent / "outside" / "deep" / "file").read_bytes() == b"secret"


def test_a_link_that_stays_inside_is_read_and_not_written(root: Path) -> None:
    (root / "link").symlink_to("a/b")
    (root / "file").symlink_to("link/file")
    assert read_file(root, "link/file") == read_file(root, "file") == b"text"
    assert list_files(root, "link") == ["link/file"]
    for path in ("link/file", "file"):
        with pytest.raises(LinkedFileError):
            write_file(root, path, b"new")
        with pytest.raises(LinkedFileError):
            check_place(root, path)
    assert (root / "a" / "b" / "file").read_bytes() == b"text"


@pytest.mark.parametrize(
    "path", ["../outside/deep/file", "a/../../outside/deep/file", "/etc/passwd"]
)
def test_a_path_outside_is_refused_by_its_text(root: Path, path: str) -> None:
    for act in (read_file, remove_file, check_place):
        with pytest.raises(LinkedFileError, match="outside"):
            act(root, path)
    with pytest.raises(LinkedFileError, match="outside"):
        write_file(root, path, b"new")


def test_a_root_may_be_reached_through_a_link(root: Path) -> None:
    (root.parent / "alias").symlink_to("root")
    assert read_file(root.parent / "alias", root / "a" / "b" / "file") == b"text"
    assert read_file(root, root.parent / "alias" / "a" / "b" / "file") == b"text"


def test_what_is_no_regular_file_is_refused_at_once(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(root)  # the path of a socket is short
        server.bind("socket")
        for name in ("pipe", "socket"):
            with pytest.raises(IrregularFileError, match="regular"):
                read_file(root, name)
            with pytest.raises(IrregularFileError, match="regular"):
                write_file(root, name, b"new")
            with pytest.raises(IrregularFileError, match="regular"):
                read_chosen(root / name)


def test_what_is_too_large_is_not_read(root: Path) -> None:
    with (root / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(LargeFileError, match="larger than"):
        read_file(root, "sparse")
    with pytest.raises(LargeFileError):
        read_file(root, "a/b/file", limit=3)
    with pytest.raises(LargeFileError):
        read_chosen("/dev/../proc/self/maps", limit=10)  # its size says 0


def test_what_is_absent_is_told_apart(root: Path) -> None:
    (root / "dangling").symlink_to("nowhere")
    for name in ("nothing", "a/nothing/file", "a/b/file/below", "a/b", "dangling", "x" * 300):
        assert read_if_present(root, name) is None
        with pytest.raises(AbsentFileError):
            read_file(root, name)


def test_a_file_is_written_with_its_folders_and_keeps_its_mode(root: Path) -> None:
    write_file(root, "new/folder/file", b"one")
    (root / "new/folder/file").chmod(0o750)
    write_file(root, "new/folder/file", b"two", sync=True)
    assert (root / "new/folder/file").read_bytes() == b"two"
    assert (root / "new/folder/file").stat().st_mode & 0o777 == 0o750
    assert list((root / "new/folder").iterdir()) == [root / "new/folder/file"]


def test_a_read_only_file_is_left_as_it_is(root: Path) -> None:
    (root / "a/b/file").chmod(0o444)
    with pytest.raises(FileError, match="read-only"):
        write_file(root, "a/b/file", b"new")


def test_a_file_that_changed_meanwhile_is_left_as_it_is(root: Path) -> None:
    with pytest.raises(ChangedFileError, match="in the meantime"):
        write_file(root, "a/b/file", b"new", expected=b"other")
    with pytest.raises(ChangedFileError):
        write_file(root, "a/b/file", b"new", expected=None)
    with pytest.raises(ChangedFileError):
        remove_file(root, "a/b/file", expected=b"other")
    assert (root / "a/b/file").read_bytes() == b"text"
    write_file(root, "a/b/file", b"new", expected=b"text")
    write_file(root, "a/b/other", b"new", expected=None)
    assert remove_file(root, "a/b/file", expected=b"new")
    assert not remove_file(root, "a/b/file")


def test_a_file_in_the_way_of_a_folder_is_said(root: Path) -> None:
    with pytest.raises(FileError, match="a/b/file is no folder; move it away"):
        write_file(root, "a/b/file/below", b"new")


@pytest.mark.parametrize("target", ["a", "nowhere", "..", "a/b/file"])
def test_the_link_in_the_way_is_named_with_its_remedy(root: Path, target: str) -> None:
    (root / ".guard").symlink_to(target)
    said = r"\.guard is a symbolic link; put a folder in its place"
    for path in (".guard/rules/new.yml", ".guard/memory.db"):
        with pytest.raises(FileError, match=said):
            write_file(root, path, b"new")
        with pytest.raises(FileError, match=said):
            remove_file(root, path)
    with pytest.raises(FileError, match=said):
        make_folder(root, ".guard")
    with pytest.raises(FileError, match=said):
        check_place(root, ".guard/memory.db")
    if target == "..":
        with pytest.raises(FileError, match=said):
            read_file(root, ".guard/baseline.txt")


def test_removing_a_link_leaves_what_it_leads_to(root: Path) -> None:
    (root / "link").symlink_to("a/b/file")
    assert remove_file(root, "link")
    assert read_file(root, "a/b/file") == b"text"


def test_an_output_goes_anywhere_but_through_a_link_of_the_tree(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "a")
    outside = root.parent / "outside"
    (root / "link").symlink_to(outside)
    (root.parent / "mine").symlink_to(outside)
    write_output(root / "report", b"1")
    write_output(root.parent / "mine" / "report", b"2")
    write_output(outside / "made" / "report", b"3")
    with pytest.raises(LinkedFileError):
        write_output(root / "link" / "other", b"4")
    assert (root / "report").read_bytes() == b"1"
    assert (outside / "report").read_bytes() == b"2"
    assert (outside / "made" / "report").read_bytes() == b"3"
    assert not (outside / "other").exists()


def test_a_folder_without_end_is_not_walked_to_its_end(tmp_path: Path) -> None:
    """What counts is what lies there, not what matches: the walk itself is bounded."""
    write_tree(tmp_path, {f"rules/{n}/{m}.txt": "" for n in range(5) for m in range(4)})
    assert list_files(tmp_path, "rules", (".yml",), limit=25) == []
    with pytest.raises(LargeFileError, match="name a smaller one"):
        list_files(tmp_path, "rules", (".yml",), limit=24)
    assert len(list_folder(tmp_path, "rules", limit=5)) == 5
    with pytest.raises(LargeFileError, match="name a smaller one"):
        list_folder(tmp_path, "rules", limit=4)


def test_a_folder_that_leads_out_lists_nothing(tmp_path: Path) -> None:
    write_tree(tmp_path, {"outside/a": "", "repo/b/c": ""})
    (tmp_path / "repo/linked").symlink_to("../outside")
    assert list_folder(tmp_path / "repo", "linked") == []
    assert list_folder(tmp_path / "repo", "absent") == []
    assert list_folder(tmp_path / "repo", ".") == ["b", "linked"]


@pytest.mark.parametrize("place", [".", ""])
def test_the_root_is_no_file_to_read_or_write(tmp_path: Path, place: str) -> None:
    named = str(tmp_path / place)
    for use in (read_file, lambda r, p: write_file(r, p, b""), remove_file, check_place):
        with pytest.raises(FileError, match=r"is a folder; .*name a file"):
            use(tmp_path, named)


def test_a_name_with_a_line_break_is_told_in_one_line(tmp_path: Path) -> None:
    for name in ("a\nb", "a\r\nb"):
        with pytest.raises(FileError) as told:
            read_file(tmp_path, name)
        assert str(told.value) == f"{name!r}: there is no such file.".replace("'", "")
