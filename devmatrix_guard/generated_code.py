"""Tells generated code by a comment near its beginning, and what code may be generated from."""

from __future__ import annotations

GENERATED = "generated code, as a comment in it says"
_COMMENT = rb"(?im)^#.*(?:@generated\b|\bgenerated\b.*\bdo not edit\b)"
_HEAD = 2048
SOURCE_ENDS = (".yaml", ".yml", ".json")
_SOURCE_WORDS = (b"openapi", b"overlay")  # one stands in every spec, and in every overlay


def says_generated(source: bytes) -> bool:
    """Whether a comment at the top says that the file is generated."""
    head = source[:_HEAD]
    words = head.lower()
    if b"generated" not in words or not any(map(_may_say, words.split(b"\n"))):
        return False
    import re  # nearly no file gets here, and loading it takes longer than all the rest

    return re.search(_COMMENT, head) is not None


def may_be_source(path: str, content: bytes | None) -> bool:
    """Whether a file may be a spec, or an overlay, that an application was generated from."""
    if content is None or not path.endswith(SOURCE_ENDS):
        return False
    return any(word in content for word in _SOURCE_WORDS)


def _may_say(line: bytes) -> bool:
    return line.startswith(b"#") and (
        b"@generated" in line or (b"generated" in line and b"do not edit" in line)
    )
