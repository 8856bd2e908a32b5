"""Reads file contents out of git, all from one `git cat-file --batch`."""

from __future__ import annotations

import os

from devmatrix_guard.file_listing import CLOSE
from devmatrix_guard.git.process import run_git, spawn_git, wait_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from devmatrix_guard.git.repository import Repository

_DRAIN = 1 << 20
_SHORTEST_ID = 40


class BlobReader:
    """A context manager over one `git cat-file --batch`; git is started by the first read.

    Args:
        repo: where to read.
        keep_bytes: how much of what was read by its id is kept: one who walks a history asks for
            the same contents several times, as one commit's new side is another's old one.
    """

    def __init__(self, repo: Repository, *, keep_bytes: int = 0) -> None:
        self._cwd = repo.root
        self._pid: int | None = None
        self.absent: set[str] = set()  # ids of objects that are known to git, and not here
        self._recent: dict[str, bytes] = {}  # the one asked for longest ago first
        self._free = self._most = keep_bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def read(self, blob_id: str, max_bytes: int | None = None) -> bytes | None:
        """Return a blob's bytes; None when it is absent, no blob, or larger than `max_bytes`.

        `blob_id` may be anything git resolves to a blob, such as `HEAD:setup.py`.
        """
        known = self._recent.pop(blob_id, None)
        if known is not None:
            self._recent[blob_id] = known
            return None if max_bytes is not None and len(known) > max_bytes else known
        size = self._request_object(blob_id)
        if size is None:
            return None
        if max_bytes is not None and size > max_bytes:
            self._skip(size + 1)
            return None
        data = self._output.read(size + 1)[:-1]
        if size <= self._most and len(blob_id) >= _SHORTEST_ID and ":" not in blob_id:
            self._keep(blob_id, data)
        return data

    def _keep(self, blob_id: str, data: bytes) -> None:
        self._free -= len(data)
        while self._free < 0:
            self._free += len(self._recent.pop(next(iter(self._recent))))
        self._recent[blob_id] = data

    def get_size(self, blob_id: str) -> int | None:
        """Return a blob's size; None when it is absent or no blob."""
        size = self._request_object(blob_id)
        if size is not None:
            self._skip(size + 1)
        return size

    def _request_object(self, blob_id: str) -> int | None:
        """Ask for an object; return its size if a blob follows."""
        if "\n" in blob_id or blob_id.endswith("\r"):
            found = self._resolve(blob_id)
            if found is None:
                return None
            blob_id = found
        if self._pid is None:
            self._start()
        self._input.write(os.fsencode(blob_id) + b"\n")
        self._input.flush()
        answer = self._output.readline().split(b" ")
        is_id = len(blob_id) >= 40 and not blob_id.strip("0123456789abcdef")
        if answer == [b""]:
            # An absent object of a partial clone ends an older git: start another next time.
            self._stop()
            self.absent.update([blob_id] * is_id)
            return None
        if is_id and answer[-1].strip() == b"missing":
            self.absent.add(blob_id)
        if len(answer) < 3 or not answer[-1].strip().isdigit():
            return None
        size = int(answer[-1])
        if answer[-2] != b"blob":
            self._skip(size + 1)
            return None
        return size

    def _resolve(self, name: str) -> str | None:
        """Return the id of what a name stands for: a line break in it would end a question."""
        question = ("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        code, output, _ = run_git(self._cwd, *question)
        return None if code else output.decode("ascii").strip()

    def _skip(self, count: int) -> None:
        while count > 0:
            count -= len(self._output.read(min(count, _DRAIN)))

    def _start(self) -> None:
        child_in, our_in = os.pipe()
        our_out, child_out = os.pipe()
        silent = os.open(os.devnull, os.O_WRONLY | CLOSE)
        self._input = os.fdopen(our_in, "wb")
        self._output = os.fdopen(our_out, "rb", buffering=1 << 16)
        try:
            ends = (child_in, child_out, silent)
            self._pid = spawn_git(self._cwd, ("cat-file", "--batch"), ends)
        finally:
            for end in (child_in, child_out, silent):
                os.close(end)

    def _stop(self) -> None:
        if self._pid is None:
            return
        # The reading end goes first: nothing is left to write, so closing the other cannot block.
        self._output.close()
        self._input.close()
        wait_for(self._pid)
        self._pid = None
