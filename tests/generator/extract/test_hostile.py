"""Damaged specs: each ends in an IR with safe names, or in one SpecError; never in a crash."""

from __future__ import annotations

import json
import random

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.ir.application import ApplicationIR
from tests.generator.damage import damaged


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
        data = json.dumps(damaged(chance)).encode()
        try:
            ir = extract(load_spec(data))
        except SpecError as error:
            assert error.pointer == "" or error.pointer.startswith("/")
            continue
        _assert_names_are_safe(ir)
