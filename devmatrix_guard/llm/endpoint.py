"""An endpoint that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp and others."""

from __future__ import annotations

import json
import os

from devmatrix_guard.llm.base import Completion, Conversation, ProviderError, find_cost

KEY_VARIABLE = "OPENAI_API_KEY"
_SECONDS = 300.0  # a model on a laptop takes its time
_MOST_BYTES = 1 << 22


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
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        turns = [{"role": "system", "content": conversation.system}]
        turns += [{"role": m.role, "content": m.text} for m in conversation.messages]
        body = {"model": self._model, "messages": turns, "max_tokens": conversation.most_tokens}
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY_VARIABLE):
            headers["Authorization"] = f"Bearer {key}"
        try:
            sent = json.dumps(body).encode("utf-8", "replace")
            request = Request(self._url, sent, headers)  # noqa: S310 # http or https, as checked
            with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                data = json.loads(answer.read(_MOST_BYTES))
            text, usage = data["choices"][0]["message"]["content"], data.get("usage") or {}
            if not isinstance(text, str):
                raise TypeError
            used = int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0))
            return Completion(text, self._model, *used, find_cost(*used))
        except HTTPError as error:
            error.close()
            hint = f"; set {KEY_VARIABLE}" if error.code in (401, 403) else "; try again"
            raise ProviderError(
                f"the model {self._model} does not answer ({error.code}){hint}."
            ) from None
        except OSError as error:
            raise ProviderError(
                f"the model {self._model} does not answer; correct GUARD_LLM, or start it."
            ) from error
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ProviderError(
                f"the model {self._model} answered with something else than a message."
            ) from error
