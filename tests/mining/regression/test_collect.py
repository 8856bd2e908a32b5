"""What a runner collects of a Python file, and what only looks like a test."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.regression.collect import Naming, collect_tests, list_shared


@pytest.mark.parametrize(
    ("path", "collected"),
    [
        ("tests/test_a.py", True),
        ("a_test.py", True),
        ("tests.py", True),
        ("a/b_tests.py", True),
        ("testing.py", True),
        ("a/helpers.py", False),
        ("test_a.txt", False),
        ("attest.py", False),
        ("test_a/b.py", False),
    ],
)
def test_a_file_is_collected_by_its_name(path: str, collected: bool) -> None:
    assert Naming().is_test_file(path) is collected


def test_settings_name_files_with_their_folders_and_functions_by_globs() -> None:
    naming = Naming(files=("checks/*.py", "it_*.py"), functions=("it_*", "check"))
    assert [naming.is_test_file(p) for p in ("checks/a.py", "b/it_a.py", "test_a.py")] == [
        True, True, False,
    ]  # fmt: skip
    names = ("it_works", "checked", "a_check", "xit_a", "test_a")
    assert [naming.is_test_name(name) for name in names] == [True, True, False, False, False]


def _collect(code: str, **more: bool) -> tuple[list[str], list[str]]:
    """Return the names of the tests, and of what only looks like one, with what skips them."""
    found = collect_tests(ast.parse(code), **more)
    tests = [t.name + (f" {t.skipped}" if t.skipped else "") for t in found.tests.values()]
    assert all(test.is_collected for test in found.tests.values())
    assert not any(test.is_collected for test in found.others)
    return tests, [test.name for test in found.others]


CLASS = "  def test_a(self): assert 1\n"
COLLECTED = [
    ("def test_a(): assert 1\ndef helper(): assert 1", ["test_a"], ["helper"]),
    ("async def test_a(): assert 1", ["test_a"], []),
    ("def test_a(): assert 1\ndef test_a(): assert 2", ["test_a"], ["test_a"]),
    ("@pytest.fixture\ndef test_a(): assert 1", [], ["test_a"]),
    ("if x:\n  def test_a(): assert 1\nelse:\n  def test_b(): assert 1", ["test_a", "test_b"], []),
    ("try:\n  def test_a(): assert 1\nexcept E:\n  def test_b(): 0", ["test_a", "test_b"], []),
    ("with x:\n  def test_a(): assert 1", ["test_a"], []),
    ("for x in y:\n  def test_a(): assert 1", [], []),
    (f"class TestA:\n{CLASS}", ["TestA::test_a"], []),
    (f"class A:\n{CLASS}", [], ["A::test_a"]),
    (
        f"class TestA:\n  def __init__(self): pass\n{CLASS}",
        [],
        ["TestA::__init__", "TestA::test_a"],
    ),
    (f"class A(unittest.TestCase):\n{CLASS}", ["A::test_a"], []),
    (f"class A(TestBase):\n{CLASS}", ["A::test_a"], []),
    (f"class A(Other):\n{CLASS}", [], ["A::test_a"]),
    (f"class B(TestCase): pass\nclass A(B):\n{CLASS}", ["A::test_a"], []),
    (f"class B(Other): pass\nclass A(B):\n{CLASS}", [], ["A::test_a"]),
    (f"class TestA:\n  __test__ = False\n{CLASS}", [], ["TestA::test_a"]),
    (f"class A:\n  __test__ = True\n{CLASS}", ["A::test_a"], []),
    ("class TestA:\n class TestB:\n  def test_a(self): assert 1", ["TestA::TestB::test_a"], []),
    ("class A:\n class TestB:\n  def test_a(self): assert 1", [], ["A::TestB::test_a"]),
    ("assert a == 1", ["(module)"], []),
    ("for a in b:\n  assert a", ["(module)"], []),
    ("if a:\n  x\nelse:\n  assert a", ["(module)"], []),
    ("x = 1", [], []),
    ("@pytest.mark.skip\ndef test_a(): assert 1", ["test_a `pytest.mark.skip`"], []),
    (f"@unittest.skip('x')\nclass TestA:\n{CLASS}", ["TestA::test_a `unittest.skip('x')`"], []),
    ("pytestmark = pytest.mark.skip\ndef test_a(): assert 1", ["test_a `pytest.mark.skip`"], []),
    ("pytestmark = pytest.mark.skip\nassert a", ["(module) `pytest.mark.skip`"], []),
    ('def f():\n  """\n  >>> f()\n  1\n  """', ["doctest f"], ["f"]),
]


@pytest.mark.parametrize(("code", "tests", "others"), COLLECTED)
def test_tests_are_collected_as_runners_do(code: str, tests: list[str], others: list[str]) -> None:
    assert _collect(code) == (tests, others)


def test_of_a_file_that_no_runner_reads_nothing_is_collected() -> None:
    assert _collect("def test_a(): assert 1\nassert b", is_collected=False) == ([], ["test_a"])


def test_a_test_is_told_with_the_lines_of_its_decorators() -> None:
    tree = ast.parse("\n@a\n@b(\n)\ndef test_a():\n  assert 1\n\nX = 1\nimport y.z\ny.v = 1\n")
    test = collect_tests(tree).tests["test_a"]
    assert (test.start, test.end, test.leaf) == (2, 6, "test_a")
    shared = [("test_a", 2, 6), ("X", 8, 8), ("y", 9, 9), ("v", 10, 10)]
    assert list(list_shared(tree)) == shared


def test_what_tests_share_are_constants_and_functions() -> None:
    code = "A = B = 1\nC: int = [\n]\nD += 1\nE.f = 1\nclass T:\n  def g(self):\n    pass\n"
    names = {"A": (1, 1), "B": (1, 1), "C": (2, 3), "D": (4, 4), "f": (5, 5), "g": (7, 8)}
    shared = list_shared(ast.parse(code))
    assert list(shared) == [(name, *lines) for name, lines in names.items()]


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ("def test_a():\n  assert a == 1", True),
        ("def test_a():\n  run(1)", True),
        ("def test_a():\n  pass", False),
        ("@pytest.mark.skip\ndef test_a():\n  assert a == 1", False),
    ],
)
def test_whether_a_test_asks_for_anything(code: str, asks: bool) -> None:
    (test,) = collect_tests(ast.parse(code)).tests.values()
    assert test.asks_anything is asks
    assert bool(test.asked) is asks


def test_what_a_skipped_test_would_ask_for_is_dead() -> None:
    code = "@pytest.mark.skip\ndef test_a():\n  assert a == 1"
    (test,) = collect_tests(ast.parse(code)).tests.values()
    ((check, reason),) = test.content.dead
    assert (check.subject, reason) == ("a", "`pytest.mark.skip`")
    assert test.content.checks == ()
