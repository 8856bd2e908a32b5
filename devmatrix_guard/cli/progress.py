"""Progress on standard error, where a person is looking; silence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def show_progress() -> Iterator[Callable[[Iterable[Any], str, int | None], Iterable[Any]]]:
    """Give a function that shows how far the reading of an iterable has come."""
    if not sys.stderr.isatty():
        yield lambda items, text, total: items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def track(items: Iterable[Any], text: str, total: int | None) -> Iterable[Any]:
            return bars.track(items, total=total, description=text)

        yield track


@contextmanager
def show_status(verb: str) -> Iterator[Callable[[str], None]]:
    """Give a function that shows which step is going on."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(verb) as shown:
        yield lambda step: shown.update(f"{verb}: {step}")
