"""Damaged and hostile specs end in an application whose files all compile, or in one error."""

from __future__ import annotations

import ast
import json
import random
import tomllib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from devmatrix_guard.errors import GuardError
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.generator.strata import GeneratedFile, generate_files
from tests.generator.damage import CODE, NAMES, SMALL_SPECS, damaged


def generated(spec: Any) -> list[GeneratedFile]:
    return generate_files(make_plan(extract(load_spec(json.dumps(spec).encode()))), PatternBank())


def assert_files_are_sound(files: Iterable[GeneratedFile]) -> None:
    seen: set[str] = set()
    for file in files:
        path = PurePosixPath(file.path)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert file.path.isascii()
        assert file.path.lower() not in seen
        seen.add(file.path.lower())
        if path.suffix == ".py":
            _assert_python_is_harmless(file)
        elif path.suffix == ".toml":
            tomllib.loads(file.text)
        elif path.suffix in (".yml", ".yaml"):
            list(yaml.safe_load_all(file.text))
        elif path.suffix == ".json":
            json.loads(file.text)


def _assert_python_is_harmless(file: GeneratedFile) -> None:
    compile(file.text, file.path, "exec", dont_inherit=True)
    for node in ast.walk(ast.parse(file.text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        assert "pwned" not in names
        assert not (isinstance(node, ast.Name) and node.id == "pwned")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "__import__"


def assert_ends_well(spec: Any) -> str:
    """Generate from `spec`; return whether there was an application or an error."""
    try:
        files = generated(spec)
    except GuardError as error:
        assert error.exit_code == 2, error
        pointer = getattr(error, "pointer", "")
        assert pointer == "" or pointer.startswith("/")
        return "refused"
    assert_files_are_sound(files)
    return "generated"


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_spec_ends_in_an_application_or_in_one_error(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(4):
        assert_ends_well(damaged(chance, SMALL_SPECS))


def _hostile(name: str) -> dict[str, Any]:
    """Return a spec that calls everything `name`."""
    schema = {
        "title": name,
        "description": name,
        "type": "object",
        "required": ["id", name],
        "properties": {
            "id": {"type": "integer", "description": name},
            name: {"type": "string", "enum": [name, "x"], "default": name},
            "text": {"type": "string", "pattern": name, "default": name},
        },
    }
    reference = {"$ref": f"#/components/schemas/{name.replace('~', '~0').replace('/', '~1')}"}
    content = {"application/json": {"schema": reference}}
    answer = {"description": name, "content": content, "headers": {name: {"schema": {}}}}
    parameter = {"name": name, "in": "query", "schema": {"type": "string", "default": name}}
    body = {"content": content, "required": True}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": name, "description": name},
        "servers": [{"url": f"/{name}"}],
        "tags": [{"name": name, "description": name}],
        "components": {"schemas": {name: schema}},
        "paths": {
            "/things": {
                "post": {"tags": [name], "requestBody": body, "responses": {"201": answer}},
                "get": {
                    "operationId": name,
                    "summary": name,
                    "parameters": [parameter],
                    "responses": {"200": answer},
                },
            },
            f"/things/{{id}}/{name.replace('{', '').replace('}', '')}": {
                "get": {"description": name, "responses": {"200": answer, "404": answer}}
            },
        },
    }


@pytest.mark.parametrize("name", [*NAMES, *CODE])
def test_a_spec_may_call_everything_anything(name: str) -> None:
    assert_ends_well(_hostile(name))
