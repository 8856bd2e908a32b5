"""The files that pages load: few, small, from the package, named by what they hold."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "assets"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """A file and its type."""

    content: bytes
    media_type: str


@cache
def read_assets() -> dict[str, Asset]:
    """Return {name in an address: file}; a name changes with the content, and is kept for good."""
    assets = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            assets[f"{path.stem}-{digest}{path.suffix}"] = Asset(content, _TYPES[path.suffix])
    return assets


def find_asset(stem: str) -> str:
    """Return the name under which the file of that name is served."""
    return next(name for name in read_assets() if name.rpartition("-")[0] == stem)
