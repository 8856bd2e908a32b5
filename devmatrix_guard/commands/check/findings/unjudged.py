"""Tells what a range changes and nobody judged, and whether the check fails for it.

It does where a rule that would fail the check could concern the file: one that looks at files of
this path and whose words stand in it. What nobody can look into may hold any word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from devmatrix_guard.commands.check.change.change import Change
from devmatrix_guard.commands.check.change.reading import is_notebook, reason_by_content
from devmatrix_guard.commands.check.change.rulesets import Rulesets
from devmatrix_guard.commands.check.change.selection import Candidate
from devmatrix_guard.config import FAIL, Settings
from devmatrix_guard.engine.check import is_applicable
from devmatrix_guard.engine.prefilter.scan import prefilter
from devmatrix_guard.engine.rules.compiled import CompiledRule, CompiledRules
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.raw import SYMLINK_MODE
from devmatrix_guard.model.diff import Skip
from devmatrix_guard.model.report import Unjudged
from devmatrix_guard.model.rule import BUILT_IN, WARN, rank_stage

_MAX_BYTES = 8 << 20  # what is larger is not looked into


def find_unjudged(
    change: Change, rules: Rulesets, blobs: BlobReader | None, skipped: Iterable[Skip]
) -> tuple[Unjudged, ...]:
    """Return what of the range was not judged; nothing for a check that is not of a range.

    Args:
        change: what was to be checked.
        rules: the settings and rules in force.
        blobs: where contents are read.
        skipped: what was left out of the check.
    """
    if change.compared is None:
        return ()
    candidates = {candidate.path: candidate for candidate in change.candidates}
    return tuple(
        Unjudged(
            skip.path,
            skip.reason,
            skip.rule_id,
            fails=_fails(rules, blobs, skip, candidates[skip.path]),
        )
        for skip in sorted(set(skipped))
        if skip.path in candidates
    )


def _fails(rules: Rulesets, blobs: BlobReader | None, skip: Skip, candidate: Candidate) -> bool:
    settings = rules.settings_for(candidate)
    if skip.is_agreed or settings.on_unjudged != FAIL:
        return False
    if skip.rule_id in BUILT_IN:  # undone fixes and lost tests, of which none blocks
        return 0 <= rank_stage(settings.fail_on) <= rank_stage(WARN)
    compiled = rules.compiled(settings)
    failing = [
        rule for rule in _failing_rules(compiled, settings) if is_applicable(rule, skip.path)
    ]
    if skip.rule_id:
        return any(rule.id == skip.rule_id for rule in failing)
    return bool(failing) and _may_concern(blobs, compiled, failing, candidate)


def _failing_rules(compiled: CompiledRules, settings: Settings) -> Iterator[CompiledRule]:
    """Yield the rules whose findings fail the check, of those that run here."""
    gate = rank_stage(settings.fail_on)
    if gate < 0:
        return
    rules = [compiled.rule(number) for number in range(len(compiled))]
    if settings.semgrep:
        rules += compiled.semgrep_rules()
    yield from (rule for rule in rules if rank_stage(rule.stage) >= gate)


def _may_concern(
    blobs: BlobReader | None,
    compiled: CompiledRules,
    rules: list[CompiledRule],
    candidate: Candidate,
) -> bool:
    """Whether the words of one of the rules may stand in the file."""
    if blobs is None or candidate.blob is None or candidate.mode == SYMLINK_MODE:
        return True
    content = blobs.read(candidate.blob, _MAX_BYTES)
    # JSON has a second spelling for every letter.
    if content is None or is_notebook(candidate.path) or reason_by_content(content):
        return True
    waiting = {compiled.rule(number).id for number in prefilter(compiled, content, None).rules}
    return any(rule.id in waiting or rule.id in compiled.refused for rule in rules)
