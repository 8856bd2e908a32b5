"""What pytest collects, by the settings of a project: which file counts, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from devmatrix_guard.mining.regression.collect import PYTEST
from devmatrix_guard.mining.regression.naming import (
    list_words,
    make_naming,
    read_naming,
    read_options,
)


def options_of(files: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    return read_options(lambda name: files[name].encode() if name in files else None)


INI = "[pytest]\npython_files = check_*.py\n"
TOML = "[tool.pytest.ini_options]\npython_files = ['check_*.py']\n"


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pytest.ini": INI, "pyproject.toml": TOML, "setup.cfg": INI}, "pytest.ini"),
        ({".pytest.ini": INI, "tox.ini": INI}, ".pytest.ini"),
        ({"pyproject.toml": TOML, "tox.ini": INI}, "pyproject.toml"),
        ({"pyproject.toml": "[tool.x]\n", "tox.ini": INI}, "tox.ini"),
        ({"pyproject.toml": "[tool", "tox.ini": INI}, "tox.ini"),
        ({"pyproject.toml": "tool = 1\n", "tox.ini": INI}, "tox.ini"),
        ({"pyproject.toml": "tool.pytest = 1\n", "tox.ini": INI}, "tox.ini"),
        ({"pyproject.toml": "tool.pytest.ini_options = []\n", "tox.ini": INI}, "tox.ini"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n", "tox.ini": INI}, "tox.ini"),
        ({"tox.ini": "no section", "setup.cfg": INI.replace("pytest", "tool:pytest")}, "setup.cfg"),
        ({"setup.cfg": INI}, ""),
        ({"tox.ini": INI.replace("pytest", "tool:pytest")}, ""),
        ({}, ""),
    ],
)
def test_the_first_file_with_a_section_of_pytest_counts(files: dict[str, str], name: str) -> None:
    assert options_of(files)[0] == name
    found = read_naming(lambda asked: files[asked].encode() if asked in files else None)
    assert found.files == (("check_*.py",) if name else PYTEST.files)


def test_a_section_of_pytest_itself_holds_settings_in_toml() -> None:
    assert options_of({"pyproject.toml": "[tool.pytest]\naddopts = ['-x']\n"}) == (
        "pyproject.toml",
        {"addopts": ["-x"]},
    )


def test_an_empty_section_of_an_ini_file_counts() -> None:
    assert options_of({"pytest.ini": "[pytest]\n", "tox.ini": INI}) == ("pytest.ini", {})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a 'b c'\n d", ("a", "b c", "d")),
        ("it's a", ("it's", "a")),
        (["a b", 1, "c"], ("a b", "c")),
        ([], ()),
        (None, ()),
        (7, ()),
    ],
)
def test_a_setting_is_a_list_or_words_as_for_a_shell(value: Any, words: tuple[str, ...]) -> None:
    assert list_words(value) == words


@pytest.mark.parametrize(
    ("options", "is_auto"),
    [
        ({}, False),
        ({"asyncio_mode": "auto"}, True),
        ({"asyncio_mode": "strict"}, False),
        ({"anyio_mode": "auto"}, True),
        ({"addopts": "-x --asyncio-mode=auto"}, True),
        ({"addopts": "--asyncio-mode=strict"}, False),
    ],
)
def test_coroutines_run_by_themselves_where_it_is_set(options: Any, is_auto: bool) -> None:
    assert make_naming(options) == PYTEST._replace(runs_async=is_auto)


def test_each_kind_of_name_is_set_by_itself() -> None:
    made = make_naming({"python_classes": "Check", "python_functions": ["check_*", "it_*"]})
    assert made == PYTEST._replace(classes=("Check",), functions=("check_*", "it_*"))
