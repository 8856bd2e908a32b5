"""`guard schema`: the JSON Schema of settings, of a rule file or of an overlay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from devmatrix_guard.commands.schemas.overlay import describe_overlay
from devmatrix_guard.commands.schemas.rules import describe_rules
from devmatrix_guard.commands.schemas.settings import describe_settings
from devmatrix_guard.reports.escape import write_json

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
    return write_json({**head, **_KINDS[kind]()})
