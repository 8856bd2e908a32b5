"""A provider of completions: one method. Who implements it knows a protocol and nothing of ours."""

from __future__ import annotations

import os
from typing import Literal, NamedTuple, Protocol

from devmatrix_guard.errors import GuardError, UsageError

PRICE = "GUARD_LLM_PRICE"


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
        price_in, price_out = (float(part) for part in price.split("/"))
    except ValueError:
        raise UsageError(f"{PRICE} is `{price}`; write two numbers, such as `3/15`.") from None
    return (tokens_in * price_in + tokens_out * price_out) / 1_000_000


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
