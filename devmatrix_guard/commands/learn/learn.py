"""Learns rules from a repository's own fixes, and records what they were learned from."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard import __version__
from devmatrix_guard.commands.learn.cache import read_known, write_known
from devmatrix_guard.commands.learn.history import (
    NOTHING_KNOWN,
    History,
    Known,
    read_history,
    require_head,
    skip_progress,
)
from devmatrix_guard.commands.learn.validation import Validation, validate_history
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.engine.rules.load import load_rules
from devmatrix_guard.errors import UsageError, describe_defect, has_defect
from devmatrix_guard.files import (
    TEMPORARY,
    list_files,
    list_folder,
    make_folder,
    read_file,
    remove_file,
    replace_file,
    write_file,
)
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import list_tree
from devmatrix_guard.git.process import read_git_output
from devmatrix_guard.git.repository import Repository, find_own_folder, find_repository
from devmatrix_guard.memory.base import CorruptMemoryError, Memory
from devmatrix_guard.memory.connect import open_memory, set_aside_corrupt
from devmatrix_guard.mining.rank import Judged
from devmatrix_guard.mining.rule_files import (
    CHANGED,
    KEPT,
    NEW,
    SAME,
    is_untouched,
    merge_rule,
    read_stage,
)
from devmatrix_guard.mining.rules import PREFIX, build_pattern, build_rule, build_rule_id
from devmatrix_guard.mining.undo import INDEX_NAME, dump_index
from devmatrix_guard.mining.undo_index import FixHunk, build_index
from devmatrix_guard.model.knowledge import PatternRelation
from devmatrix_guard.model.lineage import LineageEdge, LineageNode
from devmatrix_guard.model.pattern import FixPattern
from devmatrix_guard.model.run import PipelineRun
from devmatrix_guard.reports.redact import redact

RULES = ".guard/rules"
CACHE_NAME = "mining.json"
MAX_RULES = 100
_STATE = "learn"
REMOVED = "removed"
_STALE_SECONDS = 600


class Learned(NamedTuple):
    """One rule of a run: its FixPattern, what became of its file, and the stage this now gives."""

    rule_id: str
    status: str
    pattern: FixPattern
    stage: str


class LearnReport(NamedTuple):
    """What learning read, and what came of it; `fresh` is False where nothing was new."""

    root: Path
    head: str
    fresh: bool
    commits: int = 0
    fixes: int = 0
    bulk_edits: int = 0
    duplicates: int = 0
    unreadable: int = 0
    candidates: int = 0
    dropped: Mapping[str, int] = {}
    rules: tuple[Learned, ...] = ()
    removed: tuple[str, ...] = ()
    standing: int = 0
    indexed_fixes: int = 0
    notes: tuple[str, ...] = ()


def learn(
    start: Path,
    *,
    limit: int | None = None,
    since: str | None = None,
    again: bool = False,
    dry_run: bool = False,
    track: Any = skip_progress,
) -> LearnReport:
    """Learn from the history of the repository that holds `start`.

    Args:
        start: a folder in the repository.
        limit: read only the newest commits.
        since: read only commits of this day (YYYY-MM-DD) and later.
        again: read everything again, whatever is known.
        dry_run: write nothing.
        track: shows progress over an iterable.

    Raises:
        UsageError: there are no commits, or `.guard` cannot be written.
    """
    repo = find_repository(start)
    head = require_head(repo)
    settings = load_settings(start)
    notes = list(list_shallow_notes(repo))
    if dry_run:
        history, validation = _read(
            repo, _Asked(limit, since, settings.exclude), NOTHING_KNOWN, track
        )
        return _make_report(
            repo, history, validation, _make_rules(validation, settings, {}, notes), notes
        )
    if repo.is_bare:
        raise UsageError("This repository is bare; run `guard learn` in a work tree.")
    _ensure_writable(repo)
    _remove_leftovers(repo)
    with _open_memory(settings, repo.root, notes) as memory:
        asked = _Asked(limit, since, settings.exclude)
        key = json.dumps([head, *asked, repo.is_shallow, __version__])
        if not again and memory.state.get(_STATE) == key and _is_complete(find_own_folder(repo)):
            standing = len(_read_rule_files(repo.root))
            return LearnReport(repo.root, head, False, standing=standing, notes=tuple(notes))
        began = _tell_time()
        first = again or memory.state.get(_STATE) is None
        known = (
            NOTHING_KNOWN
            if first
            else read_known(find_own_folder(repo) / CACHE_NAME, asked.exclude)
        )
        history, validation = _read(repo, asked, known, track)
        rules = _make_rules(validation, settings, _read_rule_files(repo.root), notes)
        whole = limit is None and since is None and not repo.is_shallow
        removed = _write_rules(repo.root, rules, whole=whole)
        indexed = _write_index(repo, history)
        write_known(find_own_folder(repo) / CACHE_NAME, history)
        _record_rules(memory, repo.root, rules, removed)
        report = _make_report(repo, history, validation, rules, notes)
        report = report._replace(removed=removed, indexed_fixes=indexed)
        memory.runs.save(_make_run(report, began))
        if not has_defect(report.notes):  # what could not be read is tried again next time
            memory.state.set(_STATE, key)
        return report


class _Asked(NamedTuple):
    """Which part of history is to be read."""

    limit: int | None
    since: str | None
    exclude: tuple[str, ...]


def _read(repo: Repository, asked: _Asked, known: Known, track: Any) -> tuple[History, Validation]:
    with BlobReader(repo) as blobs:
        history = read_history(
            repo,
            blobs,
            limit=asked.limit,
            since=asked.since,
            exclude=asked.exclude,
            known=known,
            redact=redact,
            track=track,
            total=count_commits(repo, asked.limit),
        )
        return history, validate_history(repo, blobs, history, track=track)


def count_commits(repo: Repository, limit: int | None) -> int:
    """Return how many commits will be read."""
    count = int(read_git_output(repo.root, "rev-list", "--count", "HEAD"))
    return count if limit is None else min(count, limit)


def _make_rules(
    validation: Validation, settings: Settings, files: Mapping[str, str], notes: list[str]
) -> list[tuple[Learned, str]]:
    """Return the rules with the text of their files."""
    found: dict[str, tuple[Learned, str]] = {}
    for judged in validation.judged[:MAX_RULES]:
        try:
            pattern, mapping = _make_rule(judged, settings)
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
    return list(found.values())


def _make_rule(judged: Judged, settings: Settings) -> tuple[FixPattern, dict[str, Any]]:
    pattern = build_pattern(judged, settings.layers)
    return pattern, build_rule(judged, pattern, redact)


def _write_rules(
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
        for rule_id, text in _read_rule_files(root).items()
        if rule_id not in current and is_untouched(text)
    ]
    for rule_id in gone:
        remove_file(root, _make_rule_path(rule_id))
    return tuple(sorted(gone))


def _make_rule_path(rule_id: str) -> str:
    return f"{RULES}/{rule_id}.yml"


def _read_rule_files(root: Path) -> dict[str, str]:
    """Return the text of every learned rule's file by the rule's id."""
    names = [name for name in list_files(root, RULES, (".yml",)) if name.count("/") == 2]
    return {
        Path(name).stem: read_file(root, name).decode("utf-8", "replace")
        for name in names
        if Path(name).name.startswith(PREFIX)
    }


def _write_index(repo: Repository, history: History) -> int:
    """Write what fixes removed and added; return how many fixes can be undone."""
    hunks: list[FixHunk] = [hunk for fix in history.fixes for hunk in fix.hunks]
    wanted = {hunk.path for hunk in hunks}
    with BlobReader(repo) as blobs:
        texts = {
            path: blobs.read(blob_id) or b""
            for path, _mode, blob_id in list_tree(repo, history.head)
            if path in wanted
        }
    index = build_index(hunks, texts)
    replace_file(find_own_folder(repo) / INDEX_NAME, dump_index(index))
    return len(index.fixes)


def _record_rules(
    memory: Memory,
    root: Path,
    rules: Sequence[tuple[Learned, str]],
    removed: Sequence[str],
) -> None:
    """Put patterns, rules and where they came from into the memory, all or nothing."""
    patterns = {learned.rule_id: learned.pattern for learned, _ in rules}
    loaded = [rule for rule in load_rules(root / RULES, root=root).rules if rule.id in patterns]
    with memory.transaction():
        former = {name: memory.rules.get_pattern_of(name) for name in removed}
        memory.patterns.save(patterns.values())
        memory.rules.save(loaded, {rule.id: patterns[rule.id].id for rule in loaded})
        memory.rules.retire(removed)
        memory.patterns.relate(_find_successions(memory, former, list(patterns.values())))
        memory.lineage.add(_make_nodes(patterns), _make_edges(patterns))


def _find_successions(
    memory: Memory, former: Mapping[str, str | None], patterns: Sequence[FixPattern]
) -> list[PatternRelation]:
    """Return which new pattern took the place of which that is no longer made."""
    relations = []
    for old_id in filter(None, former.values()):
        old = memory.patterns.get(old_id)
        sources = {pair.source.commit for pair in old.pairs} if old else set()
        for new in patterns:
            if sources & {pair.source.commit for pair in new.pairs} and new.id != old_id:
                relations.append(PatternRelation(new.id, old_id, "evolved-from", 1.0))
    return relations


def _make_nodes(patterns: Mapping[str, FixPattern]) -> list[LineageNode]:
    commits = {pair.source: None for pattern in patterns.values() for pair in pattern.pairs}
    paths = {pair.path: None for pattern in patterns.values() for pair in pattern.pairs}
    return [
        *(LineageNode("source-file", path) for path in paths),
        *(LineageNode("commit", s.commit, {"date": s.date, "subject": s.subject}) for s in commits),
        *(LineageNode("pattern", p.id, {"title": p.title}) for p in patterns.values()),
        *(LineageNode("rule", name, {"stage": p.stage}) for name, p in patterns.items()),
    ]


def _make_edges(patterns: Mapping[str, FixPattern]) -> list[LineageEdge]:
    edges: dict[tuple[str, str], LineageEdge] = {}
    for name, pattern in patterns.items():
        end = ("pattern", pattern.id)
        for pair in pattern.pairs:
            start = ("commit", pair.source.commit)
            edges[start[1], end[1]] = LineageEdge("taught", start, end)
            file = ("source-file", pair.path)
            edges[start[1], file[1]] = LineageEdge("touches", start, file)
        edges[end[1], name] = LineageEdge("became", end, ("rule", name))
    return list(edges.values())


def _open_memory(settings: Settings, root: Path, notes: list[str]) -> Memory:
    try:
        return open_memory(settings.memory, root, verify=True)
    except CorruptMemoryError:
        aside = set_aside_corrupt(settings.memory, root)
        notes.append(
            f"The memory was damaged; it was kept as {aside.name} and a new one was learned."
        )
        return open_memory(settings.memory, root)


def _ensure_writable(repo: Repository) -> None:
    """Find out before the work of minutes, and not after it.

    Raises:
        UsageError: there would be nowhere to write what is learned.
    """
    own, rules = find_own_folder(repo), repo.root / RULES
    make_folder(repo.root, ".guard")
    if rules.exists():
        make_folder(repo.root, RULES)
    for folder in (own, rules) if rules.exists() else (own, rules.parent):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            place = next(p for p in (folder, *folder.parents) if p.exists())
            raise UsageError(
                f"{place} cannot be written to ({error.strerror}); make it a folder that you may "
                "write to and run again."
            ) from error


def _remove_leftovers(repo: Repository) -> None:
    """Remove what a killed run left half-written; what is young may be another run's."""
    oldest = datetime.now(UTC).timestamp() - _STALE_SECONDS
    own = find_own_folder(repo)
    for root, folder in ((repo.root, RULES), (repo.root, ".guard"), (own, ".")):
        for name in list_folder(root, folder):
            left = root / folder / name
            if name.startswith(TEMPORARY) and left.is_file() and left.stat().st_mtime < oldest:
                remove_file(root, f"{folder}/{name}")


def _is_complete(own: Path) -> bool:
    """Tell whether everything learning writes is still there."""
    return (own / INDEX_NAME).exists() and (own / CACHE_NAME).exists()


def list_shallow_notes(repo: Repository) -> list[str]:
    """Return what has to be said about a shallow clone."""
    if not repo.is_shallow:
        return []
    return [
        "This is a shallow clone: only its few commits were read; `git fetch --unshallow` first."
    ]


def _make_report(
    repo: Repository,
    history: History,
    validation: Validation,
    rules: Sequence[tuple[Learned, str]],
    notes: Sequence[str],
) -> LearnReport:
    return LearnReport(
        root=repo.root,
        head=history.head,
        fresh=True,
        commits=history.commits,
        fixes=len(history.fixes),
        bulk_edits=len(history.bulk_edits),
        duplicates=history.duplicates,
        unreadable=history.unreadable,
        candidates=validation.candidates,
        dropped=validation.dropped,
        rules=tuple(learned for learned, _ in rules),
        standing=len(rules),
        notes=(*notes, *history.defects, *validation.defects),
    )


def _make_run(report: LearnReport, began: str) -> PipelineRun:
    counts = {learned.status: 0 for learned in report.rules} | {SAME: 0}
    for learned in report.rules:
        counts[learned.status] += 1
    return PipelineRun(
        id=f"learn-{secrets.token_hex(8)}",
        command="learn",
        started_at=began,
        completed_at=_tell_time(),
        status="succeeded",
        details={
            "head": report.head,
            "commits": report.commits,
            "fixes": report.fixes,
            "sweeps": report.bulk_edits,
            "candidates": report.candidates,
            "rules": counts,
            "removed": len(report.removed),
        },
    )


def _tell_time() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def list_rule_ids(report: LearnReport) -> list[str]:
    """Return the ids of a report's rules, the best first."""
    return [build_rule_id(learned.pattern) for learned in report.rules]


def require_date(text: str | None) -> str | None:
    """Return a day as YYYY-MM-DD.

    Raises:
        UsageError: it is no date.
    """
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError as error:
        raise UsageError(f"`{text}` is not a date; write it as 2026-01-31.") from error
