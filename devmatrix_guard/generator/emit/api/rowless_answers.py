"""Answers of operations that ask no row: a health check, a sign-out."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.emit.models.signatures import find_raw_content, write_result_type
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    block,
    call,
    make_literal,
    make_mapping,
    write_string,
)
from devmatrix_guard.generator.emit.services.payloads import PayloadWriter
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Extra, Operation


def answer_unserved(plan: Plan, imports: Imports, operation: Operation) -> list[str]:
    """Return the answer of an operation that asks no row: a word, or nothing."""
    status = operation.status
    said: Any = {}
    for extra in operation.payload.extras:
        said = _put_inside(said, extra.path, _say(plan, imports, operation, extra))
    result = write_result_type(plan, operation, imports)
    raw = find_raw_content(operation)
    if result == "None" or raw is not None:
        if status in (204, 304):
            return []
        response = imports.use("fastapi", "Response")
        content = _write_said(said) if raw is not None else None
        answer = call(
            response,
            content=content,
            status_code=str(status) if status != 200 or raw is None else None,
            media_type=write_string(raw.media_type) if raw is not None else None,
        )
        return block(answer, 4, before="return ").splitlines()
    filled = _write_said(said)
    if result[0].isupper() and result != "Any":
        filled = call(f"{result}.model_validate", filled)
    return block(filled, 4, before="return ").splitlines()


def _say(plan: Plan, imports: Imports, operation: Operation, extra: Extra) -> Doc:
    if extra.source == "now":
        return PayloadWriter(plan, imports).write_moment(operation, extra.path)
    return make_literal(extra.value.value if extra.value is not None else None)


def _write_said(said: Any) -> Doc:
    """Return the source of an answer, whose single values are source already."""
    if not isinstance(said, dict):
        source: Doc = said
        return source
    return make_mapping([(write_string(key), _write_said(value)) for key, value in said.items()])


def _put_inside(whole: Any, path: tuple[str, ...], value: Doc) -> Any:
    """Return an answer with another value at a path inside it."""
    if not path:
        return value
    inner = whole if isinstance(whole, dict) else {}
    return {**inner, path[0]: _put_inside(inner.get(path[0], {}), path[1:], value)}
