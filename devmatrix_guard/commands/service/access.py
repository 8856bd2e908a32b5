"""Lends memories that stay open, one for each thread at work, to whoever serves a project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING

from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import choose_repositories, open_project_memory
from devmatrix_guard.commands.rules.stage_memory import RuleFileFollower
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.connect import memory_exists

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory


class MemoryAccess:
    """A project, and the memories that are open for it.

    The one given back last is lent first: it has what was read of vectors in its arrays.

    Args:
        start: a folder of the project.
        repositories: names of repositories whose facts are read, instead of the project's own.
        everything: read those of all repositories that the memory holds.
    """

    def __init__(
        self, start: Path, *, repositories: tuple[str, ...] = (), everything: bool = False
    ) -> None:
        self.root = find_project_root(start)
        self.settings: Settings = load_settings(start)
        self._chosen = (repositories, everything)
        self._follower = RuleFileFollower(self.root, self.settings.rules)
        self._idle: LifoQueue[tuple[Memory, Memory]] = LifoQueue()

    def exists(self) -> bool:
        """Tell whether there is a memory yet.

        Raises:
            MemoryStoreError: a server does not answer.
        """
        return memory_exists(self.settings.memory, self.root)

    @contextmanager
    def lend(self, *, writing: bool = False) -> Iterator[Memory]:
        """Lend a memory to this thread.

        Args:
            writing: facts of the own repository are written; the memory is made if there is none.

        Raises:
            MemoryStoreError: there is no memory yet, or it cannot be opened.
            UsageError: a repository that was named is none of the memory's.
        """
        try:
            opened, chosen = self._idle.get_nowait()
        except Empty:
            opened = open_project_memory(self.settings, self.root, create=writing)
            names, everything = self._chosen
            chosen = choose_repositories(opened, names, everything=everything)
        try:
            self._follower.follow(opened)
            yield opened if writing else chosen
        except UsageError:
            self._idle.put((opened, chosen))
            raise
        except BaseException:
            # What failed may have left the connection in a state that nobody looked at.
            opened.close()
            raise
        self._idle.put((opened, chosen))

    def close(self) -> None:
        """Close every memory that is not lent."""
        while True:
            try:
                opened, _ = self._idle.get_nowait()
            except Empty:
                return
            opened.close()
