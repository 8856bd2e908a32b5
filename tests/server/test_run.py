"""The socket that `guard serve` listens on."""

from __future__ import annotations

import asyncio
import socket

import pytest

from devmatrix_guard.errors import UsageError
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
