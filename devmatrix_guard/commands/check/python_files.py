"""Tells Python files by their names, and scripts by their first line."""

from __future__ import annotations

SUFFIXES = (".py", ".pyi", ".pyw", ".ipynb")
EXECUTABLE_MODE = "100755"
_INTERPRETERS = (b"python", b"pypy", b"uv run")


def may_be_python(path: str, mode: str = "") -> bool:
    """Whether a file may be Python: a script may have no suffix, and any if it can be executed."""
    name = path.rpartition("/")[2]
    return has_python_name(path) or "." not in name[1:] or mode == EXECUTABLE_MODE


def has_python_name(path: str) -> bool:
    """Whether a file is Python by its name."""
    return path.lower().endswith(SUFFIXES)


def is_python(path: str, source: bytes) -> bool:
    """Whether a file is Python by its name or its first line."""
    if has_python_name(path):
        return True
    first = source.partition(b"\n")[0] if source.startswith(b"#!") else b""
    return any(word in first for word in _INTERPRETERS)
