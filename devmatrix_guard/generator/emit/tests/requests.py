"""What the generated tests need to call an operation: its path, its headers, its body."""

from __future__ import annotations

import json
import re
from typing import Any

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.signatures import read_content, resolve
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    make_literal,
    make_mapping,
    make_sequence,
    write_string,
)
from devmatrix_guard.generator.emit.tests.factories import name_factory
from devmatrix_guard.generator.emit.tests.samples import NoSampleError, make_shape_value
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Content, Operation, is_json
from devmatrix_guard.ir.infrastructure import AuthScheme
from devmatrix_guard.ir.narrow import Narrower
from devmatrix_guard.ir.pattern import matches
from devmatrix_guard.ir.shape import Shape

_UNLIKE_ROWS = 0  # factories count from 1: no row has the email of a body


class Source(str):
    """A piece of source inside a JSON value, to be written as it is."""


def make_narrower(plan: Plan) -> Narrower:
    """Return what limits the shapes of requests to what the rows of an application may hold."""
    return Narrower(plan.schemas, plan.views, plan.entities)


def make_body(plan: Plan, operation: Operation) -> Any:
    """Return a body that the operation accepts, or None if it takes none."""
    content = read_content(plan, operation.body.content) if operation.body else None
    if content is None or content.shape is None:
        return None
    shape = make_narrower(plan).narrow(content.shape)
    body = make_shape_value(plan, shape, _UNLIKE_ROWS)
    _add_row(plan, body, shape, operation.body.path if operation.body else ())
    if find_form(plan, operation) and any(isinstance(v, dict) for v in body.values()):
        raise NoSampleError("an object in a form")
    return body


def _add_row(plan: Plan, body: Any, shape: Shape, path: tuple[str, ...]) -> None:
    """Give a body the row that it is about, where the spec lets it be left out."""
    for wire in path:
        holder = resolve(plan, shape)
        field = next((f for f in holder.fields if f.wire == wire), None) if holder else None
        if field is None or not isinstance(body, dict):
            return
        if body.get(wire) is None:
            body[wire] = make_shape_value(plan, field.shape, _UNLIKE_ROWS, wire)
        body, shape = body[wire], field.shape


def find_form(plan: Plan, operation: Operation) -> Content | None:
    """Return the form that an operation reads, where it reads no JSON."""
    content = read_content(plan, operation.body.content) if operation.body else None
    return content if content is not None and not is_json(content.media_type) else None


def send_body(plan: Plan, operation: Operation, body: Any) -> dict[str, Doc | None]:
    """Return the arguments of a call by which a client sends a body."""
    if operation.action.kind == "upload":
        return {"content": 'b"content"'}
    if body is None:
        return {}
    form = find_form(plan, operation)
    if form is None:
        return {"json": write_value(body)}
    if "multipart" not in form.media_type:
        return {"data": write_value(body)}
    shape = resolve(plan, form.shape)
    kinds = {field.wire: resolve(plan, field.shape) for field in shape.fields} if shape else {}
    parts: list[tuple[str, Doc]] = []
    for wire, value in body.items():
        kind = kinds.get(wire)
        if kind is not None and kind.format == "binary":
            part = f'({write_string(f"{wire}.bin")}, b"content")'
        else:
            part = f"(None, {_write_part(value)})"
        parts.append((write_string(wire), part))
    return {"files": make_mapping(parts)}


def _write_part(value: Any) -> str:
    """Return the text that a part of a form holds, as source."""
    if isinstance(value, Source):
        return f"str({value})"
    return write_string(value if isinstance(value, str) else json.dumps(value))


def write_value(value: Any) -> Doc:
    """Return a JSON value with pieces of source in it as source."""
    if isinstance(value, Source):
        return str(value)
    if isinstance(value, dict):
        return make_mapping(
            (write_string(str(key)), write_value(item)) for key, item in value.items()
        )
    if isinstance(value, list) and any(isinstance(item, Source) for item in value):
        return make_sequence([write_value(item) for item in value])
    return make_literal(value)


def write_path(operation: Operation, values: dict[str, str]) -> str:
    """Return the path as source; `values` gives the source of each parameter."""
    route, computed = operation.route, {}
    for parameter in operation.parameters:
        if parameter.location == "path":
            value = values[parameter.name]
            if constant := _write_constant(value):
                route = route.replace(f"{{{parameter.name}}}", constant)
            else:
                computed[parameter.name] = value
    if not computed:
        return write_string(route)
    text = _escape_quotes(route)
    for name, value in computed.items():
        # Up to Python 3.11 an expression in an f-string cannot hold the quotes around it.
        expression = value.replace('"', "'")
        text = text.replace(f"{{{{{name}}}}}", f"{{{expression}}}")
    return f'f"{text}"'


def _write_constant(value: str) -> str:
    """Return what a source stands for if it is a plain literal, otherwise nothing."""
    if value.isdigit():
        return value
    inside = value[1:-1]
    plain = value == f'"{inside}"' and '"' not in inside and "\\" not in inside
    return inside if plain else ""


def _escape_quotes(text: str) -> str:
    """Return a text as it is written between the double quotes of an f-string."""
    # With a single quote at its end `repr` takes double quotes and escapes no single one.
    parts = [repr(part + "'")[1:-2] for part in text.split('"')]
    return '\\"'.join(parts).replace("{", "{{").replace("}", "}}")


def choose_absent_text(plan: Plan, operation: Operation, name: str) -> str:
    """Return a text of the form that a parameter declares and no row has, as source."""
    parameter = next((p for p in operation.parameters if p.name == name), None)
    shape = resolve(plan, parameter.shape) if parameter is not None else None
    formed = shape is not None and bool(shape.format or shape.enum)
    if shape is None or not (formed or any(c.kind == "pattern" for c in shape.constraints)):
        return '"nothing-like-it"'
    try:
        text = str(make_shape_value(plan, shape, 91, name))
    except NoSampleError:
        return '"nothing-like-it"'
    return write_string(_lengthen(text, shape))


def _lengthen(text: str, shape: Shape) -> str:
    """Return a longer text of a pattern, of which samples are all alike: `SHW_aaaaaaa`."""
    limits = {constraint.kind: str(constraint.value) for constraint in shape.constraints}
    longer = text + text[-1:] * 6
    fits = "pattern" in limits and len(longer) <= int(limits.get("max_length", "99"))
    try:
        return longer if fits and not shape.enum and matches(limits["pattern"], longer) else text
    except re.error:
        return text


def needs_caller(plan: Plan, operation: Operation) -> bool:
    """Tell whether an operation only answers somebody who has signed in."""
    return operation.auth.mode == "required" and bool(plan.ir.infrastructure.auth_schemes)


def write_caller_headers(
    plan: Plan, operation: Operation, imports: Imports, scopes: str = ""
) -> str | None:
    """Return the headers of the row called `caller`, as source; None if that cannot be done.

    Args:
        scopes: what the credential is limited to, as source; "" for nothing.
    """
    schemes = {s.name: s for s in plan.ir.infrastructure.auth_schemes}
    for alternative in operation.auth.alternatives:
        scheme = schemes.get(alternative[0].scheme) if len(alternative) == 1 else None
        if scheme is None or scheme.location not in ("", "header"):
            continue
        credential = _write_credential(plan, scheme, imports, scopes)
        if credential:
            prefix = f"{scheme.prefix} " if scheme.prefix else ""
            name = scheme.parameter or "Authorization"
            return f'{{{write_string(name)}: f"{prefix}{credential}"}}'
    return None


def _write_credential(plan: Plan, scheme: AuthScheme, imports: Imports, scopes: str) -> str:
    """Return what a scheme accepts, as a part of an f-string; "" if a test cannot make it."""
    principal = plan.principal
    if scheme.issuer != "password":
        issue = imports.use("src.core.security", "issue_token")
        key = f"str(caller.{name_row(principal.key)})" if principal else "'caller'"
        return f"{{{issue}({key}, {scopes})}}" if scopes else f"{{{issue}({key})}}"
    if principal is not None:
        return ""
    imports.use("tests.conftest", "API_KEY")
    return f"{{{imports.use('base64', 'b64encode')}(API_KEY.encode()).decode()}}"


def make_caller(plan: Plan, imports: Imports) -> str:
    """Return the statement that makes the row of the caller."""
    if plan.principal is None:
        return ""
    make = imports.use("tests.factories", name_factory(plan, plan.principal.name))
    return f"caller = await {make}(session)"
