"""`/api/v1/patterns`: matching, reading and changing patterns of every kind."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response

from devmatrix_guard.commands.service import changes, entries, queries
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.masking import describe_entry, mask
from devmatrix_guard.commands.service.matching import Found, MatchAnswer
from devmatrix_guard.model.knowledge.catalog import CatalogEntry, CatalogFilter
from devmatrix_guard.server import schemas
from devmatrix_guard.server.answers import NOTICE, JsonAnswer, encode_json
from devmatrix_guard.server.problems import ProblemError
from devmatrix_guard.server.routes.responses import document
from devmatrix_guard.server.state import READ, WRITE, ServerState, get_name, get_state, need

_TAG = re.compile(r'\*|"[\w-]{1,64}"')
_ID = r"^[\w.@:-]{1,128}$"
PatternId = Annotated[str, Path(pattern=_ID, description="The id of a pattern.")]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The `ETag` of the pattern as it was read, or `*`."),
]
_METADATA = tuple(schemas.PatternMetadata.model_fields)


def make_router() -> APIRouter:
    """Return the routes of patterns."""
    router = APIRouter(prefix="/api/v1/patterns", tags=["patterns"])
    _add_match(router)
    _add_listing(router)
    _add_creation(router)
    _add_reading(router)
    _add_changes(router)
    _add_restoring(router)
    return router


def _add_match(router: APIRouter) -> None:
    @router.post(
        "/match",
        response_model=schemas.MatchResponse,
        responses=document(),
        dependencies=[Depends(need(READ))],
    )
    async def match_patterns(request: Request, order: schemas.MatchRequest) -> Response:
        """Return the patterns nearest to an intent, with how likely each is what is meant."""
        state = get_state(request)
        began = time.perf_counter()
        only = make_filter(order.filters)
        generation = state.generation.read()
        asked = repr((generation, order.intent, order.context, only, order.limit))
        name = hashlib.blake2b(asked.encode("utf-8", "replace"), digest_size=20).hexdigest()
        shares = bool(state.settings.cache)
        kept = await state.ask(state.results.get, name) if shares else state.results.get(name)
        if kept is not None:
            state.metrics.cache.labels("results", "hit").inc()
            ids, _, body = kept.partition(b"\n")
            state.matcher.count_matches(ids.decode().split())
            took = round(1000 * (time.perf_counter() - began), 3)
            return JsonAnswer(_write_times(body, took, cached=True))
        state.metrics.cache.labels("results", "miss").inc()
        given = (order.intent, order.context, only, order.limit, generation)
        answer = await state.ask(_match, state, name, given)
        return JsonAnswer(_write_times(answer, round(1000 * (time.perf_counter() - began), 3)))


def _match(state: ServerState, name: str, given: tuple[Any, ...]) -> bytes:
    answer = state.matcher.match(*given)
    for part in ("embedding", "search", "enrichment"):
        state.metrics.phases.labels(part).observe(getattr(answer, f"{part}_ms") / 1000)
    body = encode_json(_describe_answer(answer, given[2]))
    ids = [found.entry.pattern_id for found in answer.found]
    state.results.put(name, f"{' '.join(ids)}\n".encode() + body)
    state.matcher.count_matches(ids)
    if state.matcher.is_flush_due():
        state.matcher.flush()
    return body


# The time an answer took is written into it as it is sent: what is kept has none yet.
_TIMES = b'"query_time_ms":0,"cached":false'


def _write_times(body: bytes, took: float, *, cached: bool = False) -> bytes:
    said = b"true" if cached else b"false"
    head, found, tail = body.rpartition(_TIMES)
    times = b'"query_time_ms":%s,"cached":%s' % (str(took).encode(), said)
    return head + times + tail if found else body


def _describe_answer(answer: MatchAnswer, only: CatalogFilter) -> dict[str, Any]:
    return {
        "notice": NOTICE,
        "matched_patterns": [_describe_found(found) for found in answer.found],
        "total_matches": answer.total,
        "query_metadata": {
            "embedding_time_ms": round(answer.embedding_ms, 3),
            "search_time_ms": round(answer.search_ms, 3),
            "enrichment_time_ms": round(answer.enrichment_ms, 3),
            "embedding_model": answer.embedding_model or None,
            "rankings": list(answer.rankings),
            "filters_applied": list_applied(only),
            "query_time_ms": 0,
            "cached": False,
        },
    }


def _describe_found(found: Found) -> dict[str, Any]:
    entry = found.entry
    return {
        "pattern_id": mask(entry.pattern_id),
        "name": mask(entry.name),
        "confidence_score": found.confidence,
        "metadata": {name: mask(getattr(entry, name)) for name in _METADATA},
        "recommendations": mask(found.recommendations),
        "signals": dict(found.signals),
    }


def _add_listing(router: APIRouter) -> None:
    @router.get(
        "",
        response_model=schemas.PatternPage,
        responses=document(),
        dependencies=[Depends(need(READ))],
    )
    async def list_patterns(
        request: Request,
        pattern_type: Annotated[list[schemas.PatternType], Query(max_length=50)] = [],  # noqa: B006
        tag: Annotated[list[schemas.Tag], Query(max_length=50)] = [],  # noqa: B006
        status: Annotated[list[schemas.Status], Query(max_length=3)] = [],  # noqa: B006
        min_quality_score: Annotated[float | None, Query(ge=0, le=1)] = None,
        min_success_rate: Annotated[float | None, Query(ge=0, le=1)] = None,
        order: Annotated[schemas.Order, Query()] = "quality",
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        offset: Annotated[int, Query(ge=0, le=queries.MOST_LISTED)] = 0,
        facets: Annotated[bool, Query()] = False,
    ) -> Response:
        """Return a part of the catalogue, with counts by facet if asked for."""
        state = get_state(request)
        only = CatalogFilter(
            types=tuple(pattern_type),
            tags=tuple(tag),
            statuses=tuple(status),
            min_quality=min_quality_score,
            min_success=min_success_rate,
        )
        page = await state.ask(
            queries.list_catalog,
            state.access,
            only,
            order=order,
            limit=limit,
            offset=offset,
            with_facets=facets,
        )
        after = offset + len(page.rows)
        more = page.rows and after < page.total and after <= queries.MOST_LISTED
        return JsonAnswer(
            {
                "notice": NOTICE,
                "patterns": [mask(row._asdict()) for row in page.rows],
                "total": page.total,
                "next_offset": after if more else None,
                "facets": page.facets,
            }
        )


def _add_creation(router: APIRouter) -> None:
    @router.post(
        "",
        status_code=201,
        response_model=schemas.Pattern,
        responses=document(409),
        dependencies=[Depends(need(WRITE))],
    )
    async def create_pattern(request: Request, pattern: schemas.PatternCreate) -> Response:
        """Keep a success pattern."""
        state = get_state(request)
        facts = pattern.model_dump()
        facts["tags"] = tuple(sorted(set(pattern.tags)))
        entry = await state.write(
            changes.create_pattern, state.access, state.matcher, facts, get_name(request)
        )
        place = f"/api/v1/patterns/{entry.pattern_id}"
        return _answer_entry(entry, status=201, headers={"Location": place})


def _add_reading(router: APIRouter) -> None:
    @router.get(
        "/{pattern_id}",
        response_model=schemas.Pattern,
        responses=document(404),
        dependencies=[Depends(need(READ))],
    )
    async def read_pattern(request: Request, pattern_id: PatternId) -> Response:
        """Return one pattern with all its fields; its `ETag` is what a change has to name."""
        state = get_state(request)
        entry = await state.ask(_read_entry, state.access, pattern_id)
        return _answer_entry(entry)

    @router.get(
        "/{pattern_id}/evolution",
        response_model=schemas.Evolution,
        responses=document(404),
        dependencies=[Depends(need(READ))],
    )
    async def read_evolution(request: Request, pattern_id: PatternId) -> Response:
        """Return what a pattern came from and what came of it, the newest version first."""
        state = get_state(request)
        family = await state.ask(_list_evolution, state.access, pattern_id)
        shown = [{"notice": NOTICE, **describe_entry(entry)} for entry in family]
        return JsonAnswer({"notice": NOTICE, "pattern_id": pattern_id, "patterns": shown})

    @router.get(
        "/{pattern_id}/related",
        response_model=schemas.RelatedPatterns,
        responses=document(404),
        dependencies=[Depends(need(READ))],
    )
    async def read_related(
        request: Request,
        pattern_id: PatternId,
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
    ) -> Response:
        """Return the patterns that a pattern is related to, or resembles."""
        state = get_state(request)
        found = await state.ask(_list_related, state.access, pattern_id, limit)
        related = [mask(one._asdict()) for one in found]
        return JsonAnswer({"notice": NOTICE, "pattern_id": pattern_id, "related": related})


def _add_changes(router: APIRouter) -> None:
    @router.patch(
        "/{pattern_id}",
        response_model=schemas.Pattern,
        responses=document(404, 409, 412, 428),
        dependencies=[Depends(need(WRITE))],
    )
    async def change_pattern(
        request: Request,
        pattern_id: PatternId,
        change: schemas.PatternChange,
        if_match: IfMatch = None,
    ) -> Response:
        """Replace some fields; refused where the pattern is not as it was read."""
        state = get_state(request)
        revision = _read_revision(if_match)
        facts = change.model_dump(exclude_unset=True)
        for name, value in facts.items():
            if value is None and name != "parent_pattern_id":
                raise changes.FieldError(name, "it cannot be null; leave it out.")
        if "tags" in facts:
            facts["tags"] = tuple(sorted(set(facts["tags"])))
        entry = await state.write(
            changes.change_pattern, state.access, state.matcher, pattern_id, facts, revision
        )
        return _answer_entry(entry)

    @router.delete(
        "/{pattern_id}",
        status_code=204,
        responses=document(404, 412, 428),
        dependencies=[Depends(need(WRITE))],
    )
    async def delete_pattern(
        request: Request, pattern_id: PatternId, if_match: IfMatch = None
    ) -> Response:
        """Take a pattern out of the catalogue; `restore` brings it back."""
        state = get_state(request)
        await state.write(
            changes.delete_pattern,
            state.access,
            pattern_id,
            _read_revision(if_match),
            get_name(request),
        )
        return Response(status_code=204)


def _add_restoring(router: APIRouter) -> None:
    @router.post(
        "/{pattern_id}/restore",
        response_model=schemas.Pattern,
        responses=document(404, 409),
        dependencies=[Depends(need(WRITE))],
    )
    async def restore_pattern(request: Request, pattern_id: PatternId) -> Response:
        """Bring a deleted pattern back."""
        state = get_state(request)
        entry = await state.write(changes.restore_pattern, state.access, state.matcher, pattern_id)
        return _answer_entry(entry)

    @router.post(
        "/{pattern_id}/outcomes",
        status_code=201,
        response_model=schemas.OutcomeAnswer,
        responses=document(404),
        dependencies=[Depends(need(WRITE))],
    )
    async def record_outcome(
        request: Request, pattern_id: PatternId, outcome: schemas.Outcome
    ) -> Response:
        """Record how a use of a pattern went: its rate and quality follow from all of these."""
        state = get_state(request)
        facts = outcome.model_dump(mode="json", exclude_none=True)
        is_new, entry = await state.write(changes.record_outcome, state.access, pattern_id, facts)
        body = {
            "pattern_id": entry.pattern_id,
            "recorded": int(is_new),
            "success_rate": entry.success_rate,
            "quality_score": entry.quality_score,
        }
        return JsonAnswer(body, status_code=201)


def make_filter(filters: schemas.MatchFilters) -> CatalogFilter:
    """Return the filter that a request asks for."""
    return CatalogFilter(
        types=tuple(filters.pattern_types),
        tags=tuple(filters.tags),
        statuses=tuple(filters.status),
        min_quality=filters.min_quality_score,
        min_success=filters.min_success_rate,
    )


def list_applied(only: CatalogFilter) -> list[str]:
    """Return the names of what a filter restricts, as requests name it."""
    names = {
        "pattern_types": only.types,
        "tags": only.tags,
        "status": only.statuses,
        "min_quality_score": only.min_quality is not None,
        "min_success_rate": only.min_success is not None,
    }
    return [name for name, value in names.items() if value]


def _answer_entry(
    entry: CatalogEntry, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    tags = {"ETag": f'"{entry.revision}"', **(headers or {})}
    body = {"notice": NOTICE, **describe_entry(entry)}
    return JsonAnswer(body, status_code=status, headers=tags)


def _read_revision(if_match: str | None) -> str:
    if if_match is None:
        raise ProblemError(
            428, "name the `ETag` that you read in `If-Match`, or `*` for whatever is there now."
        )
    tag = if_match.strip()
    if not _TAG.fullmatch(tag):
        raise ProblemError(400, "`If-Match` holds an `ETag` in quotation marks, or `*`.")
    return tag.strip('"')


def _read_entry(access: MemoryAccess, pattern_id: str) -> CatalogEntry:
    with access.lend() as memory:
        return entries.read_entry(access, memory, pattern_id)


def _list_evolution(access: MemoryAccess, pattern_id: str) -> list[CatalogEntry]:
    with access.lend() as memory:
        return entries.list_evolution(access, memory, pattern_id)


def _list_related(access: MemoryAccess, pattern_id: str, limit: int) -> list[entries.Related]:
    with access.lend() as memory:
        return entries.list_related(access, memory, pattern_id, limit)
