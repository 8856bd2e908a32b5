"""Lists what a range adds that keeps findings away: comments, accepted findings, weaker rules.

The base's rules, settings and baseline decide about the range itself; what it changes about them
counts from the next one on, and is listed here so that a reviewer sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from devmatrix_guard.commands.check.change.rulesets import Rulesets
from devmatrix_guard.commands.check.change.settings_source import Tree
from devmatrix_guard.config import FAIL, SETTINGS_FILES, Settings
from devmatrix_guard.engine.findings.baseline import BASELINE_PATH, parse_baseline
from devmatrix_guard.engine.findings.suppressions import Suppression, find_comments
from devmatrix_guard.engine.rules.compiled import CompiledRule, CompiledRules
from devmatrix_guard.errors import GuardError
from devmatrix_guard.generated_code import says_generated
from devmatrix_guard.model.report import CheckReport, NewSuppression
from devmatrix_guard.model.rule import rank_stage

# What says how, and not what, is checked.
_NEUTRAL = ("memory", "layers", "on_warn", "learn_on_first_use")
_ATTRIBUTES = ".gitattributes"
_EXCUSING = ("linguist-generated", "linguist-vendored")

Key = tuple[str, tuple[str, ...], str, bytes]


def added_comments(path: str, source: bytes, before: bytes) -> tuple[NewSuppression, ...]:
    """Return the comments of a file that silence rules and did not before.

    A comment that moves with its line is the same; one that moves to other code is not.
    """
    found: list[NewSuppression] = []
    known = Counter(_key(comment, before) for comment in find_comments(path, before))
    for comment in find_comments(path, source):
        key = _key(comment, source)
        if known[key]:
            known[key] -= 1
        elif not comment.error:
            found.append(NewSuppression(path, comment.line, _describe(comment)))
    if says_generated(source) and not says_generated(before):
        text = "a comment says that the file is generated; it was checked all the same"
        found.append(NewSuppression(path, 1, text))
    return tuple(found)


def _key(comment: Suppression, source: bytes) -> Key:
    rows = source.split(b"\n")
    code = b"".join(b"".join(rows[comment.line - 1 : max(comment.line, comment.last)]).split())
    return comment.marker, comment.rules, comment.reason, code


def _describe(comment: Suppression) -> str:
    rules = ", ".join(comment.rules) or "every rule"
    word = "guard: ignore" if comment.marker == "guard" else "nosemgrep"
    reason = f" ({comment.reason})" if comment.reason else ""
    return f"`{word}` silences {rules}{reason}"


def added_decisions(
    base: Tree, head: Tree, by_base: Rulesets, by_head: Rulesets, changed: list[str]
) -> Iterator[NewSuppression]:
    """Yield what the range changes of settings, rules, attributes and the baseline.

    Args:
        base: the tree that decides about the range.
        head: the tree of its end.
        by_base: settings and rules of the base.
        by_head: settings and rules of the end.
        changed: the changed files that decide what is found.
    """
    for path in changed:
        folder, _, name = path.rpartition("/")
        if name in SETTINGS_FILES:
            yield from _changed_settings(path, by_base.settings(folder), by_head, folder)
        elif name == _ATTRIBUTES:
            yield from _added_attributes(path, base.read(path) or b"", head.read(path) or b"")
        elif path == BASELINE_PATH:
            yield from _added_entries(base.read(path) or b"", head.read(path) or b"")
    if changed:
        yield from _weaker_rules(by_base, by_head, changed[0])


def _changed_settings(
    path: str, before: Settings, by_head: Rulesets, folder: str
) -> Iterator[NewSuppression]:
    try:
        after = by_head.settings(folder)
    except GuardError as error:
        yield NewSuppression(path, 0, f"these settings would not be read: {error}")
        return
    for name, old, new in zip(Settings._fields, before, after, strict=True):
        if old != new and name not in _NEUTRAL:
            text = f"`{name.replace('_', '-')}` would change from {old!r} to {new!r}"
            yield NewSuppression(path, 0, text)


def _added_attributes(path: str, before: bytes, after: bytes) -> Iterator[NewSuppression]:
    known = set(before.splitlines())
    for number, row in enumerate(after.splitlines(), 1):
        text = row.decode("utf-8", "replace")
        if row not in known and any(name in text for name in _EXCUSING):
            yield NewSuppression(path, number, f"`{text.strip()}` would leave files out")


def _added_entries(before: bytes, after: bytes) -> Iterator[NewSuppression]:
    known = parse_baseline(before).entries
    rows = after.decode("utf-8-sig", "replace").split("\n")
    for mark, about in parse_baseline(after).entries.items():
        if mark not in known:
            line = next(number for number, row in enumerate(rows, 1) if mark in row)
            yield NewSuppression(BASELINE_PATH, line, f"a finding is accepted: {about or mark}")


def _weaker_rules(by_base: Rulesets, by_head: Rulesets, path: str) -> Iterator[NewSuppression]:
    """Yield the rules of the base that the end of the range lacks, weakens or rewrites."""
    try:
        after = _rules_by_id(by_head.compiled(by_head.settings("")))
    except GuardError:
        return  # said with the settings
    for rule_id, rule in _rules_by_id(by_base.compiled(by_base.settings(""))).items():
        now = after.get(rule_id)
        if now is None:
            yield NewSuppression(rule.path or path, 0, f"the rule {rule_id} would be gone")
        elif rank_stage(now.stage) < rank_stage(rule.stage):
            text = f"the rule {rule_id} would be {now.stage} and no longer {rule.stage}"
            yield NewSuppression(now.path or path, 0, text)
        elif now.body != rule.body:
            yield NewSuppression(now.path or path, 0, f"the rule {rule_id} would be another")


def _rules_by_id(compiled: CompiledRules) -> dict[str, CompiledRule]:
    rules = [compiled.rule(number) for number in range(len(compiled))]
    return {rule.id: rule for rule in (*compiled.semgrep_rules(), *rules)}


def with_verdict(report: CheckReport, settings: Settings) -> CheckReport:
    """Return the report with the new suppressions failing it where the settings say so."""
    fails = settings.on_new_suppression == FAIL and rank_stage(settings.fail_on) >= 0
    marked = tuple(one._replace(fails=fails) for one in report.new_suppressions)
    return report._replace(new_suppressions=tuple(sorted(set(marked))))
