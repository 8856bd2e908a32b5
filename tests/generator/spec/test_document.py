from __future__ import annotations

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.document import Document, Place
from devmatrix_guard.generator.spec.pointer import join, split

_ROOT = {
    "a": {"$ref": "#/b", "description": "beside", "minLength": 3},
    "b": {"$ref": "#/c~1d"},
    "c/d": {"type": "string"},
    "x": {"$ref": "#/y"},
    "y": {"$ref": "#/x"},
    "far": {"$ref": "https://example.com/a.yaml"},
    "near": {"$ref": "other.yaml#/a"},
    "gone": {"$ref": "#/nothing"},
}


def _place(name: str) -> Place:
    return Place(_ROOT[name], f"/{name}")


def test_references_are_followed_to_the_end() -> None:
    found = Document(_ROOT, "3.1").resolve(_place("a"))
    assert found.pointer == "/c~1d"
    assert found.data == {"type": "string", "description": "beside", "minLength": 3}


def test_in_3_0_only_annotations_beside_a_reference_count() -> None:
    found = Document(_ROOT, "3.0").resolve(_place("a"))
    assert found.data == {"type": "string", "description": "beside"}


@pytest.mark.parametrize(
    ("name", "words", "pointer"),
    [
        ("x", "leads back to itself", "/x"),
        ("far", "another host", "/far/$ref"),
        ("near", "another file", "/near/$ref"),
        ("gone", "leads to nothing", "/gone/$ref"),
    ],
)
def test_a_reference_that_leads_astray_is_refused(name: str, words: str, pointer: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        Document(_ROOT, "3.1").resolve(_place(name))
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("parts", [["a"], ["a/b", "c~d"], ["", "x"], ["0", "~1"]])
def test_a_pointer_comes_apart_as_it_was_put_together(parts: list[str]) -> None:
    assert split(join("", *parts)) == parts
