"""The standard streams of `guard mcp`: lines that are no messages are answered before the SDK.

The SDK reads `sys.stdin.buffer` and writes `sys.stdout.buffer`, whichever its version. It is given
buffers of ours there; what else is printed, by a process that was started too, goes to standard
error, and never between two messages.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from devmatrix_guard.mcp.messages import refuse_length, refuse_message

_MOST_READ = 64 << 20  # a longer line is not read for its id


class WholeLines(io.RawIOBase):
    """Writes what it is given without a break, from whichever thread."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._lock = threading.Lock()

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, data: Any) -> int:
        """Write all of it and let it go."""
        with self._lock:
            self._target.write(data)
            self._target.flush()
        return len(data)


class AcceptedLines(io.RawIOBase):
    """Reads lines that are messages; whoever sent another gets the protocol's error for it.

    Args:
        source: where the client writes.
        answers: where it reads.
    """

    def __init__(self, source: BinaryIO, answers: WholeLines) -> None:
        self._source = source
        self._answers = answers
        self._left = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what is left of a line, or with the next."""
        self._left = self._left or self._read_line()
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def _read_line(self) -> bytes:
        """Return the next line that is a message, empty where the client has gone."""
        while line := self._source.readline(_MOST_READ):
            if not line.strip():
                continue
            if len(line) == _MOST_READ and not line.endswith(b"\n"):
                refusal = refuse_length()
                while line and not line.endswith(b"\n"):
                    line = self._source.readline(_MOST_READ)
            elif (refused := refuse_message(line)) is None:
                return line
            else:
                refusal = refused
            try:
                self._answers.write(refusal)
            except OSError:  # nobody reads any more
                return b""
        return b""


class _Standard:
    """A standard stream of which the SDK takes the buffer; the rest is standard error."""

    def __init__(self, buffer: Any) -> None:
        self.buffer = buffer

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


@contextmanager
def claim_streams() -> Iterator[None]:
    """Let the SDK read messages alone, and keep both ends from whatever else runs meanwhile."""
    before = sys.stdin, sys.stdout
    reading, writing = os.dup(0), os.dup(1)
    _point(0, os.open(os.devnull, os.O_RDONLY))
    _point(1, _open_stray_output())
    answers = WholeLines(os.fdopen(writing, "wb", closefd=False))
    source = os.fdopen(reading, "rb", closefd=False)
    sys.stdin = _Standard(io.BufferedReader(AcceptedLines(source, answers)))
    sys.stdout = _Standard(answers)
    try:
        yield
    finally:
        sys.stdin, sys.stdout = before
        os.dup2(reading, 0)
        os.dup2(writing, 1)


def _open_stray_output() -> int:
    with suppress(OSError):
        return os.dup(2)
    return os.open(os.devnull, os.O_WRONLY)  # nobody gave this process a standard error


def _point(descriptor: int, target: int) -> None:
    os.dup2(target, descriptor)
    os.close(target)
