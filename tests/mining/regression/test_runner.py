"""What settings of pytest leave out, compared with what pytest itself collects."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.mining.regression.runner import (
    RunnerSettings,
    find_choosing_hook,
    find_newly_excluded,
    is_runner_file,
    read_runner,
)
from tests.helpers_fork import run_module

TESTS = {
    "tests/test_a.py": "def test_add(): pass\nclass TestB:\n    def test_sub(self): pass\n",
    "tests/unit/test_b.py": "def test_mul(): pass\n",
    "other/c_test.py": "def test_div(): pass\n",
}
NODES = (
    ("tests/test_a.py", "test_add"),
    ("tests/test_a.py", "TestB::test_sub"),
    ("tests/unit/test_b.py", "test_mul"),
    ("other/c_test.py", "test_div"),
)
SETTINGS = [
    {},
    {"pytest.ini": "[pytest]\naddopts = --deselect=tests/test_a.py::test_add\n"},
    {"pytest.ini": "[pytest]\naddopts = --deselect tests/test_a.py::TestB\n"},
    {"pytest.ini": "[pytest]\naddopts = --deselect tests/unit\n"},
    {"pytest.ini": "[pytest]\naddopts = --ignore=tests/unit/ --ignore other\n"},
    {"pytest.ini": "[pytest]\naddopts = --ignore=./tests/test_a.py\n"},
    {"pytest.ini": "[pytest]\naddopts = -k 'not mul and not TestB'\n"},
    {"pytest.ini": "[pytest]\naddopts = -kTEST_ADD\n"},
    {"pytest.ini": "[pytest]\naddopts = -k 'unit or (div and other)'\n"},
    {"pytest.ini": "[pytest]\ntestpaths = tests/unit other\n"},
    {"pytest.ini": "[pytest]\ntestpaths = */unit\n"},
    {"pytest.ini": "[pytest]\npython_files = *_test.py\n"},
    {"pytest.ini": "[pytest]\nnorecursedirs = unit oth*\n"},
    {"pytest.ini": "[pytest]\npython_functions = *_sub test_mul\n"},
    {"pytest.ini": "[pytest]\naddopts = -p no:python\n"},
    {"pytest.ini": "[pytest]\naddopts = --ignore=./tests/../tests\n"},
    {"pytest.ini": "[pytest]\nnorecursedirs = tests\n"},
    {"pytest.ini": "[pytest]\naddopts = -x\n", "tox.ini": "[pytest]\naddopts = --ignore=tests\n"},
    {"pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--ignore=other'\n"},
    {"pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests/unit']\n"},
    {"setup.cfg": "[tool:pytest]\naddopts = --ignore=tests\n"},
    {"tests/conftest.py": "collect_ignore = ['test_a.py', 'unit']\n"},
    {"tests/conftest.py": "collect_ignore: list[str] = []\ncollect_ignore += ['unit']\n"},
    {"tests/conftest.py": "collect_ignore = []\ncollect_ignore.append('unit')\n"},
    {"tests/conftest.py": "collect_ignore = []\ncollect_ignore.extend(['unit', 'test_a.py'])\n"},
    {"other/conftest.py": "collect_ignore_glob = ['*_test.py']\n"},
]


def collect(root: Path) -> set[tuple[str, str]]:
    """Return what pytest finds in a folder, without the plugins that are installed here."""
    words = ("--collect-only", "-q", "-p", "no:cacheprovider")
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = run_module(
        Path(sys.executable), "pytest", *words, loaded=["pytest"], cwd=root, environment=alone
    )
    ids = [line.partition("::") for line in done.stdout.decode().splitlines() if "::" in line]
    return {(path, name) for path, _, name in ids}


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def read(files: Mapping[str, str]) -> RunnerSettings:
    conftests = [name for name in files if name.endswith("conftest.py")]

    def give(name: str) -> bytes | None:
        return files[name].encode() if name in files else None

    return read_runner(give, conftests)


@pytest.mark.parametrize("files", SETTINGS, ids=str)
def test_what_is_left_out_is_what_pytest_does_not_collect(
    files: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path, TESTS | files)
    settings = read(files)
    kept = {node for node in NODES if settings.find_exclusion(*node) is None}
    assert kept == collect(tmp_path)


@pytest.mark.parametrize(
    ("files", "path", "word"),
    [
        (SETTINGS[1], "pytest.ini", "addopts"),
        (SETTINGS[9], "pytest.ini", "testpaths"),
        (SETTINGS[11], "pytest.ini", "python_files"),
        (SETTINGS[21], "tests/conftest.py", "collect_ignore"),
    ],
)
def test_it_is_said_what_leaves_a_test_out(files: dict[str, str], path: str, word: str) -> None:
    found = read(files).find_exclusion("tests/test_a.py", "test_add")
    assert found is not None
    assert (found.path, found.word) == (path, word)
    assert word in found.text or "--" in found.text


def test_only_what_ran_before_is_newly_left_out() -> None:
    tests = {path: [name for p, name in NODES if p == path] for path in TESTS}
    before, after = read({}), read(SETTINGS[4])
    found = [(path, name) for path, name, _ in find_newly_excluded(before, after, tests, {})]
    assert found == [NODES[2], NODES[3]]
    assert list(find_newly_excluded(after, after, tests, {})) == []
    moved = {"tests/unit/test_b.py": "tests/test_b.py", "other/c_test.py": "c_test.py"}
    assert list(find_newly_excluded(before, after, tests, moved)) == []


@given(st.text("()andornot xyz'\"\\\0[1", max_size=60))
def test_an_expression_of_any_kind_is_read_without_an_error(expression: str) -> None:
    settings = RunnerSettings(options=(("-k", expression),))
    settings.find_exclusion("tests/test_a.py", "test_add")


def test_an_expression_without_end_keeps_the_test() -> None:
    settings = RunnerSettings(options=(("-k", "not " * 100_000 + "x"),))
    assert settings.find_exclusion("tests/test_a.py", "test_add") is None


HOOKS = {
    "def pytest_collection_modifyitems(items):\n    items[:] = []\n": True,
    "def pytest_collection_modifyitems(config, items):\n    items.remove(items[0])\n": True,
    "def pytest_collection_modifyitems(config, items):\n"
    "    config.hook.pytest_deselected(items=items)\n": True,
    "def pytest_ignore_collect(path):\n    return True\n": True,
    "def pytest_collection_modifyitems(items):\n"
    "    for one in items:\n        one.add_marker(pytest.mark.skip)\n": True,
    "def pytest_collection_modifyitems(items):\n    items.sort()\n": False,
    "def pytest_configure(config):\n    del items\n": False,
    "items[:] = []\n": False,
    "def (": False,
}


@pytest.mark.parametrize(("source", "is_one"), HOOKS.items())
def test_a_hook_that_takes_tests_out_is_known(source: str, *, is_one: bool) -> None:
    assert (find_choosing_hook(source.encode()) is not None) == is_one


def test_only_files_that_pytest_reads_may_leave_tests_out() -> None:
    names = ("pytest.ini", "a/conftest.py", "setup.cfg", "a/pytest.ini", "conftest.pyc", "a.py")
    assert [is_runner_file(name) for name in names] == [True, True, True, False, False, False]
