"""Writes the rules of a validated history as files, beside those that people edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.learn.results.overlap import find_overlap, find_ruff
from devmatrix_guard.commands.learn.results.report import Learned
from devmatrix_guard.commands.learn.validation.validation import Validation
from devmatrix_guard.config import Settings
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.files import (
    list_files,
    read_file,
    remove_file,
    write_file,
)
from devmatrix_guard.mining.candidates.dismissals import Verdicts, silence_pattern
from devmatrix_guard.mining.candidates.learned_rules import (
    PREFIX,
    build_pattern,
    build_rule,
    build_rule_id,
)
from devmatrix_guard.mining.candidates.migrations import (
    confirm_migration,
    list_unmatched,
    read_confirmed,
)
from devmatrix_guard.mining.candidates.rank import Judged
from devmatrix_guard.mining.candidates.rule_files import (
    CHANGED,
    KEPT,
    NEW,
    is_untouched,
    merge_rule,
    read_also,
    read_stage,
)
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.reports.redact import redact

RULES = ".guard/rules"
MAX_RULES = 100
_NO_VERDICTS: Mapping[str, Verdicts] = {}


def make_rules(
    validation: Validation,
    settings: Settings,
    files: Mapping[str, str],
    notes: list[str],
    verdicts: Mapping[str, Verdicts] = _NO_VERDICTS,
) -> list[tuple[Learned, str]]:
    """Return the rules with the text of their files; `verdicts` say how people judged them."""
    found: dict[str, tuple[Learned, str]] = {}
    ruff = find_ruff()
    for judged in validation.judged[:MAX_RULES]:
        try:
            pattern, mapping = _make_rule(judged, settings, files, ruff, verdicts)
        except Exception as error:
            commit = judged.proven.sites[0].source.commit
            notes.append(describe_defect(error, f"the rule from {commit[:10]}"))
            continue
        rule_id = mapping["id"]
        if rule_id not in found:
            file = merge_rule(files.get(rule_id), mapping)
            stage = read_stage(file.text) if file.status == KEPT else pattern.stage
            learned = Learned(rule_id, file.status, pattern, stage or pattern.stage)
            found[rule_id] = (learned, file.text)
    patterns = [learned.pattern for learned, _ in found.values()]
    notes += [
        f"No migration in this history is `{line}`; correct the line, or write a rule for it."
        for line in list_unmatched(read_confirmed(settings.migrations), patterns)
    ]
    return list(found.values())


def _make_rule(
    judged: Judged,
    settings: Settings,
    files: Mapping[str, str],
    ruff: str | None,
    verdicts: Mapping[str, Verdicts],
) -> tuple[FixPattern, dict[str, Any]]:
    pattern = build_pattern(judged, settings.layers)
    pattern = confirm_migration(pattern, read_confirmed(settings.migrations))
    if pattern.stage not in ("candidate", "advise") and not pattern.evidence.is_migration:
        # Without ruff, what was found with it stands: colleagues are to get the same file.
        known = read_also(files.get(build_rule_id(pattern), ""))
        also = find_overlap(ruff, judged) if ruff else known
        judged = judged._replace(evidence=replace(judged.evidence, also=also))
        pattern = build_pattern(judged, settings.layers)
    pattern = silence_pattern(pattern, verdicts.get(build_rule_id(pattern), Verdicts()))
    return pattern, build_rule(judged, pattern, redact)


def write_rules(
    root: Path, rules: Sequence[tuple[Learned, str]], *, whole: bool
) -> tuple[str, ...]:
    """Write what changed; return the ids of rules that history no longer supports."""
    for learned, text in rules:
        if learned.status in (NEW, CHANGED, KEPT):
            write_file(root, _make_rule_path(learned.rule_id), text.encode())
    if not whole:
        return ()
    current = {learned.rule_id for learned, _ in rules}
    gone = [
        rule_id
        for rule_id, text in read_rule_files(root).items()
        if rule_id not in current and is_untouched(text)
    ]
    for rule_id in gone:
        remove_file(root, _make_rule_path(rule_id))
    return tuple(sorted(gone))


def _make_rule_path(rule_id: str) -> str:
    return f"{RULES}/{rule_id}.yml"


def read_rule_files(root: Path) -> dict[str, str]:
    """Return the text of every learned rule's file by the rule's id."""
    names = [name for name in list_files(root, RULES, (".yml",)) if name.count("/") == 2]
    return {
        Path(name).stem: read_file(root, name).decode("utf-8", "replace")
        for name in names
        if Path(name).name.startswith(PREFIX)
    }
