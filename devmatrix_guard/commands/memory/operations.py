"""`guard memory status`, `check`, `copy`, `export`, `import`, `prune` and `trends`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.memory.archive import read_lines, write_lines
from devmatrix_guard.commands.memory.followers import describe_progress
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import follow_links
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.followers.choose import open_followers, open_vectors
from devmatrix_guard.memory.followers.outbox import Outbox
from devmatrix_guard.memory.sql.transfer import (
    Row,
    count_rows,
    read_line,
    read_rows,
    read_table,
    write_line,
    write_rows,
)

_KEEP = re.compile(r"(\d{1,5})([dwy])")
_DAYS = {"d": 1, "w": 7, "y": 365}
# What grows with every run: the table, and the column that says how old a row is. Patterns, their
# evidence, rules, notes and kept IRs stay whatever their age.
_AGING = (
    ("infra_outcomes", "at"),
    ("generation_events", "at"),
    ("pipeline_runs", "started_at"),
    ("error_trends", "last_seen"),
)
_AGING_NODES = "kind IN ('run', 'file', 'test', 'error', 'fix', 'finding')"


def describe_status(start: Path) -> Iterator[str]:
    """Yield lines on what the memory holds, and who follows it."""
    with _open(start) as memory:
        yield f"memory       {memory.location}"
        own = memory.repositories.get_own()
        yield f"repository   {own.name or own.identity or 'the only one'}"
        others = [r.name or r.identity for r in memory.repositories.list_all() if r.identity]
        yield f"repositories {len(others)}: {', '.join(others) or 'none yet'}"
        for table, count in count_rows(memory.database).items():
            if count:
                yield f"{table.ljust(24)} {count:>10,}"
        for collection, model_id, aspect, count in _list_places(memory):
            state = memory.vectors.describe(collection, model_id, aspect)
            kind = "exact" if state.exact else "approximate"
            recall = "" if state.recall is None else f", recall {state.recall:.2f}"
            yield f"vectors      {collection} {model_id} {aspect}: {count:,}, {kind}{recall}"
        for progress in Outbox(memory.database).measure():
            yield f"follower     {describe_progress(progress)}"


def check_memory(start: Path) -> list[str]:
    """Return what is wrong: damage, rows that nothing points to, followers that differ."""
    settings, root = load_settings(start), find_project_root(start)
    with _open(start) as memory:
        problems = list(memory.database.list_damage())
        problems += _list_orphans(memory)
        if settings.vectors or settings.graph:
            with open_followers(settings, root) as followers:
                for follower in followers:
                    problems += _compare(memory, follower)
        return problems


def copy_memory(start: Path, target: str) -> dict[str, int]:
    """Copy everything into an empty memory: a path, or a server's URL; return rows by table."""
    root = find_project_root(start)
    with _open(start) as memory, open_memory(target, root) as other:
        counts = write_rows(other.database, read_rows(memory.database))
        other.patterns.reindex()
    return counts


def export_memory(start: Path, path: Path) -> int:
    """Write everything into a file, a row of JSON a line; `.gz` packs it, `.parquet` is one.

    Raises:
        UsageError: the file is the memory itself.
    """
    with _open(start) as memory:
        _refuse_own_file(memory, path)
        lines = [write_line(row) for row in read_rows(memory.database)]
    write_lines(path, lines)
    return len(lines)


def import_memory(start: Path, path: Path) -> dict[str, int]:
    """Read a file that `export_memory` wrote into this memory, which must be empty."""
    settings, root = load_settings(start), find_project_root(start)
    rows = list(map(read_line, read_lines(path)))
    with open_project_memory(settings, root) as memory:
        counts = write_rows(memory.database, rows)
        memory.patterns.reindex()
    return counts


def prune_memory(
    start: Path, keep: str, *, archive: Path | None = None, dry_run: bool = False
) -> dict[str, int]:
    """Forget runs, what happened in them and what they made, older than `keep`; count by table.

    Args:
        start: a folder of the project.
        keep: as in `90d`, `12w` or `1y`.
        archive: a file that what is forgotten is written to first, as by `export_memory`.
        dry_run: only count.

    Raises:
        UsageError: `keep` is no such time, or the archive is the memory itself.
    """
    before = _read_limit(keep)
    with _open(start) as memory, memory.transaction():
        if archive is not None:
            _refuse_own_file(memory, archive)
        chosen = _choose_old(memory, before)
        rows = [row for table, where in chosen for row in read_table(memory.database, table, where)]
        if not dry_run:
            if archive is not None:
                write_lines(archive, [write_line(row) for row in rows])
            for table, where in chosen:
                memory.database.run(f"DELETE FROM {table} WHERE {where}")
    return _count(rows)


def describe_trends(start: Path, *, days: int, run: str = "") -> Iterator[str]:
    """Yield lines on how runs went day by day, which specs fail, and which errors grow."""
    settings, root = load_settings(start), find_project_root(start)
    now = datetime.now(UTC)
    with _open(start) as memory:
        if run:
            model = memory.state.get("embedding-model") or ""
            with open_vectors(memory, settings, root) as vectors:
                similar = memory.trends.list_similar_runs(vectors, model, run)
            if not similar:
                yield "No similar run is known; `guard memory embed` makes the vectors."
            for one in similar:
                score = "" if one.compliance is None else f", compliance {one.compliance:.2f}"
                yield f"{one.run_id}  {one.similarity:.2f}{score}"
            return
        counted = memory.trends.count_days(since=_write_time(now - timedelta(days=days)))
        for day in counted:
            score = "" if day.compliance is None else f", compliance {day.compliance:.2f}"
            yield f"{day.day}  {day.runs} runs, {day.succeeded} succeeded{score}"
        for spec in memory.trends.list_failing_specs():
            yield f"failing      {spec.spec_hash[:12]}  {spec.succeeded} of {spec.runs} succeeded"
        for error in memory.trends.list_growing_errors(until=_write_time(now), days=days):
            name = f"{error.error_type} {error.signature}"[:60]
            yield f"growing      {name}  {error.before} -> {error.now}"
        if not counted:
            yield "No run ended in this time."


def _refuse_own_file(memory: Memory, path: Path) -> None:
    """Raise UsageError where a file to be written is the memory's own, or its log."""
    own = {follow_links(Path(f"{memory.location}{suffix}")) for suffix in ("", "-wal", "-shm")}
    if follow_links(path) in own:
        raise UsageError(f"{path} is the memory itself; name another file.")


def _choose_old(memory: Memory, before: str) -> list[tuple[str, str]]:
    """Return (table, condition), tables that point to others first."""
    own, _ = memory.list_chosen()
    moment = f"'{before}'"
    runs = f"repository_id = {own} AND started_at < {moment} AND status <> 'running'"
    of_runs = f"run_id IN (SELECT id FROM pipeline_runs WHERE {runs})"
    nodes = f"repository_id = {own} AND created_at < {moment} AND {_AGING_NODES}"
    old = f"(SELECT id FROM lineage_nodes WHERE {nodes})"
    return [
        ("infra_outcomes", of_runs),
        ("generation_events", of_runs),
        ("pipeline_runs", runs),
        ("error_trends", f"repository_id = {own} AND last_seen < {moment}"),
        ("lineage_edges", f"source_id IN {old} OR target_id IN {old}"),
        ("lineage_nodes", nodes),
    ]


def _list_orphans(memory: Memory) -> Iterator[str]:
    for what, sql in (
        (
            "vectors of patterns that are gone",
            "SELECT count(*) FROM embeddings m WHERE collection = 'fix_patterns' AND NOT EXISTS "
            "(SELECT 1 FROM pattern_evidence e WHERE e.pattern_id = m.item_key "
            "AND e.repository_id = m.repository_id)",
        ),
        (
            "patterns that no repository holds",
            "SELECT count(*) FROM fix_patterns p WHERE NOT EXISTS "
            "(SELECT 1 FROM pattern_evidence e WHERE e.pattern_id = p.id)",
        ),
        (
            "patterns that the search does not know",
            f"SELECT count(*) FROM pattern_evidence e WHERE NOT EXISTS ({memory.database.indexed})",
        ),
    ):
        row = memory.database.fetch_row(sql)
        if row and row[0]:
            yield f"{row[0]} {what}"


def _compare(memory: Memory, follower: Any) -> Iterator[str]:
    outbox = Outbox(memory.database)
    if not outbox.is_registered(follower.name):
        yield f"{follower.name} does not follow yet; run `guard memory sync`"
        return
    for kind in follower.kinds:
        truth = {one for one in outbox.list_references(kind) if follower.takes(one)}
        held = follower.list_references(kind)
        for what, some in (("lacks", truth - held), ("holds in vain", held - truth)):
            if some:
                example = " ".join(min(some, key=lambda r: r.parts).parts)[:60]
                yield f"{follower.name} {what} {len(some)} of kind {kind}, such as {example}"


def _list_places(memory: Memory) -> list[tuple[str, str, str, int]]:
    rows = memory.database.fetch_rows(
        "SELECT collection, model_id, aspect, count(*) FROM embeddings "
        "GROUP BY collection, model_id, aspect ORDER BY collection, model_id, aspect"
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in rows]


def _read_limit(keep: str) -> str:
    found = _KEEP.fullmatch(keep.strip().lower())
    if not found or not int(found[1]):
        raise UsageError(f"`{keep}` is no time to keep; write it as 90d, 12w or 1y.")
    days = int(found[1]) * _DAYS[found[2]]
    try:
        return _write_time(datetime.now(UTC) - timedelta(days=days))
    except OverflowError as error:
        raise UsageError(f"`{keep}` is too long; write it as 90d, 12w or 1y.") from error


def _write_time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _count(rows: Iterable[Row]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table, _ in rows:
        counts[table] = counts.get(table, 0) + 1
    return counts


def _open(start: Path) -> Memory:
    return open_project_memory(load_settings(start), find_project_root(start), create=False)


def render_counts(counts: dict[str, int]) -> str:
    """Return rows by table as JSON text."""
    return json.dumps(counts, indent=2, sort_keys=True) + "\n"
