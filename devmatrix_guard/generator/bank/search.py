"""Rank InfraPatterns by how near their purpose is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from devmatrix_guard.generator.similarity import WeighedTexts
from devmatrix_guard.model.knowledge.infra import InfraPattern, InfraRecord, Signature
from devmatrix_guard.model.words import split_words

_UNKNOWN = 0.5  # a pattern without outcomes is as likely to work as not


class Match(NamedTuple):
    """A pattern, how near its signature is to the one asked for (0 to 1), and its rank's score.

    The score is the similarity times the expected success of the next use, so that of two patterns
    for one purpose the one that fails falls behind. `coverage` is the share of the words asked for
    that its signature has.
    """

    pattern: InfraPattern
    similarity: float
    score: float
    coverage: float


def rank(
    signature: Signature, patterns: Sequence[InfraPattern], records: Iterable[InfraRecord] = ()
) -> tuple[Match, ...]:
    """Return the patterns that share a word with the signature, best first, ties by id."""
    return PatternIndex(patterns, records).rank(signature)


class PatternIndex:
    """The words of patterns, weighed once for many signatures.

    Args:
        patterns: what is found.
        records: how their uses went.
    """

    def __init__(
        self, patterns: Sequence[InfraPattern], records: Iterable[InfraRecord] = ()
    ) -> None:
        self._patterns = patterns
        self._expected = {
            (r.pattern_id, r.version): (r.successes + 1) / (r.uses + 2) for r in records
        }
        words = [_list_words(p.signature, p.pattern_id) for p in patterns]
        self._words = list(map(frozenset, words))
        self._texts = WeighedTexts(words)

    def rank(self, signature: Signature) -> tuple[Match, ...]:
        """Return the patterns that share a word with the signature, best first, ties by id."""
        asked = _list_words(signature)
        nearness = self._texts.measure(asked)
        wanted = frozenset(asked)
        matches = [
            Match(
                pattern,
                similarity,
                similarity * self._expected.get((pattern.pattern_id, pattern.version), _UNKNOWN),
                len(wanted & words) / len(wanted),
            )
            for pattern, words, similarity in zip(
                self._patterns, self._words, nearness, strict=True
            )
            if similarity > 0
        ]
        return tuple(sorted(matches, key=lambda m: (-m.score, m.pattern.pattern_id)))


def _list_words(signature: Signature, name: str = "") -> list[str]:
    names = (*signature.inputs, *signature.outputs)
    return split_words(" ".join((name, signature.purpose, *names)))
