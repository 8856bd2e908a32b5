"""Schemas say what guard itself says of settings, rules and overlays: both judge the same."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.cli.start.schema import command
from devmatrix_guard.commands.schemas.schema import KINDS, render_schema
from devmatrix_guard.commands.schemas.settings import SHAPES
from devmatrix_guard.config import PARSERS, Settings, read_settings
from devmatrix_guard.engine.rules.load import parse_rules
from devmatrix_guard.errors import SettingsError, SpecError
from devmatrix_guard.generator.spec.extensions import check_extensions
from devmatrix_guard.generator.spec.overlay import apply_overlay
from tests.helpers import write_tree

CHECKERS = {kind: jsonschema.Draft7Validator(json.loads(render_schema(kind))) for kind in KINDS}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {"/carts": {"get": {"operationId": "list_carts", "responses": {}}}},
    "components": {"schemas": {"Cart": {"type": "object", "properties": {"note": {}}}}},
}


def _accepts(kind: str, value: Any) -> bool:
    return bool(CHECKERS[kind].is_valid(value))


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one(kind: str) -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(render_schema(kind)))


# --- settings

_WORDS = """
block WARN advise candidate none never Error info ask-once ask_once show stop fail note true FALSE
yes no 1 0 64 65 007 2s 500ms 1m 1.5 0.0s 1e3 1_0 .5 s routes=a/** 3=b;UI=c tests= ;;2 1=a;9=b a:b
"""
WORDS = st.sampled_from(_WORDS.split())
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
LAYER_KEYS = st.sampled_from(["1", "7", "8", "models", "Tests", "ui", "x"])
NUMBERS = st.integers(-3, 70) | st.floats(-3, 9).filter(lambda number: not number.is_integer())
SETTINGS = st.one_of(
    st.booleans(),
    NUMBERS,
    WORDS,
    TEXTS,
    st.lists(TEXTS | NUMBERS, max_size=3),
    st.dictionaries(LAYER_KEYS, TEXTS | st.lists(TEXTS, max_size=2) | NUMBERS, max_size=2),
)


def _reads(key: str, value: Any) -> bool:
    try:
        PARSERS[key](value)
    except (TypeError, ValueError):
        return False
    return True


def test_every_way_to_read_a_setting_has_a_shape() -> None:
    assert set(PARSERS.values()) == set(SHAPES)
    assert set(PARSERS) == set(Settings._fields)


@given(st.sampled_from(sorted(PARSERS)), SETTINGS)
def test_schema_and_reader_of_a_setting_agree(key: str, value: Any) -> None:
    assert _accepts("settings", {key: value}) == _reads(key, value), (key, value)
    assert _accepts("settings", {key.replace("_", "-"): value}) == _reads(key, value)


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        pytest.param('fail-on = "warn"\n[layers]\nroutes = ["app/**"]\n', True, id="right"),
        pytest.param("root = true\nfail_on = 'never'\n", True, id="with an underscore"),
        pytest.param('fail-on = "loud"\n', False, id="a wrong value"),
        pytest.param('fail-of = "warn"\n', False, id="an unknown key"),
    ],
)
def test_a_settings_file_is_judged_as_guard_judges_it(text: str, *, is_right: bool) -> None:
    import tomllib

    try:
        notes = read_settings("", lambda path: text.encode() if path == "guard.toml" else None)[1]
    except SettingsError:
        notes = (None,)  # type: ignore[assignment]
    assert (not notes) == is_right
    assert _accepts("settings", tomllib.loads(text)) == is_right


# --- rules

ANYTHING = st.none() | st.booleans() | st.integers(-1, 9) | TEXTS | st.lists(TEXTS, max_size=1)
GUARD = st.fixed_dictionaries(
    {},
    optional={
        "stage": st.sampled_from(["candidate", "block", "retired", "loud"]) | ANYTHING,
        "layer": ANYTHING,
        "sources": st.lists(st.fixed_dictionaries({"commit": TEXTS}) | ANYTHING, max_size=2),
        "examples": ANYTHING | st.lists(st.fixed_dictionaries({"valid": TEXTS}), max_size=2),
        "origin": ANYTHING,
    },
)
RULE = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a-rule", "a b", "", "ok_1.x"]) | ANYTHING,
        "message": TEXTS | ANYTHING,
        "severity": st.sampled_from(["ERROR", "warning", "Info", "high", "LOUD"]) | ANYTHING,
        "languages": st.lists(TEXTS | ANYTHING, max_size=2),
        "mode": st.sampled_from(["join", "search"]),
        "metadata": ANYTHING | st.fixed_dictionaries({"guard": GUARD | ANYTHING}),
        "pattern": TEXTS,
    },
)
SOUND = st.fixed_dictionaries(
    {
        "id": st.just("a-rule"),
        "message": st.just("No."),
        "severity": st.sampled_from(["ERROR", "low"]),
        "languages": st.just(["python"]),
        "metadata": st.fixed_dictionaries({"guard": GUARD}),
    }
)


@given(RULE | SOUND)
def test_schema_and_loader_of_a_rule_agree(rule: Mapping[str, Any]) -> None:
    text = yaml.safe_dump({"rules": [rule]}, allow_unicode=True)
    loaded = parse_rules(text.encode(), "rule.yml")
    assert _accepts("rules", {"rules": [rule]}) == (not loaded.errors), loaded.errors


@pytest.mark.parametrize("document", [{}, {"rules": {}}, [], "rules"], ids=str)
def test_what_is_no_rule_file_is_none_to_the_schema(document: Any) -> None:
    assert parse_rules(yaml.safe_dump(document).encode(), "rule.yml").errors
    assert not _accepts("rules", document)


# --- overlays

EXTENSION_VALUES = st.one_of(
    st.booleans(),
    TEXTS,
    st.integers(0, 3),
    st.sampled_from(["self", "slug", "delete"]),
    st.lists(st.lists(TEXTS, max_size=1) | TEXTS, max_size=2),
    st.fixed_dictionaries(
        {},
        optional={
            "key": TEXTS,
            "kind": st.sampled_from(["one_to_many", "x"]),
            "target": TEXTS,
            "steps": st.lists(st.dictionaries(TEXTS, TEXTS, max_size=1), max_size=1),
            "database": st.sampled_from(["sqlite", "oracle"]),
            "field": TEXTS,
            "name": TEXTS,
        },
    ),
)
_KEYS = """
x-entity x-relation x-unique x-auth x-flow x-writable-by x-generated x-infrastructure x-invariants
x-state-machine x-colour description
"""
KEYS = st.sampled_from(_KEYS.split())
PATCH = st.dictionaries(KEYS, EXTENSION_VALUES, max_size=2)


@given(
    st.fixed_dictionaries(
        {"overlay": st.sampled_from([1, 2])},
        optional={
            "entities": st.fixed_dictionaries({"Cart": PATCH}) | TEXTS,
            "operations": st.fixed_dictionaries({"list_carts": PATCH | TEXTS}),
            "pointers": st.fixed_dictionaries({"/paths/~1carts/get": PATCH}),
            "x-flows": st.dictionaries(TEXTS, EXTENSION_VALUES, max_size=1),
            "x-infrastructure": EXTENSION_VALUES,
            "description": TEXTS,
            "entitys": TEXTS,
        },
    )
)
def test_schema_and_reader_of_an_overlay_agree(overlay: dict[str, Any]) -> None:
    if {"operations", "pointers"} <= overlay.keys():
        del overlay["pointers"]  # they name the same operation, whose parts would be merged
    try:
        check_extensions(apply_overlay(SPEC, overlay)[0])
    except SpecError:
        assert not _accepts("overlay", overlay)
    else:
        assert _accepts("overlay", overlay)


# --- the command


def test_the_command_prints_and_writes(tmp_path: Any) -> None:
    from click.testing import CliRunner

    write_tree(tmp_path, {})
    kind = random.choice(KINDS)
    shown = CliRunner().invoke(command, [kind])
    assert shown.output == render_schema(kind)
    place = tmp_path / "schema.json"
    assert CliRunner().invoke(command, [kind, "--output", str(place)]).exit_code == 0
    assert place.read_text("utf-8") == shown.output
