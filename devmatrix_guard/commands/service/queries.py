"""Read-only questions of the API and its page: each function takes the access and gives values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.application.bank_sources import open_pattern_bank
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.commands.rules.active_rules import (
    get_pattern_id,
    guard_facts,
    read_rulebook,
)
from devmatrix_guard.commands.rules.explain import BUILT_IN, explain
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.infra import list_infra, make_infra_rows
from devmatrix_guard.errors import GitError, MemoryStoreError, UsageError
from devmatrix_guard.generator.bank.metrics import BankMetrics, measure
from devmatrix_guard.git.repository import find_own_folder, find_repository
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import is_server
from devmatrix_guard.memory.followers.base import Progress
from devmatrix_guard.memory.followers.outbox import Outbox
from devmatrix_guard.mining.fixes.index import INDEX_NAME, load_index
from devmatrix_guard.model.answers.explanation import Explanation
from devmatrix_guard.model.knowledge.catalog import INFRA, CatalogFilter, CatalogPage, CatalogRow
from devmatrix_guard.model.knowledge.infra import InfraPattern
from devmatrix_guard.model.knowledge.lineage import Lineage
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.knowledge.run import ErrorTrend, GenerationEvent, PipelineRun
from devmatrix_guard.model.knowledge.trend import DayOfRuns, FailingSpec, GrowingError
from devmatrix_guard.model.rule import Rule, rank_stage

MOST_LISTED = 10_000
_MOST_BULK_EDITS = 1000


class RepositoryCount(NamedTuple):
    """A repository of the memory, and how much is known of it."""

    name: str
    identity: str
    patterns: int
    rules: int
    runs: int
    is_own: bool


class RememberedFixes(NamedTuple):
    """How many fixes of the project are known, and regression tests that prove them."""

    fixes: int = 0
    tests: int = 0


class Overview(NamedTuple):
    """What a memory holds and how it has been doing."""

    location: str
    repositories: tuple[RepositoryCount, ...]
    patterns_by_type: Mapping[str, int]
    patterns_by_stage: Mapping[str, int]
    rules_by_stage: Mapping[str, int]
    days: tuple[DayOfRuns, ...]
    followers: tuple[Progress, ...]
    remembered: RememberedFixes = RememberedFixes()


class RuleView(NamedTuple):
    """A rule of the project with the pattern it was made from and its evidence, as its file says.

    `evidence` is what stands under `metadata.guard` in the file; `versions` is how many versions
    the memory has seen.
    """

    rule: Rule
    pattern_id: str | None
    evidence: Mapping[str, Any]
    versions: int = 0


class RunView(NamedTuple):
    """A run with what happened in it, in order."""

    run: PipelineRun
    events: tuple[GenerationEvent, ...]


class Trends(NamedTuple):
    """What runs and errors add up to over time."""

    days: tuple[DayOfRuns, ...]
    failing_specs: tuple[FailingSpec, ...]
    growing_errors: tuple[GrowingError, ...]
    errors: tuple[ErrorTrend, ...]


class BankView(NamedTuple):
    """The bank: every InfraPattern the generator would use, drafts after them, and how they did."""

    patterns: tuple[InfraPattern, ...]
    metrics: BankMetrics


class MigrationView(NamedTuple):
    """A bulk edit in progress: how much of the tree is written the new way."""

    pattern: FixPattern
    share_done: float
    places_left: int


def read_overview(access: MemoryAccess, *, days: int = 30) -> Overview:
    """Return what the memory holds, by repository, and the runs of the last days."""
    with access.lend() as memory:
        facets = memory.catalog.count_facets(CatalogFilter())
        types = dict(facets["types"])
        infra = len(list_infra(access, memory))
        if infra:
            types[INFRA] = infra
        since = write_time(datetime.now(UTC) - timedelta(days=days))
        return Overview(
            location=memory.location,
            repositories=_count_by_repository(memory),
            patterns_by_type=types,
            patterns_by_stage=facets["stages"],
            rules_by_stage=_count_stages(access.root),
            days=memory.trends.count_days(since=since),
            followers=tuple(Outbox(memory.database).measure()),
            remembered=_count_remembered(access.root),
        )


def _count_remembered(root: Path) -> RememberedFixes:
    """Count what the last `guard learn` kept in git's own folder; nothing where it never ran."""
    try:
        index = load_index(find_own_folder(find_repository(root)) / INDEX_NAME)
    except GitError:
        return RememberedFixes()
    if index is None:
        return RememberedFixes()
    return RememberedFixes(len(index.fixes), sum(len(index.get_proofs(p)) for p in index.tests))


def list_catalog(
    access: MemoryAccess,
    only: CatalogFilter,
    *,
    order: str = "quality",
    limit: int = 50,
    offset: int = 0,
    with_facets: bool = True,
) -> CatalogPage:
    """Return a part of the catalogue: patterns of all kinds, with how many there are by facet."""
    with access.lend() as memory:
        infra = make_infra_rows(memory, list_infra(access, memory), only)
        end = min(offset + limit, MOST_LISTED)
        if infra:
            rows = [*memory.catalog.list_rows(only, order=order, limit=end), *infra]
            rows = sorted(rows, key=_ORDER_KEYS[order], reverse=order in _DESCENDING)[offset:end]
        else:
            rows = list(memory.catalog.list_rows(only, order=order, limit=limit, offset=offset))
        facets = memory.catalog.count_facets(only) if with_facets else {}
        counted = facets["all"].get("", 0) if with_facets else memory.catalog.count(only)
    total = counted + len(infra)
    shown = _add_facets(facets, infra) if with_facets else {}
    return CatalogPage(tuple(rows), total, shown)


def list_rules(access: MemoryAccess, *, shipped: bool = False) -> tuple[RuleView, ...]:
    """Return the rules in force, those that stop a commit first.

    Args:
        access: the project.
        shipped: those that come with guard too, as files or built in.
    """
    rules = list(read_rulebook(access.root, shipped=shipped).rules.values())
    if shipped:
        rules += map(_make_rule, BUILT_IN.values())
    ordered = sorted(rules, key=lambda rule: (-rank_stage(rule.stage), rule.id))
    return tuple(RuleView(rule, get_pattern_id(rule), guard_facts(rule)) for rule in ordered)


def read_rule(access: MemoryAccess, rule_id: str) -> RuleView:
    """Return one rule of the project, shipped, or built in.

    Raises:
        UsageError: there is none; the nearest name is suggested.
    """
    told = explain(access.root, rule_id)  # knows what there is, and suggests what is near
    if rule_id in BUILT_IN:
        return RuleView(_make_rule(told), None, {})
    rule = read_rulebook(access.root).rules[rule_id]
    versions = 0
    if access.exists():
        with access.lend() as memory:
            versions = len(memory.rules.list_versions(rule_id))
    return RuleView(rule, get_pattern_id(rule), guard_facts(rule), versions)


def _make_rule(told: Explanation) -> Rule:
    """Return what is built in as if it came from a file: its body is prose."""
    body = {"finds": told.finds, "why": list(told.why)}
    return Rule(
        told.rule_id, told.message, told.severity, told.stage, told.layer, (), body, told.origin
    )


def trace_lineage(access: MemoryAccess, name: str, *, depth: int = 3) -> tuple[Lineage, ...]:
    """Return what a path, commit, rule, pattern or run came from, and what came of it.

    Raises:
        UsageError: nothing of that name is recorded.
    """
    return trace(access.root, name, depth=depth)


def list_runs(
    access: MemoryAccess, *, limit: int = 50, command: str | None = None
) -> tuple[PipelineRun, ...]:
    """Return runs, the newest first."""
    with access.lend() as memory:
        return memory.runs.list_recent(limit=limit, command=command)


def read_run(access: MemoryAccess, run_id: str) -> RunView:
    """Return one run with its events.

    Raises:
        UsageError: there is none of that id.
    """
    with access.lend() as memory:
        run = memory.runs.get(run_id)
        events = memory.runs.list_events(run_id) if run else ()
    if run is None:
        raise UsageError(f"there is no run `{run_id}`; `/api/v1/runs` lists them.")
    return RunView(run, events)


def read_trends(access: MemoryAccess, *, days: int = 30, limit: int = 50) -> Trends:
    """Return how runs went by day, which specs fail, and which errors are frequent or grow."""
    now = datetime.now(UTC)
    since = write_time(now - timedelta(days=days))
    with access.lend() as memory:
        return Trends(
            days=memory.trends.count_days(since=since),
            failing_specs=memory.trends.list_failing_specs()[:limit],
            growing_errors=memory.trends.list_growing_errors(until=write_time(now), days=days)[
                :limit
            ],
            errors=memory.runs.count_errors(since=since)[:limit],
        )


def read_bank(access: MemoryAccess) -> BankView:
    """Return the InfraPatterns and what the recorded outcomes say of them."""
    if not access.exists():
        bank = open_pattern_bank(access.root, None)
        return BankView(bank.list_all(), measure(bank.list_all(), ()))
    with access.lend() as memory:
        patterns = list_infra(access, memory)
        return BankView(patterns, measure(patterns, memory.infra.list_records()))


def list_migrations(access: MemoryAccess, *, limit: int = 200) -> tuple[MigrationView, ...]:
    """Return the bulk edits that the history shows, those furthest from their end first."""
    with access.lend() as memory:
        # Few of many patterns: reading all of them takes a second and more.
        bulk = memory.database.extract_text("evidence", "bulk_commits")
        rows = memory.database.fetch_rows(
            f"SELECT DISTINCT pattern_id FROM pattern_evidence WHERE CAST({bulk} AS INTEGER) > 0"
        )
        held = [memory.patterns.get(str(row[0])) for row in rows[:_MOST_BULK_EDITS]]
    found = [p for p in held if p is not None and p.evidence.is_migration]
    views = [MigrationView(p, p.evidence.share_done, p.evidence.left_alone) for p in found]
    return tuple(sorted(views, key=lambda v: (-v.places_left, v.pattern.id))[:limit])


def explain_no_writing(access: MemoryAccess) -> str:
    """Return why the memory cannot be written, without where it is; "" where it can.

    Raises:
        MemoryStoreError: a server cannot be asked; what it said is for the log alone.
    """
    place = "" if is_server(access.settings.memory) else access.find_file()
    try:
        with access.lend() as memory:
            place = place or memory.location
            memory.database.refuse_changed()
    except MemoryStoreError as error:
        if not place:
            raise
        return str(error).replace(f"the memory {place}", "the memory").replace(f" at {place}", "")
    return ""


def measure_followers(access: MemoryAccess) -> tuple[Progress, ...]:
    """Return how far the servers that follow the memory are behind."""
    with access.lend() as memory:
        return tuple(Outbox(memory.database).measure())


def write_time(moment: datetime) -> str:
    """Return a moment as the memory writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_DESCENDING = ("newest", "updated")
_ORDER_KEYS: Mapping[str, Any] = {
    "quality": lambda row: (row.quality_score is None, -(row.quality_score or 0), row.pattern_id),
    "name": lambda row: (row.name, row.pattern_id),
    "newest": lambda row: row.created_at,
    "oldest": lambda row: (row.created_at, row.pattern_id),
    "updated": lambda row: row.updated_at,
}


def _add_facets(
    facets: Mapping[str, Mapping[str, int]], infra: Sequence[CatalogRow]
) -> dict[str, dict[str, int]]:
    added = {name: dict(values) for name, values in facets.items() if name != "all"}
    for row in infra:
        for name, values in (
            ("types", (row.pattern_type,)),
            ("statuses", (row.status,)),
            ("tags", row.tags),
        ):
            for value in values:
                added[name][value] = added[name].get(value, 0) + 1
    return added


def _count_by_repository(memory: Memory) -> tuple[RepositoryCount, ...]:
    counts: dict[str, dict[int, int]] = {}
    for name, sql in (
        ("patterns", "SELECT repository_id, count(*) FROM pattern_evidence GROUP BY repository_id"),
        (
            "rules",
            "SELECT repository_id, count(*) FROM guardian_rules WHERE active "
            "GROUP BY repository_id",
        ),
        ("runs", "SELECT repository_id, count(*) FROM pipeline_runs GROUP BY repository_id"),
    ):
        counts[name] = {int(k): int(n) for k, n in memory.database.fetch_rows(sql)}
    own, _ = memory.list_chosen()
    rows = memory.database.fetch_rows("SELECT id, name, identity FROM repositories ORDER BY name")
    return tuple(
        RepositoryCount(
            name or identity or "this repository",
            identity,
            counts["patterns"].get(int(row), 0),
            counts["rules"].get(int(row), 0),
            counts["runs"].get(int(row), 0),
            int(row) == own,
        )
        for row, name, identity in rows
        if identity or int(row) == own
    )


def _count_stages(root: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for rule in read_rulebook(root, shipped=False).rules.values():
        counts[rule.stage] = counts.get(rule.stage, 0) + 1
    return counts
