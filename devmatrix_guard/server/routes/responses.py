"""Which failures routes document."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.server.problems import MEDIA_TYPE

_REASONS = {
    400: "The request is not HTTP or JSON as it should be.",
    401: "No key, or none of this server.",
    403: "The key does not allow this.",
    404: "There is none.",
    408: "The body came too slowly.",
    409: "Another one stands in the way.",
    412: "It was changed meanwhile.",
    413: "The body is too large.",
    422: "A field is not valid.",
    428: "`If-Match` is missing.",
    429: "Too many requests.",
    503: "The memory is not there, or does not answer.",
}
_ALWAYS = (400, 401, 403, 413, 422, 429, 503)


def document(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the failures of a route: those of every route, and some more."""
    return {
        status: {
            "description": _REASONS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({*_ALWAYS, *statuses})
    }
