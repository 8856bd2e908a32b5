"""The schema of an overlay, from the checks of the extensions that it may hold."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.spec.extensions import EXTENSIONS
from devmatrix_guard.generator.spec.overlay import TOP


def describe_overlay() -> dict[str, Any]:
    """Return the schema of an overlay for a spec that has no extensions of its own.

    Where the spec has one, an overlay may give a part of it: that is merged before it is checked.
    """
    extensions = {name: check.schema for name, check in EXTENSIONS.items()}
    # Below the first level an unknown `x-` key is only a notice, as it is in a spec.
    inner = {"properties": extensions}
    patch = {
        "type": "object",
        "properties": {
            **extensions,
            "properties": {"additionalProperties": inner},
        },
        "propertyNames": {"anyOf": [{"enum": list(EXTENSIONS)}, {"not": {"pattern": "^x-"}}]},
    }
    patches = {"type": "object", "additionalProperties": {"$ref": "#/definitions/patch"}}
    return {
        "title": "Overlay of devmatrix-guard",
        "type": "object",
        "required": ["overlay"],
        "additionalProperties": False,
        "properties": {
            "overlay": {"const": 1},
            "description": {},
            "entities": patches,
            "operations": patches,
            "pointers": patches,
            **{name: extensions[name] for name in TOP},
        },
        "definitions": {"patch": patch},
    }
