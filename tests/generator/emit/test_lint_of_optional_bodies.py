"""What reads a body that may be left out is laid out as ruff does, at every length."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.commands.application.generate import run_generate


def _spec(name: str) -> dict[str, Any]:
    def refer(to: str) -> dict[str, Any]:
        return {"application/json": {"schema": {"$ref": f"#/components/schemas/{to}"}}}

    note = {"note": {"type": "string"}, "amount": {"type": "number"}}
    made = {"responses": {"201": {"description": "made", "content": refer("Ticket")}}}
    key = {"name": "ticketId", "in": "path", "required": True, "schema": {"type": "integer"}}
    change = {"responses": {"200": {"description": "changed", "content": refer("Ticket")}}}
    body = {"requestBody": {"content": refer(name)}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Bodies", "version": "1"},
        "paths": {
            "/tickets": {"post": body | made},
            "/tickets/{ticketId}": {"parameters": [key], "patch": body | change},
        },
        "components": {
            "schemas": {
                name: {"type": "object", "properties": note},
                "Ticket": {"type": "object", "properties": {"id": {"type": "integer"}, **note}},
            }
        },
    }


@pytest.mark.parametrize("length", [10, 26, 30, 33, 36, 39, 42, 45, 60, 90])
def test_ruff_would_change_nothing(tmp_path: Path, length: int) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(_spec("Ticket" + "x" * (length - 6))))
    run_generate(spec, tmp_path / "app")
    for arguments in (["check"], ["format", "--diff"]):
        program = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."]
        done = subprocess.run(program, cwd=tmp_path / "app", capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()
