"""Says in words what speaks for and against a FixPattern."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.model.knowledge.pattern import Evidence

_SHOWN = 3


def write_evidence(evidence: Evidence) -> Iterator[str]:
    """Yield one sentence for each thing that was counted."""
    places = _count(evidence.sites_fixed, "place")
    files = _count(evidence.files, "file")
    done = "Changed" if evidence.is_migration else "Fixed"
    yield f"{done} in {places} of {files} by {_count(evidence.commits, 'commit')}."
    if evidence.left_alone:
        yield f"Left alone in {_count(evidence.left_alone, 'place')} where it matches today."
    else:
        yield "No place where it matches today was left alone."
    yield (
        f"A match is a mistake with a chance of {evidence.confidence:.0%} "
        f"(at least {evidence.wilson_low:.0%}, with 95 % certainty)."
    )
    if evidence.replay_commits:
        yield _write_replay(evidence)
    if evidence.reverse_edits:
        yield f"{_count(evidence.reverse_edits, 'later edit')} went the other way."
    if evidence.is_migration:
        yield f"A migration: {write_progress(evidence)}."
    for reason in evidence.reasons:
        yield f"The counts alone speak for no higher stage: {reason.rstrip(chr(46))}."


def write_progress(evidence: Evidence) -> str:
    """Return how far a migration has got, and who has not heard of it.

    Where more places are written the new way than its commits changed, they are not called done.
    """
    done = max(evidence.sites_fixed, evidence.followed)
    how = "done" if done == evidence.sites_fixed else "written the new way"
    text = (
        f"{done:,} of {_count(done + evidence.left_alone, 'place')} {how} "
        f"({evidence.share_done:.0%}), {evidence.left_alone} left".replace("%", " %")
    )
    commits = list(dict.fromkeys(alarm.partition(" ")[0] for alarm in evidence.alarms))
    if not commits:
        return text
    named = ", ".join(commits[:_SHOWN]) + (", …" if len(commits) > _SHOWN else "")
    return f"{text}; written the old way since by {_count(len(commits), 'commit')} ({named})"


def write_counts(evidence: Evidence) -> str:
    """Return the counts that matter most, for a list."""
    counts = f"fixed {evidence.sites_fixed}, left alone {evidence.left_alone}"
    if evidence.repositories > 1:
        return f"{counts}, in {evidence.repositories} repositories"
    return counts


def _write_replay(evidence: Evidence) -> str:
    commits = _count(evidence.replay_commits, "later commit")
    alarms = _count(evidence.replay_alarms, "alarm")
    lines = evidence.replay_added_lines
    rate = f", {1000 * evidence.replay_alarms / lines:.2f} per 1,000 added lines" if lines else ""
    return f"Replayed over {commits} ({lines:,} added lines): {alarms}{rate}."


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
