"""Turns a command's result into text for people or JSON for machines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import NamedTuple, TextIO, TypeVar

from devmatrix_guard.reports.formats.text import render_lines
from devmatrix_guard.reports.layout import Line, wrap_line
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.terminal import choose_options

T = TypeVar("T")
_CODE = frozenset({"added", "code", "removed"})  # styles


class View(NamedTuple):
    """How a result is to be shown: `text` or `json`, and the stream that decides about colour."""

    format_name: str = "text"
    stream: TextIO | None = None


def render(
    view: View,
    value: T,
    as_lines: Callable[[T], Iterable[Line]],
    as_json: Callable[[T], str],
    *,
    wraps: bool = False,
) -> str:
    """Return the value in the form the view asks for, its lines wrapped to the width if asked.

    Lines of code stay whole.
    """
    if view.format_name == "json":
        return as_json(value)
    options = choose_options(view.stream, os.environ) if view.stream else RenderOptions()
    lines = as_lines(value)
    if wraps:
        lines = (row for line in lines for row in _wrap(line, options.width))
    return render_lines(lines, options)


def _wrap(line: Line, width: int) -> Iterable[Line]:
    is_code = any(piece.style in _CODE for piece in line)
    return (line,) if is_code else wrap_line(line, width)
