"""`guard lineage`: what a file, a commit, a rule or a pattern came from, and what came of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

from devmatrix_guard.commands.places import project_root
from devmatrix_guard.commands.showing import View, shown
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.lineage import Lineage
from devmatrix_guard.reports.lineage import lineage_json, lineage_lines


def trace(start: Path, name: str, *, depth: int = 5) -> tuple[Lineage, ...]:
    """Return the lineage of every node that `name` may mean.

    Args:
        start: the folder the command was called in; a file may be named relative to it.
        name: a path, a commit id or its start, a rule's or pattern's id, a run's id.
        depth: how many edges are followed each way.

    Raises:
        UsageError: nothing of that name is recorded.
    """
    root = project_root(start)
    with open_memory(load_settings(start).memory, root, create=False) as memory:
        found = {
            (node.kind, node.key): node
            for text in _spellings(name, start, root)
            for node in memory.lineage.find(text)
        }
        if not found:
            raise UsageError(
                f"nothing is recorded about `{name}`; give a path, the start of a commit id, or "
                "the id of a rule, a pattern or a run."
            )
        return tuple(memory.lineage.trace(end, depth=depth) for end in sorted(found))


def trace_view(lineages: tuple[Lineage, ...], format_name: str, stream: TextIO) -> str:
    """Return lineages as text or JSON."""
    return shown(View(format_name, stream), lineages, lineage_lines, lineage_json)


def _spellings(name: str, start: Path, root: Path) -> list[str]:
    """Return the name itself, and the path from the root where it can be one."""
    path = Path(os.path.relpath(start / name, root)) if "\0" not in name else Path()
    return list(dict.fromkeys((name, path.as_posix())))
