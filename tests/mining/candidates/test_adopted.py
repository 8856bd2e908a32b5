"""Code that stood in one place may be written elsewhere: a forgotten argument, an adopted name."""

from __future__ import annotations

from collections import Counter

import pytest

from devmatrix_guard.mining.candidates.rejection import may_come_again
from devmatrix_guard.mining.candidates.vocabulary import Vocabulary
from devmatrix_guard.mining.edits.forms import ANY_KEYWORD
from tests.mining.edits.terms_of import form

WORDS = Vocabulary(Counter(adopted=3, rare=2, old=9), Counter(), Counter(), frozenset({"shop"}))


@pytest.mark.parametrize(
    ("before", "after", "kind", "may"),
    [
        ("helper($X)", "helper($X, k=1)", "keyword", True),
        ("helper($X)", "helper($X, k=$V)", ANY_KEYWORD, True),
        ("helper($X)", "rare(helper($X))", "wrap", True),
        ("helper($X)", "rare(helper($X))", "exact", False),
        # the fix brought in what three files call
        ("helper($X)", "$X.adopted()", "exact", True),
        ("helper($X)", "$X.rare()", "exact", False),
        ("$X.old()", "$X.old().rare()", "exact", False),
        ("$X.adopted()", "$X.adopted(1)", "exact", False),
    ],
)
def test_an_edit_may_come_again(before: str, after: str, kind: str, may: bool) -> None:
    assert may_come_again(form(before, after, kind), WORDS) is may
