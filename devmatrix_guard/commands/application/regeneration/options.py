"""What a regeneration is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devmatrix_guard.model.named_value import NamedValue


class RegenerateOptions(NamedValue):
    """How to regenerate.

    Attributes:
        spec, overlay: what to generate from; None takes them where they are kept.
        inline: write conflicts into the files, between markers.
        destructive: allow a migration that loses data.
        backfill: `table.column` -> the value for rows that are there already, as JSON or text.
        verify: check the result before it takes the place of the old.
        python: interpreter of the application's environment.
        dry_run: say what would be done; write nothing.
        ignored: globs of files that people take over for good, besides those that they have.
        taken: ids of InfraPatterns of which the newest version takes the place of the pinned one.
        areas: of the IR; files that came from others alone are held back, all areas without any.
        memory: ask the memory, and record the run in it.
    """

    spec: Path | None = None
    overlay: Path | None = None
    inline: bool = False
    destructive: bool = False
    backfill: Mapping[str, str] = {}
    verify: bool = True
    python: Path | None = None
    dry_run: bool = False
    ignored: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    memory: bool = True
    taken: tuple[str, ...] = ()
