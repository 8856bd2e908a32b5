"""Learns from many repositories into one memory, and tells what holds in several of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.executors import Failed, check_executor, run_all
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.errors import has_defect
from devmatrix_guard.memory.connect import find_path, is_server


class LearnTask(NamedTuple):
    """One repository to learn from, and where what it teaches is kept."""

    path: str
    memory: str
    limit: int | None = None
    since: str | None = None
    again: bool = False


class Taught(NamedTuple):
    """What one repository taught; `stages` counts its rules by stage."""

    commits: int
    fixes: int
    fresh: bool
    standing: int
    stages: dict[str, int]
    notes: tuple[str, ...]


class SharedLesson(NamedTuple):
    """A FixPattern that several repositories taught."""

    pattern: str
    title: str
    repositories: tuple[str, ...]


class ManyReport(NamedTuple):
    """What many repositories taught, in the order they were named, and what several agree on."""

    memory: str
    results: tuple[tuple[str, Taught | Failed], ...]
    shared: tuple[SharedLesson, ...]


def learn_many(
    start: Path,
    repositories: Sequence[Path],
    *,
    executor: str,
    jobs: int | None = None,
    limit: int | None = None,
    since: str | None = None,
    again: bool = False,
    tell: Callable[[str, Taught | Failed], None] = lambda *_: None,
) -> ManyReport:
    """Learn from each repository, and keep what they teach in the memory of the folder `start`.

    Args:
        start: whose settings name the memory.
        repositories: their folders.
        executor: `processes` or `dask://HOST:PORT`.
        jobs: how many processes.
        limit: read only the newest commits of each.
        since: read only commits of this day (YYYY-MM-DD) and later.
        again: read everything again, whatever is known.
        tell: is told each repository as it ends.

    Raises:
        UsageError: no such executor.
        MissingExtraError: what the executor needs is not installed.
    """
    check_executor(executor)
    settings = load_settings(start)
    root = find_project_root(start)
    memory = _locate_memory(settings, root)
    open_project_memory(settings, root).close()  # made, or refused, before the work of minutes
    tasks = [LearnTask(str(path), memory, limit, since, again) for path in repositories]
    found: dict[str, Taught | Failed] = {}
    for task, outcome in run_all(executor, learn_one, tasks, jobs=jobs):
        found[task.path] = outcome
        tell(task.path, outcome)
    results = tuple((task.path, found[task.path]) for task in tasks)
    return ManyReport(str(settings.memory), results, _find_shared(settings, root))


def learn_one(task: LearnTask) -> Taught:
    """Learn from one repository, in whatever process this is."""
    report = learn(
        Path(task.path),
        limit=task.limit,
        since=task.since,
        again=task.again,
        memory=task.memory,
    )
    stages = Counter(rule.stage for rule in report.rules)
    return Taught(
        report.commits, report.fixes, report.fresh, report.standing, dict(stages), report.notes
    )


def is_sound(outcome: Taught | Failed) -> bool:
    """Tell whether nothing went wrong through a fault of ours."""
    return not outcome.is_defect if isinstance(outcome, Failed) else not has_defect(outcome.notes)


def _locate_memory(settings: Settings, root: Path) -> str:
    """Return where the memory is as every process can find it, once its owner has agreed to it."""
    if is_server(settings.memory):
        return settings.memory
    return str(find_path(settings.memory, root).resolve())


def _find_shared(settings: Settings, root: Path) -> tuple[SharedLesson, ...]:
    with open_project_memory(settings, root) as memory:
        patterns = memory.choose((), everything=True).patterns.list_all()
        holders = memory.patterns.list_holders([pattern.id for pattern in patterns])
    return tuple(
        SharedLesson(pattern.id, pattern.title, tuple(sorted(holders[pattern.id])))
        for pattern in patterns
        if len(holders.get(pattern.id, ())) > 1
    )
