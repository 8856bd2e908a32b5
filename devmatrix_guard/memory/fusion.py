"""Join rankings of different kinds into one, without comparing their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_K = 60  # as in Cormack, Clarke and Büttcher 2009, who proposed reciprocal rank fusion


def fuse(
    rankings: Mapping[str, Sequence[str]], weights: Mapping[str, float] | None = None
) -> list[tuple[str, float, dict[str, int]]]:
    """Return (key, score, {signal: rank}) best first, by reciprocal rank fusion.

    A key's score is the sum of weight / (60 + rank) over the rankings that hold it, scaled so that
    first in every ranking is 1.0; ties go by key.

    Args:
        weights: how much a ranking counts, more than 0; 1 where nothing is said of it.
    """
    counted = {signal: (weights or {}).get(signal, 1.0) for signal in rankings}
    ranks: dict[str, dict[str, int]] = {}
    sums: dict[str, float] = {}
    for signal, keys in rankings.items():
        weight = counted[signal]
        for rank, key in enumerate(keys, start=1):
            if key in ranks:
                ranks[key][signal] = rank
                sums[key] += weight / (_K + rank)
            else:
                ranks[key] = {signal: rank}
                sums[key] = weight / (_K + rank)
    best = sum(counted.values()) / (_K + 1)
    scored = [(key, total / best, ranks[key]) for key, total in sums.items()]
    return sorted(scored, key=lambda item: (-item[1], item[0]))
