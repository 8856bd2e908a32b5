from __future__ import annotations

import json

import pytest

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.bank.form import parse_pattern, write_pattern
from tests.contract.build import infra_pattern

TEXT = write_pattern(infra_pattern())


def parse(text: str) -> object:
    return parse_pattern(text, origin="cache", name="x.json")


def test_a_pattern_comes_back_as_it_was_written() -> None:
    assert parse(TEXT) == infra_pattern()._replace(origin="cache")


def test_a_draft_without_a_hash_can_be_written_by_hand() -> None:
    record = json.loads(TEXT)
    del record["sha"], record["frozen_at"]
    assert parse(json.dumps(record)) == infra_pattern()._replace(origin="cache", frozen_at=None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"body": "FROM other %%name%%"}, "not the one its `sha` names", id="edited"),
        pytest.param({"body": 5}, "is not an InfraPattern", id="body is a number"),
        pytest.param({"body": "", "sha": None}, "is not the one", id="empty body"),
        pytest.param({"version": 0}, "version must be 1", id="version 0"),
        pytest.param({"version": "x"}, "is not an InfraPattern", id="version is a word"),
        pytest.param({"pattern_id": "../x"}, "lower-case letters", id="path in the id"),
        pytest.param({"frozen_at": "soon"}, "must be a date", id="no date"),
        pytest.param({"signature": {"purpose": "P"}}, "differ: name", id="input not declared"),
        pytest.param({"signature": []}, "is not an InfraPattern", id="signature is a list"),
        pytest.param({"signature": {"purpose": "", "inputs": {"name": ""}}}, "purpose", id="none"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(GenerationError, match=said):
        parse(json.dumps(json.loads(TEXT) | change))


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "[" * 100_000, '{"pattern_id": "\\ud800"}']
)
def test_text_that_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(GenerationError, match=r"x\.json is not an InfraPattern"):
        parse(text)
