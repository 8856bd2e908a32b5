"""Two edits share the most specific form that both are instances of."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.edits.generalise import (
    collect_tokens,
    describe_delta,
    generalise,
    number_holes,
    opens_value,
)
from devmatrix_guard.mining.edits.terms import render
from tests.mining.edits.terms_of import form, term


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        (("f(1)", "g(1)"), ("f(1)", "g(1)"), ("f(1)", "g(1)")),
        (("f(1)", "g(1)"), ("f(2)", "g(2)"), ("f($X)", "g($X)")),
        (("f(1)", "g(1)"), ("f(2)", "g(3)"), ("f($X)", "g($Y)")),
        (("f(1, 1)", "g(1)"), ("f(2, 2)", "g(2)"), ("f($X, $X)", "g($X)")),
        (("f(1, 1)", "g(1)"), ("f(2, 3)", "g(2)"), ("f($X, $Y)", "g($X)")),
        (("f(json.a)", "g()"), ("f(json.b)", "g()"), ("f($X)", "g()")),
        (("f(1)", "f(1, k=2)"), ("f(3)", "f(3, k=4)"), ("f($X)", "f($X, k=$Y)")),
        (("f($X)", "g($X)"), ("f(1)", "g(1)"), ("f($X)", "g($X)")),
        (("f(1)", "g(1)"), ("f(1, 2)", "g(1)"), None),
        (("a.f(1)", "b"), ("c.g(1)", "b"), ("$X(1)", "b")),
        (("f(1)", "g(1)"), ("'x'", "g(1)"), None),
        (("f(k=1)", "g()"), ("f(j=1)", "g()"), None),
    ],
)
def test_joined_form(
    one: tuple[str, str], other: tuple[str, str], joined: tuple[str, str] | None
) -> None:
    found = generalise(form(*one), form(*other))
    assert (found and (render(found.before), render(found.after))) == joined


def test_holes_are_numbered_as_they_come() -> None:
    found = number_holes(form("f($B, $A)", "g($A, $C)"))
    assert (render(found.before), render(found.after)) == ("f($X, $Y)", "g($Y, $Z)")


def test_tokens_are_what_is_concrete() -> None:
    assert collect_tokens(term("json.loads($X, k=1)")) == {
        "Call", "Ref:json.loads", "keyword:k", "Constant:int:1",
    }  # fmt: skip


def test_edits_of_one_kind_change_the_same_tokens() -> None:
    assert describe_delta(form("json.f(1)", "json.g(1)")) == describe_delta(
        form("json.f('x')", "json.g('x')")
    )
    assert describe_delta(form("json.f(1)", "json.g(1)")) != describe_delta(
        form("json.g(1)", "json.f(1)")
    )


@pytest.mark.parametrize(
    ("one", "other", "opens"),
    [
        pytest.param(("f(1)", "g(1)"), ("f($X)", "g($X)"), True, id="a value"),
        pytest.param(("f(a, 1)", "g(a)"), ("f($Y, $X)", "g($Y)"), True, id="a value among others"),
        pytest.param(("f(1, 2)", "g(1, 2)"), ("f($...A)", "g($...A)"), True, id="any arguments"),
        pytest.param(("f(a)", "g(a)"), ("f($X)", "g($X)"), False, id="a name alone"),
        pytest.param(("f(1)", "g(1)"), ("f(1)", "g(1)"), False, id="nothing"),
        pytest.param(("f(1)", "g(2)"), ("f($X)", "g($X)"), False, id="one hole for two values"),
        pytest.param(("f(1)", "g(1)"), ("h($X)", "g($X)"), False, id="another call"),
        pytest.param(("f(1)", "g(1)"), ("f($X, $Y)", "g($X)"), False, id="more arguments"),
        pytest.param(("f($X)", "g($X)"), ("f(1)", "g(1)"), False, id="the other way round"),
    ],
)
def test_a_wider_form_has_holes_for_values(
    one: tuple[str, str], other: tuple[str, str], opens: bool
) -> None:
    assert opens_value(form(*one), form(*other)) is opens
