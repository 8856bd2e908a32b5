"""Names and texts of a spec are laid out as ruff lays them out, at every length near the limit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.commands.application.generate import run_generate


def _spec(description: str) -> dict[str, Any]:
    def answered(name: str) -> dict[str, Any]:
        schema = {"$ref": f"#/components/schemas/{name}"}
        content = {"application/json": {"schema": schema}}
        return {"get": {"responses": {"200": {"description": "one", "content": content}}}}

    names = ("AutomateWorkflows", "AutomateWorkflowStartRequest", "AutomateWorkFlow")
    return {
        "openapi": "3.0.3",
        "info": {"title": "Names", "version": "1", "description": description},
        "paths": {f"/jobs/{name}": answered(name) for name in names},
        "components": {
            "schemas": {
                name: {"type": "object", "properties": {"note": {"type": "string"}}}
                for name in names
            }
        },
    }


@pytest.mark.parametrize("length", [82, 83, 84, 94, 95, 120])
def test_ruff_would_change_nothing(tmp_path: Path, length: int) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(_spec("x" * length)))
    run_generate(spec, tmp_path / "app")
    for arguments in (["check"], ["format", "--check"]):
        program = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."]
        done = subprocess.run(program, cwd=tmp_path / "app", capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()
