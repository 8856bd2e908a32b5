"""Builds of many specs, handed out to an executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.build.pipeline import Build, BuildOptions, run_build
from devmatrix_guard.errors import GuardError, UsageError


class Refused(NamedTuple):
    """A spec that could not be built at all, and why."""

    spec: Path
    reason: str


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
    specs: Sequence[Path],
    folder: Path,
    options: BuildOptions,
    executor: Executor,
    tell: Callable[[Path], None] = lambda _: None,
) -> Iterator[Build | Refused]:
    """Yield the builds as they end; one that fails holds up no other.

    Args:
        specs: what to build.
        folder: holds one folder for each.
        options: for all of them.
        executor: of threads, processes, or machines.
        tell: is told each spec when its turn is over.
    """
    futures = {
        executor.submit(build_one, spec, target, options): spec
        for spec, target in choose_folders(specs, folder)
    }
    for future in as_completed(futures):
        tell(futures[future])
        yield future.result()


def build_one(spec: Path, target: Path, options: BuildOptions) -> Build | Refused:
    """Build one spec; what the user has to put right is a value, so that the others go on."""
    try:
        return run_build(spec, target, options)
    except GuardError as error:
        return Refused(spec, str(error))
