"""Turns a command's result into text for people or JSON for machines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import NamedTuple, TextIO, TypeVar

from devmatrix_guard.reports.formats.text import render_lines
from devmatrix_guard.reports.layout import Line
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.terminal import choose_options

T = TypeVar("T")


class View(NamedTuple):
    """How a result is to be shown: `text` or `json`, and the stream that decides about colour."""

    format_name: str = "text"
    stream: TextIO | None = None


def render(
    view: View, value: T, as_lines: Callable[[T], Iterable[Line]], as_json: Callable[[T], str]
) -> str:
    """Return the value in the form the view asks for."""
    if view.format_name == "json":
        return as_json(value)
    options = choose_options(view.stream, os.environ) if view.stream else RenderOptions()
    return render_lines(as_lines(value), options)
