"""Which conditions hold in every run: those of constants and of flags that nobody sets."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from devmatrix_guard.mining.undo.constants import decide, list_flags, list_off_parameters
from devmatrix_guard.mining.undo.trees import read_module

FLAGS = {"on": True, "off": False}


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ("True", True),
        ("0", False),
        ("''", False),
        ("'a'", True),
        ("None", False),
        ("on", True),
        ("off", False),
        ("other", None),
        ("not on", False),
        ("not off", True),
        ("not other", None),
        ("-1", None),
        ("on and other", None),
        ("on and on", True),
        ("other and off", False),
        ("off and other", False),
        ("off or other", None),
        ("off or off", False),
        ("other or on", True),
        ("on or other", True),
        ("()", False),
        ("[]", False),
        ("(a,)", None),
        ("[a]", None),
        ("{}", None),
        ("f()", None),
        ("on == on", None),
    ],
)
def test_a_condition_holds_always_never_or_as_it_comes(condition: str, truth: Any) -> None:
    assert decide(ast.parse(condition, mode="eval").body, FLAGS) is truth


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        ("a = True", {"a": True}),
        ("a = False\nb: bool = True", {"a": False, "b": True}),
        ("a = 1", {}),
        ("a = None", {}),
        ("a: bool", {}),
        ("a = b = True", {}),
        ("a.b = True", {}),
        ("a, = True", {}),
        ("a = True\na = False", {}),
        ("a = True\ndef f():\n    a = 1", {}),
        ("a = True\ndel a", {}),
        ("a = True\nfor a in b: pass", {}),
        ("a = True\ndef f():\n    global a", {}),
        ("a = True\ndef f(a): pass", {}),
        ("a = True\nf(a)", {"a": True}),
        ("if b:\n    a = True", {}),
        ("a += True", {}),
    ],
)
def test_a_flag_is_set_once_for_all_to_a_truth_value(source: str, flags: dict[str, bool]) -> None:
    module = read_module(source)
    assert module is not None
    assert list_flags(module) == flags


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("a=False", ["a"]),
        ("a, b=False", ["b"]),
        ("a, b=1, c=False", ["c"]),
        ("a=False, /, b=False", ["a", "b"]),
        ("*, a=False, b, c=True", ["a"]),
        ("a=0", []),
        ("a=None", []),
        ("a", []),
        ("*a, **b", []),
    ],
)
def test_a_parameter_is_off_where_its_default_is(head: str, names: list[str]) -> None:
    node = ast.parse(f"def f({head}):\n    g(a, b, c)").body[0]
    assert isinstance(node, ast.FunctionDef)
    assert list_off_parameters(node) == dict.fromkeys(names, False)


def test_a_parameter_that_is_set_in_its_function_is_not_known() -> None:
    node = ast.parse("def f(a=False, b=False):\n    a = g()\n    b()").body[0]
    assert isinstance(node, ast.FunctionDef)
    assert list_off_parameters(node) == {"b": False}


@pytest.mark.parametrize(
    "text", ["x = 'é'\n", "# -*- coding: latin-1 -*-\nx = 'e'\n", "\ufeffx = 1\n"]
)
def test_a_file_is_read_alike_as_bytes_and_as_text(text: str) -> None:
    read = read_module(text.encode("utf-8"))
    assert read is not None
    as_text = read_module(text.removeprefix("\ufeff"))
    assert as_text is not None
    assert ast.dump(read.tree) == ast.dump(as_text.tree)
    assert read_module("x = 'é'\n".encode("latin-1")) is None
