"""Which tests a change of the files that start pytest takes out of those that are run."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.regression.calls import Calls, read_calls
from devmatrix_guard.mining.regression.workflows import find_dropped, join_calls

TESTS = {"tests/test_a.py": ["test_add", "test_mul"], "unit/test_b.py": ["test_sub"]}
ALL = "pytest tests unit"


def calls(*scripts: str) -> Calls:
    return join_calls({f"{n}.sh": script.encode() for n, script in enumerate(scripts)})


def dropped(before: Calls, after: Calls, elsewhere: Calls | None) -> list[str]:
    found = find_dropped(before, after, "ci.yml", TESTS, elsewhere)
    return [f"{path}::{name}: {why.text}" for path, name, why in found]


def test_calls_of_several_files_are_joined() -> None:
    assert join_calls({}) == Calls()
    joined = calls("pytest tests", "tox", "pytest unit")
    assert [call.text for call in joined.calls] == ["pytest tests", "pytest unit"]
    assert joined.is_open
    assert not calls("pytest tests").is_open


UNRUN = "no workflow runs `pytest` on it any more"


@pytest.mark.parametrize(
    ("before", "after", "tests"),
    [
        ([ALL], ["pytest tests"], [f"unit/test_b.py::test_sub: {UNRUN}"]),
        ([ALL], ["pytest unit -k 'not sub'", "pytest tests"],
         [f"unit/test_b.py::test_sub: {UNRUN}"]),
        ([ALL], ["pytest unit", "pytest tests -k add"], [f"tests/test_a.py::test_mul: {UNRUN}"]),
        (["pytest unit"], ["echo"], [f"unit/test_b.py::test_sub: {UNRUN}"]),
        (["pytest unit"], ["pytest unit || true"],
         ["unit/test_b.py::test_sub: a failure of `pytest unit` no longer counts"]),
        ([ALL], ["pytest tests", "pytest unit"], []),
        ([ALL], [ALL], []),
        (["pytest tests"], ["pytest tests"], []),
        (["echo"], ["echo"], []),
        # what runs any test may run these
        ([ALL], ["pytest tests", "tox"], []),
        (["pytest unit", "tox"], ["echo"], []),
    ],
)  # fmt: skip
def test_of_all_workflows_tests_that_none_runs_are_dropped(
    before: list[str], after: list[str], tests: list[str]
) -> None:
    assert dropped(calls(*before), calls(*after), None) == tests


@pytest.mark.parametrize(
    ("before", "after", "elsewhere", "tests"),
    [
        (ALL, "pytest tests", "", ["unit/test_b.py::test_sub: `pytest tests` does not run it"]),
        (ALL, "pytest tests", "pytest unit", []),
        (ALL, "pytest tests", "pytest unit || true", [
            "unit/test_b.py::test_sub: `pytest tests` does not run it"]),
        ("pytest unit", "pytest unit || true", "", [
            "unit/test_b.py::test_sub: a failure of `pytest unit` no longer counts"]),
        # a file that starts no test any more has left that to others
        (ALL, "echo", "", []),
        (ALL, "pytest tests\ntox", "", []),
        (f"{ALL}\ntox", "pytest tests\ntox", "", [
            "unit/test_b.py::test_sub: `pytest tests` does not run it"]),
        (f"{ALL}\ntox", "pytest tests", "", [
            "unit/test_b.py::test_sub: `pytest tests` does not run it"]),
    ],
)  # fmt: skip
def test_of_one_file_tests_are_dropped_that_no_other_changed_file_runs(
    before: str, after: str, elsewhere: str, tests: list[str]
) -> None:
    sides = (read_calls("run.sh", text.encode()) for text in (before, after, elsewhere))
    assert dropped(*sides) == tests
