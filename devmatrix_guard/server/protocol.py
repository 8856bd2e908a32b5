"""How connections are kept: whoever does not say what they want is not waited for."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from devmatrix_guard.server.problems import make_problem

_HEAD_SECONDS = 15.0
_MOST_CONNECTIONS = 512


class BoundedProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, with a time within which the head of a request has to come.

    uvicorn waits for it without end, so that a few hundred connections that say nothing would keep
    everybody else out.
    """

    head_seconds = _HEAD_SECONDS
    most_connections = _MOST_CONNECTIONS
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            self.app = refuse_crowd
        self._bound_waiting()

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for the rest of a head no longer than it may take."""
        super().data_received(data)
        self._bound_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP; whoever works on its first half need not answer any more."""
        super().send_400_response(msg)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _bound_waiting(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


async def refuse_crowd(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer whoever comes when as many are connected as are served."""
    problem = make_problem(
        503,
        "too many connections are open; wait.",
        headers={"Connection": "close", "Retry-After": "5"},
    )
    await problem(scope, receive, send)
