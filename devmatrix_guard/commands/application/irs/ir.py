"""`guard ir`: show what a spec was understood to mean, and how two of them differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.spec.bundle import read_source
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.changes import Change, find_changes
from devmatrix_guard.ir.codec import encode, hash_ir, read_json, write_json

_IR_MARK = b'"format"'


def load_ir(path: Path, overlay: Path | None = None) -> ApplicationIR:
    """Return the IR of a spec, or the one that an IR file holds.

    Raises:
        SpecError: the file is neither.
    """
    data = read_source(path)
    if data[:200].lstrip()[:1] == b"{" and _IR_MARK in data[:200]:
        return read_json(data.decode("utf-8"))
    return read_application(path, overlay)


def show_ir(path: Path, overlay: Path | None, format_name: str) -> str:
    """Return the IR of a spec as text: a summary, or all of it as JSON.

    Raises:
        SpecError: the spec or the overlay cannot be understood.
    """
    return render_ir(load_ir(path, overlay), format_name)


def render_ir(ir: ApplicationIR, format_name: str) -> str:
    """Return an IR as text: a summary, or all of it as JSON."""
    return f"{write_json(ir, indent=2)}\n" if format_name == "json" else render_summary(ir)


def compare_ir(before: Path, after: Path, format_name: str) -> tuple[str, int]:
    """Return how two specs or IR files differ, and the exit code: 0 when they do not.

    Raises:
        SpecError: one of them cannot be understood.
    """
    changes = find_changes(load_ir(before), load_ir(after))
    code = EXIT_FINDINGS if changes else EXIT_CLEAN
    if format_name == "json":
        rows = [encode(change) for change in changes]
        return f"{json.dumps(rows, indent=2, sort_keys=True, default=str)}\n", code
    return "".join(f"{line}\n" for change in changes for line in _change_lines(change)), code


def render_summary(ir: ApplicationIR) -> str:
    """Return what the IR says, for people: areas, inferences, notices."""
    lines = [f"{ir.name}  {hash_ir(ir)[:12]}", ""]
    for title, section in (
        ("Entities", _render_entities(ir)),
        ("Operations", _render_operations(ir)),
        ("Behavior", _render_behavior(ir)),
        ("Inference report", _render_inferences(ir)),
        ("Notices", [f"{n.kind:16} {n.message}  [{n.pointer}]" for n in ir.notices]),
    ):
        if section:
            lines += [f"{title} ({len(section)})", *(f"  {line}" for line in section), ""]
    return "\n".join(lines)


def _render_entities(ir: ApplicationIR) -> list[str]:
    lines = []
    for entity in ir.domain.entities:
        parts = [f"{a.name}:{a.type.kind}{'?' if a.nullable else ''}" for a in entity.attributes]
        parts += [f"{r.name}->{r.target}" for r in entity.relations]
        parts += [f"{d.name}={d.kind}" for d in entity.derived]
        lines.append(f"{entity.name} [{entity.key}]  {' '.join(parts)}")
    return lines


def _render_operations(ir: ApplicationIR) -> list[str]:
    lines = []
    for operation in ir.api.operations:
        action = operation.action
        what = f"{action.kind} {action.flow or action.entity}".strip()
        lines.append(f"{operation.method:6} {operation.path}  {what}  auth {operation.auth.mode}")
    return lines


def _render_behavior(ir: ApplicationIR) -> list[str]:
    lines = [
        f"flow {flow.name}: {len(flow.steps)} steps, {', '.join(flow.operations) or 'not run'}"
        for flow in ir.behavior.flows
    ]
    for machine in ir.behavior.state_machines:
        events = sorted({transition.event for transition in machine.transitions})
        lines.append(f"states of {machine.entity}.{machine.attribute}: {', '.join(events)}")
    return [*lines, *(f"invariant {item.name}: {item.text}" for item in ir.behavior.invariants)]


def _render_inferences(ir: ApplicationIR) -> list[str]:
    return [
        f"{item.source:8} {item.confidence:4.2f}  {item.node}: {item.claim}  [{item.pointer}]"
        for item in ir.inferences
    ]


def _change_lines(change: Change) -> list[str]:
    mark = {"added": "+", "removed": "-", "changed": "~"}[change.kind]
    lines = [f"{mark} {change.node}"]
    for field in change.fields:
        differences = _find_differences(field.name, field.before, field.after)
        lines += [f"    {name}: {said}" for name, said in differences]
    return lines


def _find_differences(name: str, before: Any, after: Any) -> Iterator[tuple[str, str]]:
    """Yield where a value differs, as a path and a few words."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                yield from _find_differences(f"{name}.{key}", before.get(key), after.get(key))
        return
    yield (
        name,
        _describe_member_changes(before, after) or f"{_shorten(before)} -> {_shorten(after)}",
    )


def _describe_member_changes(before: Any, after: Any) -> str:
    """Return which of a list's named members came, went or changed; "" where they have no names."""
    old, new = _index_by_name(before), _index_by_name(after)
    if old is None or new is None:
        return ""
    marks = [f"+{name}" for name in new if name not in old]
    marks += [f"-{name}" for name in old if name not in new]
    marks += [f"~{name}" for name in new if name in old and old[name] != new[name]]
    return " ".join(marks) or "in another order"


def _index_by_name(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    names = [item.get("name") or item.get("wire") for item in value]
    return dict(zip(map(str, names), value, strict=True)) if all(names) else None


def _shorten(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
