"""The tokens of a smoke run: those it signs by itself, and those that answers give."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterable
from typing import Any

from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.application import ApplicationIR


def get_inside(value: Any, path: Iterable[str]) -> Any:
    """Return what lies at a path of keys in an answer, None where there is nothing."""
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def issue_token(subject: str, secret: str) -> str:
    """Return a token as a generated application signs them (JWT, HS256), good for an hour."""
    claims = {"sub": subject, "iat": int(time.time()), "exp": int(time.time()) + 3600}
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = b".".join(_encode(part) for part in parts)
    return (signed + b"." + _encode(hmac.digest(secret.encode(), signed, "sha256"))).decode()


def read_subject(token: str) -> str:
    """Return whom a token of a generated application is about, by his key; empty of any other."""
    claims = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except ValueError:
        return ""
    return str(read.get("sub", "")) if isinstance(read, dict) else ""


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def find_extra(operation: Operation, answer: Any, source: str) -> str:
    """Return what an answer says beside rows, where it is a text."""
    paths = [extra.path for extra in operation.payload.extras if extra.source == source]
    found = [get_inside(answer, path) for path in paths]
    return next((text for text in found if isinstance(text, str)), "")


def find_token(operation: Operation, answer: Any, ir: ApplicationIR) -> str:
    """Return the token that an answer gives the caller, empty where it gives none."""
    for extra in operation.payload.extras:
        if extra.source == "token":
            found = get_inside(answer, extra.path)
            return found if isinstance(found, str) else ""
    principal = ir.infrastructure.principal
    if principal is None or not principal.token:
        return ""
    entity = next((e for e in ir.domain.entities if e.name == principal.entity), None)
    derived = (
        next((d for d in entity.derived if d.name == principal.token), None) if entity else None
    )
    row = get_inside(answer, operation.payload.path)
    found = row.get(derived.wire) if isinstance(row, dict) and derived is not None else None
    return found if isinstance(found, str) else ""
