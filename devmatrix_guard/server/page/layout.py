"""The frame around every view, and the parts that views share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from devmatrix_guard.commands.service.page_queries import mask_lines
from devmatrix_guard.server.page.markup import Child, Markup, join, make_path, tag

VIEWS = {
    "": "Overview",
    "patterns": "Patterns",
    "rules": "Rules",
    "lineage": "Lineage",
    "runs": "Runs",
    "bank": "Bank",
    "migrations": "Migrations",
    "week": "Week",
}
_STAGES = frozenset({"candidate", "advise", "warn", "block", "retired"})


class Frame(NamedTuple):
    """What surrounds a view: whose memory it is, and the names of what it loads."""

    project: str
    style: str
    script: str
    icon: str


def render_page(frame: Frame, view: str, title: str, *content: Child) -> str:
    """Return a whole page.

    Args:
        frame: what surrounds it.
        view: which of `VIEWS` it is part of.
        title: of the page; the heading is part of the content.
        content: of its main part.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} · {frame.project}"),
        tag("link", rel="icon", href=frame.icon, type="image/svg+xml"),
        tag("link", rel="stylesheet", href=frame.style),
        tag("script", src=frame.script, defer=True),
    )
    links = [
        tag(
            "a",
            name,
            href=make_path(path) if path else "/",
            aria_current="page" if path == view else None,
        )
        for path, name in VIEWS.items()
    ]
    bar = tag(
        "header",
        tag("a", "Skip to content", href="#content", class_="skip"),
        tag(
            "a",
            tag("span", class_="mark", aria_hidden="true"),
            tag("b", "guard"),
            " ",
            tag("span", frame.project, class_="project"),
            href="/",
            class_="brand",
        ),
        tag("nav", links, aria_label="Views"),
        tag("button", "Dark", type="button", id="theme", hidden=True, aria_pressed="false"),
    )
    main = tag("main", content, id="content", tabindex="-1")
    body = tag("body", bar, main)
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def write_heading(title: str, *about: Child) -> Markup:
    """Return the heading of a page, with a sentence below it."""
    return tag("div", tag("h1", title), tag("p", about) if about else None, class_="heading")


def write_card(title: str, *content: Child, wide: bool = False) -> Markup:
    """Return a part of a page with a heading of its own."""
    kind = "card wide" if wide else "card"
    return tag("section", tag("h2", title), content, class_=kind)


def write_figure(number: Child, label: str, href: str | None = None) -> Markup:
    """Return one of the large numbers of a page."""
    parts = (tag("b", number), tag("span", label))
    return (
        tag("a", parts, class_="figure", href=href) if href else tag("div", parts, class_="figure")
    )


def write_table(
    caption: str, header: Sequence[str], rows: Iterable[Sequence[Child]], *, numbers: str = ""
) -> Markup:
    """Return a table that scrolls in itself where it is too wide.

    Args:
        caption: says what it is, for those who do not see it.
        header: names of its columns.
        rows: cells of each; the first names the row.
        numbers: names of the columns that hold numbers, separated by commas.
    """
    right = set(numbers.split(",")) if numbers else set()
    head = [
        tag("th", name, scope="col", class_="number" if name in right else None) for name in header
    ]
    body = [
        tag(
            "tr",
            [
                tag("th", cell, scope="row")
                if place == 0
                else tag("td", cell, class_="number" if header[place] in right else None)
                for place, cell in enumerate(row)
            ],
        )
        for row in rows
    ]
    table = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", head)),
        tag("tbody", body),
    )
    return tag("div", table, class_="table", tabindex="0", role="region", aria_label=caption)


def write_stage(stage: str) -> Markup:
    """Return a stage or a status as a badge."""
    known = stage if stage in _STAGES else "other"
    return tag("span", stage or "none", class_=f"badge part-{known}")


def write_block(text: str) -> Markup:
    """Return lines of code from a history as they stand there."""
    return tag("pre", tag("code", mask_lines(text)), tabindex="0")


def write_prose(text: str) -> Markup:
    """Return what people wrote, line by line."""
    return tag("p", mask_lines(text) or "–", class_="lines")


def write_sentence(text: str) -> Markup:
    """Return a text of which what stands between backticks is code."""
    return join(
        tag("code", part) if place % 2 and place < text.count("`") else part
        for place, part in enumerate(text.split("`"))
    )


def write_share(value: float | None) -> str:
    """Return a share as per cent, a dash where it is not known."""
    return "–" if value is None else f"{value:.0%}"


def write_moment(moment: str | None) -> Markup:
    """Return a moment as day and time in UTC."""
    if not moment:
        return join(["–"])
    return tag("time", moment[:16].replace("T", " "), datetime=moment)


def write_nothing(text: str, *more: Child) -> Markup:
    """Return what stands where there is nothing to show."""
    return tag("p", text, more, class_="nothing")


def write_pages(
    total: int, size: int, page: int, query: dict[str, str], most: int = 40
) -> Markup | None:
    """Return the links to the pages before and after, of which there are at most so many."""
    last = min(max(1, -(-total // size)), most)
    if last == 1:
        return None
    return tag(
        "nav",
        tag("a", "← Before", href=f"?{_query(query, page - 1)}", rel="prev") if page > 1 else None,
        tag("span", f"Page {page:,} of {last:,}"),
        tag("a", "Next →", href=f"?{_query(query, page + 1)}", rel="next") if page < last else None,
        class_="pages",
        aria_label="Pages",
    )


def _query(query: dict[str, str], page: int) -> str:
    from urllib.parse import parse_qsl, urlencode

    pairs = [(name, value) for name, value in parse_qsl(query["all"]) if name != "page"]
    return urlencode([*pairs, ("page", str(page))])
