"""Values of generated tests are compared and moved as the running application would."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from devmatrix_guard.generator.emit.tests.value_search import (
    UnsolvableError,
    check_limits,
    compare,
    shift,
)


@pytest.mark.parametrize("operator", ["<", ">", "<=", ">="])
@pytest.mark.parametrize("start", [5, Decimal("1.00")])
def test_a_value_is_moved_to_the_wanted_side(operator: str, start: Any) -> None:
    assert compare(shift(operator, start), operator, start)


def test_the_closest_value_is_taken() -> None:
    assert [shift(operator, 5) for operator in ("<", "<=", ">=", ">")] == [4, 5, 5, 6]
    assert shift(">", Decimal("1.00")) == Decimal("1.01")


@pytest.mark.parametrize(("value", "held"), [(0, False), (1, True), (9, True), (10, False)])
def test_a_number_outside_of_its_limits_is_refused(value: int, held: bool) -> None:
    try:
        check_limits({"ge": 1, "lt": 10}, value)
    except UnsolvableError:
        assert not held
    else:
        assert held


def test_texts_have_no_order() -> None:
    with pytest.raises(UnsolvableError, match="not numbers"):
        compare("a", "<", "b")
