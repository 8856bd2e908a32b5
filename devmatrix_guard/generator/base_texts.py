"""How generated texts are kept beside an application: packed, one file for each, under their hash.

Two branches then never change one of these files: each adds some and removes some. Packed, no two
of them resemble each other, so that git takes none for another that was renamed.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64decode, b64encode

_MAX_BYTES = 64 << 20
_FAST = 1


def pack_text(text: str) -> str:
    """Return a text as it is kept."""
    return b64encode(zlib.compress(text.encode(), _FAST)).decode() + "\n"


def unpack_text(data: bytes, sha: str) -> bytes | None:
    """Return the text whose SHA-256 is `sha` from what is kept, None where that is another.

    Releases before 0.3 kept it as it is.
    """
    if hashlib.sha256(data).hexdigest() == sha:
        return data
    try:
        unpacker = zlib.decompressobj()
        found = unpacker.decompress(b64decode(data, validate=False), _MAX_BYTES)
    except (ValueError, zlib.error):
        return None
    return found if hashlib.sha256(found).hexdigest() == sha else None
