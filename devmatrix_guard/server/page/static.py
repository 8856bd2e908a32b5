"""The overview as one file that loads nothing: `guard report --html`."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.queries import list_migrations, list_rules, read_overview
from devmatrix_guard.server.page.assets import find_asset, read_assets
from devmatrix_guard.server.page.markup import Markup, tag
from devmatrix_guard.server.page.overview import render_overview


def render_static(
    start: Path, *, repositories: tuple[str, ...] = (), everything: bool = False
) -> str:
    """Return the overview of a project, or of repositories of its memory, as one HTML file.

    Raises:
        MemoryStoreError: there is no memory yet.
        UsageError: a repository is none of the memory's.
    """
    access = MemoryAccess(start, repositories=repositories, everything=everything)
    try:
        content = render_overview(
            read_overview(access), list_rules(access), list_migrations(access), is_static=True
        )
        project = access.root.name
    finally:
        access.close()
    style = read_assets()[find_asset("style")].content.decode()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"What {project} has learned"),
        Markup(f"<style>{style}</style>"),
    )
    body = tag("body", tag("main", content, id="content"))
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"
