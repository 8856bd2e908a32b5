"""What is kept between two requests: in this process, or in a Redis or Valkey server for all.

Everything kept is kept for a time and under a generation; a write begins a new generation, so that
nothing from before it is found again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from devmatrix_guard.errors import MissingExtraError, UsageError

_PREFIX = "devmatrix-guard:"
_SECONDS = 2.0


class ResultCache(Protocol):
    """Answers as they were sent, by what was asked."""

    def get(self, key: str) -> bytes | None:
        """Return what is kept, None where it is not, or too old."""

    def put(self, key: str, value: bytes) -> None:
        """Keep a value."""

    def count_write(self) -> int:
        """Note that the memory was written, for all who share the cache; return the number."""

    def read_writes(self) -> int:
        """Return how many writes were noted."""

    def close(self) -> None:
        """Let go of the server, if there is one."""


class KeptValues:
    """The values used last, each for a bounded time; may be used by several threads.

    Args:
        most: how many are kept.
        seconds: for how long.
        clock: tells the time; of tests.
    """

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._held: OrderedDict[Any, tuple[float, Any]] = OrderedDict()
        self._writes = 0
        self.hits = 0

    def get(self, key: Any) -> Any:
        """Return what is kept under a key, None where nothing is, or it is too old."""
        with self._lock:
            found = self._held.get(key)
            if found is None or found[0] < self._clock():
                self._held.pop(key, None)
                return None
            self._held.move_to_end(key)
            self.hits += 1
            return found[1]

    def put(self, key: Any, value: Any) -> None:
        """Keep a value; the one not used for longest makes room."""
        with self._lock:
            self._held[key] = (self._clock() + self._seconds, value)
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def count_write(self) -> int:
        """Note that the memory was written; return how often it was."""
        with self._lock:
            self._writes += 1
            return self._writes

    def read_writes(self) -> int:
        """Return how many writes were noted."""
        return self._writes

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()

    def close(self) -> None:
        """Forget everything."""
        self.clear()


class RedisCache:
    """Answers in a Redis or Valkey server; while it is away every look-up misses.

    Args:
        url: as in `redis://HOST:6379/0`.
        seconds: how long an answer is kept.

    Raises:
        MissingExtraError: the client is not installed.
        UsageError: the URL is none.
    """

    def __init__(self, url: str, seconds: float) -> None:
        try:
            import redis
        except ImportError as error:
            raise MissingExtraError("cache", f"The cache {url.partition('@')[2] or url}") from error
        address = f"redis{url.removeprefix('valkey')}" if url.startswith("valkey") else url
        try:
            self._client = redis.Redis.from_url(
                address, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS
            )
        except ValueError as error:
            raise UsageError(
                f"`{url}` is no address of a cache; write it as redis://HOST:6379/0."
            ) from error
        self._failures: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._seconds = max(1, int(seconds))

    def get(self, key: str) -> bytes | None:
        """Return what is kept, None where it is not, or the server is away."""
        try:
            found = self._client.get(_PREFIX + key)
        except self._failures:
            return None
        return found if isinstance(found, bytes) else None

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, if the server is there."""
        try:
            self._client.set(_PREFIX + key, value, ex=self._seconds)
        except self._failures:
            return

    def count_write(self) -> int:
        """Note that the memory was written, for all who share the server."""
        try:
            return int(self._client.incr(_PREFIX + "writes"))
        except self._failures:
            return 0

    def read_writes(self) -> int:
        """Return how many writes were noted; 0 while the server is away, and nothing is kept."""
        try:
            return int(self._client.get(_PREFIX + "writes") or 0)
        except self._failures:
            return 0

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def open_cache(url: str, *, most: int, seconds: float) -> ResultCache:
    """Return the cache at a URL, or for none the one of this process."""
    return RedisCache(url, seconds) if url else KeptValues(most, seconds)
