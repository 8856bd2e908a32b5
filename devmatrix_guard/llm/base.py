"""A provider of completions: one method. Who implements it knows a protocol and nothing of ours."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from devmatrix_guard.errors import GuardError, UsageError

PRICE = "GUARD_LLM_PRICE"
_MOST_TEXT = 32_000  # characters of an answer; a hole takes a quarter of them
_MOST_TOKENS = 10**9
Value = TypeVar("Value")


class ProviderError(GuardError):
    """A language model does not answer, refuses, or answers with something else than text."""


class Message(NamedTuple):
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    text: str


class Conversation(NamedTuple):
    """What a model is asked.

    Attributes:
        system: what it is to be.
        messages: the turns so far; the last one is the user's.
        most_tokens: how long the answer may be.
    """

    system: str
    messages: tuple[Message, ...]
    most_tokens: int = 2000


class Completion(NamedTuple):
    """What a model answered, and what that took; `cost` is in US dollars, None if unknown."""

    text: str
    model: str
    input_tokens: int
    output_tokens: int
    cost: float | None = None


def find_cost(tokens_in: int, tokens_out: int) -> float | None:
    """Return what tokens cost in US dollars, None where the user has not said the price.

    Prices change and differ by contract: `GUARD_LLM_PRICE=IN/OUT` says those for a million tokens.

    Raises:
        UsageError: the variable is of another form.
    """
    price = os.environ.get(PRICE)
    if not price:
        return None
    try:
        price_in, price_out = (_read_price(part) for part in price.split("/"))
    except ValueError:
        raise UsageError(f"{PRICE} is `{price}`; write two numbers, such as `3/15`.") from None
    return (tokens_in * price_in + tokens_out * price_out) / 1_000_000


def _read_price(text: str) -> float:
    price = float(text)
    if not 0 <= price < math.inf:
        raise ValueError(text)
    return price


def make_completion(text: str, model: str, tokens_in: Any, tokens_out: Any) -> Completion:
    """Return an answer as it can be kept, whatever a server says.

    Args:
        text: the answer; what is longer than any code in a hole is cut.
        tokens_in, tokens_out: what it took, 0 where the server does not give a number of them.
    """
    whole = text[:_MOST_TEXT].encode("utf-8", "replace").decode("utf-8")
    used = _read_tokens(tokens_in), _read_tokens(tokens_out)
    return Completion(whole, model, *used, find_cost(*used))


def _read_tokens(count: Any) -> int:
    return count if isinstance(count, int) and 0 <= count <= _MOST_TOKENS else 0


def wait_for(work: Callable[[], Value], seconds: float) -> Value:
    """Return what `work` gives within so many seconds, all in all.

    A limit on each read of a socket is none on a server that sends a byte now and then. What is too
    late is waited for by nobody, and ends with the process.

    Raises:
        TimeoutError: it takes longer.
    """
    future: Future[Value] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # raised where it is waited for
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result(seconds)


class Provider(Protocol):
    """Somebody who completes conversations."""

    def complete(self, conversation: Conversation) -> Completion:
        """Return the next turn.

        Raises:
            ProviderError: there is none, with the remedy.
        """


class Exchange(NamedTuple):
    """A conversation and what was answered, as it is kept."""

    conversation: Conversation
    completion: Completion


class Recording:
    """A provider that asks another one, and keeps what was said.

    Attributes:
        exchanges: in order.
    """

    def __init__(self, inner: Provider) -> None:
        self._inner = inner
        self.exchanges: list[Exchange] = []

    def complete(self, conversation: Conversation) -> Completion:
        completion = self._inner.complete(conversation)
        self.exchanges.append(Exchange(conversation, completion))
        return completion
