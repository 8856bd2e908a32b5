"""A test that replaces the very function it asks proves nothing of it."""

# tables of code, one case a line

from __future__ import annotations

import pytest

from devmatrix_guard.mining.regression.stand_ins import list_patches
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
        (BY_NAME, BY_NAME.replace("shop.price", "tests.helpers")),
        (BY_NAME, BY_NAME.replace("shop.price import", "fake_shop import safe as")),
        (
            BY_NAME,
            BY_NAME.replace("def test_a():\n", "def test_a():\n    from .stubs import divide\n"),
        ),
        (BY_NAME, BY_NAME.replace("def test_a", "divide = lambda a, b: 0 * a\ndef test_a")),
        (BY_NAME, BY_NAME.replace("def test_a", "divide = Mock(return_value=0)\ndef test_a")),
        (BY_OWNER, BY_OWNER.replace("def test_a", "price.divide = lambda a, b: 0\ndef test_a")),
        (
            BY_OWNER,
            "@pytest.fixture(autouse=True)\ndef fast(monkeypatch):\n"
            "    monkeypatch.setattr(price, 'divide', lambda a, b: 0)\n" + BY_OWNER,
        ),
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
        # Another place of the product, other helpers, a stand-in that no test asks.
        (BY_NAME, BY_NAME.replace("shop.price", "shop.money")),
        (BY_NAME, BY_NAME.replace("shop.price", "shop.helpers")),
        (BY_NAME, "from tests.helpers import client\n" + BY_NAME),
        (BY_NAME, BY_NAME.replace("def test_a", "sleep = lambda s: 0\ndef test_a")),
        (
            BY_NAME,
            BY_NAME.replace(
                "from shop.price import divide", "import shop.price\ndivide = shop.price.divide"
            ),
        ),
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


SCRIPT = """
const { add, sub } = require('../sum');
describe('sum', () => {
  it('adds', () => {
    expect(add(1, 2)).toBe(3);
  });
});
"""


@pytest.mark.parametrize("call", ["jest.mock('../sum');", "vi.mock('../sum', () => ({ add: 3 }));"])
def test_a_module_of_javascript_that_a_file_replaces_is_a_stand_in(call: str) -> None:
    found = lose(SCRIPT, call + SCRIPT, name="adds", path="sum.test.js")
    assert kinds(found) == [REPLACED]
    other = call.replace("sum", "net")
    assert lose(SCRIPT, other + SCRIPT, name="adds", path="sum.test.js") == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import a\na.add = lambda: 3\n", ("a", "add")),
        ("def pytest_configure(config):\n    shop.a.add = fake\n", ("a", "add")),
        ("import sys\nsys.modules['shop.a'] = Fake()\n", ("a", "")),
        (
            "@pytest.fixture(autouse=True)\ndef f(mocker):\n    mocker.patch('a.add')\n",
            ("a", "add"),
        ),
        ("@pytest.fixture\ndef f(mocker):\n    mocker.patch('a.add')\n", None),
        ("class A:\n    def f(self):\n        a.add = 3\n", None),
        ("def (", None),
    ],
)
def test_what_is_replaced_for_every_test_is_read(
    source: str, found: tuple[str, str] | None
) -> None:
    assert [patch[:2] for patch in list_patches(source.encode())] == ([found] if found else [])
