"""`/api/v1/keys`: who holds a key with the scope `admin` manages keys without the command line."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from devmatrix_guard.commands.service.keys import (
    ApiKey,
    RevokedMeanwhileError,
    add_key,
    list_keys,
    revoke_key,
)
from devmatrix_guard.errors import UsageError
from devmatrix_guard.server import schemas
from devmatrix_guard.server.answers import JsonAnswer
from devmatrix_guard.server.problems import ProblemError
from devmatrix_guard.server.routes.responses import document
from devmatrix_guard.server.state import ADMIN, get_key, get_state, need

KeyId = Annotated[str, Path(pattern="^[0-9a-f]{8}$", description="The id of a key.")]


def make_router() -> APIRouter:
    """Return the routes of keys."""
    router = APIRouter(prefix="/api/v1/keys", tags=["keys"], dependencies=[Depends(need(ADMIN))])

    @router.get("", response_model=schemas.KeyList, responses=document())
    async def list_all_keys(request: Request) -> Response:
        """Return the keys without their secrets, the oldest first."""
        state = get_state(request)
        keys = await state.check(list_keys, state.settings.start)
        return JsonAnswer({"keys": [_describe(key) for key in keys]})

    @router.post("", status_code=201, response_model=schemas.NewKey, responses=document(409))
    async def create_key(request: Request, order: schemas.KeyRequest) -> Response:
        """Make a key; its secret is in this answer, and nowhere else."""
        state = get_state(request)
        by = _name_asker(request)
        try:
            key, secret = await state.check(
                add_key, state.settings.start, order.name, tuple(order.scopes), by=by
            )
        except RevokedMeanwhileError as error:
            raise ProblemError(401, str(error)) from error
        except UsageError as error:
            raise ProblemError(409, str(error)) from error
        headers = {"Cache-Control": "no-store"}
        return JsonAnswer({**_describe(key), "key": secret}, status_code=201, headers=headers)

    @router.delete("/{key_id}", status_code=204, responses=document(404, 409))
    async def delete_key(request: Request, key_id: KeyId) -> Response:
        """Revoke a key; the one that asks stays, so that there is always one left to ask with."""
        by = _name_asker(request)
        if by == key_id:
            raise ProblemError(409, "a key cannot revoke itself; ask with another one.")
        state = get_state(request)
        try:
            await state.check(revoke_key, state.settings.start, key_id, by=by)
        except RevokedMeanwhileError as error:
            raise ProblemError(401, str(error)) from error
        except UsageError as error:
            raise ProblemError(404, f"there is no key {key_id}.") from error
        return Response(status_code=204)

    return router


def _name_asker(request: Request) -> str:
    """Return the id of the key of a request; it may be revoked before its turn comes."""
    key = get_key(request)
    return key.id if key else ""


def _describe(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at,
    }
