"""Code that is nested deeper than Python's ordinary stack is checked all the same."""

from __future__ import annotations

import sys
import threading

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.deep import call_deeply
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import Rule

BODY = {
    "id": "r", "languages": ["python"], "severity": "ERROR", "message": "m", "pattern": "eval(...)",
}  # fmt: skip


def _check(code: str) -> CheckReport:
    compiled = compile_rules([Rule("r", "m", "ERROR", "block", None, ("python",), BODY)])
    return check_targets(compiled, [Target("a.py", code.encode(), None)])


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("y = " + "+".join(["x"] * 900) + "\neval(x)\n", id="a sum"),
        pytest.param(
            "if a: pass\n" + "".join(f"elif a{n}: pass\n" for n in range(700)) + "eval(x)\n",
            id="elif",
        ),
        pytest.param("y = x" + ".a()" * 900 + "\neval(x)\n", id="a chain of calls"),
        pytest.param("y = eval(" + "-" * 900 + "1)\n", id="signs within the finding"),
    ],
)
def test_deep_code_is_checked(code: str) -> None:
    report = _check(code)
    assert (len(report.findings), report.skipped) == (1, ())


def test_code_beyond_any_stack_is_told() -> None:
    report = _check("y = " + "-" * 60_000 + "1\neval(x)\n")
    (skip,) = report.skipped
    assert skip.reason.startswith("nested too deeply")


def test_errors_come_out_and_the_limits_are_as_before() -> None:
    before = sys.getrecursionlimit(), threading.stack_size()

    def fail() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        call_deeply(fail)
    assert (sys.getrecursionlimit(), threading.stack_size()) == before
