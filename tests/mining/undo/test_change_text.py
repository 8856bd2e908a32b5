"""The row of a new file that a place names, and what is cut after a line that is balanced."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import ChangedFile, Place
from devmatrix_guard.mining.undo.layout import list_statements
from devmatrix_guard.mining.undo.units import read_units


@pytest.mark.parametrize(
    ("line", "text"),
    [(1, "first(a)"), (2, "  second(b)"), (3, ""), (4, ""), (0, ""), (-1, "")],
)
def test_a_place_shows_its_row_as_it_is_written(line: int, text: str) -> None:
    new = b"first(a)\r\n  second(b)\n"
    change = Change([ChangedFile("a.py", "a.py", b"", new)])
    unit = read_units("a.py", b"x\n")[0]
    assert change.get_text(Place(unit, 0, line)) == text


def test_a_long_statement_below_a_balanced_one_is_whole() -> None:
    text = "f(a)\nx = (\n" + "1,\n" * 500 + ")\nb\n"
    found = list_statements("a.py", text.encode(), None)
    assert [(one.first, one.last) for one in found] == [(0, 1), (1, 503), (503, 504)]


def test_below_what_never_closes_less_is_looked_for() -> None:
    # One that never ends lets the others be taken for data: to look for each would take the square.
    rows = "x = (\n" + "1,\n" * 500 + ")\n"
    found = list_statements("a.py", f"f(\n{rows}".encode(), None)
    assert found[0].last == 1
    assert len(found) == 503


def test_a_definition_one_blank_deep_stands_in_its_class() -> None:
    text = "class A:\n def f(self):\n  a\n  b\n"
    found = list_statements("a.py", text.encode(), [(3, 4)])
    assert [(one.first, one.scope) for one in found] == [(1, "A"), (2, "A.f"), (3, "A.f")]
