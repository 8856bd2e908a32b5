"""Tell from a look at a file's bytes which rules may have a finding on some of its lines.

Imports nothing that is slow to load: most files of most commits need no closer look.
"""

from __future__ import annotations

from devmatrix_guard.engine.keywords import find_candidates, find_words
from devmatrix_guard.engine.prefilter.outline import Outline
from devmatrix_guard.engine.prefilter.regions import find_words_near

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from devmatrix_guard.engine.rules.compiled import CompiledRules

_SUPPRESSING = (b"guard:", b"nosem")


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
