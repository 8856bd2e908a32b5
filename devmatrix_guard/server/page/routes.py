"""The views of the page."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.queries import read_overview


def make_page_router(access: MemoryAccess) -> APIRouter:
    """Return the router of the page.

    Args:
        access: the project whose memory is shown.
    """
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/")
    def show_overview() -> HTMLResponse:
        overview = read_overview(access)
        rows = "".join(
            f"<li>{escape(kind)}: {count:,}</li>"
            for kind, count in sorted(overview.patterns_by_type.items())
        )
        return HTMLResponse(
            "<!doctype html><html lang=en><title>devmatrix-guard</title>"
            f"<h1>{escape(overview.location)}</h1><ul>{rows}</ul>"
        )

    return router
