"""Put many files in the place of others, so that after a kill all of them can still be put there.

The new files and copies of the old ones are laid out in `.guard/undo`, with a journal of what goes
where; that folder appears in one rename. From then on the change is decided: whatever interrupts
it, `recover` carries it to its end. What lies there afterwards is what `undo` goes back to.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.errors import GenerationError, UsageError
from devmatrix_guard.files import (
    TEMPORARY,
    FileError,
    check_place,
    is_inside,
    list_folder,
    make_folder,
    name_beside,
    read_if_present,
    remove_file,
    write_file,
    write_new,
)

UNDO = ".guard/undo"
_JOURNAL = "journal.json"
_FORMAT = 1
_MAX_BYTES = 64 * 1024 * 1024
_SHA = re.compile(r"[0-9a-f]{64}")

Contents = Mapping[str, bytes | None]


class _Step(NamedTuple):
    """One file of a change: its path, and the hashes of what it holds before and after.

    None stands for no file; the contents lie under `old/INDEX` and `new/INDEX`.
    """

    path: str
    old: str | None
    new: str | None


def swap(root: Path, contents: Contents, held: Contents | None = None) -> None:
    """Give the files below `root` new contents, all of them; None removes a file.

    Args:
        root: the folder nothing leads out of.
        contents: path -> the new content.
        held: path -> what a file held when its new content was made; nothing is changed where one
            holds something else by now.

    Raises:
        GenerationError: a path leads out of `root` or cannot be written; nothing was changed
            unless the message says so.
        UsageError: a file was changed meanwhile.
    """
    with _lock(root):
        _recover(root)
        _swap(root, contents, {path: _hash_content(data) for path, data in (held or {}).items()})


def _swap(root: Path, contents: Contents, held: Mapping[str, str | None]) -> None:
    for name in contents:
        _check_place(root, name)
    try:
        _clear_leftovers(root)
        built = Path(name_beside(root / UNDO))
        built.mkdir(parents=True)
        try:
            _lay_out(root, built, contents, held)
            shutil.rmtree(root / UNDO, ignore_errors=True)
            built.replace(root / UNDO)
        except BaseException:
            shutil.rmtree(built, ignore_errors=True)
            raise
    except OSError as error:
        raise GenerationError(
            f"{error.filename or root} cannot be written: {error.strerror}; nothing was changed."
        ) from error
    _recover(root)


def recover(root: Path) -> bool:
    """Finish a change that was interrupted; tell whether there was one.

    Raises:
        GenerationError: it cannot be finished; the message says what is in the way.
    """
    if not (root / UNDO).is_dir():
        return False
    with _lock(root):
        return _recover(root)


def interrupted_paths(root: Path) -> list[str]:
    """Return the files that `recover` would write or remove; nothing is written.

    Raises:
        UsageError: the journal is not one that this program made, or a file changed since.
    """
    journal = _read_journal(root)
    if journal is None or journal["state"] != "pending":
        return []
    steps = list(enumerate(_list_steps(journal)))
    return sorted(step.path for index, step in steps if not _is_taken(root, index, step))


def paths_to_undo(root: Path) -> list[str]:
    """Return the files that `undo` would write or remove; nothing is written.

    Raises:
        UsageError: there is nothing to undo.
    """
    journal = _read_journal(root)
    if journal is None:
        raise UsageError(f"there is nothing to undo in {root}.")
    return sorted(step.path for step in _list_steps(journal))


def refuse_interrupted(root: Path) -> None:
    """Refuse an application that a change left half done.

    Raises:
        UsageError: it is; the message says what finishes it.
    """
    if paths := interrupted_paths(root):
        shown = ", ".join(paths[:5])
        raise UsageError(
            f"a change of {root} was interrupted ({len(paths)} files, {shown} …); look at "
            f"{root / UNDO}, then finish it with `guard regenerate {root} --recover`, or remove "
            "that folder."
        )


def _recover(root: Path) -> bool:
    journal = _read_journal(root)
    if journal is None or journal["state"] != "pending":
        return False
    folder = root / UNDO
    interrupted_paths(root)  # nothing is touched unless all of it can be
    try:
        for index, step in enumerate(_list_steps(journal)):
            if not _is_taken(root, index, step):  # looked at once more: people edit meanwhile
                _apply(root, folder / "new" / str(index), step)
        done = {**journal, "state": "done"}
        write_file(root, f"{UNDO}/{_JOURNAL}", json.dumps(done).encode(), sync=True)
    except OSError as error:
        raise GenerationError(
            f"{error.filename} cannot be written: {error.strerror}; the change is half done, put "
            "that right and run the command again to finish it."
        ) from error
    return True


def undo(root: Path) -> list[str]:
    """Go back to what the files held before the last change; return their paths.

    Undoing twice leads back to where it started.

    Raises:
        UsageError: there is nothing to undo, or a file was changed since.
        GenerationError: a file cannot be written.
    """
    with _lock(root):
        _recover(root)
        return _undo(root)


def _undo(root: Path) -> list[str]:
    journal = _read_journal(root)
    if journal is None:
        raise UsageError(f"there is nothing to undo in {root}.")
    steps = _list_steps(journal)
    changed = [
        step.path for step in steps if _hash_content(_read_content(root, step.path)) != step.new
    ]
    if changed:
        raise UsageError(
            f"{', '.join(changed[:5])} changed since; set these changes aside and run again."
        )
    numbered = enumerate(steps)
    old = {step.path: _read_laid_out(root, "old", index, step.old) for index, step in numbered}
    _swap(root, old, {step.path: step.new for step in steps})
    return sorted(old)


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """Keep other processes from changing the same application; the system ends it with ours."""
    folder = root / UNDO.partition("/")[0]
    make_folder(root, UNDO.partition("/")[0])
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise GenerationError(f"{folder} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise GenerationError(
            f"another command is changing {root}; wait for it and try again."
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)


def _lay_out(root: Path, folder: Path, contents: Contents, held: Mapping[str, str | None]) -> None:
    (folder / "old").mkdir()
    (folder / "new").mkdir()
    steps = []
    for index, (name, content) in enumerate(sorted(contents.items())):
        path = root / name
        present = _read_content(root, name)
        mode = stat.S_IMODE(path.stat().st_mode) if present is not None else None
        if present is not None:
            write_new(str(folder / "old" / str(index)), present, mode=mode)
        if content is not None:
            write_new(str(folder / "new" / str(index)), content, mode=mode)
        step = _Step(name, _hash_content(present), _hash_content(content))
        if held.get(name, step.old) != step.old:
            raise UsageError(f"{name} was changed meanwhile and nothing was written; run again.")
        steps.append(step)
    write_new(str(folder / ".gitignore"), b"*\n")
    journal = {"format": _FORMAT, "state": "pending", "steps": [list(step) for step in steps]}
    write_new(str(folder / _JOURNAL), json.dumps(journal).encode(), sync=True)


def _apply(root: Path, staged: Path, step: _Step) -> None:
    """Take one step that was not taken yet."""
    path = root / step.path
    check_place(root, step.path)
    if step.new is None:
        remove_file(root, step.path)
        _remove_empty(path.parent, root)
    else:
        make_folder(root, path.parent)
        staged.replace(path)


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _check_place(root: Path, name: str) -> None:
    path = root / name
    for parent in path.parents:
        if parent.exists() and not parent.is_dir():
            raise GenerationError(f"{parent} is in the way of {name}; move it.")
    inside = path.parent.resolve().is_relative_to(root.resolve())
    if not inside or path.is_symlink() or path.is_dir():
        raise GenerationError(f"{name} is a link or a folder, or leads out of {root}; remove it.")
    if path.exists() and not os.access(path, os.W_OK):
        raise GenerationError(f"{name} is read-only; make it writable.")


def _clear_leftovers(root: Path) -> None:
    """Remove what a kill left behind before its change was decided."""
    folder = (root / UNDO).parent
    for name in list_folder(root, UNDO.partition("/")[0]):
        if name.startswith(TEMPORARY):
            shutil.rmtree(folder / name, ignore_errors=True)


def _read_journal(root: Path) -> dict[str, Any] | None:
    path = root / UNDO / _JOURNAL
    try:
        data = read_if_present(root, f"{UNDO}/{_JOURNAL}", _MAX_BYTES)
        if data is None:
            return None
        journal: dict[str, Any] = json.loads(data)
        if journal["format"] != _FORMAT or journal["state"] not in ("pending", "done"):
            raise ValueError("another format")
        for step in _list_steps(journal):
            _check_step(root, step)
    except (FileError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read ({error}); remove {root / UNDO}.") from error
    return journal


def _check_step(root: Path, step: _Step) -> None:
    """Refuse a step that this program does not make: a clone may bring a journal of its own."""
    if not isinstance(step.path, str) or any(c < " " for c in step.path):
        raise ValueError("a path that is none")
    parts = step.path.split("/")
    if {"", ".", "..", ".git"} & {part.lower() for part in parts}:
        raise ValueError(f"{step.path!r} is no path inside")
    if step.path.startswith(f"{UNDO}/") or not is_inside(root, step.path):
        raise ValueError(f"{step.path!r} leads elsewhere")
    for sha in (step.old, step.new):
        if sha is not None and not _SHA.fullmatch(sha):
            raise ValueError("a hash that is none")


def _list_steps(journal: Mapping[str, Any]) -> list[_Step]:
    return [_Step(path, old, new) for path, old, new in journal["steps"]]


def _read_content(root: Path, path: str) -> bytes | None:
    return read_if_present(root, path, _MAX_BYTES)


def _read_laid_out(root: Path, side: str, index: int, sha: str | None) -> bytes | None:
    """Return a content that was laid out, None for no file.

    Raises:
        UsageError: it is not what the journal says.
    """
    if sha is None:
        return None
    content = _read_content(root, f"{UNDO}/{side}/{index}")
    if _hash_content(content) != sha:
        raise UsageError(f"{UNDO}/{side}/{index} was changed; remove {root / UNDO}.")
    return content


def _is_taken(root: Path, index: int, step: _Step) -> bool:
    """Tell whether a step was taken before the interruption.

    Raises:
        UsageError: the file holds neither what it held before nor what it is to hold.
    """
    held = _hash_content(_read_content(root, step.path))
    if held == step.new:
        return True
    if held != step.old:
        raise UsageError(
            f"{step.path} was changed after a change of it was interrupted; put it back as it was, "
            f"or remove {root / UNDO}."
        )
    _read_laid_out(root, "new", index, step.new)
    return False


def _hash_content(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
