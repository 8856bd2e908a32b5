"""What the generated tests need to call an operation: its path, its headers, its body."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.emit.models.columns import row_name
from devmatrix_guard.generator.emit.models.signatures import json_content
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import Doc, literal, mapping, string
from devmatrix_guard.generator.emit.tests.factories import factory
from devmatrix_guard.generator.emit.tests.samples import shape_value
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.infrastructure import AuthScheme


class Source(str):
    """A piece of source inside a JSON value, to be written as it is."""


def body_value(plan: Plan, operation: Operation) -> Any:
    """Return a body that the operation accepts, or None if it takes none."""
    content = json_content(operation.body.content) if operation.body else None
    if content is None or content.shape is None:
        return None
    return shape_value(plan, content.shape, 1)


def written(value: Any) -> Doc:
    """Return a JSON value with pieces of source in it as source."""
    if isinstance(value, Source):
        return str(value)
    if isinstance(value, dict):
        return mapping((string(str(key)), written(item)) for key, item in value.items())
    return literal(value)


def path_text(operation: Operation, values: dict[str, str]) -> str:
    """Return the path as source; `values` gives the source of each parameter."""
    route, computed = operation.route, {}
    for parameter in operation.parameters:
        if parameter.location == "path":
            value = values[parameter.name]
            if constant := _constant(value):
                route = route.replace(f"{{{parameter.name}}}", constant)
            else:
                computed[parameter.name] = value
    if not computed:
        return string(route)
    text = _inside_quotes(route)
    for name, value in computed.items():
        # Up to Python 3.11 an expression in an f-string cannot hold the quotes around it.
        expression = value.replace('"', "'")
        text = text.replace(f"{{{{{name}}}}}", f"{{{expression}}}")
    return f'f"{text}"'


def _constant(value: str) -> str:
    """Return what a source stands for if it is a plain literal, otherwise nothing."""
    if value.isdigit():
        return value
    inside = value[1:-1]
    plain = value == f'"{inside}"' and '"' not in inside and "\\" not in inside
    return inside if plain else ""


def _inside_quotes(text: str) -> str:
    """Return a text as it is written between the double quotes of an f-string."""
    # With a single quote at its end `repr` takes double quotes and escapes no single one.
    parts = [repr(part + "'")[1:-2] for part in text.split('"')]
    return '\\"'.join(parts).replace("{", "{{").replace("}", "}}")


def needs_caller(plan: Plan, operation: Operation) -> bool:
    """Tell whether an operation only answers somebody who has signed in."""
    return operation.auth.mode == "required" and bool(plan.ir.infrastructure.auth_schemes)


def caller_headers(plan: Plan, operation: Operation, imports: Imports) -> str | None:
    """Return the headers of the row called `caller`, as source; None if that cannot be done."""
    schemes = {s.name: s for s in plan.ir.infrastructure.auth_schemes}
    for alternative in operation.auth.alternatives:
        scheme = schemes.get(alternative[0].scheme) if len(alternative) == 1 else None
        if scheme is None or scheme.location not in ("", "header"):
            continue
        credential = _credential(plan, scheme, imports)
        if credential:
            prefix = f"{scheme.prefix} " if scheme.prefix else ""
            name = scheme.parameter or "Authorization"
            return f'{{{string(name)}: f"{prefix}{credential}"}}'
    return None


def _credential(plan: Plan, scheme: AuthScheme, imports: Imports) -> str:
    """Return what a scheme accepts, as a part of an f-string; "" if a test cannot make it."""
    principal = plan.principal
    if scheme.issuer != "password":
        issue = imports.use("src.core.security", "issue_token")
        key = f"str(caller.{row_name(principal.key)})" if principal else "'caller'"
        return f"{{{issue}({key})}}"
    if principal is not None:
        return ""
    imports.use("tests.conftest", "API_KEY")
    return f"{{{imports.use('base64', 'b64encode')}(API_KEY.encode()).decode()}}"


def make_caller(plan: Plan, imports: Imports) -> str:
    """Return the statement that makes the row of the caller."""
    if plan.principal is None:
        return ""
    make = imports.use("tests.factories", factory(plan, plan.principal.name))
    return f"caller = await {make}(session)"
