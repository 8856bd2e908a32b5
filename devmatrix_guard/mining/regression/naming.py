"""Reads from a project's settings which files, classes and functions pytest collects."""

from __future__ import annotations

import configparser
import shlex
import tomllib
from collections.abc import Callable
from typing import Any

from devmatrix_guard.mining.regression.collect import PYTEST, Naming

# In the order in which pytest looks for its settings; the first with a section of pytest's counts.
FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_SECTIONS = {
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
}
_KEYS = ("python_files", "python_classes", "python_functions")


def read_naming(read: Callable[[str], bytes | None]) -> Naming:
    """Return what the runner collects; what cannot be read is as pytest does it unasked.

    Args:
        read: gives the content of a file at the top of the project, None where there is none.
    """
    return make_naming(read_options(read)[1])


def read_options(read: Callable[[str], bytes | None]) -> tuple[str, dict[str, Any]]:
    """Return which file holds pytest's settings, and these as they are; nothing where none does.

    Args:
        read: gives the content of a file at the top of the project, None where there is none.
    """
    for name in FILES:
        source = read(name)
        if source is None:
            continue
        text = source.decode("utf-8", "replace")
        found = _read_toml(text) if name.endswith(".toml") else _read_ini(text, _SECTIONS[name])
        if found is not None:
            return name, found
    return "", {}


def _read_toml(text: str) -> dict[str, Any] | None:
    try:
        section = tomllib.loads(text).get("tool", {}).get("pytest", {})
    except (tomllib.TOMLDecodeError, AttributeError, RecursionError):
        return None
    options = section.get("ini_options", section) if isinstance(section, dict) else None
    return options if isinstance(options, dict) and options else None


def _read_ini(text: str, section: str) -> dict[str, Any] | None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return dict(parser[section]) if parser.has_section(section) else None


def make_naming(options: dict[str, Any]) -> Naming:
    """Return what pytest collects by its settings."""
    files, classes, functions = (list_words(options.get(key)) for key in _KEYS)
    added = list_words(options.get("addopts"))
    is_auto = "auto" in (options.get("asyncio_mode"), options.get("anyio_mode"))
    return Naming(
        files or PYTEST.files,
        classes or PYTEST.classes,
        functions or PYTEST.functions,
        is_auto or any("asyncio-mode=auto" in word for word in added),
    )


def list_words(value: Any) -> tuple[str, ...]:
    """Return the words of a setting, which is a list or a text as for a shell."""
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError:
            return tuple(value.split())
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list) else ()
