"""Tells generated code by a comment near its beginning."""

from __future__ import annotations

GENERATED = "generated code, as a comment in it says"
_COMMENT = rb"(?im)^#.*(?:@generated\b|\bgenerated\b.*\bdo not edit\b)"
_HEAD = 2048


def says_generated(source: bytes) -> bool:
    """Whether a comment at the top says that the file is generated."""
    head = source[:_HEAD]
    if b"generated" not in head.lower():
        return False
    import re

    return re.search(_COMMENT, head) is not None
