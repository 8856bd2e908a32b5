"""Rank InfraPatterns by how near their purpose is: TF-IDF cosine over code-aware words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.model.infra import InfraPattern, InfraRecord, Signature
from devmatrix_guard.model.words import split_words

_UNKNOWN = 0.5  # a pattern without outcomes is as likely to work as not


class Match(NamedTuple):
    """A pattern, how near its signature is to the one asked for (0 to 1), and its rank's score.

    The score is the similarity times the expected success of the next use, so that of two patterns
    for one purpose the one that fails falls behind.
    """

    pattern: InfraPattern
    similarity: float
    score: float


def rank(
    signature: Signature, patterns: Sequence[InfraPattern], records: Iterable[InfraRecord] = ()
) -> tuple[Match, ...]:
    """Return the patterns that share a word with the signature, best first, ties by id."""
    expected = {(r.pattern_id, r.version): (r.successes + 1) / (r.uses + 2) for r in records}
    texts = [Counter(_list_words(p.signature, p.pattern_id)) for p in patterns]
    weights = _weigh_words(texts)
    query = Counter(_list_words(signature))
    matches = [
        Match(
            pattern,
            similarity,
            similarity * expected.get((pattern.pattern_id, pattern.version), _UNKNOWN),
        )
        for pattern, text in zip(patterns, texts, strict=True)
        if (similarity := _measure_cosine(query, text, weights)) > 0
    ]
    return tuple(sorted(matches, key=lambda m: (-m.score, m.pattern.pattern_id)))


def _list_words(signature: Signature, name: str = "") -> list[str]:
    names = (*signature.inputs, *signature.outputs)
    return split_words(" ".join((name, signature.purpose, *names)))


def _weigh_words(texts: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """A word in every text still weighs a little, so that one pattern alone can be found."""
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
