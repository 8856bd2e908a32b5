"""Writes the difference between two contents of a file as a patch that `git apply` takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import diff_bytes, unified_diff

_ESCAPES = {
    ord("\a"): b"\\a",
    ord("\b"): b"\\b",
    ord("\t"): b"\\t",
    ord("\n"): b"\\n",
    ord("\v"): b"\\v",
    ord("\f"): b"\\f",
    ord("\r"): b"\\r",
    ord('"'): b'\\"',
    ord("\\"): b"\\\\",
}


def make_patch(path: str, before: bytes, after: bytes) -> bytes:
    """Return the patch, empty where nothing differs; lines end as git holds they do, at `\\n`."""
    lines = list(
        diff_bytes(
            unified_diff,
            _split_lines(before),
            _split_lines(after),
            fromfile=_quote_name("a", path),
            tofile=_quote_name("b", path),
        )
    )
    if not lines:
        return b""
    header = b"diff --git " + _quote_name("a", path) + b" " + _quote_name("b", path) + b"\n"
    return header + b"".join(_end_lines(lines))


def _split_lines(content: bytes) -> list[bytes]:
    return [line + b"\n" for line in content.split(b"\n")[:-1]] + [
        last for last in [content.rpartition(b"\n")[2]] if last
    ]


def _end_lines(lines: list[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _quote_name(side: str, path: str) -> bytes:
    """Return a name as patches carry it: quoted where it holds anything unusual."""
    raw = os.fsencode(f"{side}/{path}")
    quoted = b"".join(
        _ESCAPES.get(byte) or (bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte)
        for byte in raw
    )
    return raw if quoted == raw else b'"' + quoted + b'"'
