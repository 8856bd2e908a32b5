"""Keep Python's collector of circular garbage from running while files are read.

A file lets go of its circles itself when it is done (`Source.release`).
Looking for garbage meanwhile takes a fifth of the time and finds none.
"""

from __future__ import annotations

import gc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_BYTES_BETWEEN = 4 * 1024 * 1024  # of source; a file leaves circles only where an error was kept
_COMMITS_BETWEEN = 64
_YOUNG = 1  # what was there before is not looked through again


class PausedCollector:
    """Pauses the collector, which then runs once after so many bytes of source.

    One that was switched off before is left alone.
    """

    def __init__(self) -> None:
        self._was_on = gc.isenabled()
        self._bytes = 0

    def __enter__(self) -> PausedCollector:
        gc.disable()
        return self

    def count(self, size: int) -> None:
        """Note that a file of so many bytes is done."""
        self._bytes += size
        if self._was_on and self._bytes >= _BYTES_BETWEEN:
            self._bytes = 0
            gc.collect()

    def follow(self, track: Callable[..., Iterable[Any]]) -> Callable[..., Iterator[Any]]:
        """Return what shows progress over commits as `track` does, and collects now and then."""

        def follow(items: Iterable[Any], text: str, total: int | None) -> Iterator[Any]:
            for number, item in enumerate(track(items, text, total), 1):
                yield item
                if self._was_on and number % _COMMITS_BETWEEN == 0:
                    gc.collect(_YOUNG)

        return follow

    def __exit__(self, *error: object) -> None:
        if self._was_on:
            gc.enable()
