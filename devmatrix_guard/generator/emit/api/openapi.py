"""What the API says about itself, and how its callers prove who they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from devmatrix_guard.generator.emit.api.routes import lists_no_success
from devmatrix_guard.generator.emit.models.columns import choose_column_type, name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE, find_key
from devmatrix_guard.generator.emit.models.json_schema import iter_models
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    LINE_LENGTH,
    block,
    call,
    make_literal,
    make_sequence,
    measure_width,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Entity
from devmatrix_guard.ir.infrastructure import AuthScheme, Principal
from devmatrix_guard.ir.shape import Shape


def emit_about(plan: Plan) -> str:
    """Return the module of titles, servers, security schemes and models of errors."""
    imports = Imports()
    imports.use("typing", "Any")
    imports.use("pydantic", "BaseModel")
    api = plan.ir.api
    models = []
    for name in _list_declared_models(plan):
        place = plan.places[name]
        models.append(imports.use(place.module, place.class_name))
    tags = [
        {"name": tag.name, **({"description": tag.description} if tag.description else {})}
        for tag in api.tags
    ]
    servers = [{"url": url} for url in plan.ir.infrastructure.servers]
    declared = [scheme for scheme in _list_schemes(plan) if scheme.declared]
    schemes = {scheme.wire: _describe_scheme(scheme) for scheme in declared}
    unlisted = [
        make_sequence([write_string(operation.method), write_string(operation.route or "/")], "()")
        for operation in api.operations
        if lists_no_success(operation)
    ]
    lines = [
        _write_constant("TITLE", api.title or "API"),
        _write_constant("VERSION", api.version or "1.0.0"),
        _write_constant("DESCRIPTION", api.description),
        f"ROOT_PATH = {write_string(api.base_path.rstrip('/'))}",
        block(make_literal(servers), before="SERVERS: list[dict[str, Any]] = "),
        block(make_literal(tags), before="TAGS: list[dict[str, Any]] = "),
        block(make_literal(schemes), before="SECURITY_SCHEMES: dict[str, dict[str, Any]] = "),
        block(make_sequence(models, "()"), before="MODELS: tuple[type[BaseModel], ...] = "),
        block(make_sequence(unlisted), before="UNLISTED_SUCCESS: list[tuple[str, str]] = "),
    ]
    return render_module("What the API says about itself.", imports, ["\n".join(lines)])


def _write_constant(name: str, text: str) -> str:
    """Return an assignment; a text goes between parentheses if it fits only there."""
    value = write_string(text)
    line = f"{name} = {value}"
    if measure_width(line) <= LINE_LENGTH or measure_width(value) + 4 > LINE_LENGTH:
        return line
    return f"{name} = (\n    {value}\n)"


def _list_declared_models(plan: Plan) -> list[str]:
    """Return the schemas that only the declarations of responses, headers and such refer to."""
    found: set[str] = set()
    for schema in plan.ir.api.schemas:
        for part in _iter_parts(schema.shape):
            if part.kind == "all_of":  # its type in Python says nothing of it
                found |= set(iter_models(plan, part))
            if part.kind == "object":
                for choice in part.variants:
                    found |= set(iter_models(plan, choice))
    for operation in plan.ir.api.operations:
        for response in operation.responses:
            for content in response.content:
                if content.shape is not None:
                    found |= set(iter_models(plan, content.shape))
            for header in response.headers:
                found |= set(iter_models(plan, header.shape))
        for parameter in operation.parameters:
            found |= set(iter_models(plan, parameter.shape))
        for content in operation.body.content if operation.body else ():
            if content.shape is not None:
                found |= set(iter_models(plan, content.shape))
    return sorted(found)


def _iter_parts(shape: Shape) -> Iterator[Shape]:
    """Yield a shape and all inside it."""
    yield shape
    inner = (*(field.shape for field in shape.fields), *shape.variants)
    for part in (*inner, *((shape.items,) if shape.items else ())):
        yield from _iter_parts(part)


def _list_schemes(plan: Plan) -> tuple[AuthScheme, ...]:
    return plan.ir.infrastructure.auth_schemes


def _describe_scheme(scheme: AuthScheme) -> dict[str, Any]:
    declared: dict[str, Any] = {"type": scheme.kind}
    if scheme.description:
        declared["description"] = scheme.description
    if scheme.kind == "apiKey":
        declared |= {"in": scheme.location or "header", "name": scheme.parameter}
    elif scheme.kind == "http":
        declared["scheme"] = (scheme.prefix or "bearer").lower()
        if scheme.format:
            declared["bearerFormat"] = scheme.format
    elif scheme.kind == "oauth2":
        declared["flows"] = json.loads(scheme.flows) if scheme.flows else {}
    elif scheme.kind == "openIdConnect":
        declared["openIdConnectUrl"] = scheme.connect_url
    return declared


def emit_schemes(plan: Plan) -> str:
    """Return the module of security schemes, as the dependency that checks them reads them."""
    imports = Imports()
    parts = []
    for scheme in _list_schemes(plan):
        made = call(
            imports.use("src.api.auth", "Scheme"),
            location=write_string(scheme.location or "header"),
            parameter=write_string(scheme.parameter or "Authorization"),
            prefix=write_string(_choose_prefix(scheme)),
            issuer=write_string(scheme.issuer),
        )
        parts.append(block(made, before=f"{scheme.name} = "))
    return render_module("The security schemes of the API.", imports, parts)


def _choose_prefix(scheme: AuthScheme) -> str:
    if scheme.prefix or scheme.kind == "apiKey":
        return scheme.prefix
    return "Bearer"


_NAMED = ("refresh", "reset_password")  # by a token in the body: no scheme is asked for


def emit_principal(plan: Plan) -> str:
    """Return the module that finds the caller named by a credential."""
    imports = Imports()
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    entity, principal = plan.principal, plan.ir.infrastructure.principal
    named = any(op.action.kind in _NAMED for op in plan.ir.api.operations)
    if not (plan.ir.infrastructure.auth_schemes or (named and principal)):
        kind = choose_column_type(find_key(entity).type, None, imports).python if entity else "str"
        parts = [f"Viewer = {kind}"]
    elif entity is None or principal is None:
        parts = _write_nameless_callers(imports, session)
    else:
        parts = _write_callers_with_rows(plan, entity, principal, imports, session)
    return render_module("Who may be calling.", imports, parts)


def _write_nameless_callers(imports: Imports, session: str) -> list[str]:
    known = imports.use("src.core.security", "is_known_key")
    find = [
        f"async def find_viewer(session: {session}, subject: str) -> Viewer | None:",
        write_docstring("Return the caller whom a token names; every signed token counts.", 4),
        "    del session",
        "    return subject",
    ]
    check = [
        f"async def verify_login(session: {session}, name: str, password: str) -> Viewer | None:",
        write_docstring("Return the caller, if `name:password` is one of API_KEYS.", 4),
        "    del session",
        f'    return name if {known}(f"{{name}}:{{password}}") else None',
    ]
    return ["Viewer = str", "\n".join(find), "\n".join(check)]


def _write_callers_with_rows(
    plan: Plan, entity: Entity, principal: Principal, imports: Imports, session: str
) -> list[str]:
    key = find_key(entity)
    kind = choose_column_type(key.type, None, imports).python
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", name_row_class(entity.name))
    repository = imports.use(
        name_repository_module(plan, entity.name), name_repository_class(entity.name)
    )
    column = f"{row}.{name_row(entity.key)}"
    value = {"UUID": "UUID(subject)", "int": "int(subject)"}.get(kind, "subject")
    find = [
        f"async def find_viewer(session: {session}, subject: str) -> Viewer | None:",
        write_docstring(
            "Return the key of the caller whom a token names, if there still is one.", 4
        ),
    ]
    if value != "subject":
        find += [
            "    try:",
            f"        key = {value}",
            "    except ValueError:",
            "        return None",
        ]
    else:
        find.append("    key = subject")
    known = call(f"await {repository}(session).exists", f"{column} == key")
    find += [block(known, 4, before="known = "), "    return key if known else None"]
    logins = [f"{row}.{name_row(name)} == name" for name in principal.login] or [
        f"{column} == name"
    ]
    where = logins[0]
    if len(logins) > 1:
        where = f"{imports.use('sqlalchemy', 'or_')}({', '.join(logins)})"
    verify = imports.use("src.core.security", "verify_password")
    thread = imports.use("asyncio", "to_thread")
    stored = f"row.{name_row(principal.password)}" if principal.password else "None"
    check = [
        f"async def verify_login(session: {session}, name: str, password: str) -> Viewer | None:",
        write_docstring("Return the key of the row that signs in with this name and password.", 4),
        *block(call(f"await {repository}(session).find", where), 4, before="row = ").splitlines(),
        f"    stored = {stored} if row is not None else None",
        f"    verified = await {thread}({verify}, password, stored)",
        f"    return row.{name_row(entity.key)} if row is not None and verified else None",
    ]
    return [f"Viewer = {kind}", "\n".join(find), "\n".join(check)]
