from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.read import MAX_BYTES, MAX_DEPTH, parse, read_bytes

_PRINTED = st.text(st.characters(min_codepoint=32, max_codepoint=126))
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(_VALUES)
def test_json_is_read_as_the_json_module_reads_it(value: Any) -> None:
    assert parse(json.dumps({"top": value}).encode()) == {"top": value}


@given(st.dictionaries(_PRINTED, _PRINTED | st.integers() | st.booleans() | st.none()))
def test_json_read_as_yaml_says_the_same(value: dict[str, Any]) -> None:
    assert parse(f"top: {json.dumps(value)}".encode()) == {"top": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("NO", "NO"),
        ("2020-01-01", "2020-01-01"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("0o17", 15),
        ("0x1F", 31),
        ("010", 10),
        ("1.5e3", 1500.0),
        ("~", None),
        ("True", True),
        ("'1'", "1"),
        ("!!str 1", "1"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    assert parse(f"key: {text}".encode()) == {"key": value}


def test_keys_stay_text_as_they_are_spelt() -> None:
    assert parse(b"responses: {200: a, 010: b, yes: c}") == {
        "responses": {"200": "a", "010": "b", "yes": "c"}
    }


def test_an_alias_shares_what_it_names() -> None:
    assert parse(b"a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}") == {
        "a": {"b": 1},
        "c": {"b": 1},
        "d": {"b": 1, "e": 2},
    }


def _bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "words", "pointer"),
    [
        pytest.param("a: 1\nb: {c: 1, c: 2}", "stands twice", "/b/c", id="duplicate-yaml-key"),
        pytest.param('{"a": 1, "a": 2}', "stands twice", "/a", id="duplicate-json-key"),
        pytest.param(_bomb(), "aliases expand", "/a6/2", id="alias-bomb"),
        pytest.param("a: &x [*x]", "inside what it names", "/a/0", id="alias-circle"),
        pytest.param("[" * 5000, "nest", "", id="deep-yaml"),
        pytest.param("[" * 100_000 + "]" * 100_000, "nests deeper", "", id="deep-json"),
        pytest.param("- " * 5000 + "a", "nest", "", id="deep-sequence"),
        pytest.param(
            "a: !!python/object/apply:os.system [ls]", "not allowed", "/a", id="python-tag-on-list"
        ),
        pytest.param("a: !!python/name:os.system x", "is not allowed", "/a", id="python-tag"),
        pytest.param("a: 1\n---\nb: 2", "more than one", "", id="two-documents"),
        pytest.param("? [a, b]\n: c", "not a plain name", "", id="list-as-key"),
        pytest.param("a: 1e999", "too large", "/a", id="infinite-number"),
        pytest.param('{"a": NaN}', "not a JSON value", "", id="nan"),
        pytest.param("a: [1", "not valid YAML", "", id="broken-yaml"),
        pytest.param('{"a": 1,,}', "not valid JSON", "", id="broken-json"),
    ],
)
def test_a_hostile_document_gets_one_error_with_a_pointer(
    text: str, words: str, pointer: str
) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        parse(text.encode())
    assert caught.value.pointer == pointer


def test_the_deepest_allowed_nesting_is_read() -> None:
    depth = MAX_DEPTH - 1
    assert parse(b"[" * depth + b"]" * depth) is not None


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(SpecError, match="UTF-8"):
        parse(b"a: \xff\xfe")


def test_a_file_of_ten_megabytes_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"a" * MAX_BYTES)
    with pytest.raises(SpecError, match="10 MB or more"):
        read_bytes(path)


def test_a_missing_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"gone\.yaml: there is no such file"):
        read_bytes(tmp_path / "gone.yaml")


def test_a_folder_is_not_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="is a folder; name a file"):
        read_bytes(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_that_a_shell_wrote_as_utf_16_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "spec.json"
    mark = "" if encoding == "utf-16" else "\ufeff"
    path.write_bytes(f'{mark}{{"openapi": "3.1.0", "x-word": "Stra\u00dfe"}}'.encode(encoding))
    assert parse(read_bytes(path)) == {"openapi": "3.1.0", "x-word": "Straße"}
    path.write_bytes(path.read_bytes() + b"\x00")
    with pytest.raises(SpecError, match="save the file as UTF-8"):
        read_bytes(path)
