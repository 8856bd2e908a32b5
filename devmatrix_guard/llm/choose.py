"""Which provider the user's own environment names; no file of a repository may choose one."""

from __future__ import annotations

import os

from devmatrix_guard.errors import UsageError
from devmatrix_guard.llm.base import Provider

VARIABLE = "GUARD_LLM"
_CLAUDE = "anthropic"
_ENDPOINT = "openai:"


def is_configured() -> bool:
    """Tell whether the user names a provider."""
    return bool(os.environ.get(VARIABLE))


def open_provider(name: str = "") -> Provider:
    """Return the provider that `GUARD_LLM` names: `anthropic[:MODEL]` or `openai:URL#MODEL`.

    Args:
        name: instead of the variable.

    Raises:
        UsageError: none is named, or the name makes no sense.
        MissingExtraError: what it needs is not installed.
    """
    name = name or os.environ.get(VARIABLE, "")
    if not name:
        raise UsageError(
            f"no language model is set up; set {VARIABLE}, for example to `anthropic` (with "
            "ANTHROPIC_API_KEY) or to `openai:http://127.0.0.1:11434/v1#MODEL`."
        )
    kind, _, model = name.partition(":")
    if kind == _CLAUDE:
        from devmatrix_guard.llm.claude import Claude

        return Claude(model) if model else Claude()
    if name.startswith(_ENDPOINT):
        url, _, model = name.removeprefix(_ENDPOINT).partition("#")
        if url.startswith(("http://", "https://")) and model:
            from devmatrix_guard.llm.endpoint import Endpoint

            return Endpoint(url, model)
    raise UsageError(f"{VARIABLE} is `{name}`; write `anthropic[:MODEL]` or `openai:URL#MODEL`.")
