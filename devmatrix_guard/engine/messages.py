"""What goes through the pipe between a check and the processes that share its files."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

_HEAD = 8


def send(pipe: BinaryIO, data: bytes) -> None:
    """Send a message."""
    pipe.write(len(data).to_bytes(_HEAD, "big") + data)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes:
    """Return the next message.

    Raises:
        EOFError: there is none.
    """
    head = pipe.read(_HEAD)
    if len(head) < _HEAD:
        raise EOFError
    size = int.from_bytes(head, "big")
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data
