"""The view of the last days says in code what its report says in code."""

from __future__ import annotations

from devmatrix_guard.commands.service.page_queries import Week
from devmatrix_guard.reports.period.period import Cell, Section
from devmatrix_guard.server.page.week import render_week


def test_what_stands_between_backticks_is_code() -> None:
    rows = ((Cell("`a < b` became `a`"), Cell("`raw`", is_code=True)),)
    section = Section("Undone", "Run `guard learn`.", ("text", "code"), rows)
    page = render_week(Week("2024-01-01", "2024-01-08", (), (section,)), 7)
    assert "Run <code>guard learn</code>." in page
    assert "<code>a &lt; b</code> became <code>a</code>" in page
    assert "<code>`raw`</code>" in page
