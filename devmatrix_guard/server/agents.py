"""The Model Context Protocol over HTTP, at `/mcp`."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.mcp.server import make_server
from devmatrix_guard.server.gate import is_loopback
from devmatrix_guard.server.settings import ServeSettings

PATH = "/mcp"


def make_agents_app(settings: ServeSettings) -> Any:
    """Return the app whose one route speaks the protocol; no session is kept, as none is needed.

    Hosts, origins and keys are looked at by the gate before it.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    server = make_server(find_project_root(settings.start), outcomes=settings.allow_outcomes)
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=is_loopback(settings.host),
        allowed_hosts=["127.0.0.1:*", "localhost:*", "[::1]:*"],
        allowed_origins=["http://127.0.0.1:*", "http://localhost:*", "http://[::1]:*"],
    )
    return server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        transport_security=security,
        max_request_body_size=settings.max_body,
    )
