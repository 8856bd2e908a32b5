"""Only what differs is shown, each run of lines with the one before and after it."""

from __future__ import annotations

import pytest

from devmatrix_guard.commands.application.regeneration.changed_lines import list_changed_lines


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "", ""),
        ("abc", "abc", ""),
        ("", "ab", "+a +b"),
        ("ab", "", "-a -b"),
        ("abcde", "abxde", " b -c +x  d"),
        ("abcdefgh", "Abcdefgh", "-a +A  b"),
        ("abcdefgh", "abcdefgH", " g -h +H"),
        ("abcdefgh", "Abcdefgi", "-a +A  b  …  g -h +i"),
        ("abcd", "Abcd", "-a +A  b"),
        ("abcd", "AbcD", "-a +A  b  c -d +D"),
    ],
)
def test_runs_are_shown_with_what_is_around(before: str, after: str, shown: str) -> None:
    found = " ".join(line[0] + line[2:] for line in list_changed_lines(before, after))
    assert found == shown
