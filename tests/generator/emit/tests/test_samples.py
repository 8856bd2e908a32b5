"""Samples of values: texts for patterns and lists, within bounds."""

from __future__ import annotations

import re

import pytest

from devmatrix_guard.generator.emit.tests.samples import (
    NoSampleError,
    make_attribute_value,
    make_text,
)
from devmatrix_guard.ir.domain import Attribute, Type
from devmatrix_guard.ir.shape import Constraint

FITTING = ["^[a-z]{3}-[0-9]+$", "^(ab|cd){2,5}x?$", r"^\d{4}$", "^x{2000}$", "(a(b(c{2}){2}){2})"]


@pytest.mark.parametrize("pattern", FITTING)
def test_a_text_fits_its_pattern(pattern: str) -> None:
    assert re.search(pattern, make_text(pattern))


@pytest.mark.parametrize(
    "pattern",
    ["^x{5000000}$", "^(x{9999}){9999}$", "^(x{99}){99}(y{99}){99}(((z{99}){99}){99}){99}$"],
)
def test_a_text_that_would_be_beyond_bounds_is_not_made(pattern: str) -> None:
    """Repetitions within repetitions multiply: a few characters asked for gigabytes."""
    with pytest.raises(NoSampleError):
        make_text(pattern)


def _list_of(count: int) -> Attribute:
    return Attribute(
        "tags", "tags", Type("list", items="text"), constraints=(Constraint("min_items", count),)
    )


def test_a_list_has_as_many_items_as_it_must() -> None:
    assert len(make_attribute_value(_list_of(3), 0)) == 3


@pytest.mark.parametrize("count", [501, 1_000_000, 10**9])
def test_a_list_beyond_bounds_is_not_made(count: int) -> None:
    with pytest.raises(NoSampleError):
        make_attribute_value(_list_of(count), 0)


def test_a_text_that_is_called_a_mail_address_is_one() -> None:
    made = make_attribute_value(Attribute("contact_email", "contactEmail", Type("string")), 3)
    assert made == "user3@example.com"
    short = (Constraint("max_length", 8),)
    text = make_attribute_value(Attribute("email", "email", Type("string"), constraints=short), 3)
    assert len(text) <= 8
