from __future__ import annotations

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.load import load_spec

_HEAD = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"


def _error(text: str, *, head: str = _HEAD) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load_spec((head + text).encode())
    return caught.value


@pytest.mark.parametrize(
    ("text", "words", "pointer"),
    [
        ("", "top must be an object", ""),
        ("swagger: '1.2'", "convert it", "/swagger"),
        ("openapi: 2.5.0", "not understood", "/openapi"),
        ("info: {}", "is missing", "/openapi"),
        ("openapi: 3.0.3\ninfo: {}\npaths: []", "an object is expected", "/paths"),
        ("openapi: 3.0.3\npaths: {pets: {}}", "start with a slash", "/paths/pets"),
        ("openapi: 3.0.3\npaths: {/a: {get: 1}}", "an object", "/paths/~1a/get"),
    ],
)
def test_a_document_of_another_build_is_refused(text: str, words: str, pointer: str) -> None:
    error = _error(text, head="")
    assert words in str(error)
    assert error.pointer == pointer


def test_an_operation_id_is_text() -> None:
    error = _error("paths: {/a: {get: {operationId: [x]}}}")
    assert error.pointer == "/paths/~1a/get/operationId"


def test_a_parameter_says_where_it_is() -> None:
    error = _error("paths: {/a: {parameters: [{name: x}]}}")
    assert error.pointer == "/paths/~1a/parameters/0/in"


def test_an_extension_of_ours_is_checked_where_it_stands() -> None:
    error = _error("x-invariants: [{name: a, entity: B, exp: c}]")
    assert error.pointer == "/x-invariants/0"
    assert "did you mean 'expr'" in str(error)


def test_an_unknown_extension_is_noticed_with_the_nearest_name() -> None:
    document = load_spec((_HEAD + "paths: {/a: {get: {x-flwo: b, x-other-tool: c}}}").encode())
    messages = [message for _, message, _ in document.notices]
    assert "'x-flwo' is not known and is ignored; did you mean 'x-flow'?" in messages
    assert "'x-other-tool' is not known and is ignored" in messages


def test_a_property_that_looks_like_an_extension_is_none() -> None:
    schema = "components: {schemas: {A: {properties: {x-flow: {type: string}}}}}"
    assert load_spec((_HEAD + schema).encode()).notices == ()


def test_a_colon_before_a_declared_parameter_of_the_path_is_read_as_braces() -> None:
    text = "paths: {/pots/:id: {get: {parameters: [{name: id, in: path}]}}, /pots/:all: {get: {}}}"
    document = load_spec((_HEAD + text).encode())
    assert list(document.root["paths"]) == ["/pots/{id}", "/pots/:all"]
    assert [kind for kind, _, _ in document.notices] == ["assumed"]
