"""What the site needs beside the pages: links out of docs/, a navigation, and the schemas."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_LINK = re.compile(r"(\]\()(\.\./[^)\s#]+)")
_ROW = re.compile(r"(?m)^\| (.+?) \| (.+) \|$")
_PAGE = re.compile(r"\[`?([^\]`]+)`?\]\((\w[\w-]*\.md)\)")


def on_config(config: Any) -> Any:
    """Make the navigation from the table of docs/README.md, so that there is one list of pages."""
    text = (ROOT / "docs/README.md").read_text("utf-8")
    nav: list[Any] = [{"Start": "README.md"}, {"How it works": "how-it-works.md"}]
    for task, pages in _ROW.findall(text)[1:]:
        entries = [{title: page} for title, page in _PAGE.findall(pages)]
        if entries:
            nav.append({task[0].upper() + task[1:]: entries})
    config.nav = nav
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Lead links to files outside of docs/ to the repository."""
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    repository = os.environ.get("GITHUB_REPOSITORY", "OWNER/devmatrix-guard")
    return _LINK.sub(
        lambda found: f"{found[1]}{server}/{repository}/blob/main/{found[2].removeprefix('../')}",
        markdown,
    )


def on_post_build(config: Any) -> None:
    """Put the schemas where the catalogue of schemas says that they are."""
    from devmatrix_guard.commands.schemas.schema import KINDS, render_schema

    folder = Path(config.site_dir) / "schemas"
    folder.mkdir(exist_ok=True)
    for kind in KINDS:
        (folder / f"{kind}.json").write_text(render_schema(kind), "utf-8")
