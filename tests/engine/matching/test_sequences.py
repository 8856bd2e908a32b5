"""Statements one after another: where a match begins and ends, with `...` and without."""

from __future__ import annotations

import textwrap

import pytest

from devmatrix_guard.engine.matching.match import find_matches


def _rows(pattern: str, code: str) -> list[tuple[int, int]]:
    """Return the first and last row of each match."""
    found = find_matches(pattern, textwrap.dedent(code))
    return [(match.start_line, match.end_line) for match in found]


@pytest.mark.parametrize(
    ("pattern", "code", "rows"),
    [
        pytest.param("a()\nb()", "a()\nb()\nc()\n", [(1, 2)], id="neighbours"),
        pytest.param("a()\nb()", "a()\nc()\nb()\n", [], id="no neighbours"),
        pytest.param("a()\nb()", "a()\n", [], id="the end comes first"),
        pytest.param("a()\n...\nb()", "a()\nb()\n", [(1, 2)], id="dots for none"),
        pytest.param("a()\n...\nb()", "a()\nx()\nb()\n", [(1, 3)], id="dots for one"),
        pytest.param("a()\n...\n...\nb()", "a()\nb()\n", [(1, 2)], id="dots twice"),
        pytest.param("a()\n...\nb()", "b()\na()\n", [], id="the other order"),
        pytest.param("a()\n...", "a()\nx()\nb()\n", [(1, 1), (1, 2), (1, 3)], id="dots at the end"),
        pytest.param("...\nb()", "a()\nb()\nc()\n", [(1, 2), (2, 2)], id="dots at the start"),
        pytest.param(
            "a()\n...\nb()\n...\nc()", "a()\nb()\nb()\nx()\nc()\n", [(1, 5)], id="dots between"
        ),
        pytest.param("a()\n...\nb()", "a()\nif x:\n  y()\n  b()\n", [(1, 4)], id="into a block"),
        pytest.param("a()\n...\nb()", "if x:\n  a()\nb()\n", [], id="not out of a block"),
        pytest.param("a()\n$...S\nb()", "a()\nx()\nb()\n", [(1, 3)], id="many"),
        pytest.param("a()\n$...S\nb()", "a()\nif x:\n  b()\n", [], id="many never enter a block"),
        pytest.param("a()\n$...S", "a()\nx()\nb()\n", [(1, 3)], id="many to the end"),
        pytest.param(
            "a($X)\n...\nb($X)", "a(1)\na(2)\nb(2)\nb(1)\n", [(1, 4), (2, 3)], id="the same value"
        ),
    ],
)
def test_a_sequence_reaches_from_its_first_to_its_last_statement(
    pattern: str, code: str, rows: list[tuple[int, int]]
) -> None:
    assert _rows(pattern, code) == rows


@pytest.mark.parametrize(
    ("body", "code", "is_found"),
    [
        ("a()", "a()", True),
        ("a()", "a()\nb()", False),
        ("a()", "b()\na()", False),
        ("a()\n...", "a()\nb()", True),
        ("...\na()", "b()\na()", True),
        ("...\na()", "a()\nb()", True),
        ("...\na()\n...", "b()\na()\nb()", True),
        ("...\na()", "b()", False),
        ("...\na()\n...", "b()\nc()", False),
        ("a()\n...\nb()", "a()\nc()", False),
        ("a()\n...", "b()\na()", False),
        ("...", "b()", True),
        ("...\na()", "if b:\n  a()", True),
        ("$...S", "a()\nb()", True),
        ("a()\n$...S", "b()\na()", False),
    ],
)
@pytest.mark.parametrize("head", ["def f():", "while x:"])
def test_a_body_is_matched_as_a_whole(head: str, body: str, code: str, is_found: bool) -> None:
    pattern, source = (f"{head}\n{textwrap.indent(text, '  ')}\n" for text in (body, code))
    assert _rows(pattern, source) == ([(1, source.count("\n"))] if is_found else [])


def test_a_match_ends_where_the_longest_of_its_statements_does() -> None:
    code = "a(); x(\n  1)\nb()\n"
    assert _rows("a()\n...\nb()", code) == [(1, 3)]
    assert _rows("a()\nx(...)", code) == [(1, 2)]
