"""Bytes kept in a file with a sum of them, so that a damaged one is known before it is read."""

from __future__ import annotations

from zlib import crc32

_MARK = b"guard1"
_SUM = 4


def seal(data: bytes) -> bytes:
    """Return bytes with their sum in front."""
    return _MARK + crc32(data).to_bytes(_SUM, "big") + data


def unseal(kept: bytes) -> bytes:
    """Return what was sealed.

    Raises:
        ValueError: it is not as it was written, or was written without a sum.
    """
    start = len(_MARK) + _SUM
    data = kept[start:]
    if kept[: len(_MARK)] != _MARK or kept[len(_MARK) : start] != crc32(data).to_bytes(_SUM, "big"):
        raise ValueError("the sum is another")
    return data
