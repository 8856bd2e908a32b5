"""`guard schema`: the JSON Schema of settings, of a rule file or of an overlay."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from devmatrix_guard.commands.schemas.overlay import describe_overlay
from devmatrix_guard.commands.schemas.rules import describe_rules
from devmatrix_guard.commands.schemas.settings import describe_settings

_KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "settings": describe_settings,
    "rules": describe_rules,
    "overlay": describe_overlay,
}
KINDS = tuple(_KINDS)


def render_schema(kind: str) -> str:
    """Return a schema as JSON text.

    Args:
        kind: one of `KINDS`.
    """
    head = {"$schema": "http://json-schema.org/draft-07/schema#"}
    return json.dumps({**head, **_KINDS[kind]()}, indent=2, ensure_ascii=False) + "\n"
