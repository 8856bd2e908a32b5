"""Claude, through Anthropic's SDK, which retries what is worth it and knows the user's key."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from devmatrix_guard.errors import MissingExtraError
from devmatrix_guard.llm.base import Completion, Conversation, ProviderError, find_cost

MODEL = "claude-sonnet-5-5"
_SECONDS = 120.0
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
            client = self._sdk.Anthropic(timeout=_SECONDS, max_retries=_RETRIES)
            answer = client.messages.create(
                model=self._model,
                max_tokens=conversation.most_tokens,
                system=conversation.system,
                messages=[{"role": m.role, "content": m.text} for m in conversation.messages],
            )
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
        except ValueError as error:
            raise ProviderError(_NO_MESSAGE) from error
        try:
            text = "".join(block.text for block in answer.content if block.type == "text")
            used = (int(answer.usage.input_tokens), int(answer.usage.output_tokens))
        except (AttributeError, TypeError, ValueError) as error:
            raise ProviderError(_NO_MESSAGE) from error
        return Completion(text, self._model, *used, find_cost(*used))
