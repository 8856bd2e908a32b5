"""Looks at the files of a change without parsing them: which could a rule mind at all?"""

from __future__ import annotations

import os

from devmatrix_guard.commands.check.generated_code import says_generated
from devmatrix_guard.engine.prefilter.scan import glance_at, may_suppress
from devmatrix_guard.errors import GitError
from devmatrix_guard.git.loose import TooLargeError, read_loose_blobs
from devmatrix_guard.git.process import GitProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devmatrix_guard.engine.prefilter.scan import Glance
    from devmatrix_guard.engine.rules.compiled import CompiledRules

    Lines = tuple[tuple[int, int], ...] | None

_SUFFIXES = (".py", ".pyi", ".pyw")
_HEAD = 400
_ODD = (b"\0", b"version https://git-lfs")


class Look:
    """What a first look at a commit gives.

    `files` are (path, content, new lines) of those a rule may mind, `glances` what a look at each
    told, `generated` the paths a comment says are generated. `is_plain` tells that findings in
    these files would be all a full check says; `gate` is the stage that fails it, `on_warn`
    what a warning does to the commit.
    """

    __slots__ = ("compiled", "files", "gate", "generated", "glances", "is_plain", "on_warn")

    def __init__(self, compiled: CompiledRules, gate: str, *, is_plain: bool, on_warn: str) -> None:
        self.compiled = compiled
        self.files: list[tuple[str, bytes, Lines]] = []
        self.glances: dict[str, Glance] = {}
        self.generated: list[str] = []
        self.gate = gate
        self.is_plain = is_plain
        self.on_warn = on_warn

    def at(self, path: str, content: bytes, lines: Lines, *, is_certain: bool) -> None:
        """Look at a file, and keep it unless no rule can mind it.

        Args:
            path: its name.
            content: all of it.
            lines: those to look at; None for all.
            is_certain: whether a full check would look at the same lines.
        """
        if not _is_python(path, content):
            return
        if says_generated(content):
            self.generated.append(path)
            return
        is_marked = may_suppress(content)
        glance = glance_at(self.compiled, content, None if is_marked else lines)
        if is_marked or glance.rules:
            self.files.append((path, content, lines))
            self.glances[path] = glance
            self.is_plain &= is_certain and not glance.outline.has_lone_returns


def may_be_python(path: str) -> bool:
    """Whether a name does not rule out Python."""
    return path.endswith(_SUFFIXES) or "." not in path.rpartition("/")[2]


def _is_python(path: str, content: bytes) -> bool:
    return path.endswith(_SUFFIXES) or (
        content.startswith(b"#!") and b"python" in content.partition(b"\n")[0]
    )


def contents_of(git_dir: str, blobs: Sequence[str], *, max_bytes: int) -> dict[str, bytes] | None:
    """Return what the blobs hold, None if one of them is large or no text.

    Raises:
        GitError: one of them is not here.
    """
    try:
        found = read_loose_blobs(git_dir, blobs, max_bytes=max_bytes)
    except TooLargeError:
        return None
    others = [blob for blob in blobs if blob not in found]
    found.update(zip(others, _asked_of_git(others), strict=True))
    if any(len(content) > max_bytes or _is_odd(content) for content in found.values()):
        return None
    return found


def _is_odd(content: bytes) -> bool:
    return any(odd in content for odd in _ODD) or _has_odd_encoding(content)


def _has_odd_encoding(content: bytes) -> bool:
    if b"coding" not in content[:_HEAD]:
        return False
    from devmatrix_guard.engine.tree.cookie import odd_encoding  # next to no file has a cookie

    return bool(odd_encoding(content))


def _asked_of_git(blobs: Sequence[str]) -> Iterator[bytes]:
    if not blobs:
        return
    asked = "".join(f"{blob}\n" for blob in blobs).encode("ascii")
    process = GitProcess(os.curdir, ("cat-file", "--batch"), stdin=asked)
    output = b"".join(process.read_chunks())
    position = 0
    for _ in blobs:
        end = output.find(b"\n", position)
        header = output[position:end].split(b" ")
        if len(header) != 3:
            raise GitError("a blob is not here")
        start = end + 1
        position = start + int(header[2]) + 1
        yield output[start : position - 1]
