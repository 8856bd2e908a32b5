"""Reads the addresses of the servers that follow a memory, and names them without their secrets."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from devmatrix_guard.errors import UsageError

_LOGIN = re.compile(r"//.*@", re.DOTALL)


def read_address(location: str, schemes: Collection[str], refused: str) -> SplitResult:
    """Return the parts of a server's address.

    Args:
        location: as the settings have it.
        schemes: those the server speaks.
        refused: what is said of an address that is none, which may hold a password.

    Raises:
        UsageError: it has another scheme, no host, or a port that is none.
    """
    try:
        parts = urlsplit(location)
        is_fit = bool(parts.scheme in schemes and parts.hostname and parts.port != 0)
    except ValueError:
        is_fit = False
    if not is_fit or not location.isprintable():
        raise UsageError(refused)
    return parts


def hide_login(location: str) -> str:
    """Return an address without user and password."""
    return _LOGIN.sub("//", location)
