"""Small specs, and what checks said of the applications made from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.application.application import read_generated
from devmatrix_guard.commands.application.context import ApplicationContext, read_context
from devmatrix_guard.commands.application.generate import Generated, run_generate
from devmatrix_guard.commands.loop.outcome import record_outcome
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.learning import CheckOutcome, RecordedOutcome, RunOutcome


def write_spec(root: Path, noun: str = "Note", **fields: dict[str, Any]) -> Path:
    """Write the spec of an application with one entity, its list and its creation."""
    plural = f"{noun.lower()}s"
    properties = {"title": {"type": "string", "maxLength": 80}, **fields}
    thing = {"type": "object", "required": ["title"], "properties": properties}
    shown = {
        "type": "object",
        "required": ["id", "title"],
        "properties": {"id": {"type": "integer"}, **properties},
    }
    reference = {"$ref": f"#/components/schemas/{noun}"}

    def answer(schema: Any) -> dict[str, Any]:
        return {"description": "ok", "content": {"application/json": {"schema": schema}}}

    spec = {
        "openapi": "3.1.0",
        "info": {"title": f"{noun}s", "version": "1.0.0"},
        "paths": {
            f"/{plural}": {
                "get": {
                    "operationId": f"list{noun}s",
                    "responses": {"200": answer({"type": "array", "items": reference})},
                },
                "post": {
                    "operationId": f"create{noun}",
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {"$ref": f"#/components/schemas/{noun}Input"}
                            }
                        },
                    },
                    "responses": {"201": answer(reference)},
                },
            }
        },
        "components": {"schemas": {noun: shown, f"{noun}Input": thing}},
    }
    path = root / f"{plural}.json"
    path.write_text(json.dumps(spec))
    return path


def generate(repo: Path, noun: str = "Note", **options: Any) -> Generated:
    """Generate the application of a noun into a folder of its plural."""
    spec = repo / f"{noun.lower()}s.json"
    if not spec.exists():
        write_spec(repo, noun)
    return run_generate(spec, repo / f"{noun.lower()}s", **options)


def context_of(repo: Path, folder: str) -> ApplicationContext:
    return read_context(repo / folder)


def judge(repo: Path, folder: str, *checks: CheckOutcome) -> RecordedOutcome:
    """Record what checks said of an application."""
    application = read_generated(repo / folder)
    outcome = RunOutcome(checks, 1.0)
    return record_outcome(context_of(repo, folder), outcome, application=application)


def passed(*names: str) -> tuple[CheckOutcome, ...]:
    return tuple(CheckOutcome(name, passed=True) for name in names)


def failed(name: str, detail: str, *findings: str) -> CheckOutcome:
    return CheckOutcome(name, passed=False, detail=detail, findings=findings)


def open_repo_memory(repo: Path) -> Memory:
    context = read_context(repo)
    return open_project_memory(context.settings, repo)


def edit(path: Path, before: str, after: str) -> None:
    """Change one place of a file as a person would."""
    text = path.read_text()
    assert text.count(before) == 1, before
    path.write_text(text.replace(before, after))
