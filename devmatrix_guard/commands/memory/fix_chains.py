"""The part of `guard lineage` about fixes: introduced by, fixed by, proved by, changed later."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from devmatrix_guard.commands.learn.fix_memory import read_remembered
from devmatrix_guard.commands.learn.fix_units import Asked, UnitReader
from devmatrix_guard.commands.memory.moves import Move, find_move
from devmatrix_guard.errors import GuardError
from devmatrix_guard.files import FileError, is_file, read_file
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import Repository, find_repository
from devmatrix_guard.mining.fixes.index import FixIndex
from devmatrix_guard.mining.fixes.lineage import (
    COMMIT,
    FUNCTION,
    find_starts,
    join_lineages,
    make_edges,
    make_nodes,
    name_function,
    trace_fixes,
)
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.outline import read_outline
from devmatrix_guard.model.diff import Commit
from devmatrix_guard.model.knowledge.fix import FixUnit
from devmatrix_guard.model.knowledge.lineage import Lineage, LineageEdge, LineageNode
from devmatrix_guard.reports.redact import redact

LINE_NUMBER = re.compile(r"[0-9]{1,9}")
_MAX_STARTS = 5
_MAX_FUNCTIONS = 3
_MAX_COMMITS = 60
_MAX_EDITS = 8
_MAX_BYTES = 1_000_000


def trace_fixes_of(start: Path, root: Path, name: str, depth: int) -> tuple[Lineage, ...]:
    """Return the chains of fixes that a name may mean; none where nothing was learned.

    Args:
        start: the folder the command was called in.
        root: the top of the work tree.
        name: the start of a commit's id, a function, PATH, PATH:LINE or PATH::FUNCTION.
        depth: how many edges are followed each way.
    """
    try:
        repo = find_repository(root)
    except GuardError:
        return ()  # an application may stand outside of any repository
    index = read_remembered(repo, redact=redact)
    if index is None:
        return ()
    text = _resolve_place(start, root, name)
    move = find_move(repo, text.partition(":")[0]) if "." in text and "\0" not in text else None
    if move:
        text = f"{move.path}{text[len(move.former) :]}"
    found = [trace_fixes(index, end, depth) for end in find_starts(index, text)[:_MAX_STARTS]]
    lineages = [lineage for lineage in found if lineage is not None]
    told = [_add_what_git_knows(repo, index, lineage) for lineage in lineages]
    return tuple(_add_move(lineage, move) if move else lineage for lineage in told)


def _add_move(lineage: Lineage, move: Move) -> Lineage:
    """Add what a file was called before to the chain of what is in it."""
    former = LineageNode("source-file", move.former)
    end = (former.kind, former.key)
    edge = LineageEdge("moved", end, lineage.start, {"date": move.date, "by": move.commit[:10]})
    return Lineage(lineage.start, (*lineage.nodes, former), (*lineage.edges, edge))


def join_with_fixes(lineages: Sequence[Lineage], fixes: Sequence[Lineage]) -> tuple[Lineage, ...]:
    """Return what the memory knows of some things together with the chains of their fixes."""
    by_start = {lineage.start: lineage for lineage in fixes}
    joined = [
        join_lineages(one, by_start.pop(one.start)) if one.start in by_start else one
        for one in lineages
    ]
    return (*joined, *by_start.values())


def _resolve_place(start: Path, root: Path, name: str) -> str:
    """Return PATH:LINE and PATH::FUNCTION as the key of a function, other names as they are.

    A file is named from the top of the work tree, as keys begin.
    """
    if "\0" in name:
        return name
    if is_file(start / name):
        return Path(os.path.relpath(start / name, root)).as_posix()
    head, _, tail = name.rpartition(":")
    if not head:
        return name
    path = Path(os.path.relpath(start / head.removesuffix(":"), root)).as_posix()
    if path.startswith("..") or not is_file(root / path):
        return name
    if not LINE_NUMBER.fullmatch(tail):
        return name_function(path, tail)
    try:
        source = read_file(root, path, _MAX_BYTES)
    except FileError:
        return name
    return name_function(path, read_outline(path, source).find_function(int(tail)))


def _add_what_git_knows(repo: Repository, index: FixIndex, lineage: Lineage) -> Lineage:
    """Add origins that were not asked for while learning, and later edits that were no fixes."""
    fixes = {fix.commit: fix for fix in index.iterate_fixes()}
    own = [fixes[node.key] for node in lineage.nodes if node.key in fixes][:_MAX_FUNCTIONS]
    with BlobReader(repo) as blobs:
        traced = [_trace(repo, blobs, fix) for fix in own if not fix.is_traced]
        more = [Lineage(lineage.start, tuple(make_nodes(traced)), tuple(make_edges(traced)))]
        if lineage.start[0] in (COMMIT, FUNCTION):
            more.append(_find_later_edits(repo, blobs, lineage, fixes))
    for part in more:
        lineage = join_lineages(lineage, part)
    return lineage


def _trace(repo: Repository, blobs: BlobReader, fix: FixUnit) -> FixUnit:
    read = UnitReader(repo, blobs, redact=redact, traces=1).read(Asked(fix.commit, limit=1)).units
    return fix._replace(origins=read[0].origins if read else ())


def _find_later_edits(
    repo: Repository, blobs: BlobReader, lineage: Lineage, fixes: dict[str, FixUnit]
) -> Lineage:
    """Return the commits that changed the functions after the fix, newest first, fixes left out."""
    key = lineage.start[1]
    repaired = [e for e in lineage.edges if e.kind == "repaired"]
    chosen = [e for e in repaired if key in (e.source[1], e.target[1])]
    newest = {e.target: e.source[1] for e in sorted(chosen, key=lambda e: fixes[e.source[1]].date)}
    nodes: list[LineageNode] = []
    edges: list[LineageEdge] = []
    for end, since in list(newest.items())[:_MAX_FUNCTIONS]:
        path, _, function = end[1].partition("::")
        for commit in _list_editing(repo, blobs, path, function, since):
            if commit.id not in fixes:
                facts = {"date": commit.date[:10], "subject": redact(commit.subject)}
                nodes.append(LineageNode(COMMIT, commit.id, facts))
                edges.append(LineageEdge("changed-by", end, (COMMIT, commit.id)))
    return Lineage(lineage.start, tuple(nodes), tuple(edges))


def _list_editing(
    repo: Repository, blobs: BlobReader, path: str, function: str, since: str
) -> list[Commit]:
    """Return the newest commits after one that have a changed line in a function."""
    found: list[Commit] = []
    commits = stream_commits(repo, since=since, paths=(path,), limit=_MAX_COMMITS)
    for commit in commits:
        change = next((c for c in commit.changes if c.path == path), None)
        if change is None or len(commit.parents) != 1 or len(found) >= _MAX_EDITS:
            continue
        old, new = (
            (blobs.read(blob, _MAX_BYTES) or b"") if blob else b""
            for blob in (change.old_blob, change.new_blob)
        )
        lines = read_outline(path, new).find_lines(function) if function else None
        hunks = diff_lines(old, new)
        starts = [(hunk.new_start, hunk.new_start + max(hunk.new_count, 1) - 1) for hunk in hunks]
        if not function or (
            lines and any(first <= lines[1] and last >= lines[0] for first, last in starts)
        ):
            found.append(commit)
    return found
