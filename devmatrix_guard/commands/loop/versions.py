"""Which versions of InfraPatterns have proved themselves, and which are avoided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from devmatrix_guard.model.knowledge.learning import InfraTally, VersionChoice, VersionRank
from devmatrix_guard.model.posterior import Posterior

# After three months an outcome counts half: what failed may have been repaired meanwhile.
HALF_LIFE_DAYS = 90
KEPT_DAYS = 8 * HALF_LIFE_DAYS  # what is older weighs less than 1/256
# A single failure may be the machine's; two that were laid to the pattern are not.
_FEWEST_FAILURES = 1.5
# Against a version that nothing is known of, two failures without a success give exactly this.
_SURER_THAN = 0.74
Version = tuple[str, int, str]  # id, version, hash


def rank_versions(tallies: Iterable[InfraTally], today: date) -> dict[tuple[str, int], Posterior]:
    """Return what is known of each version's success rate, outcomes weighed by their age."""
    sums: dict[tuple[str, int], tuple[float, float]] = {}
    for tally in tallies:
        age = max((today - date.fromisoformat(tally.week)).days, 0)
        weight = 0.5 ** (age / HALF_LIFE_DAYS) if age >= 7 else 1.0
        good, bad = sums.get((tally.pattern_id, tally.version), (0.0, 0.0))
        good, bad = good + weight * tally.successes, bad + weight * tally.failures
        sums[tally.pattern_id, tally.version] = (good, bad)
    return {version: Posterior(*counts) for version, counts in sorted(sums.items())}


def list_ranks(posteriors: Mapping[tuple[str, int], Posterior]) -> tuple[VersionRank, ...]:
    """Return the versions, the likeliest to succeed first, ties by id."""
    ranks = [VersionRank(*version, posterior) for version, posterior in posteriors.items()]
    return tuple(sorted(ranks, key=lambda r: (-r.posterior.mean, r.pattern_id, -r.version)))


def choose_versions(
    used: Iterable[Version],
    others: Sequence[Version],
    posteriors: Mapping[tuple[str, int], Posterior],
) -> tuple[VersionChoice, ...]:
    """Return the versions to take instead of those that would be used.

    A version is left for another when at least two failures were laid to it, and the other is
    likelier to succeed by three to one. So a new version gets its trial, a bad one gets no third,
    and what failed is tried again when its failures have faded with age.

    Args:
        used: what is used without a choice.
        others: every frozen version there is.
        posteriors: from `rank_versions`.
    """
    choices = []
    for pattern_id, version, _ in used:
        own = posteriors.get((pattern_id, version), Posterior())
        if own.failures < _FEWEST_FAILURES:
            continue
        rivals = []
        for other_id, number, sha in others:
            if other_id != pattern_id or number == version:
                continue
            rival = posteriors.get((pattern_id, number), Posterior())
            odds = rival.calculate_superiority(own)
            if odds >= _SURER_THAN:
                rivals.append((rival.mean, number, sha, rival))
        if rivals:
            _, number, sha, rival = max(rivals)
            reason = f"{_describe(own)}; version {number} {_describe(rival)}"
            choices.append(VersionChoice(pattern_id, number, sha, version, reason))
    return tuple(choices)


def _describe(posterior: Posterior) -> str:
    uses = posterior.successes + posterior.failures
    if not posterior.is_known:
        return "has not been tried"
    return f"failed {posterior.failures:.0f} of {uses:.0f}"
