"""The lines of a fix: what goes and what comes, beside each other."""

from __future__ import annotations

from devmatrix_guard.reports.preview import compare_lines
from tests.helpers_bounds import expect_end


def test_lines_that_are_like_each_other_stand_together() -> None:
    found = list(
        compare_lines(["a = old_call(1)", "b = old_call(2)"], ["a = call(1)", "b = call(2)"])
    )
    assert found == ["- a = old_call(1)", "+ a = call(1)", "- b = old_call(2)", "+ b = call(2)"]


def test_a_long_line_is_not_compared_letter_by_letter() -> None:
    before, after = "x = 1;" * 20_000 + "old(1)", "x = 1;" * 20_000 + "new(1)"
    with expect_end():
        found = list(compare_lines(["a = 0", before, "b = 0"], ["a = 0", after, "b = 0"]))
        assert found == ["  a = 0", f"- {before}", f"+ {after}", "  b = 0"]
