"""How alike texts are: TF-IDF cosine over their words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence


def measure_similarities(query: Sequence[str], texts: Sequence[Sequence[str]]) -> list[float]:
    """Return how near each text is to a query, 0 to 1; both are words, in any order.

    How rare a word is counts as it is among these texts.
    """
    counted = [Counter(text) for text in texts]
    weights = _weigh_words(counted)
    asked = Counter(query)
    return [_measure_cosine(asked, text, weights) for text in counted]


def _weigh_words(texts: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """A word in every text still weighs a little, so that one text alone can be found."""
    frequency = Counter(word for text in texts for word in text)
    return {word: math.log(1 + len(texts) / count) for word, count in frequency.items()}


def _measure_cosine(
    a: Mapping[str, int], b: Mapping[str, int], weights: Mapping[str, float]
) -> float:
    shared = a.keys() & b.keys()
    dot = math.fsum(a[w] * b[w] * weights[w] ** 2 for w in shared)
    return dot / (_measure_norm(a, weights) * _measure_norm(b, weights)) if dot else 0.0


def _measure_norm(text: Mapping[str, int], weights: Mapping[str, float]) -> float:
    rare = max(weights.values(), default=1.0)
    return math.sqrt(math.fsum((n * weights.get(w, rare)) ** 2 for w, n in text.items()))
