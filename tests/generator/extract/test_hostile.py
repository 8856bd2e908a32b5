"""Damaged specs: each ends in an IR with safe names, or in one SpecError; never in a crash."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.generator.spec.read import parse
from devmatrix_guard.ir.application import ApplicationIR

_ROOT = Path(__file__).parents[3]
_SPECS = [
    parse(path.read_bytes())
    for path in [
        *sorted((_ROOT / "tests" / "cases" / "specs").glob("*.yaml")),
        _ROOT / "examples" / "shop" / "shop.yaml",
    ]
]
_JUNK: list[Any] = [
    None,
    -1,
    1.5,
    True,
    "",
    "class",
    "../../x",
    "'''\nimport os",
    "\x00",
    "日本",
    [],
    {},
    [1],
    {"a": 1},
    {"$ref": "#"},
    {"$ref": "#/paths"},
    ["null"],
    {"allOf": []},
    {"oneOf": [{}]},
    {"type": ["array", "object"]},
    10**30,
]
_KEYS = ["class", "../x", "a b", "x-flow", "$ref", "items", "properties", "x-entity", "allOf"]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        pairs: Iterable[tuple[Any, Any]] = value.items()
    else:
        pairs = enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield from _places(child, (*path, key))


def _damaged(chance: random.Random) -> bytes:
    spec = copy.deepcopy(chance.choice(_SPECS))
    for _ in range(chance.choice([1, 1, 2, 4])):
        *way, last = chance.choice(list(_places(spec)))
        owner = spec
        for key in way:
            owner = owner[key]
        act = chance.random()
        if act < 0.25:
            del owner[last]
        elif act < 0.8 or isinstance(owner, list):
            owner[last] = copy.deepcopy(chance.choice(_JUNK))
        else:
            owner[chance.choice(_KEYS)] = owner.pop(last)
    return json.dumps(spec).encode()


def _assert_names_are_safe(ir: ApplicationIR) -> None:
    for operation in ir.api.operations:
        assert operation.name.isidentifier()
        assert all(parameter.name.isidentifier() for parameter in operation.parameters)
        assert operation.group.isidentifier()
    for schema in ir.api.schemas:
        assert schema.name.isidentifier()
    for entity in ir.domain.entities:
        members = [*entity.attributes, *entity.relations, *entity.derived]
        names = [member.name for member in members]  # type: ignore[attr-defined] # all have one
        assert all(name.isidentifier() for name in (entity.name, entity.table, *names))
        assert len(names) == len(set(names))
        assert entity.key in names


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_spec_ends_in_an_ir_or_in_one_error(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(15):
        data = _damaged(chance)
        try:
            ir = extract(load_spec(data))
        except SpecError as error:
            assert error.pointer == "" or error.pointer.startswith("/")
            continue
        _assert_names_are_safe(ir)
