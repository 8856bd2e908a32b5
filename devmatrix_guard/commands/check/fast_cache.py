"""Looks at a commit before anything slow is imported: which files could a rule mind at all?

A full check leaves a note in git's folder: the settings it saw, where its compiled rules are, the
files whose fixes are remembered. While that holds, a change needs no closer look whose files,
around the changed lines, hold none of the words any rule waits for. Whatever is out of the ordinary
is left to the full check.
"""

from __future__ import annotations

import marshal
import os

from devmatrix_guard.errors import GitError, describe_defect
from devmatrix_guard.files import FileError, read_chosen, replace_file
from devmatrix_guard.git.process import GitProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from devmatrix_guard.commands.check.fast_scan import Lines, Look
    from devmatrix_guard.config import Settings

    Staged = tuple[str, str, str, Lines]

_FORMAT = ("guard-look", 2)
_NOTE = "guard/look.bin"
_MAX_FILES = 200
_MAX_BYTES = 64 * 1024 * 1024
_SETTINGS = ("pyproject.toml", "guard.toml")
_DIFF = ("diff", "--cached", "--raw", "-p", "-z", "-U0", "--no-abbrev", "--full-index",
         "--no-renames", "--no-relative", "--inter-hunk-context=0", "--diff-algorithm=myers",
         "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short",
         "--ignore-submodules=none", "--ita-invisible-in-index", "-O/dev/null")  # fmt: skip
_SECTION, _HUNK = b"\ndiff --git ", b"\n@@ -"


def first_look(files: Sequence[str]) -> Look | None:
    """Return what a check of what is staged, called from the root, has to look at.

    None where the settings or the change are out of the ordinary.

    Args:
        files: the files a hook runner names; each must have a staged change.
    """
    if any(name.startswith(("GUARD_", "PRE_COMMIT_FROM")) for name in os.environ):
        return None
    note = _read_note(os.path.join(_git_dir(), _NOTE))  # noqa: PTH118  # pathlib is slow to load
    if note is None or not _still_holds(note):
        return None
    try:
        return _look(note, files)
    except GitError:
        return None
    except Exception as error:
        describe_defect(error)  # the full check looks at each file by itself, and says which it is
        return None


def _look(note: Any, files: Sequence[str]) -> Look | None:
    _, _, _, sources, cache, max_bytes, _, remembered, gate, has_plain_settings, on_warn = note
    # What is too large to be looked at need not be compared either.
    diff = GitProcess(os.curdir, ("-c", f"core.bigFileThreshold={max_bytes}", *_DIFF))
    # git works while this and the rules are loaded.
    from devmatrix_guard.commands.check.fast_scan import Look, contents_of, may_be_python
    from devmatrix_guard.engine.rules.cache import load_or_build

    compiled = load_or_build(sources, cache, note[2][0])
    staged = _staged_files(diff, remembered)
    if compiled.errors or staged is None or not {path for path, *_ in staged}.issuperset(files):
        return None
    looked = [change for change in staged if change[1] != "D" and may_be_python(change[0])]
    contents = contents_of(_git_dir(), [blob for _, _, blob, _ in looked], max_bytes=max_bytes)
    if contents is None:
        return None
    is_plain = has_plain_settings and _is_no_merge()
    look = Look(compiled, gate, is_plain=is_plain, on_warn=on_warn)
    has_deleted = any(status == "D" for _, status, *_ in staged)
    for path, status, blob, lines in looked:
        # A new file may be a renamed one, of which fewer lines are new.
        is_certain = lines is not None and not (status == "A" and has_deleted)
        if lines != () and (not files or path in files):
            look.at(path, contents[blob], lines, is_certain=is_certain)
    return look


def _is_no_merge() -> bool:
    return not os.path.exists(os.path.join(_git_dir(), "MERGE_HEAD"))  # noqa: PTH110, PTH118


def leave_note(
    git_dir: str,
    root: str,
    sources: Sequence[tuple[str, str]],
    cache: str,
    settings: Settings,
    undo_index: str,
    remembered: Iterable[str],
) -> None:
    """Write down what a check of the whole settings saw; a place that refuses is left alone."""
    is_plain = not settings.exclude and not settings.semgrep and settings.budget is None
    value = (
        *_FORMAT, _stamps(root, _SETTINGS), tuple(sources), cache, settings.max_file_kb * 1024,
        (undo_index, _stamp(undo_index)), frozenset(remembered), settings.fail_on, is_plain,
        settings.on_warn,
    )  # fmt: skip
    place = os.path.join(git_dir, _NOTE)  # noqa: PTH118
    try:
        replace_file(place, marshal.dumps(value))
    except OSError:
        return


def _git_dir() -> str:
    return os.environ.get("GIT_DIR", ".git")


def _read_note(place: str) -> Any:
    try:
        data = read_chosen(place, _MAX_BYTES)
        note = marshal.loads(data)  # noqa: S302  # git's own folder: no commit can fill it
    except (FileError, ValueError, EOFError, TypeError):
        return None
    return note if isinstance(note, tuple) and len(note) == 11 and note[:2] == _FORMAT else None


def _still_holds(note: Any) -> bool:
    undo_index, stamp = note[6]
    return bool(note[2] == _stamps(os.getcwd(), _SETTINGS) and stamp == _stamp(undo_index))  # noqa: PTH109


def _stamps(root: str, names: Sequence[str]) -> tuple[Any, ...]:
    """Return the root with what tells one state of its files from another."""
    return (root, *(_stamp(os.path.join(root, name)) for name in names))  # noqa: PTH118


def _stamp(path: str) -> tuple[int, ...] | None:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _staged_files(process: GitProcess, remembered: Any) -> list[Staged] | None:
    """Return path, status, blob and new lines of each change, None where one is not ordinary."""
    records, _, patch = b"".join(process.read_chunks()).partition(b"\0\0")
    fields = records.split(b"\0") if records else []
    sections = (b"\n" + patch).split(_SECTION)[1:]
    if process.code or len(fields) > 2 * _MAX_FILES or len(fields) != 2 * len(sections):
        return None
    found: list[Staged] = []
    for record, name, section in zip(fields[::2], fields[1::2], sections, strict=True):
        _, mode, old_blob, blob, status = record.decode("ascii").split(" ")
        path = os.fsdecode(name)
        if not _is_ordinary(path, mode, status) or path in remembered:
            return None
        is_shown = _HUNK in section or old_blob == blob
        found.append((path, status, blob, _new_lines(section) if is_shown else None))
    return found


def _new_lines(section: bytes) -> tuple[tuple[int, int], ...]:
    """Return the line ranges one file's patch adds: code cannot stand where a header does."""
    ranges = []
    for hunk in section.split(_HUNK)[1:]:
        start, _, count = hunk.split(b" ", 2)[1][1:].partition(b",")
        if count != b"0":
            ranges.append((int(start), int(start) + int(count or 1) - 1))
    return tuple(ranges)


def _is_ordinary(path: str, mode: str, status: str) -> bool:
    if status not in "AMD" or (status != "D" and mode not in ("100644", "100755")):
        return False
    if path.startswith(".guard/") or _last(path) in _SETTINGS or path.endswith(".ipynb"):
        return False
    folder = path.rpartition("/")[0]
    while folder:
        if any(os.path.exists(f"{folder}/{name}") for name in _SETTINGS):  # noqa: PTH110
            return False
        folder = folder.rpartition("/")[0]
    return len(path) < 1000 and "\\" not in path


def _last(path: str) -> str:
    return path.rpartition("/")[2]
