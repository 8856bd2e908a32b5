"""Wide characters, long chains of loads and names of our own classes are laid out as ruff does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard.commands.application.generate import run_generate

_CHAIN = ("Cinema", "Auditorium", "Performance", "Reservation")


def _list_of(name: str) -> dict[str, Any]:
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    return {"200": {"description": "all", "content": {"application/json": {"schema": items}}}}


def _spec(text: str) -> dict[str, Any]:
    schemas: dict[str, Any] = {
        "File": {"type": "object", "properties": {"id": {"type": "integer"}}},
    }
    for name, below in zip(_CHAIN, (*_CHAIN[1:], ""), strict=True):
        properties: dict[str, Any] = {
            "id": {"type": "integer"},
            "is_not_disturbed": {"type": "boolean", "description": text},
        }
        if below:
            listed = {"type": "array", "items": {"$ref": f"#/components/schemas/{below}"}}
            properties[f"{below.lower()}s"] = listed
        schemas[name] = {"type": "object", "properties": properties}
    paths = {f"/{name.lower()}s": {"get": {"responses": _list_of(name)}} for name in schemas}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Wide", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


@pytest.mark.parametrize("text", ["是否免打扰", "是否", "是否免打扰是否免", "plain"])
def test_ruff_would_change_nothing(tmp_path: Path, text: str) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(yaml.safe_dump(_spec(text), allow_unicode=True), "utf-8")
    run_generate(spec, tmp_path / "app")
    command = [sys.executable, "-m", "ruff", "format", "--diff", "."]
    done = subprocess.run(command, cwd=tmp_path / "app", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    classes = "".join(p.read_text("utf-8") for p in (tmp_path / "app/src/models").rglob("*.py"))
    assert "class FileSchema(" in classes
