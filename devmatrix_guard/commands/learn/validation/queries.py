"""Names queries by what they ask, so that what was found is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def hash_query(query: Mapping[str, Any]) -> str:
    """Return a text that is equal for equal queries."""
    written = json.dumps(query, sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(written, digest_size=16).hexdigest()
