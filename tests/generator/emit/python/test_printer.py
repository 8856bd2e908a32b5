"""Literals and layout: whatever the text, the source means it and a formatter leaves it alone."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.generator.emit.python.printer import (
    block,
    call,
    make_comprehension,
    make_conditional,
    make_literal,
    make_mapping,
    make_sequence,
    write_docstring,
    write_raw_string,
    write_string,
)

texts = st.text() | st.sampled_from(
    ['"""', "'''", "\\", "\\'", '\\"', "a\"b'c", "\n", "\r", "\x00"]
)


@given(texts)
def test_string_means_the_text(text: str) -> None:
    assert ast.literal_eval(write_string(text)) == text


@given(texts)
def test_raw_string_means_the_text(text: str) -> None:
    assert ast.literal_eval(write_raw_string(text)) == text


@given(st.lists(texts).map("".join))
def test_docstring_is_one_string_whatever_is_in_it(text: str) -> None:
    tree = ast.parse(f"def f():\n{write_docstring(text, 4)}\n    return 1\n")
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert [type(node) for node in function.body] == [ast.Expr, ast.Return]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts,
        lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
        max_leaves=20,
    )
)
def test_literal_means_the_value(value: object) -> None:
    assert ast.literal_eval(block(make_literal(value))) == value


@pytest.mark.parametrize("mark", ["x", "\u8457", "\u0301", "\U0001f600"], ids=ascii)
def test_ruff_keeps_lines_whose_characters_are_wide_or_have_no_width(mark: str) -> None:
    texts_ = [f"a{mark * length}" for length in (*range(36, 52), *range(80, 100), *range(170, 190))]
    lines = [block(call("use", write_string(t), text=write_string(t[:40]))) for t in texts_]
    source = "\n".join(lines) + "\n"
    program = [sys.executable, "-m", "ruff", "format", "--line-length=100", "--isolated", "-"]
    done = subprocess.run(program, input=source.encode(), capture_output=True, check=True)
    assert done.stdout.decode() == source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        pytest.param("plain", '"plain"', id="double quotes by default"),
        pytest.param('say "hi"', "'say \"hi\"'", id="single quotes save escapes"),
        pytest.param("it's", '"it\'s"', id="an apostrophe needs none"),
    ],
)
def test_quotes_are_those_a_formatter_prefers(text: str, source: str) -> None:
    assert write_string(text) == source


def test_a_call_that_fits_stays_on_one_line() -> None:
    assert block(call("f", "a", b="1")) == "f(a, b=1)"


def test_a_call_that_does_not_fit_has_one_argument_a_line() -> None:
    name = "x" * 60
    assert block(call("f", name, name)) == f"f(\n    {name},\n    {name},\n)"


def test_a_tuple_of_one_keeps_its_comma() -> None:
    assert block(make_sequence(["a"], "()")) == "(a,)"


def test_a_long_choice_is_broken_before_its_words() -> None:
    value, condition = "a" * 60, "b" * 40
    choice = make_conditional(value, condition, "None")
    lines = [f"    {value}", f"    if {condition}", "    else None,"]
    assert block(make_mapping([("k", choice)])).split("\n")[1:-1] == [
        f"    k: {value}",
        *lines[1:],
    ]
    assert block(call("f", make_conditional("a", "b", "None"))) == "f(a if b else None)"


def test_a_long_call_of_a_comprehension_stands_on_three_lines() -> None:
    name = "show_" + "of_a_long_name_" * 6
    made = make_comprehension(f"await {name}(row, self._show)", "row in rows")
    assert block(made, 4, before="found = ").splitlines() == [
        "    found = [",
        f"        await {name}(",
        "            row, self._show",
        "        )",
        "        for row in rows",
        "    ]",
    ]
