"""Finds the strings of a Python file that go over several lines: what stands in them is no code."""

from __future__ import annotations

import re
from functools import lru_cache

from devmatrix_guard.engine.prefilter.outline import Outline

# One match runs to the end of the next such string, so that all that lies before it is passed over
# within the expression. Possessive throughout, and the end of the file is a match: without either
# it would be tried again from every place.
_NEXT = re.compile(
    rb"""(?:[^"'#]++|\#[^\n]*+|"(?!"")(?:\\.|[^"\\\n])*+"?+|'(?!'')(?:\\.|[^'\\\n])*+'?+)*+
    (?:(?P<text>\"{3}(?:\\.?+|[^"\\]|"(?!""))*+(?:"{3}|\Z)|'{3}(?:\\.?+|[^'\\]|'(?!''))*+(?:'{3}|\Z))
    |\Z)""",
    re.DOTALL | re.VERBOSE,
)
# The new side of a change is the old one of a later commit, and several ask about each.
_RECENT = 32


@lru_cache(maxsize=_RECENT)
def find_block_texts(source: bytes) -> tuple[tuple[int, int], ...]:
    """Return start and end of each string in triple quotes that goes over several lines.

    One that never ends goes to the end of the file.
    """
    if b'"""' not in source and b"'''" not in source:
        return ()
    spans = Outline(source).strings
    if spans is None:  # one has no end
        spans = [match.span("text") for match in _NEXT.finditer(source)]
    return tuple([span for span in spans if source.find(b"\n", *span) >= 0])
