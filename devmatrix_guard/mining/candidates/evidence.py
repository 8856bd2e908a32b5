"""Weighs what speaks for and against a FixPattern, and the stage that it supports."""

from __future__ import annotations

from operator import lt

from devmatrix_guard.model.knowledge.pattern import Evidence

ADVISE_RATIO = 0.5
WARN_ALARMS_PER_KLOC = 0.5
BLOCK_SITES = 3
BLOCK_COMMITS = 3
BLOCK_FILES = 2
# In 1 of 99 measured cases did what came back after a bulk edit get replaced again: whether the old
# form is a mistake, only a person can say.
_UNCONFIRMED = "it is a migration; a person has to confirm it with `guard rules approve`"

_ONLY_THESE_VALUES = (
    "it may be right only with the values it was given; a person has to say that it is not"
)


def calculate_alarms_per_kloc(evidence: Evidence) -> float:
    """Return the alarms of the replay per thousand added lines."""
    return 1000 * evidence.replay_alarms / max(evidence.replay_added_lines, 1)


def decide_stage(
    evidence: Evidence, *, has_fix: bool, names_api: bool = True, turns_on_value: bool = False
) -> tuple[str, tuple[str, ...]]:
    """Return the stage that evidence supports, and why it is not one higher.

    Args:
        evidence: the weighed evidence of a pattern that passed its own examples.
        has_fix: whether the fix is bound and idempotent.
        names_api: whether it names what it is about; `$X == None` may mean anything anywhere.
        turns_on_value: whether what it is right to call may depend on the values given there.
    """
    missing = _list_missing_for_advise(evidence)
    if missing:
        return "candidate", missing
    if evidence.is_migration:
        return "advise", (_UNCONFIRMED,)
    missing = _list_missing_for_warn(evidence)
    if turns_on_value:
        missing += (_ONLY_THESE_VALUES,)
    if missing:
        return "advise", missing
    missing = _list_missing_for_block(evidence, has_fix=has_fix)
    if not names_api:
        missing += ("it names no API, so a person has to say that it holds everywhere",)
    return ("warn", missing) if missing else ("block", ())


def _list_missing_for_advise(evidence: Evidence) -> tuple[str, ...]:
    missing = []
    if evidence.wilson_low < ADVISE_RATIO:
        missing.append(
            f"the fixed share is at least {evidence.wilson_low:.2f} with 95 % confidence; "
            f"advise needs {ADVISE_RATIO}"
        )
    if evidence.reverse_edits:
        missing.append(f"{evidence.reverse_edits} fixes did the reverse")
    return tuple(missing)


def _list_missing_for_warn(evidence: Evidence) -> tuple[str, ...]:
    rate = calculate_alarms_per_kloc(evidence)
    if rate > WARN_ALARMS_PER_KLOC:
        return (f"{rate:.2f} alarms per 1,000 added lines; warn allows {WARN_ALARMS_PER_KLOC}",)
    return ()


def _list_missing_for_block(evidence: Evidence, *, has_fix: bool) -> tuple[str, ...]:
    missing = []
    counted = evidence.commits, evidence.sites_fixed, evidence.files
    if any(map(lt, counted, (BLOCK_COMMITS, BLOCK_SITES, BLOCK_FILES))):
        missing.append(
            f"{evidence.commits} commits fixed {evidence.sites_fixed} sites in {evidence.files} "
            f"files; block needs {BLOCK_COMMITS}, {BLOCK_SITES} and {BLOCK_FILES}"
        )
    if evidence.also:
        missing.append(f"{', '.join(evidence.also)} finds it already")
    if evidence.left_alone:
        missing.append(f"{evidence.left_alone} matches are left at HEAD")
    if evidence.replay_alarms:
        missing.append(f"{evidence.replay_alarms} later commits wrote it again; block allows none")
    if not has_fix:
        missing.append("no fix is proven")
    return tuple(missing)
