"""What leaves a test out, as settings and options say it, told with the word to look for."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.regression.collect import PYTEST, SCRIPT
from devmatrix_guard.mining.regression.runner import (
    RunnerSettings,
    find_choosing_hook,
    find_newly_excluded,
    list_options,
    read_marks,
)

PATH = "tests/unit/test_a.py"


@pytest.mark.parametrize(
    ("value", "options"),
    [
        ("-k add", [("-k", "add")]),
        ("-kadd", [("-k", "add")]),
        ("-k", []),
        ("-m 'not slow'", [("-m", "not slow")]),
        ("--deselect a.py::b", [("--deselect", "a.py::b")]),
        ("--deselect=a.py::b", [("--deselect", "a.py::b")]),
        ("--deselected=a", []),
        ("--ignore=a --ignore-glob=b", [("--ignore", "a"), ("--ignore-glob", "b")]),
        ("--collect-only", [("--collect-only", "")]),
        ("--co -x", [("--collect-only", "")]),
        ("-p no:python", [("--collect-only", "")]),
        ("-p no:cacheprovider", []),
        ("--lfnf none", [("--collect-only", "")]),
        (["-k", "a b"], [("-k", "a b")]),
        (None, []),
    ],
)
def test_options_that_leave_tests_out(value: object, options: list[tuple[str, str]]) -> None:
    assert list(list_options(value)) == options


@pytest.mark.parametrize(
    ("option", "value", "is_out"),
    [
        ("--collect-only", "", True),
        ("--deselect", "./tests/unit/test_a.py::test_a", True),
        ("--deselect", "tests/unit", True),
        ("--deselect", "tests/unit/test_a.py::test_b", False),
        ("--ignore", "tests", True),
        ("--ignore", "tests/un", False),
        ("--ignore", ".", True),
        ("--ignore-glob", "./tests/*/test_a.py", True),
        ("--ignore-glob", "tests/*/test_b.py", False),
        ("-k", "test_a", False),
        ("-k", "TEST_A and unit", False),
        ("-k", "test_b", True),
        ("-k", "not test_a", True),
        ("-k", "not (test_b or other)", False),
        ("-k", "test_b or unit", False),
        ("-k", "and", False),  # cannot be read
        ("-k", "not " * 49 + "test_b", False),
        ("-k", "not " * 51 + "test_a", False),  # too deep to be read
    ],
)
def test_an_option_leaves_a_test_out(option: str, value: str, is_out: bool) -> None:
    found = RunnerSettings("tox.ini", options=((option, value),)).find_exclusion(PATH, "test_a")
    assert (found is not None) is is_out
    if found is not None:
        assert (found.path, found.word) == ("tox.ini", "addopts")
        assert found.text == f"`{f'{option} {value}'.strip()}`"


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (RunnerSettings(naming=PYTEST._replace(files=("check_*",))), "python_files"),
        (RunnerSettings(naming=PYTEST._replace(functions=("check_",))), "python_functions"),
        (RunnerSettings(roots=("other", "tests/more")), "testpaths"),
        (RunnerSettings(roots=("other", "tests")), ""),
        (RunnerSettings(roots=("test*/unit",)), ""),
        (RunnerSettings(passed_by=("unit",)), "norecursedirs"),
        (RunnerSettings(passed_by=("tests/un*",)), "norecursedirs"),
        (RunnerSettings(passed_by=("unit/tests", "test_a.py")), ""),
        (
            RunnerSettings(ignored=(("tests/conftest.py", "collect_ignore", "unit"),)),
            "collect_ignore",
        ),
        (RunnerSettings(ignored=(("conftest.py", "collect_ignore", "unit"),)), ""),
        (
            RunnerSettings(ignored=(("tests/conftest.py", "collect_ignore_glob", "u*/*"),)),
            "collect_ignore_glob",
        ),
        (RunnerSettings(), ""),
    ],
)
def test_settings_leave_a_test_out(settings: RunnerSettings, word: str) -> None:
    found = settings.find_exclusion(PATH, "TestA::test_a[1]")
    assert (found.word if found else "") == word


def test_a_script_and_all_of_a_file_have_no_name_that_could_be_left_out() -> None:
    named = RunnerSettings(naming=PYTEST._replace(functions=("check_",)), options=(("-k", "x"),))
    assert named.find_exclusion(PATH, "") is None
    script = RunnerSettings(naming=PYTEST._replace(functions=("check_",)))
    assert script.find_exclusion(PATH, SCRIPT) is None


MARKED = b"""import pytest
pytestmark = [pytest.mark.unit, mark.other("x")]

@pytest.mark.slow
def test_a(): pass

@pytest.mark.parametrize("a", [1])
class TestB:
    pytestmark = pytest.mark.db

    @slow
    async def test_b(self): pass

    class TestC:
        def test_c(self): pass

x = 1
"""


def test_marks_are_those_of_a_test_its_classes_and_its_file() -> None:
    of_file = {"unit", "other"}
    assert read_marks(MARKED) == {
        "test_a": of_file | {"slow"},
        "TestB::test_b": of_file | {"parametrize", "db"},
        "TestB::TestC::test_c": of_file | {"parametrize", "db"},
    }
    assert read_marks(None) == read_marks(b"def (") == {}


@pytest.mark.parametrize(
    ("expression", "left_out"),
    [
        ("not slow", ["test_a"]),
        ("slow", ["TestB::test_b"]),
        ("unit", []),
        ("db or slow", []),
        ("db and slow", ["test_a", "TestB::test_b"]),
        ("(", []),
    ],
)
def test_marks_choose_among_tests_that_ran(expression: str, left_out: list[str]) -> None:
    after = RunnerSettings("tox.ini", options=(("-m", expression),))
    tests = {PATH: ["test_a", "TestB::test_b"]}
    found = find_newly_excluded(RunnerSettings(), after, tests, {}, lambda path: MARKED)
    assert [name for _, name, _ in found] == left_out
    # without the file nothing is known of its marks
    assert list(find_newly_excluded(RunnerSettings(), after, tests, {})) == []


@pytest.mark.parametrize(
    ("before", "after", "now", "told"),
    [
        (RunnerSettings(), RunnerSettings("a", roots=("x",)), PATH, "a testpaths"),
        (RunnerSettings("a", roots=("x",)), RunnerSettings("a", roots=("x",)), PATH, None),
        # the file moves to where it was left out before
        (RunnerSettings("a", roots=("tests",)), RunnerSettings("a", roots=("tests",)),
         "more/test_a.py", "more/test_a.py testpaths"),
        (RunnerSettings(), RunnerSettings(), "tests/unit/a.py", None),
        (RunnerSettings(), RunnerSettings(), "build/test_a.py", "build/test_a.py norecursedirs"),
        (RunnerSettings(passed_by=("x",)), RunnerSettings(passed_by=("x",)),
         "build/test_a.py", None),
        (RunnerSettings(), RunnerSettings(), "more/test_a.py", None),
        (RunnerSettings(), RunnerSettings(roots=("build",)), "build/test_a.py", None),
    ],
)  # fmt: skip
def test_a_test_that_moves_may_be_left_out(
    before: RunnerSettings, after: RunnerSettings, now: str, told: str | None
) -> None:
    found = list(find_newly_excluded(before, after, {PATH: ["test_a"]}, {PATH: now}))
    assert [f"{why.path} {why.word}" for _, _, why in found] == ([told] if told else [])


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def pytest_ignore_collect(path): pass", "pytest_ignore_collect"),
        ("def pytest_collection_modifyitems(items):\n    items[:] = []",
         "pytest_collection_modifyitems"),
        ("def pytest_collection_modifyitems(items):\n    items.sort()", ""),
        ("def pytest_runtest_setup(item):\n    pytest.skip('x')", "pytest_runtest_setup"),
        ("def pytest_runtest_setup(item):\n    items.clear()", ""),
        ("def pytest_runtest_call(item):\n    return True", "pytest_runtest_call"),
        ("def pytest_runtest_setup(item):\n    return True", ""),
        ("def pytest_runtest_call(item):\n    return None", ""),
        ("@pytest.fixture(autouse=True)\ndef a():\n    pytest.skip('x')", "a"),
        ("@pytest.fixture\ndef a():\n    pytest.skip('x')", ""),
        ("def helper():\n    pytest.skip('x')", ""),
        ("x = 1", ""),
        ("def (", ""),
    ],
)  # fmt: skip
def test_a_hook_chooses_among_tests(source: str, name: str) -> None:
    found = find_choosing_hook(source.encode())
    assert (found.name if found else "") == name
    assert find_choosing_hook(None) is None
