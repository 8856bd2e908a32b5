"""Tell from a look at a file's bytes which rules may have a finding on some of its lines.

Imports nothing that is slow to load: most files of most commits need no closer look.
"""

from __future__ import annotations

from devmatrix_guard.engine.keywords import find_candidates, find_words
from devmatrix_guard.engine.prefilter.outline import Outline, find_first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from devmatrix_guard.engine.prefilter.outline import Spans
    from devmatrix_guard.engine.rules.compiled import CompiledRules

_SUPPRESSING = (b"guard:", b"nosem")
_HEADS = (b"\ndef ", b"\nclass ", b"\nasync def ")


class PrefilterResult:
    """What a look tells: the numbers of the rules that may find something, and the outline.

    `is_literal` tells that every word of the file is read as it is written; `words` are all of
    them, None where only those near a change were looked at.
    """

    __slots__ = ("is_literal", "outline", "rules", "words")

    def __init__(
        self,
        outline: Outline,
        rules: Sequence[int],
        *,
        is_literal: bool = True,
        words: set[bytes] | None = None,
    ) -> None:
        self.outline = outline
        self.rules = rules
        self.is_literal = is_literal
        self.words = words


def may_suppress(data: bytes) -> bool:
    """Whether a comment of the file may silence a finding: one may stand on any of its lines."""
    return any(mark in data for mark in _SUPPRESSING)


def prefilter(
    compiled: CompiledRules, data: bytes, lines: Sequence[tuple[int, int]] | None
) -> PrefilterResult:
    """Look for the words of every rule in a file, and around the lines if they are given."""
    outline = Outline(data)
    if not data.isascii() and (reread := _reread_words(data)):
        found = find_words(data) | reread
        return PrefilterResult(
            outline, find_candidates(compiled.index, found), is_literal=False, words=found
        )
    words = None if lines is None else find_words_near(outline, lines)
    if words is None:
        found = find_words(data)
        return PrefilterResult(outline, find_candidates(compiled.index, found), words=found)
    near = find_candidates(compiled.near_index, words)
    # Few rules are left by the few words near the change: the file is asked for theirs alone.
    return PrefilterResult(
        outline, [n for n in near if _may_match(compiled.rule(n).anchors, outline)]
    )


def _may_match(anchors: tuple[tuple[bytes, ...], ...] | None, outline: Outline) -> bool:
    return anchors is None or any(all(map(outline.has_word, words)) for words in anchors)


def _reread_words(data: bytes) -> frozenset[bytes]:
    from devmatrix_guard.engine.prefilter.lookalikes import reread_words  # most files are ASCII

    return reread_words(data)


# ---- the words near a change ----
#
# A match never reaches over the end of a top-level statement, so a rule whose words are not in the
# statements around the change cannot match there. Only functions and classes are taken for the
# borders: `def` and `class` at the start of a line can stand inside nothing but a string.


def find_words_near(outline: Outline, lines: Sequence[tuple[int, int]]) -> set[bytes] | None:
    """Return the words of the top-level statements that touch the lines, aliases seen through.

    None when that cannot be told without parsing.
    """
    texts = None if outline.has_lone_returns else outline.strings
    if texts is None:
        return None
    data = outline.data
    words: set[bytes] = set()
    for first, last in lines:
        begin = outline.find_row(first - 1)
        end = outline.find_row(last)
        start = _skip_blanks(data, begin, end, texts)
        head = _find_head_before(data, start, texts)
        begin = _include_decorators(data, head, texts)
        words.update(outline.words_between(begin, _find_border_after(data, head, end, texts)))
    return words | {name for name, alias in outline.renamings() if alias in words}


def _skip_blanks(data: bytes, start: int, end: int, texts: Spans) -> int:
    """Pass the blank lines before a head: they belong to no statement."""
    blanks = end - start - len(data[start:end].lstrip())
    code = start + blanks
    if not data.startswith(_HEADS, code - 1) or _find_string_around(texts, code) is not None:
        return start
    return code


def _include_decorators(data: bytes, head: int, texts: Spans) -> int:
    """Return where the statement of a head begins."""
    if head <= 0:
        return 0
    decorator = data.find(b"\n@", max(0, _find_head_before(data, head - 1, texts)), head)
    return head if decorator < 0 else decorator


def _find_head_before(data: bytes, position: int, texts: Spans) -> int:
    """Return the last line break before a head that starts at or before the position."""
    end = position
    while True:
        found = -1
        for head in _HEADS:  # the nearest is wanted: each next search ends where the last did
            found = max(found, data.rfind(head, max(found, 0), end + len(head) - 1))
        text = _find_string_around(texts, found)
        if text is None:
            return found
        end = text[0]


def _find_border_after(data: bytes, head: int, position: int, texts: Spans) -> int:
    """Return the next head that is not decorated by the lines before the position, or the end."""
    decorator = data.find(b"\n@", max(0, head), position)
    found = _find_head_after(data, position, texts)
    return found if decorator < 0 else _find_head_after(data, found + 2, texts)


def _find_head_after(data: bytes, position: int, texts: Spans) -> int:
    start = max(0, position - 1)
    while (found := find_first(data, _HEADS, start)) >= 0:
        text = _find_string_around(texts, found)
        if text is None:
            return found
        start = text[1]
    return len(data)


def _find_string_around(texts: Spans, position: int) -> tuple[int, int] | None:
    """Return the string a position is in."""
    if not texts:
        return None
    from _bisect import bisect_right  # `bisect` is a second file to load

    index = bisect_right(texts, (position, position)) - 1
    return texts[index] if index >= 0 and position < texts[index][1] else None
