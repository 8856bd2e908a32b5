from __future__ import annotations

import pytest

from devmatrix_guard.ir.domain import Attribute, Type
from devmatrix_guard.ir.shape import Constraint
from devmatrix_guard.ir.text_keys import choose_text_key


def _choose(**limits: object) -> tuple[str, int, int] | None:
    constraints = tuple(Constraint(kind, value) for kind, value in limits.items())  # type: ignore[arg-type]  # of any kind
    made = choose_text_key(Attribute("id", "id", Type("string"), constraints=constraints))
    return (made.start, made.length, len(made.digits)) if made is not None else None


@pytest.mark.parametrize(
    ("limits", "start", "length", "digits"),
    [
        ({}, "", 32, 16),
        ({"max_length": 20}, "", 20, 16),
        ({"pattern": "^acct_[0-9a-f]{24}$"}, "acct_", 24, 16),
        ({"pattern": "^trf_[0-9a-z]{10}$"}, "trf_", 10, 36),
        ({"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"}, "", 26, 32),
        ({"pattern": r"^\d{18}$"}, "", 18, 10),
        ({"pattern": "^[a-z]{16}$"}, "", 16, 26),
    ],
    ids=str,
)
def test_a_text_key_is_made_of_what_its_pattern_lets_stand_in_each_place(
    limits: dict[str, object], start: str, length: int, digits: int
) -> None:
    assert _choose(**limits) == (start, length, digits)


@pytest.mark.parametrize(
    "limits",
    [{"pattern": r"^P-\d{8}$"}, {"max_length": 8}, {"pattern": "^[a-f][0-9]{15}$"}],
    ids=["few", "short", "different places"],
)
def test_a_text_key_that_would_soon_be_taken_or_not_fit_is_not_made(
    limits: dict[str, object],
) -> None:
    assert _choose(**limits) is None
