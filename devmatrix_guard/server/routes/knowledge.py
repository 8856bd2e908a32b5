"""`/api/v1`: checks, lessons, lineage, runs, trends and rules."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from devmatrix_guard.commands.agents.tools import require_inside
from devmatrix_guard.commands.memory.recall import recall, render_recall
from devmatrix_guard.commands.service import checking, queries
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.changes import OutsideError
from devmatrix_guard.commands.service.masking import mask
from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.knowledge.lineage import Lineage
from devmatrix_guard.server import schemas
from devmatrix_guard.server.answers import NOTICE, JsonAnswer
from devmatrix_guard.server.problems import ProblemError
from devmatrix_guard.server.routes.responses import document
from devmatrix_guard.server.state import READ, get_state, need

_Text = Annotated[str, Query(min_length=1, max_length=1000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
_Object = dict[str, Any]


def make_router() -> APIRouter:
    """Return the routes of what the guard knows."""
    router = APIRouter(prefix="/api/v1", tags=["knowledge"], dependencies=[Depends(need(READ))])
    _add_check(router)
    _add_history(router)
    _add_runs(router)
    _add_rules(router)
    return router


def _add_check(router: APIRouter) -> None:
    @router.post("/check", response_model=schemas.CheckAnswer, responses=document(404, 409))
    async def check(
        request: Request, order: schemas.CheckFiles | schemas.CheckDiff | schemas.CheckRange
    ) -> Response:
        """Return what is found in texts, a diff from HEAD, or a range; nothing is written."""
        state = get_state(request)
        if isinstance(order, schemas.CheckFiles):
            files = [(file.path, file.text) for file in order.files]
            found = await state.check(checking.check_texts, state.access, files, whole=order.whole)
        elif isinstance(order, schemas.CheckDiff):
            found = await state.check(checking.check_diff, state.access, order.diff)
        else:
            found = await state.check(checking.check_range, state.access, order.range)
        return JsonAnswer({"notice": NOTICE, **found})


def _add_history(router: APIRouter) -> None:
    @router.get("/recall", response_model=_Object, responses=document())
    async def recall_place(
        request: Request,
        subject: _Text,
        budget: Annotated[int, Query(ge=200, le=100_000)] = 20_000,
    ) -> Response:
        """Return the lessons of a path with a line or without, a function, or words."""
        state = get_state(request)
        found = await state.ask(_recall, state.access, subject, budget)
        return JsonAnswer({"notice": NOTICE, **mask(json.loads(found))})

    @router.get("/lineage", response_model=_Object, responses=document(404))
    async def trace_lineage(
        request: Request,
        name: _Text,
        depth: Annotated[int, Query(ge=1, le=10)] = 3,
    ) -> Response:
        """Return what a path, commit, rule, pattern or run came from, and what came of it."""
        state = get_state(request)
        found = await state.ask(_trace, state.access, name, depth)
        return JsonAnswer({"notice": NOTICE, "lineages": [_describe_lineage(one) for one in found]})


def _add_runs(router: APIRouter) -> None:
    @router.get("/runs", response_model=_Object, responses=document())
    async def list_runs(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        command: Annotated[str | None, Query(max_length=64)] = None,
    ) -> Response:
        """Return runs of commands, the newest first."""
        state = get_state(request)
        found = await state.ask(queries.list_runs, state.access, limit=limit, command=command)
        return JsonAnswer({"notice": NOTICE, "runs": [mask(run._asdict()) for run in found]})

    @router.get("/runs/{run_id}", response_model=_Object, responses=document(404))
    async def read_run(request: Request, run_id: str) -> Response:
        """Return one run with what happened in it."""
        state = get_state(request)
        view = await state.ask(_or_not_found, queries.read_run, state.access, run_id)
        events = [mask(event._asdict()) for event in view.events]
        return JsonAnswer({"notice": NOTICE, "run": mask(view.run._asdict()), "events": events})

    @router.get("/trends", response_model=_Object, responses=document())
    async def read_trends(
        request: Request, days: Annotated[int, Query(ge=1, le=3650)] = 30
    ) -> Response:
        """Return how runs went by day, which specs fail, and which errors are frequent or grow."""
        state = get_state(request)
        trends = await state.ask(queries.read_trends, state.access, days=days)
        shown = {
            name: [mask(one._asdict()) for one in part] for name, part in trends._asdict().items()
        }
        return JsonAnswer({"notice": NOTICE, **shown})


def _add_rules(router: APIRouter) -> None:
    @router.get("/rules", response_model=_Object, responses=document())
    async def list_rules(request: Request, shipped: Annotated[bool, Query()] = False) -> Response:
        """Return the rules of the project, and on request those that come with guard."""
        state = get_state(request)
        views = await state.ask(queries.list_rules, state.access, shipped=shipped)
        return JsonAnswer({"notice": NOTICE, "rules": [_describe_rule(view) for view in views]})

    @router.get("/rules/{rule_id}", response_model=_Object, responses=document(404))
    async def read_rule(request: Request, rule_id: str) -> Response:
        """Return one rule with its evidence, sources and examples."""
        state = get_state(request)
        view = await state.ask(_or_not_found, queries.read_rule, state.access, rule_id)
        rule = view.rule
        more = {
            "body": mask(dict(rule.body)),
            "sources": [mask(source._asdict()) for source in rule.sources],
            "examples": [mask(example._asdict()) for example in rule.examples],
            "versions": view.versions,
        }
        return JsonAnswer({"notice": NOTICE, **_describe_rule(view), **more})


def _recall(access: MemoryAccess, subject: str, budget: int) -> str:
    try:
        require_inside(access.root, subject.rpartition(":")[0] or subject)
    except UsageError as error:
        raise OutsideError("subject", str(error)) from error
    return render_recall(recall(access.root, subject), "json", budget)


def _trace(access: MemoryAccess, name: str, depth: int) -> tuple[Lineage, ...]:
    found: tuple[Lineage, ...] = _or_not_found(queries.trace_lineage, access, name, depth=depth)
    return found


def _or_not_found(function: Any, *given: Any, **named: Any) -> Any:
    """Return what a function gives; what it does not know of is not found."""
    try:
        return function(*given, **named)
    except UsageError as error:
        raise ProblemError(404, str(error)) from error


def _describe_rule(view: queries.RuleView) -> dict[str, Any]:
    rule = view.rule
    return {
        "id": rule.id,
        "message": mask(rule.message),
        "severity": rule.severity,
        "stage": rule.stage,
        "layer": rule.layer,
        "languages": list(rule.languages),
        "origin": rule.origin,
        "pattern_id": view.pattern_id,
        "evidence": mask(dict(view.evidence)),
    }


def _describe_lineage(lineage: Lineage) -> dict[str, Any]:
    return {
        "start": list(lineage.start),
        "nodes": [mask(node._asdict()) for node in lineage.nodes],
        "edges": [mask(edge._asdict()) for edge in lineage.edges],
    }
