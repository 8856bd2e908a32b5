"""Scans the files of a commit without parsing them: which of them may a rule have a finding in?"""

from __future__ import annotations

import os

from devmatrix_guard.commands.check.python_files import is_python
from devmatrix_guard.engine.prefilter.scan import may_suppress, prefilter
from devmatrix_guard.errors import GitError
from devmatrix_guard.git.loose import TooLargeError, read_loose_blobs
from devmatrix_guard.git.process import GitProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devmatrix_guard.engine.prefilter.scan import PrefilterResult
    from devmatrix_guard.engine.rules.compiled import CompiledRules

    Lines = tuple[tuple[int, int], ...] | None

_HEAD = 400
_TOP = 2048  # what `says_generated` reads
_ODD = (b"\0", b"version https://git-lfs")


class Scan:
    """What the prefilter knows of a commit in the making.

    `files` are (path, content, new lines) of those a rule may have a finding in, `scans` the
    engine's scan of each, `generated` the paths a comment says are generated. `is_plain` tells
    that findings in these files would be all a whole check says; `gate` is the stage that fails
    it, `on_warn` what a warning does to the commit, `fix` that safe fixes are to be written.
    """

    __slots__ = ("compiled", "files", "fix", "gate", "generated", "is_plain", "on_warn", "scans")

    def __init__(
        self, compiled: CompiledRules, gate: str, *, is_plain: bool, on_warn: str, fix: bool = False
    ) -> None:
        self.compiled = compiled
        self.files: list[tuple[str, bytes, Lines]] = []
        self.scans: dict[str, PrefilterResult] = {}
        self.generated: list[str] = []
        self.gate = gate
        self.is_plain = is_plain
        self.on_warn = on_warn
        self.fix = fix

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to find and nothing to say."""
        return not self.files and not self.generated

    def add(self, path: str, content: bytes, lines: Lines, *, is_certain: bool) -> None:
        """Scan a file, and keep it unless no rule can have a finding in it.

        Args:
            path: its name.
            content: all of it.
            lines: those to look at; None for all.
            is_certain: whether a whole check would look at the same lines.
        """
        if not is_python(path, content):
            return
        if _says_generated(content):
            self.generated.append(path)
            return
        is_marked = may_suppress(content)
        scan = prefilter(self.compiled, content, None if is_marked else lines)
        if is_marked or scan.rules:
            self.files.append((path, content, lines))
            self.scans[path] = scan
            self.is_plain &= is_certain and not scan.outline.has_lone_returns


def _says_generated(content: bytes) -> bool:
    if b"generated" not in content[:_TOP].lower():
        return False
    from devmatrix_guard.generated_code import says_generated  # hardly any file

    return says_generated(content)


def read_contents(git_dir: str, blobs: Sequence[str], *, max_bytes: int) -> dict[str, bytes] | None:
    """Return what the blobs hold, None if one of them is large or no text.

    Raises:
        GitError: one of them is not here.
    """
    try:
        found = read_loose_blobs(git_dir, blobs, max_bytes=max_bytes)
    except TooLargeError:
        return None
    others = [blob for blob in blobs if blob not in found]
    found.update(zip(others, _read_from_git(others), strict=True))
    if any(len(content) > max_bytes or _is_odd(content) for content in found.values()):
        return None
    return found


def _is_odd(content: bytes) -> bool:
    return any(odd in content for odd in _ODD) or _has_odd_encoding(content)


def _has_odd_encoding(content: bytes) -> bool:
    if b"coding" not in content[:_HEAD]:
        return False
    from devmatrix_guard.engine.tree.cookie import find_odd_encoding  # next to no file has a cookie

    return bool(find_odd_encoding(content))


def _read_from_git(blobs: Sequence[str]) -> Iterator[bytes]:
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
