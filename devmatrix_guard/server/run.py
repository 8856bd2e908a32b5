"""Starts the server and keeps it going until it is told to stop."""

from __future__ import annotations

import uvicorn

from devmatrix_guard.server.app import make_app
from devmatrix_guard.server.settings import ServeSettings


def run_server(settings: ServeSettings) -> None:
    """Serve until interrupted.

    Raises:
        GuardError: the project's settings cannot be read.
    """
    uvicorn.run(make_app(settings), host=settings.host, port=settings.port, log_level="warning")
