"""The Model Context Protocol over HTTP, at `/mcp`."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.mcp.messages import refuse_message
from devmatrix_guard.mcp.server import make_server
from devmatrix_guard.server.gate import is_loopback
from devmatrix_guard.server.problems import make_problem
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
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        transport_security=security,
        max_request_body_size=settings.max_body,
    )
    for route in app.routes:
        route.app = JudgedMessages(route.app, settings.max_body)
    return app


class JudgedMessages:
    """Answers a body that is no message: the SDK would quote its parser, line by line.

    Args:
        app: what speaks the protocol.
        most: how many bytes a message may have.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method != "POST":  # there is nothing to stream, and no session to end
            text = "send messages to /mcp by POST."
            await make_problem(405, text, headers={"Allow": "POST"})(scope, receive, send)
            return
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            text = "send messages to /mcp as `Content-Type: application/json`."
            await make_problem(415, text)(scope, receive, send)
            return
        body = await request.body()
        if (refusal := refuse_message(body, self._most)) is not None:
            answer = Response(refusal, 400, media_type="application/json")
            await answer(scope, receive, send)
            return
        is_read = False

        async def read_again() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, read_again, send)
