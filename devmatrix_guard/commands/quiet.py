"""Tells, before anything slow is imported, that no rule can have a word to say about a commit.

A full check leaves a note in git's folder: the settings it saw, where its compiled rules are, the
files whose fixes are remembered. While that holds, a change needs no look whose files, around the
changed lines, hold none of the words any rule waits for. Whatever is out of the ordinary is left to
the full check.
"""

from __future__ import annotations

import marshal
import os

from devmatrix_guard.engine.cache import load_or_build
from devmatrix_guard.engine.prefilter import surviving
from devmatrix_guard.errors import GitError
from devmatrix_guard.git.process import GitProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    Lines = tuple[tuple[int, int], ...] | None

_FORMAT = ("guard-quiet", 1)
_NOTE = "guard/quiet.bin"
_MAX_FILES = 200
_SETTINGS = ("pyproject.toml", "guard.toml")
_ODD = (b"\0", b"guard:", b"nosem", b"version https://git-lfs")
_DIFF = ("diff", "--cached", "--raw", "-p", "-z", "-U0", "--no-abbrev", "--full-index",
         "--no-renames", "--no-relative", "--inter-hunk-context=0", "--diff-algorithm=myers",
         "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short",
         "--ignore-submodules=none", "--ita-invisible-in-index", "-O/dev/null")  # fmt: skip
_SECTION, _HUNK = b"\ndiff --git ", b"\n@@ -"


def has_nothing_to_say(files: Sequence[str]) -> bool:
    """Whether a check of what is staged, called from the root, would certainly be silent.

    Args:
        files: the files a hook runner names; each must have a staged change.
    """
    if any(name.startswith(("GUARD_", "PRE_COMMIT_FROM")) for name in os.environ):
        return False
    note = _read_note(os.path.join(_git_dir(), _NOTE))  # noqa: PTH118  # pathlib is slow to load
    if note is None or not _still_holds(note):
        return False
    _, _, _, sources, cache, max_bytes, _, remembered = note
    try:
        staged = _staged_files(files, remembered)
        if staged is None:
            return False
        compiled = load_or_build(sources, cache)
        if compiled.errors:
            return False
        return all(
            _is_plain(content, max_bytes) and not surviving(compiled, content, lines)
            for content, lines in zip(
                _contents([blob for blob, _ in staged]), [lines for _, lines in staged], strict=True
            )
        )
    except GitError:
        return False


def leave_note(
    git_dir: str,
    root: str,
    sources: Sequence[tuple[str, str]],
    cache: str,
    max_file_kb: int,
    undo_index: str,
    remembered: Iterable[str],
) -> None:
    """Write down what a check of the whole settings saw; a place that refuses is left alone."""
    value = (
        *_FORMAT, _stamps(root, _SETTINGS), tuple(sources), cache, max_file_kb * 1024,
        (undo_index, _stamp(undo_index)), frozenset(remembered),
    )  # fmt: skip
    place = os.path.join(git_dir, _NOTE)  # noqa: PTH118
    data = marshal.dumps(value)
    temporary = f"{place}.{os.getpid()}"
    try:
        with open(temporary, "wb") as file:  # noqa: PTH123
            file.write(data)
        os.replace(temporary, place)  # noqa: PTH105
    except OSError:
        return


def _git_dir() -> str:
    return os.environ.get("GIT_DIR", ".git")


def _read_note(place: str) -> Any:
    try:
        with open(place, "rb") as file:  # noqa: PTH123
            note = marshal.load(file)  # noqa: S302  # git's own folder: no commit can fill it
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return note if isinstance(note, tuple) and len(note) == 8 and note[:2] == _FORMAT else None


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


def _staged_files(files: Sequence[str], remembered: Any) -> list[tuple[str, Lines]] | None:
    """Return the staged blobs to look at, each with the lines that are new.

    None where the change is out of the ordinary.
    """
    process = GitProcess(os.curdir, _DIFF)
    records, _, patch = b"".join(process.chunks()).partition(b"\0\0")
    fields = records.split(b"\0") if records else []
    sections = (b"\n" + patch).split(_SECTION)[1:]
    if process.code or len(fields) > 2 * _MAX_FILES or len(fields) != 2 * len(sections):
        return None
    paths: set[str] = set()
    found: list[tuple[str, Lines]] = []
    for record, name, section in zip(fields[::2], fields[1::2], sections, strict=True):
        _, mode, old_blob, blob, status = record.decode("ascii").split(" ")
        path = os.fsdecode(name)
        paths.add(path)
        if not _is_ordinary(path, mode, status) or path in remembered:
            return None
        if status != "D" and (path.endswith((".py", ".pyi", ".pyw")) or "." not in _last(path)):
            is_shown = _HUNK in section or old_blob == blob
            found.append((blob, _new_lines(section) if is_shown else None))
    return found if paths.issuperset(files) else None


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


def _contents(blobs: Sequence[str]) -> Iterator[bytes]:
    if not blobs:
        return
    asked = "".join(f"{blob}\n" for blob in blobs).encode("ascii")
    process = GitProcess(os.curdir, ("cat-file", "--batch"), stdin=asked)
    output = b"".join(process.chunks())
    position = 0
    for _ in blobs:
        end = output.find(b"\n", position)
        header = output[position:end].split(b" ")
        if len(header) != 3:
            raise GitError("a blob is not here")
        start = end + 1
        position = start + int(header[2]) + 1
        yield output[start : position - 1]


def _is_plain(content: bytes, max_bytes: int) -> bool:
    """Whether a full check would not skip the file, nor read its comments."""
    if len(content) > max_bytes or any(odd in content for odd in _ODD):
        return False
    comments = (line for line in content[:2048].lower().split(b"\n") if line.startswith(b"#"))
    return not any(b"generated" in line for line in comments)
