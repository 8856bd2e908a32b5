"""What is put around a test so that it is not run, or cannot fail."""

# ruff: noqa: E501  # tables of code, one case a line

from __future__ import annotations

import pytest

from devmatrix_guard.mining.regression.taken import SKIPPED
from tests.mining.regression.test_change import kinds, lose

OLD = "from shop import add\ndef test_a():\n    assert add(1, 2) == 3\n"
UNITTEST = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        assert add(1) == 2\n"
SCRIPT = "it('zero', () => {\n  expect(0).toBe(0);\n});\nit('adds', () => {\n  expect(add(1)).toBe(2);\n});\n"


def _wrap(decorator: str, mark: str = "@quiet") -> str:
    return OLD.replace("def test_a", f"{decorator}{mark}\ndef test_a")


SWALLOWS = """def quiet(f):
    def inner(*args):
        try:
            return f(*args)
        except Exception:
            pass
    return inner
"""
SUPPRESSES = """def quiet(f):
    @functools.wraps(f)
    def inner(*args):
        with contextlib.suppress(AssertionError):
            f(*args)
    return inner
"""
LOUD = """def quiet(f):
    @functools.wraps(f)
    def inner(*args):
        try:
            return f(*args)
        except Exception:
            log()
            raise
    return inner
"""


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace("def test_a", "async def test_a"),
        _wrap("def quiet(f):\n    return lambda: None\n"),
        _wrap("", "@lambda f: None"),
        _wrap(SWALLOWS),
        _wrap(SUPPRESSES),
    ],
    ids=["async", "another function", "a lambda", "swallowed", "suppressed"],
)
def test_what_keeps_a_test_from_running_or_failing_is_named(new: str) -> None:
    assert kinds(lose(OLD, new)) == [SKIPPED]


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace("def test_a", "@pytest.mark.asyncio\nasync def test_a"),
        "pytestmark = [pytest.mark.anyio]\n" + OLD.replace("def test_a", "async def test_a"),
        OLD.replace("def test_a", "async def test_a") + "async def test_b():\n    pass\n",
        _wrap(LOUD),
        _wrap("def quiet(f):\n    return f\n"),
        _wrap(
            "def quiet(word):\n    def wrap(f):\n        return f\n    return wrap\n", "@quiet('x')"
        ),
        _wrap("from tests.marks import quiet\n"),
    ],
    ids=[
        "a mark",
        "a mark for all",
        "others",
        "raised again",
        "itself",
        "given a word",
        "elsewhere",
    ],
)
def test_what_still_runs_it_is_left_alone(new: str) -> None:
    assert lose(OLD, new) == []


def test_a_loader_that_returns_nothing_of_a_module_is_named() -> None:
    empty = "def load_tests(loader, tests, pattern):\n    return unittest.TestSuite()\n"
    assert kinds(lose(UNITTEST, UNITTEST + empty, name="T::test_a")) == [SKIPPED]
    kept = "def load_tests(loader, tests, pattern):\n    return tests\n"
    assert lose(UNITTEST, UNITTEST + kept, name="T::test_a") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("it('zero'", "it.only('zero'"), ("it('zero'", "fit('zero'")],
)
def test_a_test_of_javascript_that_runs_alone_skips_all_others(old: str, new: str) -> None:
    text = SCRIPT.replace(old, new)
    assert kinds(lose(SCRIPT, text, name="adds", path="a.test.js")) == [SKIPPED]


def test_a_group_that_runs_alone_skips_what_is_outside() -> None:
    group = (
        "describe.only('other', () => {\n  it('b', () => {\n    expect(1).toBe(1);\n  });\n});\n"
    )
    assert kinds(lose(SCRIPT, SCRIPT + group, name="adds", path="a.test.js")) == [SKIPPED]
    inner = "describe.only('sum', () => {\n" + "".join(f"  {row}\n" for row in SCRIPT.splitlines())
    assert lose(SCRIPT, inner + "});\n", name="adds", path="a.test.js") == []
