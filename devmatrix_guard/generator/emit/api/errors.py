"""Errors of the generated API: the shapes of their bodies, and which operation answers what."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    block,
    make_comprehension,
    make_literal,
    make_mapping,
    make_sequence,
    write_docstring,
    write_flat,
    write_string,
)
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import ErrorBody, Operation, Slot, is_json

_FAILURE = '''class Failure(NamedTuple):
    """Everything an error answer may say."""

    status: int
    title: str
    code: str
    detail: str
    errors: tuple[tuple[str, str], ...]
    path: str
    request_id: str

    def by_field(self) -> dict[str, list[str]]:
        """Return the messages of every field."""
        found: dict[str, list[str]] = {}
        for field, message in self.errors:
            found.setdefault(field.rpartition(".")[2], []).append(message)
        return found'''

_PROBLEM = ErrorBody(
    name="problem",
    media_type="application/problem+json",
    schema="",
    slots=(
        Slot(path=("type",), source="type"),
        Slot(path=("title",), source="title"),
        Slot(path=("status",), source="status"),
        Slot(path=("detail",), source="message"),
        Slot(path=("code",), source="code"),
        Slot(
            path=("errors",),
            source="field_errors",
            items=(
                Slot(path=("field",), source="field"),
                Slot(path=("message",), source="message"),
            ),
        ),
    ),
)


def find_default_body(plan: Plan) -> ErrorBody:
    """Return the body where nothing is declared: the most used one, or problem+json.

    One that is no JSON is not chosen.
    """
    bodies = {b.name: b for b in plan.ir.api.error_bodies if is_json(b.media_type)}
    uses: dict[str, int] = {}
    for operation in plan.ir.api.operations:
        for rule in operation.errors:
            if rule.body in bodies:
                uses[rule.body] = uses.get(rule.body, 0) + 1
    best = max(sorted(uses), key=lambda name: uses[name], default="")
    return bodies.get(best, _PROBLEM)


def emit_error_bodies(plan: Plan) -> str:
    """Return the module that writes the bodies of errors."""
    imports = Imports()
    imports.use("typing", "Any", "NamedTuple")
    imports.use("collections.abc", "Callable")
    default = find_default_body(plan)
    bodies = {body.name: body for body in (*plan.ir.api.error_bodies, default)}
    parts = [_FAILURE]
    entries: list[tuple[str, Doc]] = []
    for name, body in sorted(bodies.items()):
        parts.append(_emit_body(body, imports))
        pair = make_sequence([write_string(body.media_type), _name_function(name)], "()")
        entries.append((write_string(name), pair))
    entries.append(
        (write_string(""), make_sequence([write_string(default.media_type), "None"], "()"))
    )
    kind = "dict[str, tuple[str, Callable[[Failure], dict[str, Any]] | None]]"
    parts.append(
        block(make_mapping(entries), before=f"BODIES: {kind} = ")
        + f"\nDEFAULT_BODY = {write_string(default.name)}"
    )
    return render_module("The shapes of error answers.", imports, parts)


def _name_function(name: str) -> str:
    return f"write_{name.lower()}"


def _emit_body(body: ErrorBody, imports: Imports) -> str:
    tree: dict[str, Any] = {}
    for slot in body.slots:
        place = tree
        for step in slot.path[:-1]:
            place = place.setdefault(step, {})
        if slot.path:
            place[slot.path[-1]] = _write_slot(slot, imports)
    lines = [
        f"def {_name_function(body.name)}(failure: Failure) -> dict[str, Any]:",
        write_docstring(f"Return the error body {body.schema or body.name}.", 4),
        block(_write_nested(tree), 4, before="return "),
    ]
    return "\n".join(lines)


def _write_nested(tree: dict[str, Any]) -> Doc:
    return make_mapping(
        (write_string(key), _write_nested(value) if isinstance(value, dict) else value)
        for key, value in tree.items()
    )


def _write_slot(slot: Slot, imports: Imports) -> Doc:
    texts = {
        "status": "failure.status",
        "status_text": "str(failure.status)",
        "title": "failure.title",
        "message": "failure.detail",
        "messages": "[failure.detail]",
        "code": "failure.code",
        "code_number": "failure.status",
        "type": 'f"urn:problem:{failure.code}"',
        "instance": "failure.path",
        "request_id": "failure.request_id",
        "field_messages": "failure.by_field()",
        "false": "False",
        "true": "True",
        "null": "None",
    }
    if slot.source in texts:
        return texts[slot.source]
    if slot.source == "timestamp":
        return f"{imports.use('src.models.base', 'utc_now')}().isoformat()"
    if slot.source == "field_errors":
        inner = {
            "field": "field",
            "location": 'field.split(".")',
            "message": "message",
            "messages": "[message]",
            "code": "failure.code",
            "type": "failure.code",
        }
        tree: dict[str, Any] = {}
        for item in slot.items:
            place = tree
            for step in item.path[:-1]:
                place = place.setdefault(step, {})
            if item.path:
                place[item.path[-1]] = inner.get(item.source) or _write_slot(item, imports)
        one = write_flat(_write_nested(tree)) if tree else "message"
        return make_comprehension(one, "field, message in failure.errors")
    return make_literal(slot.value.value) if slot.value is not None else '""'


def emit_error_rules(plan: Plan) -> str:
    """Return the module that says which operation answers which status for which cause."""
    entries: list[tuple[str, Doc]] = []
    for operation in plan.ir.api.operations:
        rules: list[tuple[str, Doc]] = [
            (
                write_string(rule.cause),
                make_sequence([str(rule.status), write_string(rule.body)], "()"),
            )
            for rule in operation.errors
            if rule.declared
        ]
        if rules:
            entries.append((write_string(operation.name), make_mapping(rules)))
    table = block(make_mapping(entries), before="RULES: dict[str, dict[str, tuple[int, str]]] = ")
    note = "# operation -> cause -> (status, name of the body in error_bodies)"
    silent = "# operation -> what it answers although the API is silent"
    others = [(op.name, list_undeclared(op)) for op in plan.ir.api.operations]
    beside = block(
        make_mapping(
            (write_string(name), make_sequence(map(str, statuses), "()"))
            for name, statuses in others
            if statuses
        ),
        before="UNDECLARED: dict[str, tuple[int, ...]] = ",
    )
    return render_module(
        "What each operation answers when something is wrong, as the API declares it.",
        Imports(),
        [f"{note}\n{table}", f"{silent}\n{beside}"],
    )


def list_undeclared(operation: Operation) -> list[int]:
    """Return the statuses by which an operation refuses a request, and that it does not declare."""
    declared = {response.status for response in operation.responses}
    if declared & {"default", "4XX"}:
        return []
    found = {rule.status for rule in operation.errors if not rule.declared and rule.status < 500}
    return sorted(status for status in found if str(status) not in declared)
