"""The numbered SQL files that make a schema: `NNNN_name.sql`, forwards only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from devmatrix_guard.errors import InternalError, MemoryStoreError
from devmatrix_guard.model.named_value import NamedValue


class Migration(NamedValue):
    """One step of the schema; versions count from 1 without gaps."""

    version: int
    name: str
    sql: str


def read_shipped_migrations(folder: Path) -> tuple[Migration, ...]:
    """Return the migrations of a folder, in order."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        found.append(Migration(int(number), name, path.read_text("utf-8")))
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise InternalError(f"the migrations in {folder} are not numbered 1, 2, 3 …")
    return tuple(found)


def _find_newest_version(folder: Path) -> int:
    """Return the version that the migrations of a folder lead to."""
    return max(int(path.name.partition("_")[0]) for path in folder.glob("*.sql"))


def bring_up_to_date(
    folder: Path, version: Callable[[], int], apply: Callable[[Migration], None], location: object
) -> int:
    """Apply the migrations that a schema lacks and return its version.

    Args:
        folder: of the migrations.
        version: tells the schema's version.
        apply: applies one migration, unless another process has done so meanwhile.
        location: how the memory is called in an error.

    Raises:
        MemoryStoreError: the memory was written by a newer release.
    """
    newest = _find_newest_version(folder)
    current = version()
    if current < newest:
        for migration in read_shipped_migrations(folder):
            apply(migration)
        current = version()
    _refuse_newer(current, newest, location)
    return current


def _refuse_newer(current: int, newest: int, location: object) -> None:
    """Leave a memory alone that a newer release has changed.

    Raises:
        MemoryStoreError: it has a version that this release does not know.
    """
    if current > newest:
        raise MemoryStoreError(
            f"the memory {location} has schema version {current} and this release knows "
            f"{newest}: upgrade devmatrix-guard, or set `memory` to another place."
        )


def refuse_moved(current: int, opened: int | None, location: object) -> None:
    """Write nothing into a memory that another release has brought up to date meanwhile.

    Args:
        current: the schema's version now.
        opened: the version when the memory was opened; None while it is being opened.
        location: how the memory is called in an error.

    Raises:
        MemoryStoreError: the two differ.
    """
    if opened is not None and current != opened:
        raise MemoryStoreError(
            f"the memory {location} was brought from schema version {opened} to {current} by "
            "another release while it was open; nothing was written: upgrade devmatrix-guard, and "
            "start this again."
        )
