"""Shows the phases of a build while they go on: a live table, or plain lines for a file."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.commands.build.phases import Phase, Watcher
from devmatrix_guard.visible_text import make_printable

if TYPE_CHECKING:
    from rich.table import Table

_MARKS = {"done": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("-", "yellow")}
_MARKS["kept"] = ("=", "green")
_WIDTH = max(map(len, ("environment", "compliance", "migrations")))
_SILENT_SECONDS = 1.5  # nobody has to wonder for two seconds whether it still goes on
_MOST_SILENT_SECONDS = 30.0  # of one and the same step, which is said less and less often


@contextmanager
def watch_phases() -> Iterator[Watcher]:
    """Give a watcher that shows phases on standard error until the block ends."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.live import Live

        table = _LiveTable()
        with Live(console=Console(stderr=True), get_renderable=table.render, refresh_per_second=8):
            yield table
        return
    lines = _PlainLines()
    try:
        yield lines
    finally:
        lines.stop()


def write_phase(phase: Phase) -> str:
    """Return the line of a phase that ended."""
    mark, color = _MARKS[phase.state]
    text = " ".join(phase.text.split())
    named = f"{click.style(mark, fg=color)} {phase.name:<{_WIDTH}}"
    return f"{named} {_write_time(phase):>8}  {text}".rstrip()


def _write_time(phase: Phase) -> str:
    return "before" if phase.state == "kept" else f"{phase.seconds:.1f} s"


class _Running:
    """What is going on: each phase with its beginning and its step; many threads tell."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.began: dict[str, float] = {}
        self.steps: dict[str, str] = {}

    def begin(self, name: str) -> None:
        with self.lock:
            self.began[name] = time.monotonic()

    def tell(self, name: str, step: str) -> None:
        with self.lock:
            self.steps[name] = step

    def forget(self, name: str) -> None:
        self.began.pop(name, None)
        self.steps.pop(name, None)

    def list_running(self) -> list[tuple[str, float, str]]:
        now = time.monotonic()
        return [(name, now - at, self.steps.get(name, "")) for name, at in self.began.items()]


class _LiveTable(_Running):
    """Every phase that ended, and below them those that go on, with a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[Phase] = []

    def end(self, phase: Phase) -> None:
        with self.lock:
            self.forget(phase.name)
            self.ended.append(phase)

    def render(self) -> Table:
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 1))
        table.add_column(width=1)
        table.add_column(width=_WIDTH)
        table.add_column(justify="right", width=8)
        table.add_column(overflow="ellipsis", no_wrap=True)
        with self.lock:
            for phase in self.ended:
                mark, color = _MARKS[phase.state]
                text = Text(" ".join(make_printable(phase.text).split()))
                table.add_row(Text(mark, style=color), phase.name, _write_time(phase), text)
            for name, seconds, step in self.list_running():
                table.add_row(
                    Spinner("dots"),
                    name,
                    f"{seconds:.1f} s",
                    Text(make_printable(step), style="dim"),
                )
        return table


class _PlainLines(_Running):
    """A line for each phase that ends; where none does for a while, one on what goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped = threading.Event()
        self.spoke = time.monotonic()
        self.wait = _SILENT_SECONDS
        self.said: tuple[tuple[str, str], ...] = ()
        self.clock = threading.Thread(target=self._tick, daemon=True)
        self.clock.start()

    def end(self, phase: Phase) -> None:
        with self.lock:
            self.forget(phase.name)
            self._tell(write_phase(phase))

    def stop(self) -> None:
        self.stopped.set()
        self.clock.join()

    def _tick(self) -> None:
        while not self.stopped.wait(0.2):
            with self.lock:
                running = self.list_running()
                steps = tuple((name, step) for name, _, step in running)
                if steps != self.said:
                    self.said, self.wait = steps, _SILENT_SECONDS
                if running and time.monotonic() - self.spoke >= self.wait:
                    said = (f"{n} {s:.0f} s {step}".strip() for n, s, step in running)
                    self._tell(f"… {'; '.join(said)}")
                    self.wait = min(2 * self.wait, _MOST_SILENT_SECONDS)

    def _tell(self, line: str) -> None:
        self.spoke = time.monotonic()
        print_text(line, err=True)
