"""The Model Context Protocol over HTTP, spoken by the official SDK's client."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bench.fuzz_messages import list_agent_messages, write_line
from devmatrix_guard.commands.service.keys import add_key
from devmatrix_guard.errors import DEFECT
from tests.mcp.test_messages import WRONG
from tests.mcp.test_server import TOOLS
from tests.server.serving import PATTERNS, Server, add_patterns, make_learned_repo, serve

ACCEPT = {"Accept": "application/json, text/event-stream"}


def talk(server: Server, ask: Callable[[Any], Awaitable[Any]]) -> Any:
    """Run a conversation with a server."""
    import anyio
    import httpx2
    from mcp.client.session import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def converse() -> Any:
        headers = {"Authorization": f"Bearer {server.key}"} if server.key else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as client,
            streamable_http_client(f"{server.url}/mcp", http_client=client) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await session.initialize()
            return await ask(session)

    return anyio.run(converse)


def test_a_client_finds_the_same_tools_as_over_standard_streams(server: Server) -> None:
    async def ask(session: Any) -> Any:
        tools = {tool.name for tool in (await session.list_tools()).tools}
        recalled = await session.call_tool("recall", {"subject": "a.py:2"})
        rules = await session.read_resource("guard://rules")
        lessons = await session.read_resource("guard://lessons/a.py")
        return tools, recalled.content[0].text, rules.contents[0].text, lessons.contents[0].text

    tools, recalled, rules, lessons = talk(server, ask)
    assert tools == TOOLS
    assert "Fix the sum of two numbers (#12)" in recalled
    assert '"id": "no-old-call"' in rules
    assert "Fix the sum" in lessons


@pytest.mark.parametrize(("body", "number", "code"), WRONG)
def test_what_is_no_message_is_answered_as_over_standard_streams(
    server: Server, body: bytes, number: Any, code: int
) -> None:
    answer = server.ask("POST", "/mcp", body, headers=ACCEPT)
    if len(body) > 4 << 20:  # which the gate refuses unread
        assert answer.status == 413
        return
    found = answer.json
    assert (found["jsonrpc"], found["id"], found["error"]["code"]) == ("2.0", number, code)
    assert "\n" not in found["error"]["message"]
    assert answer.headers["content-type"] == "application/json"


def test_whatever_an_agent_sends_is_answered(server: Server) -> None:
    chance = random.Random(7)
    for message in list_agent_messages(chance, server.root, 60):
        answer = server.ask("POST", "/mcp", write_line(message), headers=ACCEPT)
        assert answer.status in (200, 202, 400), message
        assert DEFECT not in answer.text, message
        assert server.ask("GET", "/health/live").status == 200


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 405),  # which would wait for events that never come
        ("DELETE", {}, 405),
        ("POST", {"Content-Type": "text/plain"}, 415),
        ("POST", {"Content-Type": ""}, 415),
    ],
)
def test_whoever_asks_in_another_way_is_told_how(
    server: Server, method: str, headers: dict[str, str], status: int
) -> None:
    answer = server.ask(method, "/mcp", b"{}", headers={**ACCEPT, **headers})
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "send messages to /mcp" in answer.json["detail"]


def test_outcomes_are_reported_only_where_the_server_allows_it(tmp_path: Path) -> None:
    repo = make_learned_repo(tmp_path / "repo")
    add_patterns(repo)
    _, key = add_key(repo, "agent", ["write"])

    async def ask(session: Any) -> Any:
        tools = {tool.name for tool in (await session.list_tools()).tools}
        given = {"pattern_id": "p1", "success": True, "path": "a.py"}
        told = await session.call_tool("report_outcome", given)
        outside = await session.call_tool("report_outcome", {**given, "path": "../x.py"})
        return tools, told.content[0].text, outside.content[0].text

    with serve(repo, "--allow-outcomes", key=key) as allowed:
        tools, told, outside = talk(allowed, ask)
        assert tools == {*TOOLS, "report_outcome"}
        assert "100% went well" in told
        assert "lies outside the repository" in outside
        assert allowed.ask("GET", f"{PATTERNS}/p1").json["success_rate"] == 1.0
