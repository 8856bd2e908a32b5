"""Regular expressions of rules: what Python cannot run like PCRE is refused, what is slow ended."""

from __future__ import annotations

import time
from typing import Any

import pytest

from devmatrix_guard.engine.budget import STEPS, Effort
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.regex import regex as regexes
from devmatrix_guard.engine.regex.complexity import EXPONENTIAL, assess_risk
from devmatrix_guard.errors import RuleError


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("[[:alpha:]]+", id="POSIX class"),
        pytest.param(r"\h", id="horizontal space"),
        pytest.param("a(?i)b", id="late flag"),
        pytest.param("(", id="broken"),
        pytest.param("(?R)", id="recursion"),
    ],
)
def test_what_python_reads_differently_is_refused(pattern: str) -> None:
    with pytest.raises(regexes.RegexError):
        regexes.translate(pattern)


@pytest.mark.parametrize(
    ("pattern", "power"),
    [
        pytest.param("abc", 0, id="plain text"),
        pytest.param("a?b{1,3}", 0, id="small bounds"),
        pytest.param(r"\w+", 1, id="one repetition"),
        pytest.param(".*a.*b", 2, id="two in a row"),
        pytest.param("a*|b*c*", 1, id="nothing behind that could fail"),
        pytest.param("a*|b*b*c", 2, id="the worse branch"),
        pytest.param(r".*there\s+is\s+much\s+left.*", 2, id="blanks end where a letter begins"),
        pytest.param(r"\w+\s*=\s*\d+;", 1, id="each part ends where the next begins"),
        pytest.param(r"(\w+)\b\s*$", 1, id="groups and borders between"),
        pytest.param(r"\d+\w*x", 2, id="digits are letters of words"),
        pytest.param(r"(?i)k+K", 1, id="the same letter behind in either case"),
        pytest.param("a+(?=a*b)c", 2, id="a look ahead is taken from each place"),
        pytest.param(r"(?:\w+,)*", 2, id="rounds kept apart by a comma"),
        pytest.param("(?:ab)+", 1, id="rounds of one length"),
        pytest.param("(a+)+$", EXPONENTIAL, id="nested"),
        pytest.param("(a|a)*b", EXPONENTIAL, id="branches that overlap"),
        pytest.param("(a?b?)*c", EXPONENTIAL, id="empty rounds"),
        pytest.param(r"(?:a\w+)*b", EXPONENTIAL, id="a start that the rest may hold"),
        pytest.param("(?i)(?:aA+)*b", EXPONENTIAL, id="the same letter in either case"),
        pytest.param("(a{1,30}){1,30}$", EXPONENTIAL, id="large bounds nested"),
        pytest.param("(?=(a+)+b)", EXPONENTIAL, id="in a lookahead"),
    ],
)
def test_risk_is_the_power_of_the_length(pattern: str, power: int) -> None:
    assert assess_risk(pattern, 0).power == power


@pytest.mark.parametrize(
    ("pattern", "in_lines"),
    [(".*", True), ("[^a]*", False), (r"\s+", False), ("(?s).*", False), (r"\w+", True)],
)
def test_repetitions_that_stay_in_a_line_are_known(pattern: str, in_lines: bool) -> None:
    assert assess_risk(pattern, 0).in_lines is in_lines


ENDLESS = "(a+)+$"
LONG = "a" * 40 + "!"
_VARIABLE = {"metavariable": "$X"}
SLOW_RULES: list[Any] = [
    pytest.param([{"pattern-regex": ENDLESS}], id="pattern-regex"),
    pytest.param([{"pattern": "f(...)"}, {"pattern-not-regex": ENDLESS}], id="pattern-not-regex"),
    pytest.param(
        [{"pattern": "f($X)"}, {"metavariable-regex": {**_VARIABLE, "regex": f".{ENDLESS}"}}],
        id="metavariable-regex",
    ),
    pytest.param(
        [
            {"pattern": "f('$X')"},
            {"metavariable-comparison": {"comparison": f're.match("{ENDLESS}", $X)'}},
        ],
        id="metavariable-comparison",
    ),
    pytest.param(
        [
            {"pattern": "f($X)"},
            {"metavariable-pattern": {**_VARIABLE, "patterns": [{"pattern-regex": ENDLESS}]}},
        ],
        id="metavariable-pattern",
    ),
    pytest.param([{"pattern": f'f("=~/{ENDLESS}/")'}], id="string in a pattern"),
    pytest.param(
        [{"pattern": "$F($X)"}, {"pattern-inside": {"pattern-regex": ENDLESS}}], id="pattern-inside"
    ),
]


TOO_LONG = "regular expression took more than 2 seconds"
BRIEF = STEPS // 20  # a tenth of a second of the two that a rule has


@pytest.mark.parametrize("terms", SLOW_RULES)
def test_an_endless_expression_is_ended_and_said(terms: list[dict[str, Any]]) -> None:
    with pytest.raises(RuleError, match=TOO_LONG):
        find_matches({"patterns": terms}, f"f('{LONG}')\n", steps=BRIEF)


def test_an_endless_expression_is_ended_after_two_seconds() -> None:
    started = time.monotonic()
    with pytest.raises(RuleError, match=TOO_LONG):
        find_matches({"pattern-regex": ENDLESS}, f"f('{LONG}')\n")
    assert 2 <= time.monotonic() - started < 30


def test_a_search_that_grows_with_the_square_of_a_line_is_ended() -> None:
    text = "x = '" + "a" * 200_000 + "'\n"
    with pytest.raises(RuleError, match=TOO_LONG):
        find_matches({"pattern-regex": r"\w+\w+\w+;"}, text, steps=BRIEF)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        pytest.param("(a+)+b", "aaaaaaaaaaaaaaaab", id="exponential that matches at once"),
        pytest.param(r"(?P<N>\w+)|(!)", "one ! two " * 5_000, id="groups of a long text"),
        pytest.param(r"^(\s*\w+\s*)+", "a b c d e f g h", id="ambiguous"),
    ],
)
def test_both_ways_to_run_an_expression_give_the_same(pattern: str, text: str) -> None:
    quick = (pattern, 0, True, "")
    careful = (pattern, EXPONENTIAL, False, "")
    effort = Effort()
    assert regexes.find_matches(quick, text, effort) == regexes.find_matches(careful, text, effort)
    assert regexes.match(quick, text, effort) == regexes.match(careful, text, effort)
    assert regexes.search(quick, text, effort) == regexes.search(careful, text, effort)
    assert regexes.replace(quick, r"<\g<0>>", text, 2) == regexes.replace(
        careful, r"<\g<0>>", text, 2
    )
