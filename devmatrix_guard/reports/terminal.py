"""Decides whether text goes out with colour, by the conventions terminals and users know."""

from __future__ import annotations

import os

from devmatrix_guard.lazy_typing import Mapping, TextIO
from devmatrix_guard.reports.options import USUAL_WIDTH, RenderOptions


def wants_color(stream: TextIO, environ: Mapping[str, str], flag: str = "auto") -> bool:
    """Return whether `stream` gets colour.

    An explicit flag (`always`, `never`) wins; then NO_COLOR, then FORCE_COLOR (but `0` is no),
    then TERM=dumb, then whether the stream is a terminal. https://no-color.org
    """
    if flag != "auto":
        return flag == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return environ["FORCE_COLOR"] != "0"
    return environ.get("TERM") != "dumb" and stream.isatty()


def shows_links(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether `stream` is a terminal that understands links (OSC 8), or passes them over.

    https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
    """
    old_vte = environ.get("VTE_VERSION", "5000").rjust(4, "0") < "5000"
    return (
        stream.isatty() and environ.get("TERM") not in (None, "", "dumb", "linux") and not old_vte
    )


def choose_options(stream: TextIO, environ: Mapping[str, str], flag: str = "auto") -> RenderOptions:
    """Return the rendering options that suit `stream`."""
    color = wants_color(stream, environ, flag)
    options = RenderOptions(color=color, links=color and shows_links(stream, environ))
    if stream.isatty() or environ.get("COLUMNS"):
        options = options._replace(width=_find_width(stream, environ))
    limit = environ.get("GUARD_ANNOTATIONS_LIMIT", "")
    return options._replace(max_annotations=int(limit)) if limit.isdecimal() else options


def _find_width(stream: TextIO, environ: Mapping[str, str]) -> int:
    """Return the columns there are; `shutil` tells the same and loads a dozen modules for it."""
    wanted = environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL_WIDTH
    except (OSError, ValueError, AttributeError):
        return USUAL_WIDTH
