"""What `guard serve` was started with."""

from __future__ import annotations

import json
from pathlib import Path

from devmatrix_guard.model.named_value import NamedValue


class ServeSettings(NamedValue):
    """The options of `guard serve`, as its processes hand them on.

    `rate` is requests a second for each key or address, 0 for no limit; `max_body` is in bytes;
    `cache` is empty or the URL of a Redis or Valkey server; `repositories` and `everything` say
    whose facts are read.
    """

    root: str = "."
    host: str = "127.0.0.1"
    port: int = 8765
    workers: int = 1
    rate: float = 100.0
    max_body: int = 4 << 20
    cache: str = ""
    allow_outcomes: bool = False
    repositories: tuple[str, ...] = ()
    everything: bool = False

    @property
    def start(self) -> Path:
        """The folder of the project."""
        return Path(self.root)

    def encode(self) -> str:
        """Return the settings as text for an environment variable."""
        return json.dumps(self._asdict())


def decode_settings(text: str) -> ServeSettings:
    """Return what `encode` wrote."""
    values = json.loads(text)
    return ServeSettings(**{**values, "repositories": tuple(values["repositories"])})
