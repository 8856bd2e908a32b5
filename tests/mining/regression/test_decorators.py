"""What stands above a test: marks that skip it, its cases, and constants of its module."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.regression.decorators import find_skip, list_cases, read_constants


def _function(code: str) -> ast.FunctionDef:
    node = ast.parse(code).body[-1]
    assert isinstance(node, ast.FunctionDef)
    return node


@pytest.mark.parametrize(
    ("code", "constants"),
    [
        ("A = 1", {"A": "1"}),
        ("A: int = 1", {"A": "1"}),
        ("A: int", {}),
        ("A = B = 'x'", {"A": "'x'", "B": "'x'"}),
        ("A = [f(), 2]", {"A": "[f(), 2]"}),
        ("A = {1: 2}", {"A": "{1: 2}"}),
        ("A = f()", {}),
        ("A = b", {}),
        ("A = 1\nA = 2", {}),
        ("A = 1\nA += 2", {}),
        ("A += 2", {}),
        ("A.b = 1", {}),
        ("A, B = 1, 2", {}),
        ("def f():\n  A = 1", {}),
        ("A = 1\nB = 2\nA = 3", {"B": "2"}),
        (f"A = [{chr(10) * 4000}]", {"A": "[]"}),
        (f"A = [{chr(10) * 4001}]", {}),
    ],
)
def test_a_constant_is_a_literal_that_is_given_once(code: str, constants: dict[str, str]) -> None:
    found = read_constants(ast.parse(code).body)
    assert {name: ast.unparse(value) for name, value in found.items()} == constants


@pytest.mark.parametrize(
    ("mark", "skips"),
    [
        ("pytest.mark.skip", True),
        ("pytest.mark.skip('later')", True),
        ("unittest.expectedFailure", True),
        ("pytest.mark.xfail", True),
        ("pytest.mark.xfail(reason='x')", True),
        ("pytest.mark.xfail(True)", True),
        ("pytest.mark.xfail(False)", False),
        ("pytest.mark.xfail(sys.platform == 'win32')", True),
        ("pytest.mark.skipif(True)", True),
        ("pytest.mark.skipif(False)", False),
        ("pytest.mark.skipif(NO)", False),
        ("pytest.mark.skipif(sys.version_info < (3, 1))", True),
        ("pytest.mark.skipif", True),
        ("unittest.skipUnless(True, 'x')", False),
        ("unittest.skipUnless(False, 'x')", True),
        ("unittest.skipUnless(unknown, 'x')", True),
        ("unittest.skipIf(1, 'x')", True),
        ("pytest.mark.slow", False),
        ("pytest.mark.parametrize('a', [1])", False),
        ("skipping", False),
    ],
)
def test_a_mark_skips_a_test(mark: str, skips: bool) -> None:
    node = _function(f"@{mark}\ndef test_a(): pass")
    names = {"NO": ast.Constant(False)}
    assert find_skip(node.decorator_list, (), names) == (f"`{mark}`" if skips else "")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1", ""),
        ("pytestmark = pytest.mark.skip", "`pytest.mark.skip`"),
        ("pytestmark = [pytest.mark.slow, pytest.mark.skip]", "`pytest.mark.skip`"),
        ("pytestmark = (pytest.mark.slow,)", ""),
        ("__unittest_skip__ = skip", "`skip`"),
        ("mark = pytest.mark.skip", ""),
        ("raise unittest.SkipTest('x')", "`raise unittest.SkipTest('x')`"),
        ("raise ValueError", ""),
        ("raise", ""),
        (
            "pytest.skip('x', allow_module_level=True)",
            "`pytest.skip('x', allow_module_level=True)`",
        ),
        ("pytest.skip('x')", ""),
        ("run(allow_module_level=True)", ""),
    ],
)
def test_a_module_or_class_is_skipped_as_a_whole(code: str, said: str) -> None:
    assert find_skip((), ast.parse(code).body, {}) == said


def _cases(marks: str, head: str = "a, b", most: int = 10) -> list[str]:
    """Return each case as `text: given`, with what skips it."""
    node = _function(f"{marks}\ndef test_it({head}): pass")
    names = {"ROWS": ast.parse("[1, 2]", mode="eval").body}
    return [
        f"{case.text}: "
        + ", ".join(f"{name}={ast.unparse(value)}" for name, value in case.given.items())
        + (f" {case.skipped}" if case.skipped else "")
        for case in list_cases(node.decorator_list, node, names, most, {})
    ]


@pytest.mark.parametrize(
    ("marks", "cases"),
    [
        pytest.param("@pytest.mark.slow", [], id="no table"),
        pytest.param("@parametrize('a', [1, 2])", ["1: a=1", "2: a=2"], id="one name"),
        pytest.param("@parametrize('a,', [1])", ["1: a=1"], id="a comma behind it"),
        pytest.param(
            "@parametrize('a, b', [(1, 2), [3, 4]])", ["1, 2: a=1, b=2", "3, 4: a=3, b=4"], id="two"
        ),
        pytest.param("@parametrize(['a', 'b'], [(1, 2)])", ["1, 2: a=1, b=2"], id="a list"),
        pytest.param("@parametrize('a', argvalues=[1])", ["1: a=1"], id="by keyword"),
        pytest.param("@parametrize('a', ids=[1])", [], id="no values"),
        pytest.param("@parametrize('a', ROWS)", ["1: a=1", "2: a=2"], id="a constant"),
        pytest.param("@parametrize('a', (1,))", ["1: a=1"], id="a tuple"),
        pytest.param("@parametrize('a', {1: 2, **c})", ["1: a=1"], id="the keys of a dictionary"),
        pytest.param("@parametrize('a', sorted([2, 1]))", ["2: a=2", "1: a=1"], id="sorted"),
        pytest.param("@parametrize('a', [(1, 2)])", ["(1, 2): a=(1, 2)"], id="a tuple for one"),
        pytest.param(
            "@parametrize('a', [1])\n@parametrize('b', [2, 3])",
            ["1, 2: a=1, b=2", "1, 3: a=1, b=3"],
            id="two tables",
        ),
        pytest.param(
            "@parametrize('a', [pytest.param(1, id='x'), pytest.param(2, marks=pytest.mark.skip)])",
            ["1: a=1", "2: a=2 `pytest.mark.skip`"],
            id="param",
        ),
        pytest.param(
            "@parametrize('a', [param(1, marks=[slow, pytest.mark.xfail])])",
            ["1: a=1 `pytest.mark.xfail`"],
            id="several marks",
        ),
        pytest.param("@parametrize('a', [param(1, marks=slow)])", ["1: a=1"], id="it runs"),
        pytest.param(
            "@parametrize('a, b', [ROW])", ["ROW[0], ROW[1]: a=ROW[0], b=ROW[1]"], id="a name"
        ),
        pytest.param("@expand([(1, 2)])", ["1, 2: a=1, b=2"], id="expand"),
        pytest.param("@data(1, 2)", ["1: a=1", "2: a=2"], id="data"),
        pytest.param("@other([1])", [], id="another mark"),
        pytest.param("@parametrize", [], id="no call"),
    ],
)  # fmt: skip
def test_a_table_gives_a_test_its_cases(marks: str, cases: list[str]) -> None:
    assert _cases(marks) == cases


def test_a_table_that_is_not_written_out_is_one_case() -> None:
    (case,) = _cases("@parametrize('a', make_rows())")
    assert case.startswith("make_rows(): a=")
    (again,) = _cases("@parametrize('a', list(make_rows()))")
    assert again.startswith("make_rows(): a=")


def test_self_is_no_parameter() -> None:
    assert _cases("@expand([(1, 2)])", "self, a, b") == ["1, 2: a=1, b=2"]
    assert _cases("@data(1)", "cls, a") == ["1: a=1"]


@pytest.mark.parametrize(("most", "count"), [(2, 4), (1, 0), (3, 4)])
def test_too_many_cases_are_not_told_apart(most: int, count: int) -> None:
    marks = "@parametrize('a', [1, 2])\n@parametrize('b', [1, 2])"
    assert len(_cases(marks, most=most)) == count
