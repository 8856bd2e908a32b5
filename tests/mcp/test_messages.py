"""What is no message gets the protocol's error, over a real pipe, and the session goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.mcp.messages import MOST_BYTES, refuse_message
from tests.helpers import make_repo

_GUARD = str(Path(sys.executable).parent / "guard")
_LONG = b"x" * (10 << 20)


def make(**parts: Any) -> bytes:
    """Return a message of some parts."""
    return json.dumps({"jsonrpc": "2.0", **parts}).encode()


# What is sent -> the id and the code of the answer; no answer where there is none.
WRONG = [
    pytest.param(b"{", None, -32700, id="no JSON"),
    pytest.param(b"[" * 100_000, None, -32700, id="nested without end"),
    pytest.param(b"\xff\xfe\x00", None, -32700, id="not UTF-8"),
    pytest.param(b'{"a": NaN}', None, -32700, id="NaN"),
    pytest.param(make(id=1, method="ping", params={"x": "\ud800"}), None, -32700, id="surrogate"),
    pytest.param(b"[]", None, -32600, id="empty batch"),
    pytest.param(b"[" + make(id=1, method="ping") + b"]", None, -32600, id="batch"),
    pytest.param(b"null", None, -32600, id="null"),
    pytest.param(b"3", None, -32600, id="number"),
    pytest.param(b'{"id": 4, "method": "ping"}', 4, -32600, id="no version"),
    pytest.param(b'{"jsonrpc": 2.0, "id": 4, "method": "ping"}', 4, -32600, id="other version"),
    pytest.param(make(id=4), 4, -32600, id="no method"),
    pytest.param(make(id="a", method=3), "a", -32600, id="method no string"),
    pytest.param(make(id=None, method="ping"), None, -32600, id="id null"),
    pytest.param(make(id=1.5, method="ping"), None, -32600, id="id a fraction"),
    pytest.param(make(id=True, method="ping"), None, -32600, id="id true"),
    pytest.param(make(id=4, method="ping", error={}), 4, -32600, id="request with an error"),
    pytest.param(make(id=4, method="ping", result={}), 4, -32600, id="request with a result"),
    pytest.param(make(id=4, method="ping", params=[1]), 4, -32602, id="params a list"),
    pytest.param(make(id=4, method="ping", params="x"), 4, -32602, id="params a text"),
    pytest.param(make(id=4, method="tools/call", params={"name": 3}), 4, -32602, id="no name"),
    pytest.param(make(id=4, method="no/such"), 4, -32601, id="unknown method"),
    pytest.param(make(id=4, method=""), 4, -32601, id="empty method"),
    pytest.param(make(id=4, method="ping", params={"x": _LONG.decode()}), 4, -32600, id="10 MB"),
    pytest.param(_LONG, None, -32700, id="10 MB of nothing"),
    pytest.param(
        make(id=4, method="resources/read", params={"uri": "guard://rules/none"}),
        4, -32602, id="no rule",
    ),
]  # fmt: skip
UNANSWERED = [
    pytest.param(b"", id="empty line"),
    pytest.param(b"  \r", id="white space"),
    pytest.param(make(method="no/such"), id="unknown notification"),
    pytest.param(make(method="notifications/x", error={"code": 1}), id="notification with error"),
    pytest.param(make(method="notifications/cancelled", params={"x": 1}), id="wrong notification"),
    pytest.param(make(id=99, result={}), id="answer to nothing"),
    pytest.param(make(error={"code": 1, "message": "x"}), id="error without id"),
]


class Client:
    """Who has started `guard mcp`, and writes to it what it likes."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [_GUARD, "mcp"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def send(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def receive(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def initialize(self) -> None:
        about = {"name": "x", "version": "1"}
        given = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": about}
        self.send(make(id=0, method="initialize", params=given))
        assert self.receive()["result"]["serverInfo"]["name"] == "devmatrix-guard"
        self.send(make(method="notifications/initialized"))

    def is_there(self, number: str) -> bool:
        """Tell whether the next that comes is the answer to a request sent now."""
        self.send(make(id=number, method="ping"))
        return bool(self.receive() == {"jsonrpc": "2.0", "id": number, "result": {}})

    def leave(self) -> int:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        return self.process.wait(60)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = Client(make_repo(tmp_path_factory.mktemp("mcp") / "repo", {"a.py": "x = 1\n"}))
    client.send(b"{")  # before the first request, too
    assert client.receive()["error"]["code"] == -32700
    client.send(make(id=7, method="tools/list"))
    assert client.receive()["error"]["code"] == -32602
    client.initialize()
    yield client
    assert client.leave() == 0


@pytest.mark.parametrize(("line", "number", "code"), WRONG)
def test_what_is_no_message_is_answered_with_the_protocols_error(
    client: Client, line: bytes, number: Any, code: int
) -> None:
    client.send(line)
    answer = client.receive()
    assert (answer["jsonrpc"], answer["id"], answer["error"]["code"]) == ("2.0", number, code)
    assert "\n" not in answer["error"]["message"]
    assert client.is_there("next")


@pytest.mark.parametrize("line", UNANSWERED)
def test_what_asks_nothing_is_not_answered(client: Client, line: bytes) -> None:
    client.send(line)
    assert client.is_there("next")


def test_answers_of_both_kinds_are_never_torn(client: Client) -> None:
    """The SDK and the gate before it write from different threads."""
    listed = make(id="list", method="tools/list")
    for _ in range(50):
        client.send(listed + b"\n{\n" + listed + b"\n[]")
    ids = [client.receive()["id"] for _ in range(200)]
    assert (ids.count("list"), ids.count(None)) == (100, 100)


def test_a_client_that_leaves_without_reading_ends_the_server(tmp_path: Path) -> None:
    gone = Client(make_repo(tmp_path / "repo", {"a.py": "x = 1\n"}))
    assert gone.process.stdout is not None
    gone.process.stdout.close()
    gone.send(b"{")
    assert gone.leave() == 0


def test_a_last_message_needs_no_line_end(tmp_path: Path) -> None:
    client = Client(make_repo(tmp_path / "repo", {"a.py": "x = 1\n"}))
    assert client.process.stdin is not None
    client.process.stdin.write(b"nothing")
    client.process.stdin.close()
    assert client.receive()["error"]["code"] == -32700
    assert client.leave() == 0


def test_a_message_is_bounded_to_the_byte() -> None:
    room = MOST_BYTES - len(make(id=1, method="ping", params={"x": ""}))
    assert refuse_message(make(id=1, method="ping", params={"x": "x" * room})) is None
    refusal = refuse_message(make(id=1, method="ping", params={"x": "x" * (room + 1)}))
    assert refusal is not None
    assert json.loads(refusal)["id"] == 1


def test_all_that_was_read_is_answered_when_input_ends(tmp_path: Path) -> None:
    client = Client(make_repo(tmp_path / "repo", {"a.py": "x = 1\n"}))
    client.initialize()
    calls = [
        make(id=number, method="tools/call", params={"name": name, "arguments": given})
        for number, (name, given) in enumerate(
            [("check_change", {}), ("recall", {"subject": "a.py"}), ("check_change", {})], 11
        )
    ]
    called_off = make(method="notifications/cancelled", params={"requestId": 99})
    assert client.process.stdin is not None
    client.process.stdin.write(b"\n".join([*calls, called_off]) + b"\n")
    client.process.stdin.close()
    assert client.process.stdout is not None
    answers = [json.loads(line) for line in client.process.stdout.read().splitlines()]
    assert sorted(answer["id"] for answer in answers) == [11, 12, 13]
    assert all("result" in answer for answer in answers)
    assert client.leave() == 0
