"""Globs of `paths` match like Semgrep's: anywhere in the path unless they begin with a slash."""

from __future__ import annotations

import pytest

from devmatrix_guard.engine.rules.path_globs import matches_any


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        pytest.param("tests", "a/tests/b.py", id="a folder anywhere"),
        pytest.param("*.py", "a/b.py", id="a name anywhere"),
        pytest.param("/src/*.py", "src/a.py", id="from the root"),
        pytest.param("src/**/a.py", "src/a.py", id="no folder between"),
        pytest.param("src/**/a.py", "x/src/b/c/a.py", id="folders between"),
        pytest.param("a?.py", "ab.py", id="one character"),
        pytest.param("[ab].py", "b.py", id="one of some"),
        pytest.param("[!ab].py", "c.py", id="none of some"),
        pytest.param("a+(b).py", "a+(b).py", id="signs of regular expressions"),
    ],
)
def test_glob_matches(glob: str, path: str) -> None:
    assert matches_any(path, ["no/such", glob])


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        pytest.param("/src", "a/src/b.py", id="not at the root"),
        pytest.param("*.py", "a.pyi", id="more behind"),
        pytest.param("src/*.py", "src/a/b.py", id="a star stays in its folder"),
        pytest.param("a?b.py", "a/b.py", id="a question mark is no slash"),
        pytest.param("ests", "tests/a.py", id="part of a name"),
        pytest.param("[!ab].py", "a.py", id="one of those left out"),
    ],
)
def test_glob_does_not_match(glob: str, path: str) -> None:
    assert not matches_any(path, [glob])


def test_no_globs_match_nothing() -> None:
    assert not matches_any("a.py", [])
