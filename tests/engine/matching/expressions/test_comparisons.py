"""Which values a comparison of a metavariable holds for, as semgrep computes them."""

from __future__ import annotations

import pytest

from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.errors import RuleError


def is_held(comparison: str, argument: str, before: str = "") -> bool:
    """Tell whether a comparison of `$X` holds for the argument of a call, after other code."""
    condition = {"metavariable-comparison": {"comparison": comparison}}
    rule = {"patterns": [{"pattern": "f($X)"}, condition]}
    return bool(find_matches(rule, f"{before}f({argument})\n"))


@pytest.mark.parametrize(
    ("comparison", "holding", "others"),
    [
        ("$X > 2", ["3", "2.5", "1 + 2"], ["2", "-3", "x", "'3'"]),
        ("$X >= 2", ["2", "2.0"], ["1", "True"]),
        ("$X < 2", ["1", "-3", "~1", "+1"], ["2", "None"]),
        ("$X <= 2", ["2", "1.5"], ["3"]),
        ("$X == 2", ["2", "4 / 2", "2.0", "5 & 2 | 2", "3 ^ 1"], ["1", "'2'", "x"]),
        ("$X != 2", ["1", "'2'"], ["2"]),
        ("$X == True", ["True", "not False", "True and True"], ["1", "False", "True and False"]),
        ("$X or False", ["True", "False or True"], ["False"]),
        ("$X == -7 % 3", ["-1"], ["2"]),  # the sign of the dividend, as in C
        ("$X % 4 & 1 == 1", ["7", "5"], ["6", "7.0"]),  # a whole number stays one
        ("$X % 2.5 == 1.5", ["6.5", "4"], ["5", "7.5"]),
        ("$X == -7 / 2", ["-3"], ["-4", "-3.5"]),  # towards nothing
        ("$X == 2 ** 10", ["1024"], ["20"]),
        ("$X == 6 * 7 - 1", ["41"], ["42"]),
        ("$X in [1, 'a', True]", ["1", "'a'", "True"], ["2", "1.0", "False", "'1'"]),
        ("$X not in [1, 2]", ["3", "'1'"], ["1", "2"]),
        ("'b' in $X", ["'abc'"], ["'ac'", "1"]),
        ("$X not in 'abc'", ["'d'"], ["'a'", "1"]),
        ("2 in $X", ["[1, 2]"], ["[1, 3]"]),
        ("$X == 'ab'", ["'ab'", "'a' 'b'"], ["'ba'"]),
        ("int($X) > 7", ["'8'", "8", "'0x10'"], ["'7'", "'eight'", "True", "x"]),
        ("str($X) == 'x.y'", ["x.y"], ["x.z"]),
        ("str($X) == '3'", ["3", "'3'"], ["4"]),
        ("str($X) == 'true'", ["True"], ["False"]),
        ("str($X) == '2.'", ["2.0"], ["2.5"]),
    ],
)
def test_a_comparison_holds_for(comparison: str, holding: list[str], others: list[str]) -> None:
    assert [value for value in [*holding, *others] if is_held(comparison, value)] == holding


@pytest.mark.parametrize(
    ("comparison", "argument"),
    [
        pytest.param("$X / 0 == 0", "1", id="a division by nothing"),
        pytest.param("$X % 0 == 0", "1", id="a remainder of nothing"),
        pytest.param("$X ** 65 > 0", "2", id="a large power"),
        pytest.param("$X ** -1 < 1", "2", id="a negative power"),
        pytest.param("$X + 'a' == 'aa'", "'a'", id="texts that are added"),
        pytest.param("$X < 'b'", "'a'", id="an order of texts"),
        pytest.param("str($X) == '[1]'", "[1]", id="the text of a list"),
        pytest.param("1 < $X & 3", "2.0", id="bits of no whole number"),
    ],
)
def test_what_semgrep_cannot_compute_holds_for_nothing(comparison: str, argument: str) -> None:
    assert not is_held(comparison, argument)
    assert not is_held(f"not ({comparison})", argument)


def test_a_name_has_the_value_of_its_constant_unless_a_rule_switches_that_off() -> None:
    assert is_held("$X > 2", "LIMIT", "LIMIT = 3\n")
    assert not is_held("$X > 2", "LIMIT", "LIMIT = 3\nLIMIT = g()\n")
    condition = {"metavariable-comparison": {"metavariable": "$X", "comparison": "$X > 2"}}
    rule = {
        "patterns": [{"pattern": "f($X)"}, condition],
        "options": {"constant_propagation": False},
    }
    assert find_matches(rule, "LIMIT = 3\nf(LIMIT)\n") == []
    assert [match.start_line for match in find_matches(rule, "LIMIT = 3\nf(4)\n")] == [2]


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"comparison": "$X == 1", "strip": True}, "`base` or `strip`"),
        ({"comparison": "$X == 1", "base": 16}, "`base` or `strip`"),
        ({"comparison": "int($X, 2) > 0"}, "calls `int`"),
        ({"comparison": "hex($X) == 'a'"}, "calls `hex`"),
    ],
)
def test_a_comparison_that_only_semgrep_computes_is_refused(
    condition: dict[str, object], reason: str
) -> None:
    rule = {"patterns": [{"pattern": "f($X)"}, {"metavariable-comparison": condition}]}
    with pytest.raises(RuleError, match=f"needs semgrep: .*{reason}"):
        find_matches(rule, "f(1)")
