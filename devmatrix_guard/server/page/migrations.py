"""The bulk edits in progress: how far each has got."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.commands.service.page_queries import mask
from devmatrix_guard.commands.service.queries import MigrationView
from devmatrix_guard.server.page.charts import draw_bar
from devmatrix_guard.server.page.layout import write_heading, write_nothing, write_share
from devmatrix_guard.server.page.markup import Markup, join, make_path, tag


def render_migrations(views: Sequence[MigrationView]) -> Markup:
    """Return the view."""
    heading = write_heading(
        "Migrations",
        "An edit made in many places at once is a decision. What is left is counted at HEAD; ",
        tag("code", "guard rules approve"),
        " has it watched over.",
    )
    if not views:
        return join([heading, write_nothing("The history shows no bulk edit that is under way.")])
    items = [tag("section", draw_progress(view), class_="card wide") for view in views]
    return join([heading, tag("div", items, class_="cards")])


def draw_progress(view: MigrationView, *, is_static: bool = False) -> Markup:
    """Return a migration with its bar, and unless the page stands alone a link to its pattern."""
    share = write_share(view.share_done)
    pattern, title = view.pattern, mask(view.pattern.title)
    left = f"{view.places_left:,} {'place' if view.places_left == 1 else 'places'} left"
    return tag(
        "div",
        tag("p", title if is_static else tag("a", title, href=make_path("patterns", pattern.id))),
        tag("div", draw_bar(view.share_done, f"{share} done"), tag("b", share), class_="progress"),
        tag("p", left, class_="soft"),
        class_="migration",
    )
