"""Messages that wait for their answer: as many as fit into so many bytes; more are not read yet."""

from __future__ import annotations

import queue
from typing import Any, BinaryIO

from devmatrix_guard.commands.editor.messages import EndOfStreamError, read_message
from devmatrix_guard.commands.json_rpc import MessageError

_MOST_BYTES = 64 << 20
_EACH = 1024  # what a message costs besides its bytes

Waiting = dict[str, Any] | MessageError | None  # None for the end


class WaitingMessages(queue.Queue[tuple[Waiting, int]]):
    """A queue that is full when what waits has so many bytes.

    Args:
        most: how many.
    """

    def __init__(self, most: int = _MOST_BYTES) -> None:
        self._held = 0
        super().__init__(most)

    def _qsize(self) -> int:
        return self._held

    def _put(self, item: tuple[Waiting, int]) -> None:
        super()._put(item)
        self._held += item[1]

    def _get(self) -> tuple[Waiting, int]:
        item: tuple[Waiting, int] = super()._get()
        self._held -= item[1]
        return item


class CountedStream:
    """A stream that knows how much was read from it.

    Args:
        stream: where it is read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.taken = 0

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        return self._count(self._stream.read(size))

    def readline(self, size: int) -> bytes:
        """Return the rest of a line, or so many bytes of it."""
        return self._count(self._stream.readline(size))

    def _count(self, data: bytes) -> bytes:
        self.taken += len(data)
        return data


def read_all(stream: BinaryIO, waiting: WaitingMessages) -> None:
    """Put messages into a queue, None at the end, until the client leaves."""
    counted = CountedStream(stream)
    message: Waiting = {}
    while message is not None and not _is_exit(message):
        counted.taken = 0
        try:
            message = read_message(counted)
        except MessageError as error:
            message = error
        except (EndOfStreamError, OSError):
            message = None
        waiting.put((message, counted.taken + _EACH))


def _is_exit(message: dict[str, Any] | MessageError) -> bool:
    return isinstance(message, dict) and message.get("method") == "exit"
