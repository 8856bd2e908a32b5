"""A regeneration is stopped by what it breaks, and not by what was broken before."""

from __future__ import annotations

import pytest

from devmatrix_guard.commands.application.regeneration.trial import _describe_failure
from devmatrix_guard.verify.checks import Check, _list_findings

OUTPUT = """\
src/a.py:3:1: F401 [*] `os` imported but unused
Would reformat: src/b.py
src/c.py:12: error: Function is missing a return type annotation  [no-untyped-def]
FAILED tests/test_a.py::test_it - assert 1 == 2
Found 3 errors.
"""


def _failed(*findings: str, detail: str = "x") -> Check:
    return Check("lint", "fail", detail, 0.0, findings)


def test_the_findings_of_tools_have_no_numbers_of_lines() -> None:
    assert _list_findings(OUTPUT) == (
        "FAILED tests/test_a.py::test_it",
        "Would reformat: src/b.py",
        "src/a.py: F401 [*] `os` imported but unused",
        "src/c.py: error: Function is missing a return type annotation  [no-untyped-def]",
    )


@pytest.mark.parametrize(
    ("after", "before", "said"),
    [
        (_failed("src/a.py: F401"), [], "lint fails: src/a.py: F401"),
        (_failed("src/a.py: F401"), [_failed("src/a.py: F401")], ""),
        (_failed("src/a.py: F401", "src/b.py: E1"), [_failed("src/a.py: F401")], "src/b.py: E1"),
        (_failed("a: F401", "a: F401"), [_failed("a: F401")], "a: F401"),
        (_failed(detail="same"), [_failed(detail="same")], ""),
        (_failed(detail="new"), [_failed(detail="old")], "lint fails: new"),
    ],
)
def test_only_what_is_new_stops_it_and_the_file_is_named(
    after: Check, before: list[Check], said: str
) -> None:
    found = _describe_failure(after, before)
    assert said in found
    assert bool(found) == bool(said)
