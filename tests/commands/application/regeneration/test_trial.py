"""A regeneration is stopped by what it breaks, and not by what was broken before."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.application.application import read_generated
from devmatrix_guard.commands.application.regeneration.trial import _describe_failure, verify_copy
from devmatrix_guard.verify.checks import AppEnvironment, Check, _list_findings, check_lint
from tests.helpers import write_tree
from tests.helpers_apps import make_application

PYTHON = Path(__file__).parents[4] / ".tools/app/bin/python"

OUTPUT = """\
src/a.py:3:1: F401 [*] `os` imported but unused
Would reformat: src/b.py
unformatted: File would be reformatted
  --> src/d.py:1:5
src/c.py:12: error: Function is missing a return type annotation  [no-untyped-def]
FAILED tests/test_a.py::test_it - assert 1 == 2
Found 3 errors.
"""


def _failed(*findings: str, detail: str = "x") -> Check:
    return Check("lint", "fail", detail, 0.0, findings)


def test_the_findings_of_tools_have_no_numbers_of_lines() -> None:
    assert _list_findings(OUTPUT) == (
        "FAILED tests/test_a.py::test_it",
        "Would reformat: src/b.py",
        "Would reformat: src/d.py",
        "src/a.py: F401 [*] `os` imported but unused",
        "src/c.py: error: Function is missing a return type annotation  [no-untyped-def]",
    )


@pytest.mark.parametrize(
    ("after", "before", "said"),
    [
        (_failed("src/a.py: F401"), None, "lint fails: src/a.py: F401"),
        (_failed("src/a.py: F401"), _failed("src/a.py: F401"), ""),
        (_failed("src/a.py: F401", "src/b.py: E1"), _failed("src/a.py: F401"), "src/b.py: E1"),
        (_failed("a: F401", "a: F401"), _failed("a: F401"), "a: F401"),
        (_failed(detail="same"), _failed(detail="same"), ""),
        (_failed(detail="new"), _failed(detail="old"), "lint fails: new"),
    ],
)
def test_only_what_is_new_stops_it_and_the_file_is_named(
    after: Check, before: Check | None, said: str
) -> None:
    found = _describe_failure(after, before)
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")
def test_a_file_that_the_formatter_would_change_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path / "app", {"src/a.py": "x = 'a'\n"})
    check = check_lint(AppEnvironment(tmp_path / "app", PYTHON, tmp_path))
    assert (check.status, check.findings) == ("fail", ("Would reformat: src/a.py",))


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")
@pytest.mark.usefixtures("compiled_once")
def test_a_quick_reason_is_enough_where_it_is_new(tmp_path: Path) -> None:
    app = make_application(tmp_path)
    write_tree(app, {"src/before.py": 'x: int = "a"\n'})
    base = read_generated(app).reference

    def try_with(path: str, text: str) -> tuple[tuple[str, ...], list[str]]:
        steps: list[str] = []
        _, broken = verify_copy(
            app,
            base,
            {path: text.encode()},
            python=PYTHON,
            progress=steps.append,
            is_first_enough=True,
        )
        return broken, steps

    broken, steps = try_with("src/now.py", 'y: int = "b"\n')
    assert len(broken) == 1
    assert "types fails: src/now.py" in broken[0]
    assert "tests" not in steps
    failing = "def test_now() -> None:\n    assert not __name__\n"
    broken, steps = try_with("tests/test_now.py", failing)
    assert len(broken) == 1
    assert "tests fails: FAILED tests/test_now.py::test_now" in broken[0]
    assert steps.count("types") == 2  # as it will be, and as it was
