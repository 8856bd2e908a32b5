"""Formats that schemathesis does not know, for its runs by `contract.py`."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies

schemathesis.openapi.format(
    "decimal", strategies.decimals(0, 10**6, places=2, allow_nan=False).map(str)
)
