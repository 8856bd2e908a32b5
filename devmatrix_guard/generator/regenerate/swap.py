"""Put many files in the place of others, so that after a kill all of them can still be put there.

The new files and copies of the old ones are laid out in `.guard/undo`, with a journal of what goes
where; that folder appears in one rename. From then on a kill leaves what `recover` carries to its
end and what `undo` leads back from. A file is replaced only while it holds what it held when its
new content was made, for people go on editing: where it does not, nothing more is touched.

A tree that was left half way has the old manifest still (see `order_paths`), so that regenerating
it is right, whatever people did to it since.

Whoever calls `swap`, `recover` or `undo` holds the application's `lock`.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devmatrix_guard.errors import GenerationError, UsageError
from devmatrix_guard.files import (
    TEMPORARY,
    check_place,
    follow_links,
    list_folder,
    make_folder,
    name_beside,
    remove_file,
    write_file,
    write_new,
)
from devmatrix_guard.generator.manifest import PATH as MANIFEST
from devmatrix_guard.generator.regenerate.journal import (
    JOURNAL,
    UNDO,
    Journal,
    Step,
    hash_content,
    hash_held,
    mark_done,
    order_paths,
    read_content,
    read_journal,
    read_laid_out,
    render_journal,
)

Contents = Mapping[str, bytes | None]


class ChangedMeanwhileError(UsageError):
    """A file holds neither what it held before a change nor what it is to hold."""

    def __init__(self, root: Path, path: str) -> None:
        super().__init__(
            f"{path} was changed after a change of it was interrupted, and nothing more was "
            f"touched: put it back as it was, or remove {root / UNDO} and run `guard regenerate "
            f"{root}`, which keeps what is yours."
        )
        self.path = path


def swap(root: Path, contents: Contents, held: Contents | None = None) -> None:
    """Give the files below `root` new contents, all of them or none; None removes a file.

    Args:
        root: the folder nothing leads out of.
        contents: path -> the new content.
        held: path -> what a file held when its new content was made; nothing is changed where one
            holds something else by now.

    Raises:
        GenerationError: a path leads out of `root` or cannot be written; nothing was changed
            unless the message says so.
        UsageError: a file was changed meanwhile, or an earlier change was interrupted.
    """
    refuse_interrupted(root)
    _swap(root, contents, {path: hash_content(data) for path, data in (held or {}).items()})


def _swap(root: Path, contents: Contents, held: Mapping[str, str | None]) -> None:
    for name in contents:
        _check_place(root, name)
    if (root / UNDO).is_file():
        raise UsageError(f"{root / UNDO} is a file where guard keeps what it replaced; remove it.")
    with _set_aside_last_change(root), _say_what_cannot_be_written(root, "nothing was changed"):
        built = Path(name_beside(root / UNDO))
        built.mkdir(parents=True)
        try:
            _lay_out(root, built, contents, held)
            built.replace(root / UNDO)
        except BaseException:
            shutil.rmtree(built, ignore_errors=True)
            raise
        try:
            _carry_out(root)
        except ChangedMeanwhileError as error:
            _take_back(root)
            raise UsageError(
                f"{error.path} was changed meanwhile and nothing was written; run again."
            ) from error


def recover(root: Path) -> bool:
    """Finish a change that was interrupted; tell whether there was one.

    Raises:
        GenerationError: it cannot be finished; the message says what is in the way.
        UsageError: a file changed since, and nothing was touched.
    """
    if not interrupted_paths(root):
        return False
    _carry_out(root)
    return True


def interrupted_paths(root: Path) -> list[str]:
    """Return the files that `recover` would write or remove; nothing is written.

    Raises:
        UsageError: the journal is not one that this program made, or a file changed since.
    """
    journal = read_journal(root)
    if journal is None or _is_over(root, journal):
        return []
    open_steps = [step for step in journal.steps if not _is_taken(root, step)]
    return sorted(step.path for step in open_steps)


def paths_to_undo(root: Path) -> list[str]:
    """Return the files that `undo` would write or remove; nothing is written.

    Raises:
        UsageError: there is nothing to undo.
    """
    journal = _read_last_change(root)
    steps = journal.steps
    if not _is_over(root, journal):
        steps = tuple(step for step in steps if _is_taken(root, step))
    return sorted(step.path for step in steps)


def refuse_interrupted(root: Path) -> None:
    """Refuse an application that a change left half done.

    Raises:
        UsageError: it is; the message says what finishes it.
    """
    if paths := interrupted_paths(root):
        seen = [path for path in paths if not path.startswith(".guard/")]
        shown = ", ".join((seen or paths)[:3])
        raise UsageError(
            f"a change of {root} was interrupted ({len(paths)} files, such as {shown}); look at "
            f"{root / UNDO}, then finish it with `guard regenerate {root} --recover`, go back with "
            "--undo, or remove that folder."
        )


def undo(root: Path) -> list[str]:
    """Go back to what the files held before the last change; return their paths.

    Undoing twice leads back to where it started. Of a change that was interrupted, what was done
    is taken back.

    Raises:
        UsageError: there is nothing to undo, or a file was changed since.
        GenerationError: a file cannot be written.
    """
    journal = _read_last_change(root)
    if not _is_over(root, journal):
        taken = [step.path for step in journal.steps if _is_taken(root, step)]
        _take_back(root)
        return sorted(taken)
    changed = [step.path for step in journal.steps if hash_held(root, step.path) != step.new]
    if changed:
        raise UsageError(
            f"{', '.join(changed[:5])} changed since; set these changes aside and run again."
        )
    old = {step.path: read_laid_out(root, "old", step) for step in journal.steps}
    _swap(root, old, {step.path: step.new for step in journal.steps})
    return sorted(old)


def _read_last_change(root: Path) -> Journal:
    journal = read_journal(root)
    if journal is None:
        raise UsageError(f"there is nothing to undo in {root}.")
    return journal


# --- laying out --------------------------------------------------------------------------------


@contextmanager
def _set_aside_last_change(root: Path) -> Iterator[None]:
    """Keep what `undo` would go back to until there is something else to go back to."""
    for name in list_folder(root, UNDO.partition("/")[0]):
        if name.startswith(TEMPORARY):  # what a kill left behind before its change was decided
            shutil.rmtree((root / UNDO).parent / name, ignore_errors=True)
    aside = Path(name_beside(root / UNDO))
    if (root / UNDO).is_dir():
        (root / UNDO).replace(aside)
    try:
        yield
    except BaseException:
        if aside.is_dir() and not (root / UNDO).exists():
            aside.replace(root / UNDO)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _lay_out(root: Path, folder: Path, contents: Contents, held: Mapping[str, str | None]) -> None:
    (folder / "old").mkdir()
    (folder / "new").mkdir()
    steps = []
    for index, name in enumerate(order_paths(contents)):
        content = contents[name]
        present = read_content(root, name)
        mode = stat.S_IMODE((root / name).stat().st_mode) if present is not None else None
        if present is not None:
            write_new(str(folder / "old" / str(index)), present, mode=mode)
        if content is not None:
            write_new(str(folder / "new" / str(index)), content, mode=mode)
        step = Step(index, name, hash_content(present), hash_content(content))
        if held.get(name, step.old) != step.old:
            raise UsageError(f"{name} was changed meanwhile and nothing was written; run again.")
        steps.append(step)
    write_new(str(folder / ".gitignore"), b"*\n")
    write_new(str(folder / JOURNAL.rpartition("/")[2]), render_journal(steps, "pending"), sync=True)


def _check_place(root: Path, name: str) -> None:
    path = root / name
    for parent in path.parents:
        if parent.exists() and not parent.is_dir():
            raise GenerationError(f"{parent} is in the way of {name}; move it.")
    inside = follow_links(path.parent).is_relative_to(follow_links(root))
    if not inside or path.is_symlink() or path.is_dir():
        raise GenerationError(f"{name} is a link or a folder, or leads out of {root}; remove it.")
    if path.exists() and not os.access(path, os.W_OK):
        raise GenerationError(f"{name} is read-only; make it writable.")


@contextmanager
def _say_what_cannot_be_written(root: Path, outcome: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GenerationError(
            f"{error.filename or root} cannot be written: {error.strerror}; {outcome}."
        ) from error


# --- carrying out ------------------------------------------------------------------------------


def _carry_out(root: Path) -> None:
    """Take every step that was not taken yet.

    Raises:
        UsageError: a file holds neither what it held before nor what it is to hold.
    """
    journal = _read_last_change(root)
    for step in journal.steps:  # nothing is touched unless all of it can be
        _is_taken(root, step)
    half_done = "the change is half done: put that right and finish it with --recover"
    with _say_what_cannot_be_written(root, half_done):
        for count, step in enumerate(journal.steps):
            if step.path == MANIFEST:  # which must not say what a stash or a reset took away
                _check_taken(root, journal.steps[:count])
            if not _is_taken(root, step):  # looked at once more: people edit meanwhile
                _apply(root, step)
        _check_taken(root, journal.steps)
        mark_done(root, journal)


def _check_taken(root: Path, steps: Iterable[Step]) -> None:
    """Raise where a file that was replaced does not hold its new content any more."""
    for step in steps:
        if hash_held(root, step.path) != step.new:
            raise ChangedMeanwhileError(root, step.path)


def _apply(root: Path, step: Step) -> None:
    path = root / step.path
    check_place(root, step.path)
    if step.new is None:
        remove_file(root, step.path)
        _remove_empty(path.parent, root)
    else:
        make_folder(root, step.path.rpartition("/")[0] or ".")
        (root / UNDO / "new" / str(step.number)).replace(path)


def _take_back(root: Path) -> None:
    """Put back what the steps of an unfinished change replaced, and forget the change.

    Raises:
        UsageError: a file was changed since it was replaced; nothing was put back.
    """
    journal = _read_last_change(root)
    taken = [step for step in journal.steps if hash_held(root, step.path) == step.new != step.old]
    old = {step.path: read_laid_out(root, "old", step) for step in taken}
    with _say_what_cannot_be_written(root, "the change is half done"):
        for step in reversed(taken):
            content = old[step.path]
            if content is None:
                remove_file(root, step.path)
                _remove_empty((root / step.path).parent, root)
            else:
                write_file(root, step.path, content)
        shutil.rmtree(root / UNDO)


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


# --- how far a change has come -----------------------------------------------------------------


def _is_over(root: Path, journal: Journal) -> bool:
    """Tell whether every file was written: after the manifest only what nobody reads goes."""
    if journal.state == "done":
        return True
    manifest = [step for step in journal.steps if step.path == MANIFEST and step.old != step.new]
    return bool(manifest) and hash_held(root, MANIFEST) == manifest[0].new


def _is_taken(root: Path, step: Step) -> bool:
    """Tell whether a step was taken before the interruption.

    Raises:
        UsageError: the file holds neither what it held before nor what it is to hold.
    """
    held = hash_held(root, step.path)
    if held == step.new:
        return True
    if held != step.old:
        raise ChangedMeanwhileError(root, step.path)
    read_laid_out(root, "new", step)
    return False
