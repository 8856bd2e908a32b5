"""Settings and prose are cut into lines, each below its key, section or heading."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.lines import (
    is_cut_at_lines,
    is_prose,
    is_text,
    list_line_statements,
)
from devmatrix_guard.mining.undo.tokens import MAX_BYTES


@pytest.mark.parametrize(
    ("path", "text", "prose", "lines"),
    [
        ("a.yaml", True, False, True),
        ("a.YML", True, False, True),
        ("pyproject.toml", True, False, True),
        ("setup.cfg", True, False, True),
        (".env", True, False, True),
        ("a.json", True, False, True),
        ("a.css", True, False, False),
        ("README.md", True, True, True),
        ("docs/a.rst", True, True, True),
        ("pom.xml", True, False, True),
        ("a.py", False, False, False),
        ("Makefile", False, False, False),
        ("md", False, False, False),
        ("CHANGELOG.md", False, True, True),
        ("docs/changes.rst", False, True, True),
        ("docs/release-notes.md", False, True, True),
        ("news.md", False, True, True),
        ("newsletter.md", True, True, True),
        ("package-lock.json", False, False, True),
        ("pnpm-lock.yaml", False, False, True),
        ("poetry.lock.toml", False, False, True),
        ("a.min.css", False, False, False),
        ("changelog/a.md", True, True, True),
    ],
)
def test_a_file_is_known_by_its_name(path: str, text: bool, prose: bool, lines: bool) -> None:
    assert (is_text(path), is_prose(path), is_cut_at_lines(path)) == (text, prose, lines)


def _cut(path: str, text: str) -> list[str]:
    """Return the lines as `row scope: words < head, previous`."""
    found = []
    for first, end, words, scope, head, previous in list_line_statements(path, text.encode()):
        assert end == first + 1
        found.append(f"{first} {scope}: {words.decode().replace(chr(0), ' ')} < {head}, {previous}")
    return found


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        pytest.param("a.yml", "", [], id="nothing"),
        pytest.param(
            "a.yml",
            "a: 1\nb:\n  c: 2\n  d: 3\ne: 4\n",
            [
                "0 : a : 1 < -1, -1",
                "1 : b : < -1, 0",
                "2 b: c : 2 < 1, -1",
                "3 b: d : 3 < 1, 2",
                "4 : e : 4 < -1, 1",
            ],
            id="keys below keys",
        ),
        pytest.param(
            "a.yml",
            "a:\n- b: 1\n  c: 2\n- d\n",
            [
                "0 : a : < -1, -1",
                "1 a: - b : 1 < 0, -1",
                "2 a.b: c : 2 < 1, -1",
                "3 a: - d < 0, 1",
            ],
            id="items of a list",
        ),
        pytest.param(
            "a.yml",
            "a:\n    b:\n        c: 1\n    d: 2\n",
            [
                "0 : a : < -1, -1",
                "1 a: b : < 0, -1",
                "2 a.b: c : 1 < 1, -1",
                "3 a: d : 2 < 0, 1",
            ],
            id="out of a block again",
        ),
        pytest.param("a.yml", "# a: 1\n\nb: 2 # c\n", ["2 : b : 2 < -1, -1"], id="remarks"),
        pytest.param("a.yml", "'a b': 1\n", ['0 : "a b" : 1 < -1, -1'], id="a key in quotes"),
        pytest.param(
            "a.yml",
            "a: http://b\n  c\n",
            ["0 : a : http : / / b < -1, -1", "1 a: c < 0, -1"],
            id="a colon in a value",
        ),
        pytest.param(
            "a.toml",
            "a = 1\n[b.c]\nd = 2\n[[e]]\nf = 3\n",
            [
                "0 : a = 1 < -1, -1",
                "1 : [ b . c ] < -1, 0",
                "2 b.c: d = 2 < 1, -1",
                "3 : [ [ e ] ] < -1, 1",
                "4 e: f = 3 < 3, -1",
            ],
            id="sections",
        ),
        pytest.param(
            "a.ini",
            "[a] # b\nc = [1]\n",
            ["0 : [ a ] < -1, -1", "1 a: c = [ 1 ] < 0, -1"],
            id="a section with a remark",
        ),
        pytest.param(
            "a.md",
            "Hi\n# A\none\n## B\ntwo\n# C\n",
            [
                "0 : Hi < -1, -1",
                "1 : A < -1, 0",
                "2 A: one < 1, -1",
                "3 A: B < 1, 2",
                "4 A.B: two < 3, -1",
                "5 : C < -1, 1",
            ],
            id="headings",
        ),
        pytest.param("a.md", "#no heading\n", [], id="a number sign alone"),
        pytest.param("a.xml", "<a>\n# <b>\n", ["0 : < a > < -1, -1"], id="markup"),
    ],
)
def test_a_line_stands_below_what_it_belongs_to(path: str, text: str, lines: list[str]) -> None:
    assert _cut(path, text) == lines


def test_what_is_too_long_has_no_lines() -> None:
    assert list_line_statements("a.yml", b"a: " + b"b" * (MAX_BYTES - 3))
    assert list_line_statements("a.yml", b"a: " + b"b" * (MAX_BYTES - 2)) == []
