"""Write a generated application: built beside the target, then moved in; nothing outside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devmatrix_guard.errors import GenerationError, InternalError
from devmatrix_guard.files import (
    FileError,
    check_place,
    make_folder,
    name_beside,
    remove_stale_folders,
    write_new,
)


def write_application(target: Path, files: Mapping[str, str], *, force: bool = False) -> None:
    """Write `files` (path -> text) into `target`, all of them or none.

    Args:
        target: a folder that is empty or does not exist yet, unless `force` is given.
        files: relative paths with forward slashes, and texts.
        force: put the files over what is there; other files stay.

    Raises:
        GenerationError: the target is not empty, is no folder, or cannot be written.
    """
    check_target(target, force=force)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_stale_folders(target.parent)
        built = Path(name_beside(target))
        built.mkdir()
        try:
            _build(built, files)
            if target.exists() and any(target.iterdir()):
                _move_files(built, target, files)
            else:
                _move_folder(built, target)
        finally:
            if built.exists():
                from shutil import rmtree  # a new application is moved as a whole

                rmtree(built, ignore_errors=True)
    except FileError as error:
        raise GenerationError(f"{target} cannot be written: {error}") from error
    except OSError as error:
        name = error.filename or target
        raise GenerationError(f"{name} cannot be written: {error.strerror or error}") from error


def check_target(target: Path, *, force: bool) -> None:
    """Refuse a target that is no folder, or that holds something and is not to be overwritten."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise GenerationError(f"{target} is not a folder; name one with -o.")
    above = next((parent for parent in target.parents if parent.exists()), target.parent)
    if not above.is_dir():
        raise GenerationError(f"{target} cannot be written: {above} is a file; choose another -o.")
    held = {path.name for path in target.iterdir()} if target.exists() else set()
    if held - {".git"} and not force:  # a repository that was just made is as good as empty
        raise GenerationError(
            f"{target} is not empty; `guard regenerate` brings an application up to its spec and "
            "keeps edits. Or choose another folder with -o, or pass --force to overwrite the "
            "generated files in it (other files stay)."
        )


def _build(folder: Path, files: Mapping[str, str]) -> None:
    made: set[str] = set()
    for name, text in files.items():
        parts = name.split("/")
        if not all(parts) or ".." in parts or "\\" in name:
            raise InternalError(f"a generated path leaves the target: {name}")
        parent = name.rpartition("/")[0]
        if parent not in made:
            (folder / parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        write_new(f"{folder}/{name}", text.encode())


def _move_folder(built: Path, target: Path) -> None:
    if target.exists():
        target.rmdir()
    built.replace(target)


def _move_files(built: Path, target: Path, files: Mapping[str, str]) -> None:
    for name in files:
        check_place(target, name)
    for name in files:
        make_folder(target, name.rpartition("/")[0] or ".")
        (built / name).replace(target / name)
