"""Stands before every route: request ids, hosts, origins, keys, rates, sizes, slowness, counts."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from devmatrix_guard.commands.service.keys import ApiKey, find_key, list_keys, mark_keys
from devmatrix_guard.errors import SettingsError
from devmatrix_guard.server.metrics import Metrics
from devmatrix_guard.server.problems import ProblemAnswer, describe_failure, make_problem
from devmatrix_guard.server.settings import ServeSettings

LOG = logging.getLogger("devmatrix_guard.server")
KEY = "guard_key"
OPEN_PATHS = ("/health/live", "/health/ready")
_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_BODY_SECONDS = 30.0
_KEYS_SECONDS = 1.0
_MOST_BUCKETS = 10_000
_LOCAL_NAMES = ("localhost",)
_ORIGINS = ("same-origin", "none")
_FIXED_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class TooLargeError(HTTPException):
    """The body is larger than is taken; routes let it through to the answer."""


class TooSlowError(HTTPException):
    """The body does not come."""


class Gate:
    """Lets requests through to the app that may pass, and counts how they went.

    Args:
        app: what is behind it.
        settings: what the server was started with.
        metrics: where requests are counted.
    """

    def __init__(self, app: ASGIApp, settings: ServeSettings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._keys = KeyRing(settings)
        self._rates = Rates(settings.rate)
        self._span = find_tracer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":  # the server under us leaves the body out
            scope = {**scope, "method": "GET"}
        headers = _read_headers(scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        began = time.perf_counter()
        status = 500
        has_begun = False

        async def send_on(message: Message) -> None:
            nonlocal status, has_begun
            if message["type"] == "http.response.start":
                status, has_begun = message["status"], True
                sent = {name for name, _ in message["headers"]}
                extra = [pair for pair in _FIXED_HEADERS if pair[0] not in sent]
                message["headers"] = [
                    *message["headers"], (b"x-request-id", request_id.encode()), *extra,
                ]  # fmt: skip
            await send(message)

        self._metrics.at_work.inc()
        try:
            with self._span(scope, request_id):
                refusal = self._refuse(scope, headers)
                if refusal is not None:
                    await refusal(scope, receive, send_on)
                else:
                    await self._pass(scope, receive, send_on, lambda: has_begun)
        except Exception as error:
            LOG.exception("request %s failed", request_id)
            self._metrics.errors.inc()
            if not has_begun:
                await describe_failure(error)(scope, receive, send_on)
        finally:
            self._metrics.at_work.dec()
            self._count(scope, status, time.perf_counter() - began)

    async def _pass(
        self, scope: Scope, receive: Receive, send: Send, has_begun: Callable[[], bool]
    ) -> None:
        bounded = BoundedBody(receive, self._settings.max_body)
        try:
            await self._app(scope, bounded, send)
        except HTTPException as error:  # where no route of ours was asked
            if has_begun():
                raise
            problem = make_problem(error.status_code, error.detail)
            await problem(scope, receive, send)

    def _refuse(self, scope: Scope, headers: dict[str, str]) -> ProblemAnswer | None:
        """Return why a request may not pass, None where it may."""
        if not self._is_known_host(headers.get("host", "")):
            return make_problem(400, "the `Host` is none that this server has; use its address.")
        if not scope["path"].startswith("/"):  # `*`, which only asks of the server as a whole
            return make_problem(400, "the address of a request begins with `/`.")
        if not _is_own_origin(headers, scope["method"]):
            return make_problem(403, "a page of another origin may not ask this server.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > self._settings.max_body:
            return make_problem(413, describe_limit(self._settings.max_body))
        if scope["path"] in OPEN_PATHS:
            return None
        try:
            keys = self._keys.read()
        except SettingsError as error:
            return describe_failure(error)
        key: ApiKey | None = None
        if keys:
            key = find_key(keys, _read_secret(headers))
            if key is None:
                return make_problem(
                    401,
                    "send a key as `Authorization: Bearer KEY`; `guard serve keys add` makes one.",
                    headers={"WWW-Authenticate": 'Bearer realm="devmatrix-guard"'},
                )
        scope.setdefault("state", {})[KEY] = key
        client = scope.get("client") or ("", 0)
        wait = self._rates.take(key.id if key else str(client[0]))
        if wait > 0:
            seconds = str(max(1, round(wait)))
            return make_problem(429, "too many requests; wait.", headers={"Retry-After": seconds})
        return None

    def _is_known_host(self, host: str) -> bool:
        """Tell whether a request is addressed to this server, and not to a name made to mean it.

        A page anywhere can have its own name resolved to 127.0.0.1, and would then be of the
        server's own origin.
        """
        if not _is_loopback(self._settings.host):
            return True
        name = urlsplit(f"//{host}").hostname or "" if _is_plain(host) else ""
        return name in _LOCAL_NAMES or _is_loopback(name)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        template = getattr(route, "path_format", None) or getattr(route, "path", None) or "other"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(template, method, str(status)).observe(seconds)


_METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")


class BoundedBody:
    """Receives a body of a bounded size within a bounded time."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = self._most = most
        self._ends = time.monotonic() + _BODY_SECONDS
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:  # what comes now is only that the client leaves
            return await self._receive()
        left = self._ends - time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), max(left, 0.001))
        except TimeoutError as error:
            text = f"the body did not come within {_BODY_SECONDS:.0f} s."
            raise TooSlowError(408, text) from error
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLargeError(413, describe_limit(self._most))
        self._is_whole = not message.get("more_body", False)
        return message


class KeyRing:
    """The keys of the project, read again when their file changes."""

    def __init__(self, settings: ServeSettings) -> None:
        self._start = settings.start
        self._mark: object = object()
        self._keys: tuple[ApiKey, ...] = ()
        self._looked = 0.0

    def read(self) -> tuple[ApiKey, ...]:
        """Return the keys in force: a new or revoked one counts within a second.

        Raises:
            SettingsError: the file cannot be read.
        """
        now = time.monotonic()
        if now > self._looked + _KEYS_SECONDS or not self._looked:
            mark = mark_keys(self._start)
            if mark != self._mark:
                had_keys = bool(self._keys)
                self._keys = list_keys(self._start)
                if had_keys and not self._keys:
                    raise SettingsError("the last key was revoked; start the server again.")
                self._mark = mark
            self._looked = now
        return self._keys


class Rates:
    """A bucket of requests for each key or address; it fills again with time.

    Args:
        rate: requests a second; twice as many may come at once. 0 for no limit.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take one request from a bucket; return how long to wait where there is none left."""
        if not self._rate:
            return 0.0
        now = time.monotonic()
        left, then = self._held.get(name, (2 * self._rate, now))
        left = min(2 * self._rate, left + (now - then) * self._rate)
        wait = max(0.0, (1 - left) / self._rate)
        self._held[name] = (left if wait else left - 1, now)
        self._held.move_to_end(name)
        if len(self._held) > _MOST_BUCKETS:
            self._held.popitem(last=False)
        return wait


def describe_limit(most: int) -> str:
    """Return what to say of a body that is too large."""
    return f"a request may have {most:,} bytes; see `--max-body`."


def find_tracer() -> Callable[[Scope, str], Any]:
    """Return what makes a span of a request: OpenTelemetry's, where its SDK is installed."""
    from contextlib import nullcontext

    try:
        from opentelemetry import trace
    except ImportError:
        return lambda _scope, _request_id: nullcontext()
    tracer = trace.get_tracer("devmatrix_guard")

    def begin(scope: Scope, request_id: str) -> Any:
        return tracer.start_as_current_span(
            f"{scope['method']} {scope['path'].lstrip('/').partition('/')[0] or '/'}",
            kind=trace.SpanKind.SERVER,
            attributes={
                "http.request.method": scope["method"],
                "url.path": scope["path"],
                "guard.request_id": request_id,
            },
        )

    return begin


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on is reached from this machine alone."""
    return host == "localhost" or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _is_plain(host: str) -> bool:
    return re.fullmatch(r"[\w.\-:\[\]]{1,255}", host) is not None


def _is_own_origin(headers: MutableMapping[str, str], method: str) -> bool:
    """Tell whether a browser asks for a page of this server, or something else than a browser."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in _ORIGINS:
        is_link = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        return is_link and not headers.get("origin")
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == headers.get("host", "")
    except ValueError:
        return False


def _read_headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _read_secret(headers: MutableMapping[str, str]) -> str:
    kind, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else headers.get("x-api-key", "")
