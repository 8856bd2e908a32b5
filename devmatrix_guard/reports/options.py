"""What a caller may choose about a rendering."""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue

# Where nobody says: what logs, mails and the runners of hooks are commonly read at.
USUAL_WIDTH = 80


class RenderOptions(NamedValue):
    """How to render; every format takes what concerns it.

    `color` and `width` are for text on a terminal; `max_bytes` cuts Markdown; `max_annotations`
    bounds what a pull request shows before the rest is only counted; `fix_command` is what the
    reader can run to have the safe fixes of this very report written; `web` is the page of the
    repository and `links` tells that the terminal shows links to it.
    """

    color: bool = False
    width: int = USUAL_WIDTH
    max_bytes: int = 900 * 1024
    max_annotations: int = 10
    fix_command: str = "guard check --fix"
    web: str = ""
    links: bool = False
