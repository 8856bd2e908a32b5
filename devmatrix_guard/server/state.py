"""What the routes of one process share: the memory, the matcher, caches, threads, counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import Request

from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.caches import open_cache
from devmatrix_guard.commands.service.generation import Generation
from devmatrix_guard.commands.service.keys import ADMIN, READ, SCOPES, WRITE, ApiKey
from devmatrix_guard.commands.service.matching import Matcher
from devmatrix_guard.server.gate import KEY
from devmatrix_guard.server.metrics import Metrics
from devmatrix_guard.server.problems import ProblemError
from devmatrix_guard.server.settings import ServeSettings

T = TypeVar("T")

RESULT_SECONDS = 30.0
_MOST_RESULTS = 1_000
# Each thread has a memory of its own, with the vectors it compares: more of them would not be
# quicker, as they share the interpreter, and cost as much again.
_MEMORIES = 2
_CHECKS = 1


class ServerState:
    """Made once a process.

    Args:
        settings: what the server was started with.

    Raises:
        GuardError: the project's settings, or the cache's address, make no sense.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.settings = settings
        self.access = MemoryAccess(
            settings.start, repositories=settings.repositories, everything=settings.everything
        )
        self.matcher = Matcher(self.access)
        self.results = open_cache(settings.cache, most=_MOST_RESULTS, seconds=RESULT_SECONDS)
        self.generation = Generation(self.access, self.results)
        self.metrics = Metrics()
        self._memories = CapacityLimiter(_MEMORIES)
        self._checks = CapacityLimiter(_CHECKS)

    async def ask(self, function: Callable[..., T], *given: Any, **named: Any) -> T:
        """Run what needs the memory in a thread."""
        return await self._run(self._memories, partial(function, *given, **named))

    async def check(self, function: Callable[..., T], *given: Any, **named: Any) -> T:
        """Run what starts other programs in a thread; one at a time, so that others go on."""
        return await self._run(self._checks, partial(function, *given, **named))

    async def write(self, function: Callable[..., T], *given: Any, **named: Any) -> T:
        """Run what writes, to its end even where the client leaves, and forget what was kept."""

        with anyio.CancelScope(shield=True):
            try:
                answer = await self._run(self._memories, partial(function, *given, **named))
            finally:
                self.generation.advance()
        return answer

    async def _run(self, limiter: CapacityLimiter, function: Callable[[], T]) -> T:
        self.metrics.waiting.set(limiter.statistics().tasks_waiting)
        return await to_thread.run_sync(function, limiter=limiter)

    def close(self) -> None:
        """Write down what is counted, and close everything."""
        self.matcher.close()
        self.generation.close()
        self.results.close()
        self.access.close()


def get_state(request: Request) -> ServerState:
    """Return what the routes share."""
    state: ServerState = request.app.state.server
    return state


def get_key(request: Request) -> ApiKey | None:
    """Return the key of a request, None where the server has none."""
    key: ApiKey | None = request.scope.get("state", {}).get(KEY)
    return key


def get_name(request: Request) -> str:
    """Return who asks, as far as a key says."""
    key = get_key(request)
    return key.name if key else ""


def need(scope: str) -> Callable[[Request], Awaitable[None]]:
    """Return the dependency that a route is asked only with a key that allows it.

    A server without keys listens to this machine alone, and lets it read.
    """

    async def require(request: Request) -> None:
        key = get_key(request)
        allowed = key.allows(scope) if key else scope == READ
        if not allowed:
            raise ProblemError(
                403,
                f"this needs a key with the scope `{scope}`; "
                f"`guard serve keys add NAME --scope {scope}` makes one.",
            )

    return require


__all__ = ["ADMIN", "READ", "SCOPES", "WRITE", "ServerState", "get_state", "need"]
