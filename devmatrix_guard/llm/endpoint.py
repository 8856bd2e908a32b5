"""An endpoint that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp and others."""

from __future__ import annotations

import json
import os

from devmatrix_guard.llm.base import (
    Completion,
    Conversation,
    ProviderError,
    make_completion,
    wait_for,
)

KEY_VARIABLE = "OPENAI_API_KEY"
_SECONDS = 300.0  # a model on a laptop takes its time
_MOST_BYTES = 1 << 22
_NO_MESSAGE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class Endpoint:
    """A provider.

    Args:
        url: up to and with `/v1`.
        model: its name there.
    """

    def __init__(self, url: str, model: str) -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = model

    def complete(self, conversation: Conversation) -> Completion:
        from http.client import HTTPException
        from urllib.error import HTTPError

        turns = [{"role": "system", "content": conversation.system}]
        turns += [{"role": m.role, "content": m.text} for m in conversation.messages]
        body = {"model": self._model, "messages": turns, "max_tokens": conversation.most_tokens}
        try:
            said = wait_for(lambda: self._ask(json.dumps(body).encode("ascii")), _SECONDS)
            data = json.loads(said)
            text, usage = data["choices"][0]["message"]["content"], data.get("usage") or {}
            if not isinstance(text, str):
                raise TypeError
            used = usage.get("prompt_tokens"), usage.get("completion_tokens")
            return make_completion(text, self._model, *used)
        except HTTPError as error:
            error.close()
            hint = f"; set {KEY_VARIABLE}" if error.code in (401, 403) else "; try again"
            raise ProviderError(
                f"the model {self._model} does not answer ({error.code}){hint}."
            ) from None
        except TimeoutError as error:
            raise ProviderError(
                f"the model {self._model} does not answer within {_SECONDS:.0f} s; try again, or "
                "name a quicker one in GUARD_LLM."
            ) from error
        except OSError as error:
            raise ProviderError(
                f"the model {self._model} does not answer; correct GUARD_LLM, or start it."
            ) from error
        except (HTTPException, RecursionError, *_NO_MESSAGE) as error:
            raise ProviderError(
                f"the model {self._model} answered with something else than a message."
            ) from error

    def _ask(self, body: bytes) -> bytes:
        """Return what the endpoint answers; another address that it names is not asked."""
        from urllib.request import HTTPRedirectHandler, Request, build_opener

        class Stay(HTTPRedirectHandler):
            def redirect_request(self, *_: object) -> None:
                """Leave an answer that sends elsewhere an error: the key is not for others."""

        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY_VARIABLE):
            headers["Authorization"] = f"Bearer {key}"
        request = Request(self._url, body, headers)  # noqa: S310 # http or https, as checked
        with build_opener(Stay).open(request, timeout=_SECONDS) as answer:
            said: bytes = answer.read(_MOST_BYTES)
        return said
