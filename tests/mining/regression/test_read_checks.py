"""What one assertion asks for is equal however it is written: as operator, subject, expected."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.regression.checks import (
    find_helper_name,
    has_checks,
    is_asserting,
    is_checking_name,
    is_raising_name,
    read_check_call,
    read_truth,
)


def truth(code: str, *, positive: bool = True) -> list[str]:
    found = read_truth(ast.parse(code, mode="eval").body, positive=positive)
    return [" | ".join(filter(None, parts)) for parts in found]


def call(code: str, body: str = "") -> list[str] | None:
    node = ast.parse(code, mode="eval").body
    assert isinstance(node, ast.Call)
    found = read_check_call(node, ast.parse(body).body)
    return None if found is None else [" | ".join(filter(None, parts)) for parts in found]


@pytest.mark.parametrize(
    ("code", "asked", "denied"),
    [
        ("a == 1", ["== | a | 1"], ["!= | a | 1"]),
        ("1 == a", ["== | a | 1"], ["!= | a | 1"]),
        ("1 < a", ["> | a | 1"], ["<= | a | 1"]),
        ("1 <= a", [">= | a | 1"], ["< | a | 1"]),
        ("1 > a", ["< | a | 1"], [">= | a | 1"]),
        ("a >= 1", [">= | a | 1"], ["< | a | 1"]),
        ("a == b", ["== | a | b"], ["!= | a | b"]),
        ("a is b", ["is | a | b"], ["is not | a | b"]),
        ("a == None", ["is | a | None"], ["is not | a | None"]),
        ("a is not None", ["is not | a | None"], ["is | a | None"]),
        ("a == True", ["true | a"], ["false | a"]),
        ("a != True", ["false | a"], ["true | a"]),
        ("a == False", ["false | a"], ["true | a"]),
        ("a is True", ["is | a | True"], ["is not | a | True"]),
        ("a in b", ["in | a | b"], ["not in | a | b"]),
        ("1 in b", ["contains | b | 1"], ["lacks | b | 1"]),
        ("1 not in b", ["lacks | b | 1"], ["contains | b | 1"]),
        ("1 in [1, 2]", ["in | 1 | [1, 2]"], ["not in | 1 | [1, 2]"]),
        ("a == a", [], ["!= | a | a"]),
        ("a <= a", [], ["> | a | a"]),
        ("a < a", ["< | a | a"], []),
        ("f() == f()", ["== | f() | f()"], ["!= | f() | f()"]),
        ("a < b < c", ["< | a | b", "< | b | c"], ["false | a < b < c"]),
        ("a and b", ["true | a", "true | b"], ["false | a and b"]),
        ("a or b", ["true | a or b"], ["false | a", "false | b"]),
        ("not a", ["false | a"], ["true | a"]),
        ("True", [], ["fails"]),
        ("False", ["fails"], []),
        ("bool(a)", ["true | a"], ["false | a"]),
        ("bool(a, b)", ["true | bool(a, b)"], ["false | bool(a, b)"]),
        ("isinstance(a, int)", ["isinstance | a | int"], ["not isinstance | a | int"]),
        ("isinstance(a)", ["true | isinstance(a)"], ["false | isinstance(a)"]),
        ("a.startswith('b')", ["startswith | a | 'b'"], ["false | a.startswith('b')"]),
        ("a.endswith('b', 1)", ["endswith | a | 'b', 1"], ["false | a.endswith('b', 1)"]),
        ("startswith(a)", ["true | startswith(a)"], ["false | startswith(a)"]),
        ("isclose(a, b, rel_tol=1)", ["==~ | a | b | rel_tol=1"],
         ["false | isclose(a, b, rel_tol=1)"]),
        ("isclose(a)", ["true | isclose(a)"], ["false | isclose(a)"]),
        ("a == approx(1, 2, 3)", ["==~ | a | 1 | abs=3,rel=2"], ["!= | a | approx(1, 2, 3)"]),
        ("approx(1, abs=3, nan_ok=True) == a", ["==~ | a | 1 | abs=3"],
         ["!= | approx(1, abs=3, nan_ok=True) | a"]),
        ("a == approx()", ["== | a | approx()"], ["!= | a | approx()"]),
        ("abs(a - b) < c", ["==~ | a | b | abs=c"], [">= | abs(a - b) | c"]),
        ("abs(a - b) <= c", ["==~ | a | b | abs=c"], ["> | abs(a - b) | c"]),
        ("abs(a - b) > c", ["> | abs(a - b) | c"], ["==~ | a | b | abs=c"]),
        ("math.fabs(a - b) < c", ["==~ | a | b | abs=c"], [">= | math.fabs(a - b) | c"]),
        ("abs(a + b) < c", ["< | abs(a + b) | c"], [">= | abs(a + b) | c"]),
        ("abs(a) < c", ["< | abs(a) | c"], [">= | abs(a) | c"]),
        ("abs() < c", ["< | abs() | c"], [">= | abs() | c"]),
        ("max(a - b) < c", ["< | max(a - b) | c"], [">= | max(a - b) | c"]),
    ],
)  # fmt: skip
def test_a_condition_asks_for_something_and_its_denial_for_the_other(
    code: str, asked: list[str], denied: list[str]
) -> None:
    assert truth(code) == truth(f"not ({code})", positive=False) == asked
    assert truth(code, positive=False) == truth(f"not ({code})") == denied


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("self.assertEqual(a, 1)", ["== | a | 1"]),
        ("eq_(1, a)", ["== | a | 1"]),
        ("self.assertNotEqual(a, 1)", ["!= | a | 1"]),
        ("self.assertEqual(a)", ["assertEqual | a"]),
        ("self.assertIs(a, b)", ["is | a | b"]),
        ("self.assertIsNot(a, None)", ["is not | a | None"]),
        ("self.assertIn(1, a)", ["contains | a | 1"]),
        ("self.assertNotIn(1, a)", ["lacks | a | 1"]),
        ("self.assertLess(a, 1)", ["< | a | 1"]),
        ("self.assertGreaterEqual(1, a)", ["<= | a | 1"]),
        ("self.assertIsInstance(a, int)", ["isinstance | a | int"]),
        ("self.assertNotIsInstance(a, int)", ["not isinstance | a | int"]),
        ("self.assertAlmostEqual(1, a)", ["==~ | a | 1"]),
        ("self.assertAlmostEqual(a, 1, 3)", ["==~ | a | 1 | places=3"]),
        ("self.assertAlmostEqual(a, 1, delta=2, places=3)", ["==~ | a | 1 | delta=2,places=3"]),
        ("self.assertAlmostEqual(a, 1, 4, places=3)", ["==~ | a | 1 | places=3"]),
        ("self.assertIsNone(a)", ["is | a | None"]),
        ("self.assertIsNotNone(a)", ["is not | a | None"]),
        ("self.assertIsNone()", ["assertIsNone"]),
        ("self.assertTrue(a == 1)", ["== | a | 1"]),
        ("self.assertFalse(a == 1)", ["!= | a | 1"]),
        ("self.assertTrue()", ["assertTrue"]),
        ("self.fail('x')", ["fails"]),
        ("assert_valid(a, 1, k=2)", ["assert_valid | a | 1, k=2"]),
        ("assert_valid(**a)", ["assert_valid | **=a"]),
        ("self.assertItemsEqual(a, b)", ["assertCountEqual | a | b"]),
        ("mock.assert_called_with(1, 2)", ["assert_called_with | mock | 1, 2"]),
        ("self.assert_called_with(1, 2)", ["assert_called_with | 1 | 2"]),
        ("assert_called_with(1, 2)", ["assert_called_with | 1 | 2"]),
        ("shop.assert_open(1)", ["assert_open | 1"]),
        ("print(a)", None),
        ("self.checked(a)", None),
    ],
)
def test_a_call_asks_for_what_its_operator_would(code: str, asked: list[str] | None) -> None:
    assert call(code) == asked


@pytest.mark.parametrize(
    ("code", "body", "asked"),
    [
        ("pytest.raises(E)", "f(1)\ng()", ["raises | f(1); g() | E"]),
        ("pytest.raises(E, match='x')", "f()", ["raises | f() | E | 'x'"]),
        ("pytest.raises(E, f, 1, 2)", "", ["raises | f(1, 2) | E"]),
        ("self.assertRaises(E, lambda: f(1))", "", ["raises | f(1) | E"]),
        ("self.assertRaisesRegex(E, 'x', f, 1)", "", ["raises | f(1) | E | 'x'"]),
        ("self.assertRaisesRegexp(E, 'x')", "f()", ["raises | f() | E | 'x'"]),
        ("self.assertRaisesRegex(E)", "f()", ["raises | f() | E"]),
        ("pytest.raises()", "f()", ["raises | f()"]),
        ("pytest.warns(W)", "f()", ["warns | f() | W"]),
        ("self.assertLogs('a')", "f()", ["assertLogs | f() | 'a'"]),
        ("ExpectLog(a)", "f()", ["ExpectLog | f() | a"]),
    ],
)
def test_what_has_to_be_raised_is_asked_of_a_call_or_a_block(
    code: str, body: str, asked: list[str]
) -> None:
    assert call(code, body) == asked


@pytest.mark.parametrize(
    ("name", "checks", "raises", "asserts"),
    [
        ("assert_valid", True, False, True),
        ("check_valid", True, False, False),
        ("checkValid", True, False, False),
        ("check", True, False, False),
        ("checker", False, False, False),
        ("my_assert_x", True, False, False),
        ("fail", False, False, True),
        ("failUnlessEqual", True, False, False),
        ("eq_", True, False, True),
        ("raises", False, True, True),
        ("warns", False, True, True),
        ("assertRaises", True, True, True),
        ("expect_ValueError", True, True, True),
        ("raise_it", False, False, False),
    ],
)
def test_names_tell_what_checks(name: str, checks: bool, raises: bool, asserts: bool) -> None:
    found = (is_checking_name(name), is_raising_name(name), is_asserting(name))
    assert found == (checks, raises, asserts)


@pytest.mark.parametrize(
    ("code", "name"),
    [("f(1)", "f"), ("self.f(1)", "f"), ("cls.f(1)", "f"), ("shop.f(1)", ""), ("a.b.f(1)", ""),
     ("f(1)(2)", "")],
)  # fmt: skip
def test_a_call_may_mean_a_function_beside_it(code: str, name: str) -> None:
    node = ast.parse(code, mode="eval").body
    assert isinstance(node, ast.Call)
    assert find_helper_name(node) == name


@pytest.mark.parametrize(
    ("body", "has"),
    [("assert a", True), ("self.assertEqual(a, b)", True), ("with raises(E): f()", True),
     ("check(a)", False), ("f()", False)],
)  # fmt: skip
def test_a_function_asserts_something_itself(body: str, has: bool) -> None:
    assert has_checks(ast.parse(f"def f():\n    {body}")) is has
