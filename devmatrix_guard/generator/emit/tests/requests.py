"""What the generated tests need to call an operation: its path, its headers, its body."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.signatures import find_json_content
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    make_literal,
    make_mapping,
    write_string,
)
from devmatrix_guard.generator.emit.tests.factories import name_factory
from devmatrix_guard.generator.emit.tests.samples import make_shape_value
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.infrastructure import AuthScheme


class Source(str):
    """A piece of source inside a JSON value, to be written as it is."""


def make_body(plan: Plan, operation: Operation) -> Any:
    """Return a body that the operation accepts, or None if it takes none."""
    content = find_json_content(operation.body.content) if operation.body else None
    if content is None or content.shape is None:
        return None
    return make_shape_value(plan, content.shape, 1)


def write_value(value: Any) -> Doc:
    """Return a JSON value with pieces of source in it as source."""
    if isinstance(value, Source):
        return str(value)
    if isinstance(value, dict):
        return make_mapping(
            (write_string(str(key)), write_value(item)) for key, item in value.items()
        )
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


def needs_caller(plan: Plan, operation: Operation) -> bool:
    """Tell whether an operation only answers somebody who has signed in."""
    return operation.auth.mode == "required" and bool(plan.ir.infrastructure.auth_schemes)


def write_caller_headers(plan: Plan, operation: Operation, imports: Imports) -> str | None:
    """Return the headers of the row called `caller`, as source; None if that cannot be done."""
    schemes = {s.name: s for s in plan.ir.infrastructure.auth_schemes}
    for alternative in operation.auth.alternatives:
        scheme = schemes.get(alternative[0].scheme) if len(alternative) == 1 else None
        if scheme is None or scheme.location not in ("", "header"):
            continue
        credential = _write_credential(plan, scheme, imports)
        if credential:
            prefix = f"{scheme.prefix} " if scheme.prefix else ""
            name = scheme.parameter or "Authorization"
            return f'{{{write_string(name)}: f"{prefix}{credential}"}}'
    return None


def _write_credential(plan: Plan, scheme: AuthScheme, imports: Imports) -> str:
    """Return what a scheme accepts, as a part of an f-string; "" if a test cannot make it."""
    principal = plan.principal
    if scheme.issuer != "password":
        issue = imports.use("src.core.security", "issue_token")
        key = f"str(caller.{name_row(principal.key)})" if principal else "'caller'"
        return f"{{{issue}({key})}}"
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
