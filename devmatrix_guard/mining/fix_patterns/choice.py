"""Decides which fixes are written without asking: how sure a pattern is, and who stands for it."""

from __future__ import annotations

import math
from typing import NamedTuple

from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.knowledge.knowledge import PatternRecord
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.knowledge.shares import calculate_beta_mean
from devmatrix_guard.model.rule import rank_stage

THRESHOLD = 0.8  # of the original design: above it a pattern is applied, below it is shown
APPLY, SHOW = "apply", "show"


class Choice(NamedTuple):
    """What becomes of one finding, and why.

    `confidence` is the chance that a match is a mistake and its fix works; None where a person
    stands for the rule and nothing was counted.
    """

    decision: str
    reason: str
    confidence: float | None = None


def calibrate(pattern: FixPattern, record: PatternRecord) -> float:
    """Return the chance that a match of a pattern is a mistake and that its fix works.

    The mean of a Beta posterior from a uniform prior, in which a place that was fixed and a use
    that went well speak for it, a place left alone and a use that failed against it.

    Args:
        pattern: with the counts of its evidence.
        record: what its recorded uses add up to.
    """
    went_well = round((record.success_rate or 0.0) * record.applied_count)
    failed = record.applied_count - went_well
    evidence = pattern.evidence
    return calculate_beta_mean(evidence.sites_fixed + went_well, evidence.left_alone + failed)


def choose_fix(
    finding: Finding,
    pattern: FixPattern | None,
    record: PatternRecord,
    *,
    threshold: float = THRESHOLD,
    is_approved: bool = False,
) -> Choice:
    """Return what becomes of a finding.

    Args:
        finding: with its fix, if it has one.
        pattern: what its rule was made from; None for a rule that a person wrote or the package
            brings.
        record: how uses of the pattern went.
        threshold: the least confidence with which a fix is written.
        is_approved: a person raised the rule to its stage.
    """
    confidence = calibrate(pattern, record) if pattern else None
    if finding.fix is None:
        return Choice(SHOW, "what to write instead differs from place to place", confidence)
    if finding.fix.doubt is not None:
        return Choice(SHOW, finding.fix.doubt.sentence, confidence)
    if pattern is None or confidence is None:
        if rank_stage(finding.stage) < rank_stage("warn"):
            return Choice(SHOW, "the rule only advises, and nothing was counted for it")
        return Choice(APPLY, "a person stands for the rule, and its examples prove the fix")
    if pattern.evidence.is_migration and not is_approved:
        why = "it is a migration; a person has to confirm it with `guard rules approve`"
        return Choice(SHOW, why, confidence)
    if confidence < threshold:
        enough = math.floor(confidence * 100) / 100
        why = f"{confidence:.0%} is below {threshold:.0%}; --threshold {enough:.2f} writes it"
        return Choice(SHOW, why, confidence)
    return Choice(APPLY, f"{confidence:.0%} sure", confidence)
