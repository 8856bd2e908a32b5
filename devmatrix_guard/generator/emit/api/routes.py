"""Routes: the operations as FastAPI functions, one module for each group of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

from devmatrix_guard.generator.emit.api.rowless_answers import answer_unserved
from devmatrix_guard.generator.emit.models.json_schema import write_json_schema
from devmatrix_guard.generator.emit.models.schemas import (
    document_default,
    name_field,
    write_default,
)
from devmatrix_guard.generator.emit.models.signatures import (
    READS,
    choose_body_part,
    find_json_content,
    find_moment,
    find_raw_content,
    is_declared_apart,
    is_read_as_json,
    is_split,
    list_parameters,
    name_parameter,
    read_content,
    write_result_type,
    write_signature,
)
from devmatrix_guard.generator.emit.models.types import BASE, TypeWriter
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    LINE_LENGTH,
    Chain,
    Doc,
    block,
    call,
    make_argument_list,
    make_chain,
    make_conditional,
    make_keyword,
    make_literal,
    make_mapping,
    make_sequence,
    make_subscript,
    write_docstring,
    write_flat,
    write_string,
)
from devmatrix_guard.generator.emit.services.response_headers import needs_request, needs_response
from devmatrix_guard.generator.emit.services.services import (
    find_home,
    is_served,
    name_service_class,
    name_service_module,
)
from devmatrix_guard.generator.emit.services.values import find_secret
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Content, Operation, Parameter, Response, SchemeUse, is_json
from devmatrix_guard.ir.infrastructure import AuthScheme
from devmatrix_guard.ir.names import make_unique
from devmatrix_guard.ir.shape import Shape

PACKAGE = "src.api.routes"
_ANSWER_NAMES = {
    "400": "_BAD_REQUEST",
    "401": "_UNAUTHORIZED",
    "403": "_FORBIDDEN",
    "404": "_NOT_FOUND",
    "409": "_CONFLICT",
    "422": "_UNPROCESSABLE",
    "429": "_TOO_MANY_REQUESTS",
    "500": "_SERVER_ERROR",
    "default": "_OTHERWISE",
}
_BESIDE_JSON = ("application/x-www-form-urlencoded", "application/xml")


def name_route_module(group: str) -> str:
    """Return the dotted name of the module that holds a group of routes."""
    return f"{PACKAGE}.{group}"


def group_operations(plan: Plan) -> dict[str, list[Operation]]:
    """Return the operations by group, in the order of the spec."""
    groups: dict[str, list[Operation]] = {}
    for operation in plan.ir.api.operations:
        groups.setdefault(operation.group or "root", []).append(operation)
    return groups


def emit_router_index(groups: Sequence[str]) -> str:
    """Return the package that lists the routers; literal paths must come before templated ones."""
    imports = Imports()
    for group in groups:
        imports.use(PACKAGE, group)
    routers = make_sequence([f"{group}.router" for group in groups], "()")
    return render_module("The routers of the API.", imports, [block(routers, before="routers = ")])


def emit_routes(plan: Plan, group: str, operations: Sequence[Operation]) -> str:
    """Return the module of one group of routes."""
    imports = Imports()
    writer = _RouteWriter(plan, imports, operations)
    parts = [writer.write(operation) for operation in operations]
    other = reads_other_bodies(plan, operations)
    kind = imports.use("src.api.bodies", "AnyBodyRoute") if other else None
    router = write_flat(call(imports.use("fastapi", "APIRouter"), route_class=kind))
    head = "\n".join([f"router = {router}", "", *writer.write_shared()]).rstrip()
    title = group.replace("_", " ")
    return render_module(f"Routes: {title}.", imports, [head, *parts])


def reads_other_bodies(plan: Plan, operations: Sequence[Operation]) -> bool:
    """Tell whether any operation takes a form or XML beside JSON, or what others take as JSON."""
    contents = [operation.body.content for operation in operations if operation.body]
    return any(
        any(c.media_type in _BESIDE_JSON for c in content)
        and (find_json_content(content) or any(is_read_as_json(plan, c) for c in content))
        for content in contents
    )


_Named: TypeAlias = tuple[str, Doc]
_UNTOLD_BODIES = ("OPTIONS", "TRACE")  # of these FastAPI publishes none by itself


class _RouteWriter:
    """Writes the routes of one module; an answer that several of them declare is written once."""

    def __init__(self, plan: Plan, imports: Imports, operations: Sequence[Operation]) -> None:
        self.plan = plan
        self.imports = imports
        self.types = TypeWriter(imports, plan.places, plan.schemas)
        # of each operationId, which operation has it first
        self._first_named = {op.wire: op.name for op in reversed(plan.ir.api.operations)}
        self._shared = self._find_shared(operations)

    def _find_shared(self, operations: Sequence[Operation]) -> dict[tuple[str, str], _Named]:
        """Return, by status and text, each answer that is declared more than once."""
        found = [
            (response.status, declared)
            for operation in operations
            for response in operation.responses
            if response.status != str(operation.status)
            and (declared := self._declare_response(response, main=False, derived=False))
            is not None
        ]
        counts = Counter((status, write_flat(declared)) for status, declared in found)
        shared: dict[tuple[str, str], _Named] = {}
        for status, declared in found:
            key = (status, write_flat(declared))
            if counts[key] > 1 and key not in shared:
                taken = {name for name, _ in shared.values()}
                shared[key] = (make_unique(_name_answer(status), taken), declared)
        return shared

    def write_shared(self) -> list[str]:
        """Return the constants of the answers that several routes declare."""
        if not self._shared:
            return []
        kind = f"dict[str, {self.imports.use('typing', 'Any')}]"
        return [block(doc, before=f"{name}: {kind} = ") for name, doc in self._shared.values()]

    def write(self, operation: Operation) -> str:
        served = is_served(self.plan, operation)
        result = write_result_type(self.plan, operation, self.imports)
        if find_raw_content(operation) is not None:
            result = "None"
        lines = block(self._write_decorator(operation, result), before="@").splitlines()
        arguments = self._write_arguments(operation, served=served)
        if result == "None" and operation.status not in (204, 304):
            result = self.imports.use("fastapi", "Response")
        lines += write_signature(f"async def {operation.name}", arguments, result, 0)
        lines.append(write_docstring(_describe(operation), 4))
        lines += self._write_body(operation, served=served)
        return "\n".join(lines)

    def _write_decorator(self, operation: Operation, result: str) -> Doc:
        method = operation.method.lower()
        responses = self._write_responses(operation, result)
        extra = self._collect_openapi_extra(operation)
        keywords: dict[str, Doc | None] = {
            "operation_id": write_string(self._name_operation(operation)),
            "summary": write_string(operation.summary) if operation.summary else None,
            "tags": make_literal(list(operation.tags)) if operation.tags else None,
            "status_code": str(operation.status) if operation.status != 200 else None,
            "deprecated": "True" if operation.deprecated else None,
            "response_class": self._choose_response_class(operation, result),
            "response_description": self._describe_success(operation),
            "responses": make_mapping(responses) if responses else None,
            "openapi_extra": make_literal(extra) if extra else None,
            "dependencies": self._write_dependencies(operation),
        }
        return call(f"router.{method}", write_string(operation.route or "/"), **keywords)

    def _name_operation(self, operation: Operation) -> str:
        """Return the operationId, or, where an operation before has it, one of its own.

        FastAPI warns of an id it meets twice; the document still shows what the spec says.
        """
        first = self._first_named.get(operation.wire) == operation.name
        return operation.wire if first else operation.name

    def _choose_response_class(self, operation: Operation, result: str) -> Doc | None:
        if result == "None":
            no_body = operation.status in (204, 304)
            return None if no_body else self.imports.use("fastapi", "Response")
        media_type = _find_other_json(operation)
        if media_type:
            return call(self.imports.use("src.api.media", "json_as"), write_string(media_type))
        return None

    def _describe_success(self, operation: Operation) -> Doc | None:
        response = _find_success(operation)
        if response is None or response.description in ("", "Successful Response"):
            return None
        return write_string(response.description)

    def _write_responses(self, operation: Operation, result: str) -> list[tuple[str, Doc]]:
        entries: list[tuple[str, Doc]] = []
        for response in operation.responses:
            main = response.status == str(operation.status)
            declared = self._declare_response(
                response, main=main, derived=main and result != "None"
            )
            if declared is None:
                continue
            status = response.status
            key = status if status.isdigit() else write_string(status)
            named = None if main else self._shared.get((status, write_flat(declared)))
            entries.append((key, named[0] if named else declared))
        return entries

    def _declare_response(self, response: Response, *, main: bool, derived: bool) -> Doc | None:
        """Return a declared answer, without what FastAPI sees in the code."""
        parts: dict[str, Any] = {} if main else {"description": response.description or "Answer."}
        content: dict[str, Any] = {}
        for item in response.content:
            if derived and item is find_json_content(response.content):
                if not item.declared:
                    content[item.media_type] = {"x-undeclared": True}
                continue
            schema = write_json_schema(self.plan, item.shape) if item.shape else None
            content[item.media_type] = {"schema": schema} if schema is not None else {}
        if content:
            parts["content"] = content
        if response.headers:
            parts["headers"] = {
                header.wire: {
                    **({"description": header.description} if header.description else {}),
                    **({"required": True} if header.required else {}),
                    "schema": write_json_schema(self.plan, header.shape),
                }
                for header in response.headers
            }
        return make_literal(parts) if parts else None

    def _collect_openapi_extra(self, operation: Operation) -> dict[str, Any]:
        extra: dict[str, Any] = {}
        if operation.wire and self._name_operation(operation) != operation.wire:
            extra["operationId"] = operation.wire
        taken = list_parameters(self.plan, operation)
        unread = [p for p in operation.parameters if p not in taken or is_split(self.plan, p)]
        if unread:
            extra["parameters"] = [self._declare_parameter(p) for p in unread]
        body = operation.body
        if body is not None:
            read = read_content(self.plan, body.content)
            others = {
                c.media_type: {"schema": write_json_schema(self.plan, c.shape)} if c.shape else {}
                for c in body.content
                if c is not read or c.shape is None or operation.method in _UNTOLD_BODIES
            }
            is_form = read is not None and not is_json(read.media_type)
            if others or read is None or (is_form and not body.required):
                extra["requestBody"] = {"required": body.required, "content": others}
            if not all(content.declared for content in body.content):
                extra["requestBody"] = {"x-undeclared": True}
        auth = operation.auth
        if auth.mode != "none" and auth.declared:
            alternatives: list[dict[str, list[str]]] = []
            for schemes in auth.alternatives:
                if not all(self._find_scheme(use.scheme).declared for use in schemes):
                    continue
                names = {self._find_scheme(use.scheme).wire: list(use.scopes) for use in schemes}
                alternatives.append(names)
            if auth.mode == "optional" and {} not in alternatives:
                alternatives.append({})
            if alternatives:
                extra["security"] = alternatives
        return extra

    def _find_scheme(self, name: str) -> AuthScheme:
        schemes = self.plan.ir.infrastructure.auth_schemes
        return next(scheme for scheme in schemes if scheme.name == name)

    def _declare_parameter(self, parameter: Parameter) -> dict[str, Any]:
        declared: dict[str, Any] = {
            "name": parameter.name if parameter.location == "path" else parameter.wire,
            "in": parameter.location,
            "required": parameter.required,
        }
        schema = write_json_schema(self.plan, parameter.shape)
        if parameter.media_type:
            return {**declared, "content": {parameter.media_type: {"schema": schema}}}
        if parameter.style:
            declared |= {"style": parameter.style, "explode": parameter.explode}
        elif is_split(self.plan, parameter):
            declared["explode"] = False
        return {**declared, "schema": schema}

    def _uses_viewer(self, operation: Operation, *, served: bool) -> bool:
        return served and operation.auth.mode != "none" and self.plan.principal is not None

    def _write_dependencies(self, operation: Operation) -> Doc | None:
        served = is_served(self.plan, operation)
        if operation.auth.mode == "none" or self._uses_viewer(operation, served=served):
            return None
        depends = self.imports.use("fastapi", "Depends")
        return make_sequence([call(depends, self._authenticate(operation))])

    def _authenticate(self, operation: Operation) -> Doc:
        authenticate = self.imports.use("src.api.auth", "authenticate")
        self.imports.use("src.api", "schemes")
        alternatives = [
            make_sequence([_write_use(use) for use in schemes], "()")
            for schemes in operation.auth.alternatives
            if schemes
        ]
        optional = "True" if operation.auth.mode == "optional" else None
        return call(authenticate, *alternatives, optional=optional)

    def _write_arguments(self, operation: Operation, *, served: bool) -> list[Doc]:
        required: list[Doc] = []
        optional: list[Doc] = []
        if served:
            required.append(f"database: {self.imports.use('src.core.database', 'DatabaseDep')}")
        annotated = "Annotated"
        if self._uses_viewer(operation, served=served):
            self.imports.use("typing", annotated)
            viewer = self.imports.use("src.api.principal", "Viewer")
            maybe = " | None" if operation.auth.mode == "optional" else ""
            depends = call(self.imports.use("fastapi", "Depends"), self._authenticate(operation))
            kind = make_subscript(annotated, f"{viewer}{maybe}", depends)
            required.append(make_chain("viewer: ", kind))
        for parameter in list_parameters(self.plan, operation):
            text = self._write_parameter(operation, parameter)
            (optional if write_flat(text.parts[-1]) else required).append(text)
        if body := self._write_body_argument(operation):
            (optional if write_flat(body.parts[-1]) else required).append(body)
        if served:
            required[1:1] = [
                f"{name}: {kind}" for name, kind in self._list_framework_arguments(operation)
            ]
        return [*required, *optional]

    def _list_framework_arguments(self, operation: Operation) -> list[tuple[str, str]]:
        """Return what a service takes to say more than its body does."""
        found = []
        if needs_request(self.plan, operation) or operation.action.kind == "upload":
            found.append(("request", self.imports.use("fastapi", "Request")))
        if needs_response(self.plan, operation):
            found.append(("response", self.imports.use("fastapi", "Response")))
        return found

    def _write_parameter(self, operation: Operation, parameter: Parameter) -> Chain:
        kind: Doc = self.types.write_type(parameter.shape, "text")
        if is_split(self.plan, parameter):
            splits = call(self.imports.use(BASE, "split_by"), _choose_separator(parameter))
            kind = make_subscript(self.imports.use("typing", "Annotated"), kind, splits)
        default: Doc | None = None
        tail = ""
        if not parameter.required and parameter.location != "path":
            default = _write_default(parameter, self.types)
            moment = find_moment(parameter.shape)
            if default is None and not parameter.shape.nullable and not moment:
                kind = make_subscript(self.imports.use(BASE, "Omissible"), kind)
            tail = f" = {write_flat(default or 'None')}"
        shown = document_default(parameter.shape, default, self.types)
        factory: Doc | None = None
        if tail and shown is not None:  # FastAPI would hide what is shown behind None
            tail, factory = "", self._write_factory(parameter.shape)
        place = self.imports.use("fastapi", parameter.location.title())
        name = name_parameter(parameter)
        alias = write_string(parameter.wire) if parameter.wire != name else None
        if parameter.location == "path":
            alias = write_string(parameter.name) if parameter.name != name else None
        hyphenated = parameter.location == "header" and alias is None and "_" in name
        marker = call(
            place,
            alias=alias,
            default_factory=factory,
            description=write_string(parameter.description) if parameter.description else None,
            deprecated="True" if parameter.deprecated else None,
            include_in_schema=(
                "False" if is_declared_apart(self.plan, operation, parameter) else None
            ),
            # FastAPI would read a header called api_key from api-key.
            convert_underscores="False" if hyphenated else None,
            json_schema_extra=make_mapping([('"default"', shown)]) if shown is not None else None,
        )
        annotated = self.imports.use("typing", "Annotated")
        return make_chain(f"{name}: ", make_subscript(annotated, kind, marker), tail)

    def _write_factory(self, shape: Shape) -> Doc:
        """Return the function that gives what stands for a parameter which is left out."""
        moment = find_moment(shape)
        if not moment:
            return "lambda: None"
        read = f"{self.imports.use('datetime', 'datetime')}.fromisoformat"
        return make_chain("lambda: ", call(read, write_string(moment)))

    def _write_body_argument(self, operation: Operation) -> Chain | None:
        body = operation.body
        if body is None or operation.action.kind == "upload":
            return None
        content = read_content(self.plan, body.content)
        if content is None or content.shape is None:
            return None
        kind = self.types.write_type(content.shape)
        annotated = self.imports.use("typing", "Annotated")
        if not is_json(content.media_type) and not is_read_as_json(self.plan, content):
            return make_chain(
                "body: ", make_subscript(annotated, kind, self._write_form(content)), ""
            )
        other = content.media_type != "application/json"
        media_type = write_string(content.media_type) if other else None
        place = call(self.imports.use("fastapi", "Body"), media_type=media_type)
        if body.required or not is_json(content.media_type):
            return make_chain("body: ", make_subscript(annotated, kind, place), "")
        kind = make_subscript(self.imports.use(BASE, "Omissible"), kind)
        return make_chain("body: ", make_subscript(annotated, kind, place), " = None")

    def _write_form(self, content: Content) -> Doc:
        """Return the marker of a form; one that is left out cannot be told from an empty one."""
        form = self.imports.use("fastapi", "Form")
        media_type = content.media_type.partition(";")[0].strip()
        other = media_type != "application/x-www-form-urlencoded"
        return call(form, media_type=write_string(media_type) if other else None)

    def _write_body(self, operation: Operation, *, served: bool) -> list[str]:
        if not served:
            return self._write_unserved(operation)
        entity = find_home(self.plan, operation)
        service = self.imports.use(
            name_service_module(self.plan, entity), name_service_class(entity)
        )
        viewer = ", viewer" if self._uses_viewer(operation, served=True) else ""
        arguments: list[Doc] = [
            f"{name_parameter(p)}={name_parameter(p)}"
            for p in list_parameters(self.plan, operation)
        ]
        part = choose_body_part(self.plan, operation, Imports())
        if part.type == "bytes":
            arguments.append("data=body")
        elif part.type:
            if find_secret(self.plan, operation) is not None:
                arguments.append("hashed=hashed")
            inner = ".".join(("body", *part.path))
            there = " and ".join(f"{guard} is not None" for guard in part.guards)
            given = make_conditional(inner, there, "None") if there else inner
            arguments.append(make_keyword("data", given))
        uploads = operation.action.kind == "upload"
        arguments += [
            f"{name}={name}"
            for name, _ in self._list_framework_arguments(operation)
            if name != "request" or not uploads or needs_request(self.plan, operation)
        ]
        made = make_argument_list(service, f"session{viewer}")
        method = make_chain(made, call(f".{operation.name}", *arguments))
        how = "read" if operation.action.kind in READS else "write"
        serializable = None
        flow = self.plan.flows.get(operation.action.flow)
        if flow is not None and flow.serializable:
            serializable = "serializable=True"
        work = _write_after_lambda(method, how, serializable)
        raw = find_raw_content(operation)
        before = ["    body = await request.body()"] if uploads else self._hash(operation)
        if raw is not None:
            response = self.imports.use("fastapi", "Response")
            status = f", {operation.status}" if operation.status != 200 else ""
            if needs_response(self.plan, operation):
                status = f", {operation.status}, headers=dict(response.headers)"
            media_type = write_string(raw.media_type)
            return [
                *before,
                *block(work, 4, before="content = ").splitlines(),
                f"    return {response}(content{status}, media_type={media_type})",
            ]
        return [*before, *self._return_work(operation, work)]

    def _hash(self, operation: Operation) -> list[str]:
        """Return what hashes a password: for as long as that takes, no transaction is open."""
        secret = find_secret(self.plan, operation)
        if secret is None:
            return []
        part = choose_body_part(self.plan, operation, Imports())
        inner = ".".join(("body", *part.path))
        given = f"{inner}.{name_field(secret.field)}"
        hash_password = self.imports.use("src.core.security", "hash_password")
        made = f"await {self.imports.use('asyncio', 'to_thread')}({hash_password}, {given})"
        if secret.always:
            return [f"    hashed = {made}"]
        asked = (*part.guards, inner, given) if part.optional else (given,)
        present = " and ".join(f"{step} is not None" for step in dict.fromkeys(asked))
        line = f"    hashed = {made} if {present} else None"
        if len(line) <= LINE_LENGTH:
            return [line]
        test = f"    if {present}:"
        return ["    hashed: str | None = None", test, f"        hashed = {made}"]

    def _return_work(self, operation: Operation, work: Doc) -> list[str]:
        if write_result_type(self.plan, operation, self.imports) == "None":
            lines = block(work, 4).splitlines()
            if operation.status not in (204, 304):
                response = self.imports.use("fastapi", "Response")
                status = f"status_code={operation.status}"
                if needs_response(self.plan, operation):
                    status = "status_code=response.status_code or "
                    status += f"{operation.status}, headers=dict(response.headers)"
                return [*lines, f"    return {response}({status})"]
            return lines
        return block(work, 4, before="return ").splitlines()

    def _write_unserved(self, operation: Operation) -> list[str]:
        known = operation.action.kind in ("health", "logout")
        if known and operation.payload.kind in ("empty", "extras"):
            return answer_unserved(self.plan, self.imports, operation)
        error = self.imports.use("src.api.errors", "ProblemError")
        reason = operation.action.reason or "nothing is known about what it does"
        refusal = call(
            error,
            '"not_implemented"',
            code='"not_implemented"',
            field=write_string("operation"),
            message=write_string(f"is not implemented: {reason}"),
        )
        return block(refusal, 4, before="raise ").splitlines()


def _write_use(use: SchemeUse) -> Doc:
    """Return a security scheme, with the scopes that its credential must be good for."""
    scheme = f"schemes.{use.scheme}"
    return call(f"{scheme}.needing", *map(write_string, use.scopes)) if use.scopes else scheme


def _write_default(parameter: Parameter, types: TypeWriter) -> Doc | None:
    """Return what is taken where a parameter is left out; a filter then leaves every row in.

    The default of a shared schema is what new rows start with, and no filter.
    """
    shared = parameter.shape.kind == "ref" and parameter.role == "filter"
    return None if shared else write_default(parameter.shape, types)


def _choose_separator(parameter: Parameter) -> str:
    separators = {"spaceDelimited": " ", "pipeDelimited": "|"}
    return write_string(separators.get(parameter.style, ","))


def _name_answer(status: str) -> str:
    """Return the name of the constant that holds what is declared for a status."""
    word = status.upper() if status.isalnum() else "OTHER"
    return _ANSWER_NAMES.get(status, f"_STATUS_{word}")


def _write_after_lambda(method: Doc, how: str, serializable: str | None) -> Doc:
    return call(f"await database.{how}", make_chain("lambda session: ", method), serializable)


def answers_other_json(plan: Plan) -> bool:
    """Tell whether any operation answers in JSON under another media type."""
    return any(_find_other_json(operation) for operation in plan.ir.api.operations)


def _find_other_json(operation: Operation) -> str:
    """Return the media type of the success response if it is JSON under another name."""
    response = _find_success(operation)
    content = find_json_content(response.content) if response else None
    if content is None or content.media_type.partition(";")[0] == "application/json":
        return ""
    return content.media_type


def lists_no_success(operation: Operation) -> bool:
    """Tell whether the spec does not list the status with which the operation succeeds."""
    return all(response.status != str(operation.status) for response in operation.responses)


def _find_success(operation: Operation) -> Response | None:
    for response in operation.responses:
        if response.status == str(operation.status):
            return response
    return next((r for r in operation.responses if r.status in ("2XX", "default")), None)


def _describe(operation: Operation) -> str:
    text = operation.description or operation.summary or operation.name.replace("_", " ")
    clean = text.strip()
    return clean[:1].upper() + clean[1:] + ("" if clean.endswith((".", "!", "?")) else ".")
