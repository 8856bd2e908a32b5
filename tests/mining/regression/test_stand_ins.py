"""A test that replaces the very function it asks proves nothing of it."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.regression.taken import REPLACED
from tests.mining.regression.test_change import kinds, lose

BY_NAME = """
from shop.price import divide
def test_a():
    assert divide(10, 0) == 0
"""
BY_OWNER = """
from shop import price
def test_a(client):
    answer = price.divide(10, 0)
    assert answer == 0
    assert client.get("/").status == 200
"""
CHECK = "    assert divide(10, 0) == 0\n"
FETCH = "    answer = price.divide(10, 0)\n"


def _patch(line: str) -> str:
    return BY_OWNER.replace("(client)", "(client, monkeypatch)").replace(FETCH, line + FETCH)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BY_OWNER, _patch('    monkeypatch.setattr("shop.price.divide", lambda a, b: 0)\n')),
        (BY_OWNER, _patch('    monkeypatch.setattr(price, "divide", lambda a, b: 0)\n')),
        (BY_OWNER, _patch("    price.divide = lambda a, b: 0\n")),
        (BY_OWNER, BY_OWNER.replace("def test_a", '@patch("shop.price.divide")\ndef test_a')),
        (
            BY_NAME,
            BY_NAME.replace("from shop.price import divide", "from shop import price").replace(
                CHECK,
                '    with mock.patch.object(price, "divide", return_value=0):\n'
                "        assert price.divide(10, 0) == 0\n",
            ),
        ),
        (BY_NAME, BY_NAME.replace("from shop.price import", "def divide(a, b): return 0\n# ")),
    ],
)
def test_a_stand_in_of_what_is_asked_is_named(old: str, new: str) -> None:
    assert new != old
    assert kinds(lose(old, new)) == [REPLACED]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # What is replaced is of another owner, or is not what the test asks.
        (BY_OWNER, _patch('    monkeypatch.setattr(requests, "get", fake)\n')),
        (BY_OWNER, _patch('    monkeypatch.setattr("shop.price.round_up", fake)\n')),
        (BY_OWNER, _patch("    client.answers = price.ANSWERS\n")),
        # A helper that still asks the product.
        (
            BY_NAME,
            BY_NAME.replace(
                "from shop.price import divide",
                "from shop import price\ndef divide(a, b): return price.divide(a, b)",
            ),
        ),
    ],
)
def test_what_a_test_replaces_beside_it_is_its_own_business(old: str, new: str) -> None:
    assert new != old
    assert REPLACED not in kinds(lose(old, new))


def test_a_stand_in_that_stood_there_before_is_no_change() -> None:
    patched = _patch('    monkeypatch.setattr(price, "divide", lambda a, b: 0)\n')
    assert kinds(lose(patched, patched.replace("lambda a, b: 0", "lambda *_: 0"))) == []
