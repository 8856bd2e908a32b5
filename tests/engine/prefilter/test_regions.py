"""The words near a change are at least those of the top-level statements it touches."""

from __future__ import annotations

import ast
import random
import sys
from pathlib import Path

import pytest

from devmatrix_guard.engine.keywords import find_words
from devmatrix_guard.engine.prefilter.outline import Outline
from devmatrix_guard.engine.prefilter.scan import find_words_near

TWO = b"def one():\n    near()\n\n\ndef two():\n    far()\n"


@pytest.mark.parametrize(
    ("data", "line", "near", "far"),
    [
        pytest.param(TWO, 2, b"near", b"far", id="inside a function"),
        pytest.param(b"x = 1\n@a(\n  b)\ndef f():\n    c()\n", 2, b"c", b"other", id="decorator"),
        pytest.param(b'x("""\ndef f():\n""", y)\n', 3, b"x", b"other", id="def in a string"),
        pytest.param(b'x = \'\\"""\'\ndef f():\n    y()\n', 3, b"y", b"x", id="quotes in a string"),
        pytest.param(b'# """\ndef f():\n    y()\n', 3, b"y", b"other", id="quotes in a comment"),
        pytest.param(b"from m import a as b\ndef f():\n    b()\n", 3, b"a", b"m", id="alias"),
        pytest.param(b"def f():\r\n    y()\r\n", 2, b"y", b"other", id="CRLF"),
    ],
)
def test_words_are_those_around_the_line(data: bytes, line: int, near: bytes, far: bytes) -> None:
    words = find_words_near(Outline(data), [(line, line)])
    assert words is not None
    assert near in words
    assert far not in words


def test_blank_lines_before_a_new_function_do_not_pull_in_the_one_before() -> None:
    words = find_words_near(Outline(TWO), [(3, 6)])
    assert words is not None
    assert b"near" not in words
    assert b"far" in words


def test_blank_lines_between_functions_belong_to_neither() -> None:
    assert find_words_near(Outline(TWO), [(3, 4)]) == set()


@pytest.mark.parametrize("data", [b"x = 1\ry = 2\r", b'x = """no end\n', b"x = 'no end\n'''\n"])
def test_what_cannot_be_told_without_parsing_is_not_told(data: bytes) -> None:
    assert find_words_near(Outline(data), [(1, 1)]) is None


def test_no_word_of_a_touched_statement_is_missed_in_the_standard_library() -> None:
    chance = random.Random(5)
    library = Path(sys.modules["os"].__file__ or "").parent
    for file in sorted(library.glob("*.py"))[::4]:
        data = file.read_bytes()
        if b"\f" in data:
            continue
        rows = data.split(b"\n")
        first = chance.randint(1, len(rows))
        words = find_words_near(Outline(data), [(first, first + 3)])
        for statement in ast.parse(data).body:
            decorators = getattr(statement, "decorator_list", [])
            start = min(node.lineno for node in (statement, *decorators))
            end = statement.end_lineno or start
            if words is not None and start <= first + 3 and first <= end:
                assert find_words(b"\n".join(rows[start - 1 : end])) <= words, (file.name, start)
