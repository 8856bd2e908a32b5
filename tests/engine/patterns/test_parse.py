"""What a pattern is written as, so that CPython reads it: names for what stands for something."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.engine.patterns.parse import (
    NEVER,
    PatternTextError,
    restore_name,
    restore_text,
    translate_pattern,
)

TRANSLATED = {
    # metavariables, and what only looks like one
    "$X": "__gmv_X",
    "$_ + $A_1": "__gmv__ + __gmv_A_1",
    "$1": "__gmv_1",
    "f($...ARGS)": "f(*__gme_ARGS)",
    "a.$NAME": "a.__gmv_NAME",
    "'say $X'": "'say __gmv_X'",
    "'$...ALL'": "'__gme_ALL'",
    "f'{$X}'": "f'{__gmv_X}'",
    "'it\\'s $X'": "'it\\'s __gmv_X'",
    "'''a\n$X'''": "'''a\n__gmv_X'''",
    "x  # of $X": "x  ",
    # ellipses in calls: behind `**` Python wants another `**`
    "f(...)": "f(*__gdots)",
    "f(a, ...)": "f(a, *__gdots)",
    "f(..., a=1)": "f(*__gdots, a=1)",
    "f(**a, ...)": "f(**a, **__gdots)",
    "f(2 ** a, ...)": "f(2 ** a, *__gdots)",
    "f(\n  ...,\n  a\n)": "f(\n  *__gdots,\n  a\n)",
    "f(a=...)": "f(a=...)",
    "$F(...)": "__gmv_F(*__gdots)",
    "f(...)(...)": "f(*__gdots)(*__gdots)",
    "a[0](...)": "a[0](*__gdots)",
    "return (...)": "return (...)",
    # ellipses elsewhere
    "...": "...",
    "[1, ...]": "[1, ...]",
    "a[...]": "a[...]",
    "{...}": "{...}",
    "{'a': 1, ...}": "{'a': 1, **__gdots}",
    "{..., 'a': 1}": "{**__gdots, 'a': 1}",
    "{**a, ...}": "{**a, **__gdots}",
    "{'a': 1, $...REST}": "{'a': 1, **__gme_REST}",
    "{1, ...}": "{1, ...}",
    "a. ... .b()": "a. __gdots .b()",
    "<... f(a) ...>": "__gdeep( f(a) )",
    "f(<... $X ...>)": "f(__gdeep( __gmv_X ))",
    # names that are bound
    "for ... in a: b": "for __gdots in a: b",
    "with a as ...: b": "with a as __gdots: b",
    "... = f()": "__gdots = f()",
    "... == f()": "... == f()",
    "(..., a) = f()": "(__gdots, a) = f()",
    "[a, ...] = f()": "[a, __gdots] = f()",
    "(a, ...) == b": "(a, ...) == b",
    # parameters
    "def f(a, $...REST): b": "def f(a, __gme_REST): b",
    "lambda ...: a": "lambda __gdots7: a",
    "lambda $X, ...: a": "lambda __gmv_X, __gdots11: a",
    "f(lambda ...: a, ...)": "f(lambda __gdots9: a, *__gdots)",
    "def f(a, ...): b": "def f(a, __gdots9): b",
    "def f(a=1, ...): b": "def f(a=1, __gdots11=0): b",
    "def f(..., a=1): b": "def f(__gdots6, a=1): b",
    # a metavariable with its type
    "f($X: str, a)": "f(__gtyped(__gmv_X, str), a)",
}


@pytest.mark.parametrize("pattern", TRANSLATED)
def test_a_pattern_becomes_python_that_can_be_parsed(pattern: str) -> None:
    python = translate_pattern(pattern)
    assert python == TRANSLATED[pattern]
    is_inner = python.startswith("return")
    ast.parse(f"def f():\n    {python}" if is_inner else python)


@pytest.mark.parametrize("pattern", ["f() = ...", "(f(), a) = b", "[a, f()] = b"])
def test_a_pattern_of_what_no_file_can_hold_finds_nothing(pattern: str) -> None:
    assert translate_pattern(pattern) == f"{NEVER} = {NEVER}"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("f(a))", "closed that was never opened"),
        ("]", "closed that was never opened"),
        ("a ...>", "do not pair up"),
        ("f(...>", "do not pair up"),
        ("<... (a ...>", "do not pair up"),
    ],
)
def test_brackets_that_do_not_pair_up_are_refused(pattern: str, said: str) -> None:
    with pytest.raises(PatternTextError, match=said):
        translate_pattern(pattern)


@pytest.mark.parametrize(
    ("reserved", "written"),
    [("__gmv_X", "$X"), ("__gmv_1", "$1"), ("__gme_ARGS", "$...ARGS"), ("plain", "plain"),
     ("x__gmv_X", "x__gmv_X")],
)  # fmt: skip
def test_a_reserved_name_is_shown_as_it_was_written(reserved: str, written: str) -> None:
    assert restore_name(reserved) == written


def test_every_reserved_name_of_a_text_is_shown_as_it_was_written() -> None:
    assert restore_text("a __gmv_X b __gme_Y c __gmv_Z") == "a $X b $...Y c $Z"
