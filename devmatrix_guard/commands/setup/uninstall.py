"""Takes back what `guard init` put into a repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from devmatrix_guard.commands.setup.setup_edits import read_record, revert_edits
from devmatrix_guard.git.repository import find_repository


def uninstall(start: Path) -> Iterator[str]:
    """Take back every edit of init; yield a line on each, one sentence where there is none.

    Raises:
        GitError: there is no repository.
        UsageError: the record of the edits is damaged.
    """
    root = find_repository(start).root
    if not read_record(root):
        yield "Nothing to take out: `guard init` has not been run here."
        return
    yield from revert_edits(root)
