"""Small specs for tests, written as one does by hand: only what the test is about."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.domain import Attribute, Entity

CASES = Path(__file__).parent.parent / "cases" / "specs"
_EXAMPLES = Path(__file__).parents[2] / "examples"
_HEAD = "openapi: 3.1.0\ninfo: {title: Test, version: '1'}\n"


def read(text: str, overlay: str | None = None) -> ApplicationIR:
    """Return the IR of a spec; without `openapi:` a head is put before it."""
    body = dedent(text)
    source = body if "openapi:" in body else _HEAD + body
    return extract(load_spec(source.encode(), dedent(overlay).encode() if overlay else None))


def sign_in_body(name: str, more: str = "", *, is_required: bool = True) -> str:
    """Return the body of a request that takes a name of this name, and a password."""
    needs = f"required: [{name}, password], " if is_required else ""
    fields = f"{name}: {{type: string{more}}}, password: {{type: string}}"
    schema = f"{{type: object, {needs}properties: {{{fields}}}}}"
    return f"{{required: true, content: {{application/json: {{schema: {schema}}}}}}}"


def read_case(name: str) -> ApplicationIR:
    """Return the IR of a spec in `tests/cases/specs`."""
    return extract(load_spec((CASES / f"{name}.yaml").read_bytes(), name=name))


def read_example(name: str) -> ApplicationIR:
    """Return the IR of an example of the repository."""
    return extract(load_spec((_EXAMPLES / name / f"{name}.yaml").read_bytes(), name=name))


def entity(ir: ApplicationIR, name: str) -> Entity:
    """Return an entity by name."""
    return next(item for item in ir.domain.entities if item.name == name)


def attribute(ir: ApplicationIR, path: str) -> Attribute:
    """Return an attribute by `Entity.name`."""
    owner, _, name = path.partition(".")
    return next(item for item in entity(ir, owner).attributes if item.name == name)


def operation(ir: ApplicationIR, text: str) -> Operation:
    """Return an operation by `GET /path`."""
    method, _, path = text.partition(" ")
    return next(op for op in ir.api.operations if (op.method, op.path) == (method, path))
