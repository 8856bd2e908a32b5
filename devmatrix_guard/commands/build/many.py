"""Builds of many specs, handed out to an executor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.build.pipeline import Build, BuildOptions, run_build
from devmatrix_guard.commands.executors import Failed, run_all
from devmatrix_guard.errors import UsageError


class BuildTask(NamedTuple):
    """One spec to build, and where to."""

    spec: Path
    target: Path
    options: BuildOptions


def choose_folders(specs: Sequence[Path], folder: Path) -> list[tuple[Path, Path]]:
    """Return each spec with the folder of its application, named after the spec's file.

    Raises:
        UsageError: two specs have one name.
    """
    places: dict[str, Path] = {}
    for spec in specs:
        other = places.setdefault(spec.stem, spec)
        if other is not spec:
            raise UsageError(
                f"{other} and {spec} would both be built in {folder / spec.stem}; rename one, or "
                "build them one by one."
            )
    return [(spec, folder / spec.stem) for spec in specs]


def build_many(
    specs: Sequence[Path], folder: Path, options: BuildOptions, *, executor: str, jobs: int
) -> Iterator[tuple[Path, Build | Failed]]:
    """Yield each spec with its build, as they end; one that fails holds up no other.

    Args:
        specs: what to build.
        folder: holds one folder for each.
        options: for all of them.
        executor: `processes` or `dask://HOST:PORT`.
        jobs: how many processes.

    Raises:
        UsageError: two specs have one name, or there is no such executor.
        MissingExtraError: what the executor needs is not installed.
    """
    tasks = [BuildTask(spec, target, options) for spec, target in choose_folders(specs, folder)]
    for task, ended in run_all(executor, build_one, tasks, jobs=jobs):
        yield task.spec, ended


def build_one(task: BuildTask) -> Build:
    """Build one spec, in whatever process this is."""
    return run_build(task.spec, task.target, task.options)
