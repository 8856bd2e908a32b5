"""Of a file that this Python cannot parse, all that can be read is judged, the rest is told."""

from __future__ import annotations

import sys

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.load import parse_rules
from devmatrix_guard.engine.tree.salvage import salvage
from devmatrix_guard.engine.tree.source import SourceError, parse
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.report import CheckReport

RULES = compile_rules(
    parse_rules(
        b"rules: [{id: no-eval, message: m, severity: ERROR, languages: [python],"
        b" pattern: eval(...)}]",
        "rules.yml",
    ).rules
)


def _check(code: str, lines: tuple[tuple[int, int], ...] | None = None) -> CheckReport:
    return check_targets(RULES, [Target("a.py", code.encode(), lines)])


def _places(report: CheckReport) -> list[tuple[int, int]]:
    return [(finding.start_line, finding.start_col) for finding in report.findings]


def _is_known_here(code: str) -> bool:
    try:
        parse(code.encode())
    except SourceError:
        return False
    return True


@pytest.mark.parametrize(
    ("code", "column"),
    [
        pytest.param("type A[T] = eval(T)", 13, id="a generic alias"),
        pytest.param("type  A = eval(1)", 11, id="an alias"),
        pytest.param("def f[T: (int, str), *U](x: T): eval(x)", 33, id="type parameters"),
        pytest.param("async def f[T = int](x): eval(x)", 26, id="with a default"),
        pytest.param("class A[T](B): x = eval(1)", 20, id="a generic class"),
        pytest.param("class A[T]: x = eval(1)", 17, id="without a base"),
        pytest.param('q = f"{x["a"]} {eval("b")}"', 17, id="quotes in an f-string"),
        pytest.param("q = t'{a}' + eval(1)", 14, id="beside a template string"),
        pytest.param("print 'a %s' % eval(1)", 16, id="a print statement"),
        pytest.param("print eval(1),", 7, id="that ends no line"),
        pytest.param("exec eval(1) in x", 6, id="an exec statement"),
        pytest.param("raise E, eval(1)", 10, id="raise with a value"),
        pytest.param("x = 10L <> eval(1)", 12, id="old operators and numbers"),
        pytest.param("x = `eval(1)` + ur'b'", 5, id="backticks"),
    ],
)
def test_other_spellings_are_read_and_columns_kept(code: str, column: int) -> None:
    report = _check(f"{code}\n")
    assert _places(report) == [(1, column)]


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    a()\nexcept ValueError, TypeError:\n    eval(1)\n",
        "try:\n    a()\nexcept ValueError, error:\n    eval(1)\n",
        "def f[\n    T,\n](x):\n    eval(1)\n",
        "$$\ndef f():\n    a b c\n    eval(1)\n",
        "class A:\n    def f(self):\n        a b\n    eval(1)\n",
        "type A[T] = B\nif x:\n    pass\nelif y:\n    eval(1)\n",
        "type A[T] = B\n\n@decorate\ndef f():\n    eval(1)\n",
        "def f(\n    a,\n\neval(1)\n",
        "type A[T] = B\r\nx = '''\r\neval(2)'''\r\neval(1)\r\n",
    ],
)
def test_statements_beside_what_cannot_be_read_are_judged(code: str) -> None:
    wanted = code[: code.index("eval(1)")].count("\n") + 1
    assert [line for line, _ in _places(_check(code))] == [wanted]


def test_what_is_not_judged_is_told_with_its_lines() -> None:
    code = "a = 1\nb = $$\nc = 2\nd e\nf g\neval(1)\n"
    version = ".".join(map(str, sys.version_info[:2]))
    report = _check(code)
    assert [skip.reason for skip in report.skipped] == [
        f"lines 2, 4-5: not Python {version} that can be parsed; the rest of the file was checked"
    ]
    assert report.files_checked == 1


def test_what_is_not_judged_elsewhere_is_not_told() -> None:
    code = "b = $$\neval(1)\n"
    assert not _check(code, ((2, 2),)).skipped
    assert "line 1: " in _check(code, ((1, 1),)).skipped[0].reason


def test_code_in_a_template_string_is_told_where_it_cannot_be_parsed() -> None:
    code = "x = t'{eval(1)}'\n"
    if _is_known_here(code):
        pytest.skip("a Python without template strings is not to be had here: this one reads them")
    report = _check(code)
    assert "line 1: " in report.skipped[0].reason


@pytest.mark.parametrize(
    "code",
    [
        "def f[T: eval(1)](x): pass\n",
        "def f[\n    T,\n    *U = eval (1),\n](x): pass\n",
        "class A[T: B[eval(1)]]: pass\n",
        "if a:\n    class A:\n        async def f[T: lambda: eval(1)](x): pass\n",
        "type A[T: eval(1)] = int\n",
    ],
)
def test_bounds_of_type_parameters_are_judged_or_told(code: str) -> None:
    report = _check(code)
    place = (code[: code.index("eval")].count("\n") + 1, code.split("eval")[0].rfind("\n"))
    if _is_known_here(code):
        wanted = code.index("eval") - place[1]
        assert _places(report) == [(place[0], wanted)]
    else:
        assert _places(report) or "not Python" in report.skipped[0].reason


def test_type_parameters_that_are_names_are_no_news() -> None:
    code = "def f[T: (int, str), *U = A | None, **V](x: T): pass\nclass A[T: 'B']: pass\n"
    assert not _check(code).skipped


def test_a_comment_silences_a_finding_beside_what_cannot_be_read() -> None:
    code = "a = $$\neval(1)  # guard: ignore[no-eval] reason=shown\n"
    report = _check(code)
    assert not report.findings
    assert len(report.suppressed) == 1


def test_a_finding_shows_the_code_as_it_is_written() -> None:
    report = _check("def f[T](x): eval(x)\n")
    assert report.findings[0].code == "def f[T](x): eval(x)"


@pytest.mark.parametrize("code", ["a b\n", "\0", "eval(\n", "\u4f60 \u597d\n"])
def test_a_file_of_which_nothing_can_be_read_is_skipped(code: str) -> None:
    assert salvage(code.encode()) is None


def test_what_is_left_has_the_lines_of_the_file() -> None:
    code = b"def f():\n    a b\n    '''\n    x\n    '''\n    c d (\n    e\nclass A:\n  $\n\nx = 1\n"
    found = salvage(code)
    assert found is not None
    assert found.data.count(b"\n") == code.count(b"\n")
    assert found.left_out == ((2, 2), (6, 6), (9, 9)) or found.left_out == ((2, 2), (6, 9))


def test_a_long_file_of_broken_code_is_given_up_in_good_time() -> None:
    code = b"def f():\n    a b (\n" * 1_500
    found = salvage(code)
    assert found is None or found.left_out


def test_many_broken_functions_are_told_apart() -> None:
    code = b"def f():\n    a b\n    return eval(1)\n\n" * 300
    found = salvage(code)
    assert found is not None
    assert found.data.count(b"eval") == 300
