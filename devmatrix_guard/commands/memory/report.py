"""`guard report`: what a period brought, from git, the rules and the memory."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from devmatrix_guard.commands.check.arguments.request import ALL, RANGE, WORKTREE, CheckRequest
from devmatrix_guard.commands.check.change.proof_within_range import find_proof_lost_within
from devmatrix_guard.commands.check.change.settings_source import CommitTree
from devmatrix_guard.commands.check.change.undo_detector import find_undone_in_range
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.loop.trends import make_trends_record, read_trends
from devmatrix_guard.commands.project_memory import choose_repositories, open_project_memory
from devmatrix_guard.commands.rules.active_rules import get_pattern_id, read_rulebook
from devmatrix_guard.commands.rules.feedback import FEEDBACK_FOLDER, VERDICTS
from devmatrix_guard.commands.rules.suppressions import list_suppressions
from devmatrix_guard.config import load_settings, read_settings
from devmatrix_guard.engine.rules.load import parse_rules
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import FileError, list_files, read_file
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import Ranges, list_added_lines, read_range_changes
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import (
    Repository,
    find_commit_before,
    find_repository,
    hash_empty_tree,
    resolve_commit,
)
from devmatrix_guard.memory.connect import memory_exists
from devmatrix_guard.mining.candidates.learned_rules import build_rule_id
from devmatrix_guard.mining.commits import describe_source, is_fix
from devmatrix_guard.model.answers.period import Lesson, Migration, Period, RuleChange, RunCount
from devmatrix_guard.model.answers.suppression import ListedSuppression
from devmatrix_guard.model.diff import Commit
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.knowledge.run import ErrorTrend, PipelineRun
from devmatrix_guard.model.knowledge.trend import Trends
from devmatrix_guard.model.rule import Rule
from devmatrix_guard.reports.escape import write_json
from devmatrix_guard.reports.redact import redact
from devmatrix_guard.reports.terminal import choose_options

_RUNS = 10_000  # more than these are not counted


def run_report(
    start: Path,
    since: datetime,
    until: datetime,
    *,
    repositories: Sequence[str] = (),
    everything: bool = False,
) -> Period:
    """Return what happened in the repository of `start` from `since` until `until`.

    Raises:
        GitError: this is no repository, or it has no commits.
        UsageError: the period is empty.
        SettingsError: the settings cannot be read.
    """
    if since >= until:
        raise UsageError(f"the period begins at {since:%Y-%m-%d}, which is not before its end.")
    repo = find_repository(start)
    head = resolve_commit(repo, "HEAD")
    if head is None:
        raise UsageError("the repository has no commits yet; there is nothing to report.")
    base = find_commit_before(repo, _format_time(since))
    commits = list(stream_commits(repo, since=base or None))
    fixes = tuple(describe_source(commit) for commit in commits if is_fix(commit))
    added = _read_added_lines(repo, base, head)
    rules, stages, uncommitted = _compare_rules(repo, base, head)
    lessons, migrations, runs, errors = _read_memory(
        repo.root, commits, since, repositories=repositories, everything=everything
    )
    return Period(
        repository=repo.root.name,
        since=_format_time(since),
        until=_format_time(until),
        base=base,
        head=head,
        commits=len(commits),
        authors=len({commit.author for commit in commits}),
        added_lines=sum(last - first + 1 for ranges in added.values() for first, last in ranges),
        fixes=fixes,
        findings=_find_findings(repo, base),
        changes=rules,
        stages=stages,
        uncommitted=uncommitted,
        lessons=lessons,
        suppressions=_list_new_suppressions(repo.root, added),
        verdicts=_count_feedback(repo.root, since),
        runs=runs,
        errors=errors,
        migrations=migrations,
        trends=_read_trends(
            repo.root, since, until, repositories=repositories, everything=everything
        ),
    )


def render_period_text(period: Period, stream: TextIO) -> str:
    """Return a report for the terminal that `stream` is."""
    from devmatrix_guard.reports.period.period_text import render

    return render(period, options=choose_options(stream, os.environ))


def render_period_json(period: Period) -> str:
    """Return a report as JSON."""
    data = period._asdict() | {
        "schema_version": 1,
        "fixes": [source._asdict() for source in period.fixes],
        "findings": [_make_finding_record(finding) for finding in period.findings],
        "changes": [change._asdict() | {"kind": change.kind} for change in period.changes],
        "lessons": [
            lesson._asdict() | {"commits": [source._asdict() for source in lesson.commits]}
            for lesson in period.lessons
        ],
        "migrations": [one._asdict() for one in period.migrations],
        "suppressions": [one._asdict() for one in period.suppressions],
        "runs": [count._asdict() for count in period.runs],
        "errors": [trend._asdict() for trend in period.errors],
        "trends": make_trends_record(period.trends) if period.trends else None,
    }
    return write_json(_redact_value(data), sort_keys=True)


def _redact_value(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _redact_value(item) for key, item in value.items()}
    return [_redact_value(item) for item in value] if isinstance(value, list | tuple) else value


def _make_finding_record(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule_id,
        "stage": finding.stage,
        "path": finding.path,
        "line": finding.start_line,
        "fingerprint": finding.fingerprint,
        "message": finding.message,
    }


# --- from git ----------------------------------------------------------------------------------


def _read_added_lines(repo: Repository, base: str, head: str) -> dict[str, Ranges]:
    changes = read_range_changes(repo, base or hash_empty_tree(repo), head)
    return {c.path: list_added_lines(c) for c in changes if c.path.endswith((".py", ".pyi"))}


def _find_findings(repo: Repository, base: str) -> tuple[Finding, ...]:
    """Return what today's rules find on the lines of the period; all there is without a base."""
    flags = {"fail_on": "candidate"}
    exclude = load_settings(repo.root).exclude
    with BlobReader(repo) as blobs:
        lost = find_proof_lost_within(repo, blobs, base, "HEAD", exclude=exclude)
        if base:
            request = CheckRequest(
                scope=RANGE, range_text=f"{base}...HEAD", rules_from=WORKTREE, flags=flags
            )
            found = examine_request(request, repo.root).findings
            known = {finding.fingerprint for finding in found}
            return (*found, *(one for one in lost if one.fingerprint not in known))
        found = examine_request(CheckRequest(scope=ALL, flags=flags), repo.root).findings
        undone = find_undone_in_range(repo, blobs, "", "HEAD", exclude=exclude).findings
    return (*found, *undone, *lost)


def _compare_rules(
    repo: Repository, base: str, head: str
) -> tuple[tuple[RuleChange, ...], dict[str, int], int]:
    """Return the changes of the project's own rules, and how many stand at each stage now.

    The last is how many more there are that nobody has committed.
    """
    with BlobReader(repo) as blobs:
        before = _read_rules(CommitTree(repo, base, blobs)) if base else {}
        after = _read_rules(CommitTree(repo, head, blobs))
    changes = []
    for rule_id, rule in sorted({**before, **after}.items()):
        old, new = (rules[rule_id].stage if rule_id in rules else "" for rules in (before, after))
        if old != new:
            changes.append(RuleChange(rule_id, rule.message, old, new))
    stages = Counter(rule.stage for rule in after.values())
    there = read_rulebook(repo.root, shipped=False).rules
    return tuple(changes), dict(stages), len(there.keys() - after.keys())


def _read_rules(tree: CommitTree) -> dict[str, Rule]:
    settings, _ = read_settings("", tree.read, {})
    paths = dict.fromkeys(path for top in settings.rules for path in tree.rule_files(top))
    loaded = (parse_rules(tree.read(path) or b"", path) for path in paths)
    return {rule.id: rule for one in loaded for rule in one.rules}


def _list_new_suppressions(
    root: Path, added: Mapping[str, Ranges]
) -> tuple[ListedSuppression, ...]:
    if not added:
        return ()
    return tuple(
        one
        for one in list_suppressions(root)
        if any(first <= one.line <= last for first, last in added.get(one.path, ()))
    )


def _count_feedback(root: Path, since: datetime) -> dict[str, int]:
    return dict(Counter(sorted(_read_feedback_since(root, since))))


def _read_feedback_since(root: Path, since: datetime) -> Iterator[str]:
    for name in list_files(root, FEEDBACK_FOLDER, (".json",)):
        try:
            record = json.loads(read_file(root, name))
            if record["at"] >= _format_time(since) and record["verdict"] in VERDICTS:
                yield record["verdict"]
        except (FileError, ValueError, KeyError, TypeError, RecursionError):
            continue  # a file that people broke is `guard feedback`'s affair


# --- from the memory ---------------------------------------------------------------------------


def _read_memory(
    root: Path,
    commits: Iterable[Commit],
    since: datetime,
    *,
    repositories: Sequence[str],
    everything: bool,
) -> tuple[tuple[Lesson, ...], tuple[Migration, ...], tuple[RunCount, ...], tuple[ErrorTrend, ...]]:
    settings = load_settings(root)
    if not (memory_exists(settings.memory, root) or repositories):
        return (), (), (), ()
    ids = {commit.id for commit in commits}
    is_wide, day = everything or bool(repositories), f"{since:%Y-%m-%d}"
    with open_project_memory(settings, root, create=False) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        lessons = []
        patterns = memory.patterns.list_all()
        for pattern in patterns:
            sources = dict.fromkeys(pair.source for pair in pattern.pairs)
            taught = tuple(s for s in sources if s.commit in ids or (is_wide and s.date >= day))
            if taught:
                lessons.append(Lesson(pattern.id, pattern.title, taught))
        recent = memory.runs.list_recent(limit=_RUNS)
        errors = memory.runs.count_errors(since=_format_time(since))
    runs = [run for run in recent if run.started_at >= _format_time(since)]
    return tuple(lessons), _list_migrations(root, patterns), _count_runs(runs), errors


def _list_migrations(root: Path, patterns: Iterable[FixPattern]) -> tuple[Migration, ...]:
    """Return how far each migration has got, those with most left first."""
    stages = {get_pattern_id(rule): rule.stage for rule in read_rulebook(root).rules.values()}
    found = [
        Migration(
            build_rule_id(pattern),
            pattern.title,
            max(pattern.evidence.sites_fixed, pattern.evidence.followed),
            pattern.evidence.left_alone,
            stages.get(pattern.id, pattern.stage),
            tuple(dict.fromkeys(a.partition(" ")[0] for a in pattern.evidence.alarms)),
        )
        for pattern in patterns
        if pattern.evidence.is_migration
    ]
    return tuple(sorted(found, key=lambda one: (-one.left, one.rule_id)))


def _read_trends(
    root: Path,
    since: datetime,
    until: datetime,
    *,
    repositories: Sequence[str],
    everything: bool,
) -> Trends | None:
    """Return the trends of generated applications, None where none was verified."""
    settings = load_settings(root)
    if not memory_exists(settings.memory, root):
        return None
    with open_project_memory(settings, root) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        trends = read_trends(memory, max((until - since).days, 1), until)
    return trends if trends.days else None


def _count_runs(runs: Iterable[PipelineRun]) -> tuple[RunCount, ...]:
    by_command: dict[str, list[PipelineRun]] = {}
    for run in runs:
        by_command.setdefault(run.command, []).append(run)
    counts = []
    for command, some in sorted(by_command.items()):
        scores = [run.compliance_score for run in some if run.compliance_score is not None]
        mean = sum(scores) / len(scores) if scores else None
        failed = sum(run.status == "failed" for run in some)
        counts.append(RunCount(command, len(some), failed, mean))
    return tuple(counts)


def _format_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
