"""Tells whether git's index is whole: git itself checks that in `git fsck` alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

_SUMS = ("sha1", "sha256")  # by the repository's object format


def is_index_whole(path: str) -> bool:
    """Whether the file ends with its checksum, or is not there.

    Git leaves zeros in its place where `index.skipHash` is set.
    """
    try:
        content = Path(path).read_bytes()
    except OSError:
        return True
    return any(_ends_with_its_sum(content, name) for name in _SUMS)


def _ends_with_its_sum(content: bytes, name: str) -> bool:
    size = hashlib.new(name, usedforsecurity=False).digest_size
    found = hashlib.new(name, content[:-size], usedforsecurity=False).digest()
    return len(content) > size and content[-size:] in (found, bytes(size))
