"""Gives each file the tasks that the fixes made in it name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from devmatrix_guard.commands.learn.fix_memory import Remembered
from devmatrix_guard.git.process import read_git_output
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.mining.task_ids import find_tasks
from devmatrix_guard.model.knowledge.fix import FixUnit
from devmatrix_guard.reports.redact import redact

_STATE = "tasks"
_MOST_TEXT = 4000  # a longer message is a list of changes


def record_tasks(memory: Memory, repo: Repository, remembered: Remembered) -> None:
    """Add the tasks that fixes name to the files they repaired, under the names of today.

    Where those of an earlier end of the history are kept, only what came since is read.
    """
    is_known = memory.state.get(_STATE) == remembered.former_head
    new = remembered.units[: remembered.new] if is_known else remembered.units
    with memory.transaction():
        memory.files.add_tasks(_pair_tasks(repo, new))
        memory.state.set(_STATE, remembered.fixes.head)


def read_tasks(repo: Repository, commits: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the tasks that the messages of commits name, by commit."""
    if not commits:
        return {}
    listed = "".join(f"{commit}\n" for commit in commits).encode()
    output = read_git_output(
        repo.root, "log", "--no-walk=unsorted", "--stdin", "-z", "--format=%H%n%B", stdin=listed
    )
    found = {}
    for record in output.split(b"\0"):
        commit, _, message = record.partition(b"\n")
        text = os.fsdecode(message)[:_MOST_TEXT].encode("utf-8", "replace").decode()
        found[commit.decode("ascii", "replace")] = tuple(
            task for task in find_tasks(text) if redact(task) == task
        )
    return found


def _pair_tasks(repo: Repository, units: Sequence[FixUnit]) -> Iterator[tuple[str, str]]:
    tasks = read_tasks(repo, [unit.commit for unit in units])
    for unit in units:
        paths = sorted({function.path for function in unit.functions if function.is_there})
        for task in tasks.get(unit.commit, ()):
            yield from ((path, task) for path in paths)
