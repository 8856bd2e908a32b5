"""NATS carries what changed to followers; what it loses or says twice does no harm."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.base import Memory, VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.followers.base import Follower, FollowerAwayError
from devmatrix_guard.memory.followers.bus import NatsBus, open_bus
from devmatrix_guard.memory.followers.drain import drain, follow_bus, publish, publish_on
from devmatrix_guard.memory.followers.outbox import Outbox
from tests.helpers_nats import NatsServer, nats_server

pytestmark = pytest.mark.server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    """A server of its own for a test, which may kill it."""
    with nats_server(tmp_path) as running:
        yield running


@pytest.fixture
def bus(server: NatsServer) -> Iterator[NatsBus]:
    """The stream of a memory."""
    opened = open_bus(server.url, "m1")
    yield opened
    opened.close()


def write(memory: Memory, *numbers: int) -> None:
    items = [VectorItem(f"p{number}", [1.0, number]) for number in numbers]
    memory.vectors.upsert("fix_patterns", "m", items)


def is_equal(memory: Memory, follower: Follower) -> bool:
    return follower.list_references("vector") == set(
        Outbox(memory.database).list_references("vector")
    )


def wait_until(fact: object, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


class Following:
    """Publishes and follows in threads, each on a connection of its own."""

    def __init__(self, location: str, follower: Follower, bus: NatsBus, root: Path) -> None:
        self._stop = threading.Event()
        self.said: list[str] = []

        def publish_all() -> None:
            with open_memory(location, root) as mine:
                publish_on(mine.database, bus, tell=self.said.append, should_stop=self._stop.is_set)

        def follow_all() -> None:
            with open_memory(location, root) as mine:
                follow_bus(
                    mine.database,
                    follower,
                    bus,
                    tell=self.said.append,
                    should_stop=self._stop.is_set,
                )

        self._bus = bus
        self._threads = [threading.Thread(target=work) for work in (publish_all, follow_all)]

    def __enter__(self) -> Following:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._bus._run(self._bus._jet.publish(self._bus._subject, b""))  # who waits looks up
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads)


def test_what_changed_is_told_once_and_in_order(memory: Memory, bus: NatsBus) -> None:
    publish(memory.database, bus)
    write(memory, 1, 2)
    write(memory, 3)
    assert publish(memory.database, bus) == 3
    assert publish(memory.database, bus) == 0
    message = bus.take("someone", 5)
    assert [note["key"][-1] for note in json.loads(message.data)] == ["p1", "p2", "p3"]
    bus.confirm(message)
    assert bus.take("someone", 0.2) is None


def test_what_is_published_twice_is_there_once(memory: Memory, bus: NatsBus) -> None:
    publish(memory.database, bus)
    write(memory, 1)
    notes = Outbox(memory.database).read(bus.name, 10)
    bus.publish(notes)
    bus.publish(notes)  # as after a kill between the two halves of `publish`
    bus.confirm(bus.take("someone", 5))
    assert bus.take("someone", 0.2) is None


def test_many_long_keys_are_told_in_messages_that_a_server_takes(
    memory: Memory, bus: NatsBus
) -> None:
    publish(memory.database, bus)
    keys = [f"{number:04}" + "k" * 2_000 for number in range(400)]
    memory.vectors.upsert("fix_patterns", "m", [VectorItem(key, [1.0]) for key in keys])
    assert publish(memory.database, bus) == 400
    told = []
    while (message := bus.take("someone", 1)) is not None:
        told += [note["key"][-1] for note in json.loads(message.data)]
        bus.confirm(message)
    assert told == keys


def test_each_follower_is_told_everything(memory: Memory, bus: NatsBus) -> None:
    publish(memory.database, bus)
    write(memory, 1)
    publish(memory.database, bus)
    for name in ("one", "other"):
        assert bus.take(name, 5) is not None


def test_what_was_not_confirmed_comes_again_to_another_process(
    memory: Memory, bus: NatsBus, server: NatsServer
) -> None:
    publish(memory.database, bus)
    write(memory, 1)
    publish(memory.database, bus)
    first = bus.take("someone", 5)
    bus._run(first.nak())
    other = open_bus(server.url, "m1")
    assert other.take("someone", 5).data == first.data
    other.close()


def test_a_follower_is_up_to_date_soon_after_a_write(
    memory: Memory, location: str, bus: NatsBus, qdrant: Follower, tmp_path: Path
) -> None:
    drain(memory.database, qdrant)
    with Following(location, qdrant, bus, tmp_path):
        for number in range(5):
            write(memory, number)
            wait_until(lambda: Outbox(memory.database).is_up_to_date(qdrant.name))
    assert is_equal(memory, qdrant)


def test_a_bus_killed_in_mid_write_and_back_loses_and_doubles_nothing(
    memory: Memory,
    location: str,
    bus: NatsBus,
    qdrant: Follower,
    server: NatsServer,
    tmp_path: Path,
) -> None:
    drain(memory.database, qdrant)
    with Following(location, qdrant, bus, tmp_path) as following:
        for number in range(30):
            write(memory, number, number + 1)
            if number % 10 == 4:
                server.kill()
            if number % 10 == 6:
                server.start()
        outbox = Outbox(memory.database)
        wait_until(lambda: outbox.is_up_to_date(qdrant.name))
        wait_until(lambda: outbox.is_up_to_date(bus.name))
    assert is_equal(memory, qdrant)
    assert not any("Traceback" in line for line in following.said)


def test_a_stream_that_lost_everything_holds_no_follower_up(
    memory: Memory, location: str, bus: NatsBus, qdrant: Follower, tmp_path: Path
) -> None:
    drain(memory.database, qdrant)
    write(memory, 1)
    publish(memory.database, bus)
    bus._run(bus._jet.purge_stream(bus._stream))
    with Following(location, qdrant, bus, tmp_path):
        wait_until(lambda: Outbox(memory.database).is_up_to_date(qdrant.name))
    assert is_equal(memory, qdrant)


def test_who_else_writes_to_the_stream_does_no_harm(
    memory: Memory, location: str, bus: NatsBus, qdrant: Follower, tmp_path: Path
) -> None:
    drain(memory.database, qdrant)
    with Following(location, qdrant, bus, tmp_path):
        for body in (b"", b"\xff\x00", b"[]", b'[{"seq": -1}]'):
            bus._run(bus._jet.publish(bus._subject, body))
        write(memory, 1)
        wait_until(lambda: is_equal(memory, qdrant))
    assert is_equal(memory, qdrant)


@pytest.mark.parametrize(
    "address", ["nats://", "http://localhost", "nats:localhost", "localhost:4222", "nats://h:99999"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="write `nats://HOST:4222`"):
        open_bus(address, "m1")


def test_a_server_that_is_away_is_one_sentence_without_its_secrets() -> None:
    with pytest.raises(FollowerAwayError) as caught:
        open_bus("nats://ada:hidden@127.0.0.1:1", "m1")
    assert str(caught.value) == (
        "nats nats://127.0.0.1:1 does not answer; start it, or correct `sync`."
    )


def test_a_server_without_jetstream_is_named(tmp_path: Path) -> None:
    with nats_server(tmp_path, "-D") as plain, pytest.raises(FollowerAwayError, match="`-js`"):
        open_bus(plain.url, "m1")


def test_a_login_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with nats_server(tmp_path, "-js", "--user", "ada", "--pass", "hidden") as server:
        url = server.url.replace("//", "//ada@")
        with pytest.raises(FollowerAwayError, match="refused the login") as caught:
            open_bus(url, "m1")
        assert "hidden" not in str(caught.value)
        monkeypatch.setitem(os.environ, "GUARD_NATS_PASSWORD", "hidden")
        open_bus(url, "m1").close()
