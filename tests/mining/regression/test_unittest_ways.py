"""What a change takes from a test of unittest, and what leaves it be."""

# ruff: noqa: E501  # tables of code, one case a line

from __future__ import annotations

import pytest

from devmatrix_guard.mining.regression.change import TextChange, find_losses

Edits = tuple[tuple[str, str], ...]

CART = """\
import unittest
from cart import Cart, add

class CartTest(unittest.TestCase):
    def test_add(self):
        cart = Cart()
        cart.add("pen", 2)
        self.assertEqual(cart.total(), 6)
        self.assertEqual(add(1, 2), 3)
        self.assertIn("pen", cart.names)
        self.assertTrue(cart.is_open)
        self.assertIsNone(cart.error)
        self.assertAlmostEqual(cart.tax(), 1.14, places=2)
        with self.assertRaises(ValueError) as caught:
            cart.add("pen", -1)
        self.assertEqual(str(caught.exception), "less than none")
        self.assertRaisesRegex(KeyError, "cup", cart.take, "cup")
        with self.assertLogs("cart", level="WARNING"):
            cart.warn()
        self.assertDictEqual(cart.rows, {"pen": 2})
        for name in ("a", "b"):
            with self.subTest(name=name):
                self.assertGreater(cart.price(name), 0)
"""
TAKEN: dict[str, Edits] = {
    'skip': (('    def test_add(self):\n', '    @unittest.skip("x")\n    def test_add(self):\n'),),
    'skipIf': (('    def test_add(self):\n', '    @unittest.skipIf(True, "x")\n    def test_add(self):\n'),),
    'skipUnless': (('    def test_add(self):\n', '    @unittest.skipUnless(os.environ.get("X"), "x")\n    def test_add(self):\n'),),
    'expectedFailure': (('    def test_add(self):\n', '    @unittest.expectedFailure\n    def test_add(self):\n'),),
    'skipTest': (('    def test_add(self):\n', '    def test_add(self):\n        self.skipTest("x")\n'),),
    'raise SkipTest': (('    def test_add(self):\n', '    def test_add(self):\n        raise unittest.SkipTest("x")\n'),),
    'skipTest cond': (('    def test_add(self):\n', '    def test_add(self):\n        if os.environ.get("CI"):\n            self.skipTest("x")\n'),),
    'setUp skip': (('    def test_add(self):\n', '    def setUp(self):\n        self.skipTest("x")\n\n    def test_add(self):\n'),),
    'setUp cond': (('    def test_add(self):\n', '    def setUp(self):\n        if os.environ.get("CI"):\n            self.skipTest("x")\n\n    def test_add(self):\n'),),
    'setUpClass': (('    def test_add(self):\n', '    @classmethod\n    def setUpClass(cls):\n        raise unittest.SkipTest("x")\n\n    def test_add(self):\n'),),
    'class skip': (('class CartTest', '@unittest.skip("x")\nclass CartTest'),),
    'base': (('(unittest.TestCase)', ''),),
    'mixin': (('(unittest.TestCase)', '(object)'),),
    'test none': (('    def test_add(self):\n', '    __test__ = False\n\n    def test_add(self):\n'),),
    'run override': (('    def test_add(self):\n', '    def run(self, result=None):\n        pass\n\n    def test_add(self):\n'),),
    'assertTrue': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertTrue(cart.total())\n'),),
    'assertIsNotNone': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertIsNotNone(cart.total())\n'),),
    'assertNotEqual': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertNotEqual(cart.total(), 7)\n'),),
    'assertIsInstance': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertIsInstance(cart.total(), int)\n'),),
    'assertIn': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertIn(cart.total(), (6, 7))\n'),),
    'assertGreater': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertGreater(cart.total(), 0)\n'),),
    'assertTrue 2 args': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertTrue(cart.total(), 6)\n'),),
    'print': (('        self.assertEqual(cart.total(), 6)\n', '        print(cart.total() == 6)\n'),),
    'bare': (('        self.assertEqual(cart.total(), 6)\n', '        cart.total() == 6\n'),),
    'removed': (('        self.assertEqual(cart.total(), 6)\n', ''),),
    'assertIn gone': (('        self.assertIn("pen", cart.names)\n', '        self.assertTrue(cart.names)\n'),),
    'assertTrue not none': (('assertTrue(cart.is_open)', 'assertIsNotNone(cart.is_open)'),),
    'assertIsNone': (('self.assertIsNone(cart.error)', 'self.assertFalse(cart.error)'),),
    'IsNotNone inverted': (('self.assertIsNone(cart.error)', 'self.assertIsNotNone(cart.error)'),),
    'places': (('places=2', 'places=0'),),
    'delta': (('places=2', 'delta=5'),),
    'raises Exception': (('assertRaises(ValueError)', 'assertRaises(Exception)'),),
    'msg': (('        self.assertEqual(str(caught.exception), "less than none")\n', '        self.assertTrue(str(caught.exception))\n'),),
    'msg gone': (('        self.assertEqual(str(caught.exception), "less than none")\n', ''),),
    'regex': (('"cup", cart.take', '"", cart.take'),),
    'regex gone': (('assertRaisesRegex(KeyError, "cup", cart', 'assertRaises(KeyError, cart'),),
    'logs': (('        with self.assertLogs("cart", level="WARNING"):\n            cart.warn()\n', '        cart.warn()\n'),),
    'dict': (('self.assertDictEqual(cart.rows, {"pen": 2})', 'self.assertEqual(len(cart.rows), 1)'),),
    'dict sub': (('self.assertDictEqual(cart.rows, {"pen": 2})', 'self.assertLessEqual(cart.rows.items(), {"pen": 2}.items())'),),
    'loop': (('("a", "b")', '("a",)'),),
    'loop none': (('("a", "b")', '()'),),
    'shadow default': (('    def test_add(self):\n', '    def test_add(self, add=lambda a, b: 3):\n'),),
    'shadow kwonly': (('    def test_add(self):\n', '    def test_add(self, *, add=lambda a, b: 3):\n'),),
    'shadow default fn': (('    def test_add(self):\n', '    def test_add(self, add=fake):\n'),),
    'shadow class': (('    def test_add(self):\n', '    def test_add(self, Cart=FakeCart):\n'),),
    'inverted': (('assertEqual(add(1, 2), 3)', 'assertNotEqual(add(1, 2), 3)'),),
    'input': (('add(1, 2)', 'add(0, 3)'),),
    'try': (('        self.assertEqual(cart.total(), 6)\n', '        try:\n            self.assertEqual(cart.total(), 6)\n        except self.failureException:\n            pass\n'),),
    'try2': (('        self.assertEqual(cart.total(), 6)\n', '        try:\n            self.assertEqual(cart.total(), 6)\n        except AssertionError:\n            pass\n'),),
    'replaced method': (('    def test_add(self):\n', '    def assertEqual(self, *args):\n        pass\n\n    def test_add(self):\n'),),
    'replaced method lambda': (('    def test_add(self):\n', '    assertEqual = lambda self, *args: None\n\n    def test_add(self):\n'),),
    'self.assertEqual local': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertEqual = print\n        self.assertEqual(cart.total(), 6)\n'),),
    'subTest swallow': (('    def test_add(self):\n', '    def test_add(self):\n        self.failureException = ZeroDivisionError\n'),),
    'param gone': (('    def test_add(self):\n', '    def _test_add(self):\n'),),
}  # fmt: skip
KEPT: dict[str, Edits] = {
    'more': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertEqual(cart.total(), 6)\n        self.assertEqual(cart.size, 1)\n'),),
    'setUp': (('    def test_add(self):\n', '    def setUp(self):\n        self.cart = Cart()\n\n    def test_add(self):\n'),),
    'pytest': (('        self.assertEqual(cart.total(), 6)\n', '        assert cart.total() == 6\n'),),
    'msg added': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertEqual(cart.total(), 6, "total")\n'),),
    'turned': (('        self.assertEqual(cart.total(), 6)\n', '        self.assertEqual(6, cart.total())\n'),),
    'default': (('    def test_add(self):\n', '    def test_add(self, size=3):\n'),),
    'default self': (('    def test_add(self):\n', '    def test_add(self, add=add):\n'),),
}  # fmt: skip


def lose(edits: Edits) -> list[str]:
    """Return the kinds of what edits take from the test."""
    text = CART
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    change = TextChange("tests/test_cart.py", "tests/test_cart.py", CART.encode(), text.encode())
    losses = find_losses([change], {change.path: ["CartTest::test_add"]})
    return [one.kind for loss in losses for one in loss.taken]


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_taken_from_a_test_of_unittest_is_named(case: str) -> None:
    assert lose(TAKEN[case])


@pytest.mark.parametrize("case", KEPT)
def test_a_test_of_unittest_that_asks_for_as_much_is_left_alone(case: str) -> None:
    assert lose(KEPT[case]) == []
