"""Failures as RFC 9457 problems: one sentence with the remedy, and the field where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from devmatrix_guard.commands.service.changes import (
    ConflictError,
    FieldError,
    NotChangeableError,
    OutsideError,
)
from devmatrix_guard.commands.service.diffs import MisfitError
from devmatrix_guard.commands.service.entries import UnknownPatternError
from devmatrix_guard.errors import (
    ChangedMeanwhileError,
    DuplicateNameError,
    GuardError,
    MemoryStoreError,
    MissingExtraError,
    SettingsError,
    UsageError,
)
from devmatrix_guard.server.answers import JsonAnswer

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "Bad request",
    401: "A key is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not JSON",
    422: "Not valid",
    428: "If-Match is needed",
    429: "Too many requests",
    500: "Internal error",
    503: "Not available",
}
# Which status a failure has; the first that fits.
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (UnknownPatternError, 404),
    (DuplicateNameError, 409),
    (ChangedMeanwhileError, 412),
    (NotChangeableError, 409),
    (OutsideError, 403),
    (ConflictError, 409),
    (MisfitError, 409),
    (FieldError, 422),
    (MemoryStoreError, 503),
    (MissingExtraError, 503),
    (SettingsError, 503),
    (UsageError, 422),
    (GuardError, 422),
)
_MOST_ERRORS = 20
_MISSPELT = "extra_forbidden"
# In words of JSON instead of those of the library that validates.
_SAID = {
    _MISSPELT: "there is no such field",
    "model_attributes_type": "it must be a JSON object, sent as `application/json`",
    "model_type": "it must be a JSON object",
    "dict_type": "it must be a JSON object",
}
# Where an error is, beside its field: in which part of the request, and as which of several shapes.
_SHAPES = {"CheckFiles": "files", "CheckDiff": "diff", "CheckRange": "range"}
_NO_FIELDS = ("body", "query", "path", "header", *_SHAPES)


class ProblemAnswer(JsonAnswer):
    """A failure."""

    media_type = MEDIA_TYPE


class ProblemError(Exception):
    """A failure that a route tells of itself."""

    def __init__(
        self, status: int, detail: str, field: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = headers


def make_problem(
    status: int,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemAnswer:
    """Return a failure as it is sent."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Failed"),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return ProblemAnswer(body, status_code=status, headers=headers)


def describe_failure(error: Exception, root: str = "") -> ProblemAnswer:
    """Return the answer for an error of ours.

    Args:
        error: what was raised.
        root: the project's folder, which whoever asks need not know.
    """
    if isinstance(error, ProblemError):
        fields = [{"field": error.field, "message": error.detail}] if error.field else None
        return make_problem(error.status, error.detail, errors=fields, headers=error.headers)
    status = next((code for kind, code in _STATUSES if isinstance(error, kind)), 500)
    if status == 500:
        return make_problem(500, "an internal error of guard; its log says more.")
    text = str(error).replace(f"{root}/", "") if root else str(error)
    if isinstance(error, FieldError):
        return make_problem(status, text, errors=[{"field": error.field, "message": text}])
    headers = {"Retry-After": "5"} if status == 503 else None
    return make_problem(status, text, headers=headers)


def add_problem_handlers(app: FastAPI, root: str) -> None:
    """Let every failure of the app be answered by a problem.

    Args:
        app: the app.
        root: the project's folder, which no answer names.
    """

    async def tell_failure(_request: Request, error: Exception) -> Response:
        return describe_failure(error, root)

    async def tell_invalid(_request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            return describe_failure(error)
        told = _choose_shape(error.errors())
        told.sort(key=lambda one: one["type"] != _MISSPELT)  # what else is missing may be that
        found = [_describe_field(one) for one in told[:_MOST_ERRORS]]
        if any(one["type"] == "json_invalid" for one in error.errors()):
            return make_problem(400, "the body is not JSON.", errors=found)
        first = found[0] if found else {"field": "", "message": "it is not valid"}
        return make_problem(422, f"{first['field']}: {first['message']}.", errors=found)

    async def tell_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        if status == 405:  # each route knows of its own methods alone
            headers = {"Allow": ", ".join(_list_methods(app, request.scope["path"]))}
        detail = {
            400: "the body cannot be read: it is not UTF-8, nested too deep, "
            "or has a number too long.",
            404: "there is nothing at this address.",
            405: "this is not done here.",
        }
        text = detail.get(status) or str(getattr(error, "detail", "")) or "it failed."
        return make_problem(status, text, headers=headers)

    app.add_exception_handler(RequestValidationError, tell_invalid)
    app.add_exception_handler(HTTPException, tell_http)
    app.add_exception_handler(ProblemError, tell_failure)
    app.add_exception_handler(GuardError, tell_failure)
    app.add_exception_handler(Exception, tell_failure)


def _list_methods(app: FastAPI, path: str) -> list[str]:
    methods: set[str] = set()
    paths = app.openapi()["paths"]
    for known, operations in {path: paths[path]}.items() if path in paths else paths.items():
        shape = "/".join(
            "[^/]+" if part[:1] == "{" else re.escape(part) for part in known.split("/")
        )
        if re.fullmatch(shape, path):
            methods |= {name.upper() for name in operations}
    return sorted(methods)


def _choose_shape(errors: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the errors of the one shape that was meant, where a body may have several."""
    by_shape: dict[str, list[Mapping[str, Any]]] = {}
    for one in errors:
        shape = next((str(part) for part in one["loc"] if part in _SHAPES), "")
        by_shape.setdefault(shape, []).append(one)
    if not by_shape.keys() & _SHAPES.keys():
        return list(errors)
    for shape, found in by_shape.items():
        lacks = any(one["type"] == "missing" and one["loc"][-1] == _SHAPES[shape] for one in found)
        if not lacks and any(str(one["loc"][-1]) != shape for one in found):
            return found
    names = ", ".join(f"`{name}`" for name in _SHAPES.values())
    return [{"loc": ("body",), "msg": f"Give one of {names}", "type": "missing"}]


def _describe_field(error: Mapping[str, Any]) -> dict[str, str]:
    place = [str(part) for part in error["loc"] if str(part) not in _NO_FIELDS]
    message = _SAID.get(str(error["type"])) or str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        message = f"it must match `{error['ctx']['pattern']}`"
    return {"field": ".".join(place) or "body", "message": message}
