"""Python is cut into its logical lines, each with what it stands in, without parsing it."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.layout import MAX_ROWS, is_python_text, list_statements
from tests.helpers_bounds import count_calls

Span = tuple[int, int]


@pytest.mark.parametrize(
    ("path", "text", "python"),
    [
        ("a.py", b"", True),
        ("a.pyi", b"", True),
        ("run", b"#!/usr/bin/env python\nx\n", True),
        ("bin/run", b"#!/usr/bin/python3\n", True),
        ("run", b"#!/bin/sh\n# python\n", False),
        ("run", b"# python\n", False),
        ("run", b"", False),
        ("run.sh", b"#!/usr/bin/python\n", False),
        ("a.d/run", b"#!/usr/bin/python\n", True),
        ("a.js", b"", False),
    ],
)
def test_python_is_known_by_its_name_or_its_first_line(
    path: str, text: bytes, python: bool
) -> None:
    assert is_python_text(path, text) is python


def _cut(text: str, spans: list[Span] | None = None, path: str = "a.py") -> list[str]:
    """Return the statements as `rows scope: text < head, previous`, line feeds as bars."""
    return [
        f"{s.first}-{s.last} {s.scope}: {s.text.decode().replace(chr(10), '|')}"
        f" < {s.parent}, {s.previous}"
        for s in list_statements(path, text.encode(), spans)
    ]


def _plain(*texts: str) -> list[str]:
    return [f"{n}-{n + 1} : {text} < -1, {n - 1}" for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("a\nb\n", _plain("a", "b"), id="lines"),
        pytest.param("# a\n\n  # b\nc  # d\n", ["3-4 : c  # d < -1, -1"], id="remarks"),
        pytest.param(
            "a = (1,\n     2)\nb\n",
            ["0-2 : a = (1,|     2) < -1, -1", "2-3 : b < -1, 0"],
            id="round",
        ),
        pytest.param("a = [\n1]\n", ["0-2 : a = [|1] < -1, -1"], id="square"),
        pytest.param("a = {\n1}\n", ["0-2 : a = {|1} < -1, -1"], id="curly"),
        pytest.param(
            "a = (\n[\n])\nb\n", ["0-3 : a = (|[|]) < -1, -1", "3-4 : b < -1, 0"], id="nested"
        ),
        pytest.param("a = '('\nb\n", _plain("a = '('", "b"), id="in a string"),
        pytest.param('a = "("\nb\n', _plain('a = "("', "b"), id="in a string of two marks"),
        pytest.param("a['\\'('] # (\nb\n", _plain("a['\\'('] # (", "b"), id="in a remark"),
        pytest.param(
            "a \\\n  + b\nc\n", ["0-2 : a \\|  + b < -1, -1", "2-3 : c < -1, 0"], id="backslash"
        ),
        pytest.param(
            '"""a\nb"""\nc\n', ['0-2 : """a|b""" < -1, -1', "2-3 : c < -1, 0"], id="a text"
        ),
        pytest.param(
            "'''a\n(\n'''\nc\n", ["0-3 : '''a|(|''' < -1, -1", "3-4 : c < -1, 0"], id="the other"
        ),
        pytest.param("a)\nb\n", _plain("a)", "b"), id="never opened"),
        pytest.param("a(\nb\n", _plain("a(", "b"), id="never closed"),
        pytest.param("a('\nb\n", _plain("a('", "b"), id="a string never closed"),
        pytest.param(
            "if a:\n    b\n    c\nd\n",
            ["0-1 : if a: < -1, -1", "1-2 : b < 0, -1", "2-3 : c < 0, 1", "3-4 : d < -1, 0"],
            id="a block",
        ),
        pytest.param(
            "class A:\n  def f(self):\n    if b:\n      c\n    d\n  e = 1\n",
            [
                "0-1 : class A: < -1, -1",
                "1-2 A: def f(self): < 0, -1",
                "2-3 A.f: if b: < 1, -1",
                "3-4 A.f: c < 2, -1",
                "4-5 A.f: d < 1, 2",
                "5-6 A: e = 1 < 0, 1",
            ],
            id="names within names",
        ),
        pytest.param(
            "async def f():\n\ta\n\tfor b in c:\n\t\td\n",
            [
                "0-1 : async def f(): < -1, -1",
                "1-2 f: a < 0, -1",
                "2-3 f: for b in c: < 0, 1",
                "3-4 f: d < 2, -1",
            ],
            id="tabs",
        ),
        pytest.param(
            "def f(\n  a,\n):\n  b\n",
            ["0-3 : def f(|  a,|): < -1, -1", "3-4 f: b < 0, -1"],
            id="a head over rows",
        ),
        pytest.param("iffy\n  a\n", ["0-1 : iffy < -1, -1", "1-2 : a < -1, 0"], id="no opener"),
        pytest.param(
            "  a\nb\n", ["0-1 : a < -1, -1", "1-2 : b < -1, 0"], id="an indented beginning"
        ),
    ],
)
def test_python_is_cut_at_its_logical_lines(text: str, statements: list[str]) -> None:
    assert _cut(text) == statements


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 63, 64, 65, 399, 400, 401, 5000])
def test_a_statement_may_be_long(rows: int) -> None:
    text = "a = (\n" + "1,\n" * (rows - 1) + ")\nb\n"
    first, second = _cut(text)
    assert first.startswith(f"0-{rows + 1} : a = (")
    assert second == f"{rows + 1}-{rows + 2} : b < -1, 0"


def test_what_has_too_many_rows_has_no_statements() -> None:
    assert len(list_statements("a.py", b"a\n" * (MAX_ROWS - 1), None)) == MAX_ROWS - 1
    assert list_statements("a.py", b"a\n" * MAX_ROWS, None) == []


SOURCE = """\
import a
import b

X = 1
Y = (
    2,
)

class Cart:
    total = 0

    def add(self):
        '''Add
def nothing(): pass
        '''
        self.total += 1

        def inner():
            return 1
        return inner

    def drop(self):
        if self.total:
            self.total = 0
Z = 3
"""


@pytest.mark.parametrize(
    ("spans", "rows", "scope"),
    [
        pytest.param([(15, 16)], (11, 16), "Cart", id="from the method on"),
        pytest.param([(18, 19)], (17, 19), "Cart.add", id="from the inner function on"),
        pytest.param([(19, 20)], (17, 20), "Cart.add", id="beside the inner function"),
        pytest.param([(13, 14)], (11, 15), "Cart", id="in a text: no code begins there"),
        pytest.param([(23, 24)], (21, 24), "Cart", id="in a block of a method"),
        pytest.param([(9, 10)], (8, 10), "", id="in the class"),
        pytest.param([(11, 12)], (11, 12), "Cart", id="the head of a method"),
        pytest.param([(16, 17)], (11, 16), "Cart", id="a blank line is of what follows"),
        pytest.param(
            [(5, 6)], (1, 7), "", id="at the top: three rows above, and a whole statement"
        ),
        pytest.param([(24, 25)], (8, 25), "", id="below a class"),
        pytest.param([(15, 15)], (11, 16), "Cart", id="an empty span"),
        pytest.param([(99, 100)], (8, 25), "", id="beyond the end"),
        pytest.param([(15, 16), (23, 24)], (11, 24), "Cart", id="two methods"),
        pytest.param([(15, 16), (19, 20)], (11, 20), "Cart", id="twice in one"),
        pytest.param([(18, 19), (19, 20)], (17, 20), "Cart.add", id="an inner one and beside it"),
    ],
)
def test_what_surrounds_a_change_is_cut(spans: list[Span], rows: Span, scope: str) -> None:
    found = list_statements("a.py", SOURCE.encode(), spans)
    assert (found[0].first, found[-1].last, found[0].scope) == (*rows, scope)
    assert len({statement.first for statement in found}) == len(found)


def test_what_stands_behind_a_class_is_of_no_class_whatever_changed_in_it() -> None:
    text = "class A:\n  def f():\n    a\n  def g():\n    b\n\nZ = 3\n"
    found = list_statements("a.py", text.encode(), [(2, 3), (4, 5), (6, 7)])
    assert [(s.first, s.scope) for s in found] == [
        (0, ""), (1, "A"), (2, "A.f"), (3, "A"), (4, "A.g"), (6, ""),
    ]  # fmt: skip


def test_a_definition_right_behind_a_text_is_seen() -> None:
    found = list_statements("a.py", b'"""a\nb"""\ndef f():\n  x\n', [(3, 4)])
    assert [(s.first, s.scope) for s in found] == [(2, ""), (3, "f")]


def test_numbers_of_a_second_region_count_on() -> None:
    found = _cut(SOURCE, [(3, 4), (22, 23)])
    assert found[-2:] == [
        "21-22 Cart: def drop(self): < -1, -1",
        f"22-23 Cart.drop: if self.total: < {len(found) - 2}, -1",
    ]
    inner = _cut("def f():\n    a\n    b\n\n\ndef g():\n    c\n    d\n", [(2, 3), (7, 8)])
    assert inner[-2:] == ["6-7 g: c < 3, -1", "7-8 g: d < 3, 4"]


def test_other_languages_are_cut_by_their_own_rules() -> None:
    (setting,) = list_statements("a.yml", b"a: 1\n", [(0, 1)])
    assert (setting.first, setting.last, setting.parent) == (0, 1, -1)
    assert len(list_statements("a.js", b"a; b", None)) == 2


def test_the_cost_of_rows_below_brackets_that_never_close_grows_with_their_number() -> None:
    def cut(rows: int) -> None:
        found = list_statements("a.py", b"a = [\n" + b"b(\n" * rows, [(0, rows + 1)])
        assert len(found) == rows + 1

    assert count_calls(lambda: cut(2_000)) < 6 * count_calls(lambda: cut(500))
