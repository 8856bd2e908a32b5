"""What a regular expression may take, by each kind of part: its power, its lines, its beginning."""

from __future__ import annotations

import re

import pytest

from devmatrix_guard.engine.regex.complexity import EXPONENTIAL, assess_risk


@pytest.mark.parametrize(
    ("pattern", "power"),
    [
        # bounds below ten count as so many parts
        ("a{0,9}", 0),
        ("a{0,10}", 1),
        ("(?:a*b){0,3}c", 3),
        ("(?:a*b){1}c", 1),
        ("(?:a*b){0}c", 1),
        # one way through parts that end where the next begins, and one more for each that may not
        ("a*b*c*d", 1),
        ("a*a*b", 2),
        ("a*a*a*b", 3),
        ("a*b*a*c", 2),
        ("a*.b", 1),
        ("a*^b*c", 1),
        ("a*[^a]", 1),
        ("a*[^b]", 1),
        (r"\w*\W", 1),
        (r"\w*\d", 1),
        (r"\s*\S*\s*x", 3),
        ("[a-f]*[f-z]*0", 2),
        ("[a-f]*[g-z]*0", 1),
        ("[^a]*a*b", 2),
        ("[é]*[ü]*a", 2),  # all that is beyond ASCII is one
        ("[é]*[a]*b", 1),
        ("[a-é]*[ü]*1", 2),
        (r"[\d]*[\w]*-", 2),
        (r"[\D]*[\d]*-", 2),
        # groups
        ("(a*)b", 1),
        ("(a*)(b*)c", 1),
        ("(a*)(a*)c", 2),
        ("(?:a*)(?:b*)c", 1),
        ("(?>a*)b", 1),
        ("(?i:a*)A", 1),
        ("(a)?(?(1)b*|c*c*d)", 2),
        ("(a)?(?(1)b*)", 1),
        ("(?!a*b)c", 1),
        ("(?<=ab)c*d", 1),
        ("a*|b*b*", 2),
        ("(?:ab*|cd*d*)f", 2),
        ("(?:ab*|cd*e*)f", 1),
        # rounds
        ("(?:a,)*b", 1),
        ("(?:a*,)*b", 2),
        ("(?:,a*)*b", 2),
        ("(?:a*b*)*c", EXPONENTIAL),
        ("(?:a*,b*)*c", EXPONENTIAL),
        ("(?:,*a*)*c", EXPONENTIAL),
        ("(?:(?:ab)*,)*c", EXPONENTIAL),
        ("(?:a*){2,9}b", EXPONENTIAL),
        ("(?:[^,]*,)*x", 2),
        ("(?:.*,)*x", EXPONENTIAL),
        ("a*+a*+b", 2),
        ("a*?a*?b", 2),
    ],
)
def test_each_part_adds_to_the_power(pattern: str, power: int) -> None:
    assert assess_risk(pattern, 0).power == power


@pytest.mark.parametrize(
    ("pattern", "flags", "in_lines"),
    [
        ("a.*b", 0, True),
        ("a.*b", re.DOTALL, False),
        (r"a\s*b", 0, False),
        ("a[^b]*b", 0, False),
        (r"a[^b\n]*b", 0, True),
        (r"a\w*b", 0, True),
        (r"a\W*b", 0, False),
        (r"a\nb", 0, True),
        (r"(?:a\n)*b", 0, False),
        (r"a\s{0,9}b", 0, True),
    ],
)
def test_a_repetition_stays_in_its_line_or_goes_on(
    pattern: str, flags: int, in_lines: bool
) -> None:
    assert assess_risk(pattern, flags).in_lines is in_lines


@pytest.mark.parametrize(
    ("pattern", "flags", "first"),
    [
        ("abc", 0, "a"),
        ("(?:ab)c", 0, "a"),
        ("éa", 0, "é"),
        ("abc", re.IGNORECASE, ""),
        ("(?i)abc", 0, ""),
        ("(ab)c", 0, "a"),
        ("a?b", 0, ""),
        ("[a]b", 0, "a"),
        ("[ab]c", 0, ""),
        ("", 0, ""),
    ],
)
def test_the_first_character_is_known_where_there_is_one(
    pattern: str, flags: int, first: str
) -> None:
    assert assess_risk(pattern, flags).first == first
