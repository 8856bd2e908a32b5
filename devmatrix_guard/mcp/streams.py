"""The standard streams of `guard mcp`: lines that are no messages are answered before the SDK.

The SDK reads `sys.stdin.buffer` and writes `sys.stdout.buffer`, whichever its version. It is given
buffers of ours there; what else is printed, by a process that was started too, goes to standard
error, and never between two messages.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from devmatrix_guard.commands.json_rpc import parse_message
from devmatrix_guard.mcp.messages import refuse_length, refuse_message

_MOST_READ = 64 << 20  # a longer line is not read for its id
_MOST_WAIT = 600.0  # seconds for what is under way when input ends


class OpenRequests:
    """The requests that were read and have no answer yet: the SDK drops them when input ends."""

    def __init__(self) -> None:
        self._ids: Counter[object] = Counter()
        self._changed = threading.Condition()
        self._is_read = True

    def note_message(self, line: bytes) -> None:
        """Note a request, or that one is called off, to which no answer may come."""
        message = parse_message(line)
        with self._changed:
            if "method" in message and "id" in message:
                self._ids[message["id"]] += 1
            elif message.get("method") == "notifications/cancelled":
                self._drop((message.get("params") or {}).get("requestId"))

    def note_answer(self, line: bytes) -> None:
        """Note an answer; what else is written to a client has a method."""
        message = json.loads(line)
        if "method" not in message:
            with self._changed:
                self._drop(message.get("id"))

    def stop_waiting(self) -> None:
        """Note that nobody reads answers any more."""
        with self._changed:
            self._is_read = False
            self._changed.notify_all()

    def wait_for_answers(self, seconds: float) -> None:
        """Return when every request has its answer, nobody reads it, or time is up."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._ids and self._is_read), seconds)

    def _drop(self, known: object) -> None:
        if isinstance(known, str | int) and known in self._ids:
            self._ids[known] -= 1
            self._ids = +self._ids
            self._changed.notify_all()


class WholeLines(io.RawIOBase):
    """Writes what it is given without a break, from whichever thread.

    Args:
        target: where the client reads.
        requests: what it waits for.
    """

    def __init__(self, target: BinaryIO, requests: OpenRequests) -> None:
        self._target = target
        self._requests = requests
        self._begun = b""
        self._lock = threading.Lock()

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, data: Any) -> int:
        """Write all of it and let it go."""
        with self._lock:
            try:
                self._target.write(data)
                self._target.flush()
            except OSError:
                self._requests.stop_waiting()
                raise
            *lines, self._begun = (self._begun + bytes(data)).split(b"\n")
        for line in lines:
            self._requests.note_answer(line)
        return len(data)


class AcceptedLines(io.RawIOBase):
    """Reads lines that are messages; whoever sent another gets the protocol's error for it.

    Args:
        source: where the client writes.
        answers: where it reads.
        requests: gets those that are passed on; the end is, when they are answered.
    """

    def __init__(self, source: BinaryIO, answers: WholeLines, requests: OpenRequests) -> None:
        self._source = source
        self._answers = answers
        self._requests = requests
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
                self._requests.note_message(line)
                return line
            else:
                refusal = refused
            try:
                self._answers.write(refusal)
            except OSError:  # nobody reads any more
                return b""
        self._requests.wait_for_answers(_MOST_WAIT)
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
    requests = OpenRequests()
    answers = WholeLines(os.fdopen(writing, "wb", closefd=False), requests)
    source = os.fdopen(reading, "rb", closefd=False)
    sys.stdin = _Standard(io.BufferedReader(AcceptedLines(source, answers, requests)))
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
