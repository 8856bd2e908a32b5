"""The socket that `guard serve` listens on."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest
import uvicorn

from devmatrix_guard.errors import UsageError
from devmatrix_guard.server.protocol import BoundedProtocol
from devmatrix_guard.server.run import listen


def _ask_whether_delayed(listener: socket.socket) -> bool:
    async def accept_one() -> bool:
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            answered.set_result(not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(answer, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            delayed = await asyncio.wait_for(answered, timeout=20)
            writer.close()
            return delayed

    return asyncio.run(accept_one())


def test_an_answer_is_sent_without_waiting_for_an_acknowledgement() -> None:
    """A header and a body written one after the other took 40 ms, whatever they cost to make."""
    assert not _ask_whether_delayed(listen("127.0.0.1", 0))


def test_an_address_that_is_taken_is_told_with_the_remedy() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1:{port} cannot be listened on .*--port"):
            listen("127.0.0.1", port)


def test_a_port_that_does_not_exist_is_told_with_the_remedy() -> None:
    with pytest.raises(UsageError, match="--port"):
        listen("127.0.0.1", 70000)


class _Hasty(BoundedProtocol):
    head_seconds = 0.2


async def _answer_slowly(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await asyncio.sleep(2 * _Hasty.head_seconds)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def _send_and_read(sent: list[bytes]) -> bytes:
    """Return what comes back until the connection is closed."""
    config = uvicorn.Config(_answer_slowly, http=_Hasty, log_level="error", lifespan="off")
    config.load()
    state = uvicorn.Server(config).server_state
    loop = asyncio.get_running_loop()
    make = lambda: _Hasty(config=config, server_state=state, app_state={})  # noqa: E731
    async with await loop.create_server(make, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        for part in sent:
            writer.write(part)
            await asyncio.sleep(_Hasty.head_seconds / 10)
        answer = await asyncio.wait_for(reader.read(), timeout=20)
        writer.close()
        return answer


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([], id="nothing"),
        pytest.param([b"GET / HTTP/1.1\r\nHost: 127"], id="half a head"),
        pytest.param([b"GET / HTTP/1.1\r\n", b"A: b\r\n", b"C: d\r\n"], id="a line at a time"),
    ],
)
def test_whoever_does_not_say_what_they_want_is_not_waited_for(sent: list[bytes]) -> None:
    assert asyncio.run(_send_and_read(sent)) == b""


def test_an_answer_may_take_longer_than_its_request() -> None:
    head = [b"GET / HTTP/1.1\r\n", b"Host: a\r\nConnection: close\r\n\r\n"]
    assert asyncio.run(_send_and_read(head)).startswith(b"HTTP/1.1 204")


def test_a_body_that_is_no_http_is_no_failure_of_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert asyncio.run(_send_and_read([head, b"zz\r\n"])).startswith(b"HTTP/1.1 400")
    assert not [record for record in caplog.records if record.exc_info]


async def _come_when_all_are_served() -> bytes:
    config = uvicorn.Config(_answer_slowly, log_level="error", lifespan="off")
    config.load()
    state = uvicorn.Server(config).server_state
    loop = asyncio.get_running_loop()
    make = lambda: _Popular(config=config, server_state=state, app_state={})  # noqa: E731
    async with await loop.create_server(make, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()[:2]
        idle = [await asyncio.open_connection(*address) for _ in range(_Popular.most_connections)]
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), timeout=20)
        for _, link in [*idle, (reader, writer)]:
            link.close()
        return answer


class _Popular(BoundedProtocol):
    most_connections = 3


def test_one_connection_too_many_is_answered_as_every_failure_is() -> None:
    head, _, body = asyncio.run(_come_when_all_are_served()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert b"application/problem+json" in head
    assert b"retry-after" in head.lower()
    assert "connections" in json.loads(body)["detail"]
