"""Tells which state of the memory an answer belongs to, so that no cache gives older ones."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.connect import is_server

if TYPE_CHECKING:
    from devmatrix_guard.commands.service.access import MemoryAccess
    from devmatrix_guard.commands.service.caches import ResultCache
    from devmatrix_guard.memory.base import Memory


class Generation:
    """The present generation of a memory.

    Of the embedded memory SQLite itself tells whether any connection has written since, and tells
    each process in its own way. A server is not asked for every request: there, writes of those who
    share the cache count at once, and those of others after the time that it keeps an answer.
    """

    def __init__(self, access: MemoryAccess, cache: ResultCache) -> None:
        self._access = access
        self._cache = cache
        self._lock = threading.Lock()
        self._name = secrets.token_hex(4)
        self._memory: Memory | None = None

    def read(self) -> str:
        """Return a text that differs after every write that is known of."""
        if is_server(self._access.settings.memory):
            return f"{self._access.settings.memory} {self._cache.read_writes()}"
        with self._lock:
            if self._memory is None:
                try:
                    self._memory = open_project_memory(
                        self._access.settings, self._access.root, create=False
                    )
                except MemoryStoreError:  # not there yet
                    return self._name
            (moment,) = self._memory.database.mark_moment()
            return f"{self._name} {moment}"

    def advance(self) -> None:
        """Note a write of one's own."""
        self._cache.count_write()

    def close(self) -> None:
        """Close the connection that watches."""
        with self._lock:
            if self._memory is not None:
                self._memory.close()
                self._memory = None
