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
from devmatrix_guard.memory.connect import find_path, is_server, memory_exists

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory


_File = tuple[int, int] | None


class MemoryAccess:
    """A project, and the memories that are open for it.

    The one given back last is lent first: it has what was read of vectors in its arrays. One whose
    file was removed or replaced since is not lent again: what is written to it would be lost.

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
        self._idle: LifoQueue[tuple[Memory, Memory, _File]] = LifoQueue()

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
        opened, chosen, file = self._take_idle() or self._open(writing=writing)
        try:
            self._follower.follow(opened)
            yield opened if writing else chosen
        except UsageError:
            self._idle.put((opened, chosen, file))
            raise
        except BaseException:
            # What failed may have left the connection in a state that nobody looked at.
            opened.close()
            raise
        self._idle.put((opened, chosen, file))

    def _take_idle(self) -> tuple[Memory, Memory, _File] | None:
        file = self._identify_file()
        while True:
            try:
                taken = self._idle.get_nowait()
            except Empty:
                return None
            if taken[2] == file:
                return taken
            taken[0].close()

    def _open(self, *, writing: bool) -> tuple[Memory, Memory, _File]:
        opened = open_project_memory(self.settings, self.root, create=writing)
        names, everything = self._chosen
        chosen = choose_repositories(opened, names, everything=everything)
        return opened, chosen, self._identify_file()

    def _identify_file(self) -> _File:
        """Return what tells the memory's file from another of its name, None where there is none.

        Raises:
            MemoryStoreError: a link or no file stands there.
        """
        if is_server(self.settings.memory):
            return None
        try:
            status = Path(self.find_file()).stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def find_file(self) -> str:
        """Return where a memory that is a file lies.

        Raises:
            MemoryStoreError: a link or no file stands there.
        """
        return str(find_path(self.settings.memory, self.root))

    def close(self) -> None:
        """Close every memory that is not lent."""
        while True:
            try:
                opened, _, _ = self._idle.get_nowait()
            except Empty:
                return
            opened.close()
