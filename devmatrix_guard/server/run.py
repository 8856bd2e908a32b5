"""Starts the server and keeps it going until it is told to stop."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from devmatrix_guard.commands.service.keys import list_keys
from devmatrix_guard.errors import UsageError
from devmatrix_guard.server.app import make_app
from devmatrix_guard.server.gate import is_loopback
from devmatrix_guard.server.protocol import BoundedProtocol
from devmatrix_guard.server.settings import ServeSettings, decode_settings

_VARIABLE = "GUARD_SERVE_WORKER"
_KEEP_ALIVE = 15
_SHUTDOWN = 10
_BACKLOG = 2048


def run_server(settings: ServeSettings, tell: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        settings: what the server is started with.
        tell: is told where it listens.

    Raises:
        UsageError: the address is not this machine's alone and there are no keys, or it is taken.
        GuardError: the project's settings cannot be read.
    """
    check_exposure(settings)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    listener = listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    address = f"devmatrix-guard listens on http://{f'[{host}]' if ':' in host else host}:{port}"
    options: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": _KEEP_ALIVE,
        "timeout_graceful_shutdown": _SHUTDOWN,
        "proxy_headers": False,  # anybody could claim any address by them
        "ws": "none",
        "http": BoundedProtocol,
    }
    if settings.workers == 1:
        app = make_app(settings)
        tell(address)
        uvicorn.Server(uvicorn.Config(app, **options)).run(sockets=[listener])
        return
    tell(address)
    os.environ[_VARIABLE] = settings.encode()
    config = uvicorn.Config(
        f"{__name__}:make_worker_app", factory=True, workers=settings.workers, **options
    )
    from uvicorn.supervisors import Multiprocess

    Multiprocess(config, sockets=[listener]).run()


def make_worker_app() -> ASGIApp:
    """Return the application of one of several processes."""
    return make_app(decode_settings(os.environ[_VARIABLE]))


def check_exposure(settings: ServeSettings) -> None:
    """Refuse to be reached from other machines by whoever likes.

    Raises:
        UsageError: the address is not loopback, and there is no key.
    """
    if is_loopback(settings.host) or list_keys(settings.start):
        return
    raise UsageError(
        f"{settings.host} is reached from other machines, and there is no key yet: make one with "
        "`guard serve keys add NAME`, and put a proxy that speaks TLS in front."
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address, and whose connections send without delay.

    Raises:
        UsageError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sends at once what is written (TCP_NODELAY); without it each
    # answer waits 40 ms for the other side's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(
            f"{host}:{port} cannot be listened on ({error}); choose another `--port`."
        ) from error
    listener.listen(_BACKLOG)  # whoever comes before the workers are there waits for them
    listener.set_inheritable(True)
    return listener
