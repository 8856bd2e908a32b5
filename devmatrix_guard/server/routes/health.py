"""`/health` and `/metrics`, for whoever keeps the server running."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from devmatrix_guard.commands.service.queries import explain_no_writing, measure_followers
from devmatrix_guard.errors import GuardError
from devmatrix_guard.server.answers import JsonAnswer
from devmatrix_guard.server.gate import LOG
from devmatrix_guard.server.problems import make_problem
from devmatrix_guard.server.routes.responses import document
from devmatrix_guard.server.state import READ, get_state, need


def make_router() -> APIRouter:
    """Return the routes of health and metrics."""
    router = APIRouter(tags=["operations"])

    @router.get("/health/live", response_model=dict[str, Any])
    async def tell_life() -> Response:
        """Say that the process answers."""
        return JsonAnswer({"status": "alive"})

    @router.get("/health/ready", response_model=dict[str, Any], responses=document())
    async def tell_readiness(request: Request) -> Response:
        """Say whether the memory can be asked and written, and how far its followers are behind."""
        state = get_state(request)
        try:
            refusal = await state.ask(explain_no_writing, state.access)
            if refusal:
                LOG.warning("not ready: %s", refusal)
                return make_problem(503, refusal)
            lags = await state.ask(measure_followers, state.access)
        except GuardError as error:
            LOG.warning("not ready: %s", error)
            return make_problem(503, "the memory cannot be asked; the server's log says more.")
        followers = [{"waiting": p.waiting, "seconds": p.seconds} for p in lags]
        return JsonAnswer({"status": "ready", "followers": followers})

    @router.get("/metrics", include_in_schema=False, dependencies=[Depends(need(READ))])
    async def tell_metrics(request: Request) -> Response:
        state = get_state(request)
        # Without a memory the gauges keep what was known last; `/health/ready` tells of that.
        with suppress(GuardError):
            for one in await state.ask(measure_followers, state.access):
                state.metrics.tell_lag(one.name, one.waiting, one.seconds)
        return Response(state.metrics.render(), media_type=state.metrics.media_type)

    return router
