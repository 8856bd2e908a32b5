"""The views of the page, by address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from devmatrix_guard.commands.service import page_queries as asks
from devmatrix_guard.commands.service import queries
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.errors import GuardError, UsageError
from devmatrix_guard.model.knowledge.catalog import ORDERS, CatalogFilter
from devmatrix_guard.model.knowledge.lineage import Lineage
from devmatrix_guard.model.rule import LAYERS
from devmatrix_guard.server.page.assets import find_asset, read_assets
from devmatrix_guard.server.page.bank import render_bank
from devmatrix_guard.server.page.layout import Frame, render_page, write_heading, write_nothing
from devmatrix_guard.server.page.lineage import DEPTHS, render_lineage
from devmatrix_guard.server.page.markup import Markup, join, tag
from devmatrix_guard.server.page.migrations import render_migrations
from devmatrix_guard.server.page.overview import render_overview
from devmatrix_guard.server.page.patterns import (
    PAGE_SIZE,
    render_fix,
    render_infra,
    render_patterns,
    render_success,
    write_results,
)
from devmatrix_guard.server.page.rules import render_rule, render_rules
from devmatrix_guard.server.page.runs import render_run, render_runs
from devmatrix_guard.server.page.week import render_week

ASSETS = "/assets"
# Nothing but our own files is loaded, nothing is sent elsewhere, and no other page may frame this.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_MOST_PAGES = 40  # who gets there narrows the search
_SHORT = 200

Words = Annotated[list[Annotated[str, Query(max_length=_SHORT)]], Query(max_length=50)]


class _View:
    """Renders views of one project; each method takes what an address says and returns a page."""

    def __init__(self, access: MemoryAccess) -> None:
        self.access = access
        style, script, icon = (f"{ASSETS}/{find_asset(name)}" for name in ("style", "page", "icon"))
        self._frame = Frame(access.root.name, style, script, icon)

    def answer(
        self, view: str, title: str, make: Callable[[], Markup], *, needs_memory: bool = True
    ) -> HTMLResponse:
        """Return a page, or one that says why there is none and what to do."""
        status = 200
        try:
            if needs_memory and not self.access.exists():
                text = "Nothing was learned yet. Run `guard learn` in the repository, and reload."
                content = join([write_heading(title), write_nothing(text)])
            else:
                content = make()
        except GuardError as error:
            status = 404 if isinstance(error, UsageError) else 503
            sentence = tag("p", asks.mask(str(error)), class_="nothing", role="alert")
            content = join([write_heading(title), sentence])
        page = render_page(self._frame, view, title, content)
        return HTMLResponse(page, status, headers=HEADERS)


def make_page_router(access: MemoryAccess) -> APIRouter:
    """Return the router of the page.

    Args:
        access: the project whose memory is shown.
    """
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    view = _View(access)
    _add_lists(router, view)
    _add_catalog(router, view)
    _add_lineage(router, view)

    @router.get(ASSETS + "/{name}")
    def send_asset(name: str) -> Response:
        found = read_assets().get(name)
        if found is None:
            return Response(status_code=404)
        kept = {"Cache-Control": "public, max-age=31536000, immutable"}
        headers = {**HEADERS, **kept}
        return Response(found.content, media_type=found.media_type, headers=headers)

    return router


def _add_lists(router: APIRouter, view: _View) -> None:
    access = view.access

    @router.get("/")
    def show_overview() -> HTMLResponse:
        return view.answer("", "Overview", lambda: render_overview(
            queries.read_overview(access),
            queries.list_rules(access),
            queries.list_migrations(access, limit=4),
        ))  # fmt: skip

    @router.get("/rules")
    def show_rules(shipped: bool = False) -> HTMLResponse:
        return view.answer(
            "rules", "Rules",
            lambda: render_rules(queries.list_rules(access, shipped=shipped), shipped=shipped),
            needs_memory=False,
        )  # fmt: skip

    @router.get("/rules/{rule_id}")
    def show_rule(rule_id: str) -> HTMLResponse:
        return view.answer(
            "rules", rule_id, lambda: render_rule(asks.read_rule_history(access, rule_id)),
            needs_memory=False,
        )  # fmt: skip

    @router.get("/runs")
    def show_runs() -> HTMLResponse:
        return view.answer(
            "runs", "Runs",
            lambda: render_runs(queries.list_runs(access), queries.read_trends(access)),
        )  # fmt: skip

    @router.get("/runs/{run_id}")
    def show_run(run_id: str) -> HTMLResponse:
        return view.answer("runs", "Run", lambda: render_run(queries.read_run(access, run_id)))

    @router.get("/bank")
    def show_bank() -> HTMLResponse:
        return view.answer(
            "bank", "Bank", lambda: render_bank(queries.read_bank(access)), needs_memory=False
        )

    @router.get("/migrations")
    def show_migrations() -> HTMLResponse:
        return view.answer(
            "migrations", "Migrations", lambda: render_migrations(queries.list_migrations(access))
        )

    @router.get("/week")
    def show_week(days: Annotated[int, Query(ge=1, le=366)] = 7) -> HTMLResponse:
        return view.answer(
            "week", "Week", lambda: render_week(asks.read_week(access, days=days), days),
            needs_memory=False,
        )  # fmt: skip


def _add_catalog(router: APIRouter, view: _View) -> None:
    access = view.access

    @router.get("/patterns")
    def show_patterns(
        request: Request,
        q: Annotated[str, Query(max_length=1000)] = "",
        order: Annotated[str, Query(max_length=_SHORT)] = ORDERS[0],
        page: Annotated[int, Query(ge=1, le=_MOST_PAGES)] = 1,
    ) -> HTMLResponse:
        only = _read_filter(request)
        order = order if order in ORDERS else ORDERS[0]
        text = q.strip()

        def make() -> Markup:
            offset = (page - 1) * PAGE_SIZE
            if text:
                found = asks.search_catalog(access, text, only, limit=PAGE_SIZE, offset=offset)
            else:
                found = queries.list_catalog(
                    access, only, order=order, limit=PAGE_SIZE, offset=offset
                )
            if request.headers.get("x-swap") == "results":
                return write_results(found, only, text, order, page)
            return render_patterns(found, only, text, order, page)

        return view.answer("patterns", "Patterns", make)

    @router.get("/patterns/{pattern_id}")
    def show_pattern(pattern_id: str) -> HTMLResponse:
        def make() -> Markup:
            found = asks.read_pattern(access, pattern_id)
            if isinstance(found, asks.FixView):
                return render_fix(found)
            if isinstance(found, asks.SuccessView):
                return render_success(found)
            return render_infra(found)

        return view.answer("patterns", "Pattern", make)


def _add_lineage(router: APIRouter, view: _View) -> None:
    access = view.access

    @router.get("/lineage")
    def show_lineage(
        name: Annotated[str, Query(max_length=500)] = "",
        depth: Annotated[int, Query(ge=1, le=DEPTHS[-1])] = 3,
    ) -> HTMLResponse:
        def make() -> Markup:
            found: tuple[Lineage, ...] = ()
            problem = ""
            if name.strip():
                try:
                    found = queries.trace_lineage(access, name.strip(), depth=depth)
                except UsageError as error:
                    problem = asks.mask(str(error))
            examples = [] if found else _list_examples(access)
            return render_lineage(name, depth, found, problem=problem, examples=examples)

        return view.answer("lineage", "Lineage", make)


def _list_examples(access: MemoryAccess) -> list[tuple[str, str]]:
    rules = queries.list_rules(access)[:4]
    found = [(each.rule.id, f"the rule {each.rule.id}") for each in rules]
    found += [
        (source.commit, f"the commit {source.commit[:10]}: {asks.mask(source.subject)}")
        for each in rules
        for source in each.rule.sources[:1]
    ]
    runs = queries.list_runs(access, limit=2) if access.exists() else ()
    return found + [(run.id, f"the run of guard {run.command}") for run in runs]


def _read_filter(request: Request) -> CatalogFilter:
    """Return the filter that an address asks for; what is no value of a facet fits nothing."""
    given = {name: tuple(dict.fromkeys(request.query_params.getlist(name)))[:50] for name in (
        "type", "stage", "status", "severity", "tag", "layer",
    )}  # fmt: skip
    layers = tuple(int(each) for each in given["layer"] if each.isdecimal() and int(each) in LAYERS)
    return CatalogFilter(
        types=given["type"],
        stages=given["stage"],
        statuses=given["status"],
        severities=given["severity"],
        tags=given["tag"],
        layers=layers,
    )
