"""Claude, through Anthropic's SDK, which retries what is worth it and knows the user's key."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from devmatrix_guard.errors import MissingExtraError
from devmatrix_guard.llm.base import (
    Completion,
    Conversation,
    ProviderError,
    make_completion,
    wait_for,
)

MODEL = "claude-sonnet-5-5"
_SECONDS = 120.0  # for one try
_MOST_SECONDS = 600.0
_RETRIES = 2
_NO_MESSAGE = "Claude answered with something else than a message."


class Claude:
    """A provider; `ANTHROPIC_API_KEY` and `ANTHROPIC_BASE_URL` mean what the SDK says they do.

    Args:
        model: its id.

    Raises:
        MissingExtraError: the SDK is not installed.
    """

    def __init__(self, model: str = MODEL) -> None:
        try:
            self._sdk: Any = import_module("anthropic")
        except ImportError as error:
            raise MissingExtraError("llm", "A step in free text") from error
        self._model = model

    def complete(self, conversation: Conversation) -> Completion:
        try:
            answer = wait_for(lambda: self._ask(conversation), _MOST_SECONDS)
        except self._sdk.AuthenticationError as error:
            raise ProviderError("Claude refuses the key; set ANTHROPIC_API_KEY.") from error
        except self._sdk.APIStatusError as error:
            raise ProviderError(
                f"Claude does not answer ({error.status_code}): try again."
            ) from error
        except self._sdk.AnthropicError as error:
            raise ProviderError(
                f"Claude does not answer ({type(error).__name__}); look at the network and at "
                "ANTHROPIC_BASE_URL."
            ) from error
        except TypeError as error:  # which the SDK raises where it knows no key
            raise ProviderError("there is no key for Claude; set ANTHROPIC_API_KEY.") from error
        except TimeoutError as error:
            raise ProviderError(
                f"Claude does not answer within {_MOST_SECONDS:.0f} s: try again."
            ) from error
        except (RecursionError, ValueError) as error:
            raise ProviderError(_NO_MESSAGE) from error
        try:
            text = "".join(block.text for block in answer.content if block.type == "text")
            used = answer.usage.input_tokens, answer.usage.output_tokens
        except (AttributeError, TypeError) as error:
            raise ProviderError(_NO_MESSAGE) from error
        return make_completion(text, self._model, *used)

    def _ask(self, conversation: Conversation) -> Any:
        client = self._sdk.Anthropic(timeout=_SECONDS, max_retries=_RETRIES)
        return client.messages.create(
            model=self._model,
            max_tokens=conversation.most_tokens,
            system=conversation.system,
            messages=[{"role": m.role, "content": m.text} for m in conversation.messages],
        )
