"""Why a candidate is no lesson: what its edits are about, how often they came, what came since."""

from __future__ import annotations

from collections import Counter

import pytest

from devmatrix_guard.mining.candidates.cluster import Candidate, FixedSite
from devmatrix_guard.mining.candidates.rejection import (
    explain_by_form,
    explain_rejection,
    find_called,
    find_own_names,
    is_private,
)
from devmatrix_guard.mining.candidates.vocabulary import Vocabulary
from devmatrix_guard.mining.edits.forms import ANY_KEYWORD
from devmatrix_guard.mining.edits.sites import Site
from devmatrix_guard.model.finding import Source
from tests.mining.edits.terms_of import form, term

# What is used in today's tree: each name in several files.
NAMES = (
    "f",
    "g",
    "h",
    "json",
    "data",
    "shop",
    "k",
    "field",
    "other",
    "x",
    "y",
    "w",
    "loads",
    "items",
)
WORDS = Vocabulary(
    Counter(dict.fromkeys(NAMES, 2)),
    Counter(),
    Counter(dict.fromkeys(NAMES, 2)),
    frozenset({"shop"}),
)


def candidate(
    before: str,
    after: str,
    *places: tuple[str, int],
    kind: str = "exact",
    reverse: int = 0,
    is_varied: bool = False,
) -> Candidate:
    """Return a candidate of edits in files, each by the commit of a day."""
    made = form(before, after, kind)
    sites = [
        FixedSite(
            Source(f"{day:040x}", f"2026-01-0{day}", "Fix"),
            Site(path, "f", before, after, 1, 1, (), True, False, (), (made,)),
        )
        for path, day in places or [("a.py", 1)]
    ]
    return Candidate(made, tuple(sites), reverse, is_varied)


TWICE = (("a.py", 1), ("b.py", 2))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("json.f($X)", "json.g($X)", ""),
        ("json.f($X, 'two words')", "json.g($X)", "is about one piece of data"),
        ("json.f($X, 'word')", "json.g($X)", ""),
        ("json.f($X) or $Y", "json.g($X) or $Y", "is the logic of one place"),
        ("json.f($X)", "json.f($X) and $X.h()", "is the logic of one place"),
        ("[json.f($X)]", "[json.g($X)]", "is one list of values"),
        ("(json.f($X),)", "(json.g($X),)", "is one list of values"),
        ("json.f(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, $X)", "json.g($X)", ""),
        ("json.f(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, $X)", "json.g($X)", "too specific to recur"),
        ("helper($X)", "json.g($X)", "what it looks for is gone from the project"),
        ("json.f($X)", "shop.y($X)", ""),
        ("self.field.f($X)", "self.other.f($X)", "a field was renamed"),
        ("json.f(self.field)", "json.f(self.other)", "a field was renamed"),
        ("json.f(json.g($X))", "json.g($X)", "one fix only took something away"),
    ],
)  # fmt: skip
def test_one_fix_is_believed_where_it_is_about_a_function(
    before: str, after: str, reason: str
) -> None:
    assert explain_rejection(candidate(before, after), WORDS) == reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("json.f($X, 'two words')", "json.g($X)"),
        ("json.f($X) or $Y", "json.g($X) or $Y"),
        ("[json.f($X)]", "[json.g($X)]"),
        ("json.f(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, $X)", "json.g($X)"),
        ("json.f(self.field)", "json.f(self.other)"),
        ("json.f(json.g($X))", "json.g($X)"),
    ],
)
def test_a_second_fix_elsewhere_is_believed_more(before: str, after: str) -> None:
    assert explain_rejection(candidate(before, after), WORDS) != ""
    assert explain_rejection(candidate(before, after, *TWICE), WORDS) == ""


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (candidate("json.f($X)", "json.g($X)", *TWICE, reverse=1), "other fixes did the reverse"),
        (candidate("json.f($X)", "json.g($X)", is_varied=True),
         "the same was done where another value stood"),
        (candidate("json.f($X)", "json.f($X, k=$VALUE)", kind=ANY_KEYWORD),
         "one fix alone does not tell which value is meant"),
        (candidate("json.f($X)", "json.f($X, k=$VALUE)", *TWICE, kind=ANY_KEYWORD), ""),
        (candidate("json.f($X)", "json.f($X, k=1)"), ""),
        (candidate("shop.gone($X)", "json.g($X)"), "what it looks for is gone from the project"),
        (candidate("shop.gone($X)", "json.g($X)", *TWICE), ""),
        (candidate("json.f($X)", "json.gone($X)"), "what the fix used is gone from the project"),
        (candidate("json.f($X)", "json.gone($X)", *TWICE),
         "what the fix used is gone from the project"),
        (candidate("json.f(unicode($X))", "json.g($X)"), "what it looks for no longer exists"),
        (candidate("json.f(str($X))", "json.g($X)"), ""),
    ],
)  # fmt: skip
def test_what_came_of_it_since_may_speak_against_a_lesson(made: Candidate, reason: str) -> None:
    assert explain_rejection(made, WORDS) == reason


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("range(1, len($X))", "range(1, len($X) + 1)", "an end or an amount was moved"),
        ("range(1, len($X) - 1)", "range(1, len($X))", "an end or an amount was moved"),
        ("range(1, len($X) + $N)", "range(1, len($X))", "an end or an amount was moved"),
        ("json.f($X) < $Y", "json.f($X) <= $Y", "an end or an amount was moved"),
        ("json.f($X) > $Y", "json.f($X) >= $Y", "an end or an amount was moved"),
        ("json.f($X) < $Y", "json.f($X) > $Y", ""),
        ("json.f($X) + 'a'", "json.f($X)", ""),
        ("json.f($X) * 2", "json.f($X)", ""),
        ("json.f($X) == 1", "not json.f($X) == 1", "a condition was inverted"),
        ("json.f((1, 2))", "json.f({1, 2})", "a literal was only spelled differently"),
        ("json.f", "json.f.g", "the code was replaced by a value"),
        ("json.f.g", "json.f", "the code was replaced by a value"),
        ("json.f($X)", "$Y.g($X)", "the fix used a value that only its author knew"),
        ("json.f($X)", "json.g($X, $Y)", ""),
        ("json.f($X)", "del json.g", "the statement became another one"),
    ],
)
def test_a_form_alone_may_tell_that_it_is_no_lesson(before: str, after: str, reason: str) -> None:
    assert explain_by_form(form(before, after)) == reason


@pytest.mark.parametrize(
    ("code", "called"),
    [
        ("json.f($X)", {"json.f"}),
        ("$X.g()", {"g"}),
        ("json.f($X.g())", {"json.f", "g"}),
        ("json.f", set()),
        ("$X()", set()),
    ],
)
def test_what_is_called_has_a_name(code: str, called: set[str]) -> None:
    assert find_called(term(code)) == called


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("$X.field", {"field"}),
        ("shop.load($X)", {"load"}),
        ("json.load($X)", set()),
        ("len($X)", set()),
        ("helper($X)", {"helper"}),
    ],
)
def test_own_names_are_those_no_package_gives_a_meaning_to(code: str, names: set[str]) -> None:
    assert find_own_names(term(code), WORDS) == names


def test_a_name_of_two_files_is_shared() -> None:
    assert not is_private(term("$X.f()"), WORDS)
    assert is_private(term("$X.never()"), WORDS)
