"""How alike texts are: TF-IDF cosine over their words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple


def measure_similarities(query: Sequence[str], texts: Sequence[Sequence[str]]) -> list[float]:
    """Return how near each text is to a query, 0 to 1; both are words, in any order.

    How rare a word is counts as it is among these texts.
    """
    return WeighedTexts(texts).measure(query)


class WeighedTexts:
    """Texts whose words are counted and weighed once, for many queries.

    Args:
        texts: the words of each, in any order.
    """

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        counted = [Counter(text) for text in texts]
        self._weights = _weigh_words(counted)
        self._rare = max(self._weights.values(), default=1.0)
        self._texts = [self._weigh(text) for text in counted]
        self._holders: dict[str, list[int]] = {}
        for place, text in enumerate(counted):
            for word in text:
                self._holders.setdefault(word, []).append(place)

    def measure(self, query: Sequence[str]) -> list[float]:
        """Return how near each text is to a query, 0 to 1, in the order given."""
        asked = self._weigh(Counter(query))
        nearness = [0.0] * len(self._texts)
        for place in {place for word in asked.words for place in self._holders.get(word, ())}:
            nearness[place] = _measure_cosine(asked, self._texts[place])
        return nearness

    def _weigh(self, text: Mapping[str, int]) -> _Weighed:
        """Weigh the words of a text; one that no text has is as rare as the rarest."""
        words = {w: n * self._weights.get(w, self._rare) for w, n in text.items()}
        return _Weighed(words, math.sqrt(math.fsum(v**2 for v in words.values())))


class _Weighed(NamedTuple):
    """The words of a text by how much they say, and the length of that as a vector."""

    words: Mapping[str, float]
    norm: float


def _weigh_words(texts: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """A word in every text still weighs a little, so that one text alone can be found."""
    frequency = Counter(word for text in texts for word in text)
    return {word: math.log(1 + len(texts) / count) for word, count in frequency.items()}


def _measure_cosine(a: _Weighed, b: _Weighed) -> float:
    shared = a.words.keys() & b.words.keys()
    dot = math.fsum(a.words[w] * b.words[w] for w in shared)
    return dot / (a.norm * b.norm) if dot else 0.0
