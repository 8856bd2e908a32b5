"""NATS JetStream as the bus between the memory and its followers, where a team has one.

    outbox -> publish, in order -> stream -> a durable consumer for each follower -> drain

A message names what changed, never what it is now. A follower that takes one reads the outbox: what
the bus loses, doubles or mixes up is neither lost nor doubled in a follower. Other programs of a
team may listen too.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, TypeVar

from devmatrix_guard.errors import MissingExtraError
from devmatrix_guard.memory.followers.address import hide_login, read_address
from devmatrix_guard.memory.followers.base import FollowerAwayError
from devmatrix_guard.memory.followers.outbox import Note

T = TypeVar("T")

PASSWORD_VARIABLE = "GUARD_NATS_PASSWORD"  # its name
TOKEN_VARIABLE = "GUARD_NATS_TOKEN"  # its name
CREDENTIALS_VARIABLE = "GUARD_NATS_CREDENTIALS"  # its name
_SCHEMES = ("nats", "tls")
_REFUSED = (
    "the address in `sync` is not one of NATS; write `nats://HOST:4222`, or `tls://HOST:4222`."
)
_SECONDS = 10.0
_KEPT_SECONDS = 7 * 86_400
_MOST_BYTES = 400_000  # of a message; a server takes a million unless told otherwise
_ACK_SECONDS = 60
_DUPLICATE_SECONDS = 120


class NatsBus:
    """A stream of one memory's notes; made by `open_bus`.

    Args:
        location: its URL.
        memory_id: which memory; each has a stream of its own.
    """

    def __init__(self, location: str, memory_id: str) -> None:
        self.name = f"nats {hide_login(location)}"
        self._stream = f"guard_{memory_id}"
        self._subject = f"guard.memory.{memory_id}"
        self._consumers: dict[str, Any] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._link: Any = None
        self._jet: Any = None
        try:
            self._run(self._open(location))
        except BaseException:
            self.close()
            raise

    def publish(self, notes: Sequence[Note]) -> int:
        """Put notes on the stream, in order, and return in how many messages.

        What is put there twice is there once.

        Raises:
            FollowerAwayError: the server does not answer; nothing is lost.
        """
        messages = list(_write_messages(notes))
        for body, name in messages:
            headers = {"Nats-Msg-Id": name}
            self._run(self._jet.publish(self._subject, body, stream=self._stream, headers=headers))
        return len(messages)

    def take(self, follower: str, seconds: float) -> Any:
        """Return the next message for a follower; None where nothing comes in time.

        Raises:
            FollowerAwayError: the server does not answer.
        """
        return self._run(self._fetch(follower, seconds), seconds + _SECONDS)

    def confirm(self, message: Any) -> None:
        """Tell the stream that a message was dealt with; else it comes again."""
        self._run(message.ack())

    def close(self) -> None:
        """Let go of the server."""
        if self._link is not None:
            with suppress(FollowerAwayError):
                self._run(self._link.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    async def _open(self, location: str) -> None:
        api = import_module("nats.js.api")
        errors = import_module("nats.js.errors")
        self._link = await _connect(location)
        self._jet = self._link.jetstream(timeout=_SECONDS)
        with suppress(errors.BadRequestError):  # the team has made it otherwise
            await self._jet.add_stream(
                api.StreamConfig(
                    name=self._stream,
                    description="what changed in a memory of devmatrix-guard",
                    subjects=[self._subject],
                    max_age=_KEPT_SECONDS,
                    duplicate_window=_DUPLICATE_SECONDS,
                )
            )

    async def _fetch(self, follower: str, seconds: float) -> Any:
        api = import_module("nats.js.api")
        if follower not in self._consumers:
            # A consumer is told one message at a time, so that they are done in order.
            config = api.ConsumerConfig(
                ack_policy=api.AckPolicy.EXPLICIT, ack_wait=_ACK_SECONDS, max_ack_pending=1
            )
            self._consumers[follower] = await self._jet.pull_subscribe(
                self._subject,
                durable=hashlib.sha256(follower.encode("utf-8", "replace")).hexdigest()[:16],
                stream=self._stream,
                config=config,
            )
        try:
            (message,) = await self._consumers[follower].fetch(1, timeout=max(seconds, 0.05))
        except import_module("nats.errors").TimeoutError:
            return None
        except BaseException:
            self._consumers.pop(follower, None)
            raise
        return message

    def _run(self, action: Coroutine[Any, Any, T], seconds: float = _SECONDS) -> T:
        with self._translate_errors():
            done = asyncio.run_coroutine_threadsafe(action, self._loop)
            try:
                return done.result(seconds + 1)
            except BaseException:
                done.cancel()
                raise

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        errors = import_module("nats.errors")
        missing = import_module("nats.js.errors")
        try:
            yield
        except errors.AuthorizationError:
            raise self._refused_login() from None
        except missing.ServiceUnavailableError:
            raise FollowerAwayError(
                f"{self.name} has no JetStream; start nats-server with `-js`."
            ) from None
        except errors.Error as error:
            if "authorization" in str(error).lower():
                raise self._refused_login() from None
            raise FollowerAwayError(
                f"{self.name} does not answer; start it, or correct `sync`."
            ) from error
        except (OSError, TimeoutError) as error:
            raise FollowerAwayError(
                f"{self.name} does not answer; start it, or correct `sync`."
            ) from error

    def _refused_login(self) -> FollowerAwayError:
        return FollowerAwayError(
            f"{self.name} refused the login; set {PASSWORD_VARIABLE} and name the user in `sync`, "
            f"or set {TOKEN_VARIABLE} or {CREDENTIALS_VARIABLE}."
        )


def open_bus(location: str, memory_id: str) -> NatsBus:
    """Connect to a NATS server, and make the stream of a memory if there is none.

    Args:
        location: `nats://[USER@]HOST[:PORT]`, or `tls://…`; secrets stand in the environment.
        memory_id: which memory.

    Raises:
        UsageError: the address is none of NATS.
        MissingExtraError: nats-py is not installed.
        FollowerAwayError: the server does not answer, or has no JetStream.
    """
    read_address(location, _SCHEMES, _REFUSED)
    try:
        import_module("nats")
    except ImportError as error:
        raise MissingExtraError("nats", "NATS as the bus between memory and followers") from error
    return NatsBus(location, memory_id)


def _list_options(location: str) -> dict[str, Any]:
    """Return what `connect` is called with; a password in the address is taken too."""
    parts = read_address(location, _SCHEMES, _REFUSED)
    address = f"{parts.scheme}://{parts.hostname}:{parts.port or 4222}"
    if ":" in (parts.hostname or ""):
        address = f"{parts.scheme}://[{parts.hostname}]:{parts.port or 4222}"
    given = {
        "user": parts.username,
        "password": os.environ.get(PASSWORD_VARIABLE) or parts.password,
        "token": os.environ.get(TOKEN_VARIABLE),
        "user_credentials": os.environ.get(CREDENTIALS_VARIABLE),
    }
    return {"servers": [address]} | {name: value for name, value in given.items() if value}


async def _connect(location: str) -> Any:
    """Return a link that comes back by itself once it was there; the first failure is raised."""
    failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def note(error: Exception) -> None:
        if not failed.done():  # later on, whoever asks next is told
            failed.set_result(error)

    link = import_module("nats").NATS()
    connecting = asyncio.ensure_future(
        link.connect(
            **_list_options(location),
            connect_timeout=_SECONDS,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.5,
            error_cb=note,
            name="devmatrix-guard",
        )
    )
    waiting: set[asyncio.Future[Any]] = {connecting, failed}
    await asyncio.wait(waiting, timeout=_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if connecting.done() and not connecting.exception():
        return link
    connecting.cancel()
    with suppress(Exception, asyncio.CancelledError):
        await connecting
    with suppress(Exception):
        await link.close()
    raise failed.result() if failed.done() else TimeoutError


def _write_messages(notes: Sequence[Note]) -> Iterator[tuple[bytes, str]]:
    """Yield the body of each message, and a name that the same message has each time."""
    some: list[bytes] = []
    first = last = size = 0
    for note in notes:
        kind, repository, parts = note.reference
        row = json.dumps({"seq": note.seq, "kind": kind, "repository": repository, "key": parts})
        if some and size + len(row) > _MOST_BYTES:
            yield b"[%s]" % b",".join(some), f"{first}-{last}"
            some, size = [], 0
        first = first if some else note.seq
        some.append(row.encode())
        size, last = size + len(row) + 1, note.seq
    if some:
        yield b"[%s]" % b",".join(some), f"{first}-{last}"
