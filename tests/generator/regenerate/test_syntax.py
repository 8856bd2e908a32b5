"""The form of files: what each kind may hold, and what is said of one that is broken."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.regenerate.syntax import (
    find_syntax_error,
    has_syntax,
    is_valid_syntax,
)
from tests.specs import BOOKS

SOUND = [
    ("a.py", "x = 1\n"),
    ("a.json", '{"a": [1, {"b": 2}]}'),
    ("pyproject.toml", '[project]\nname = "a"\n'),
    ("a.yml", "a: &x {b: 1}\nc: *x\n"),
    ("a.yaml", "one: 1\n---\none: 2\n"),
    ("compose.yml", "services: {db: !reset null}\n"),
    ("ci.yml", "on: [push]\njobs: {}\n"),
    ("books.yaml", BOOKS),
    ("alembic.ini", "[alembic]\nurl = sqlite:///%(here)s\n"),
    ("docker/Dockerfile", "# syntax=docker/dockerfile:1\nARG V=3\nFROM python:$V AS a\nRUN ls\n"),
    ("Dockerfile", 'FROM a\nRUN one && \\\n    # why\n    two && \\\n    three\nCMD ["x"]\n'),
    ("Dockerfile", "FROM a\nRUN <<EOF\nwhat ever\nEOF\nUSER x\n"),
    ("Dockerfile", "from a\ncopy --from=b / /\nhealthcheck none\n"),
    (".env.example", "# keys\nA=1\nexport B_2=\nC.d = 'x y'\n"),
    (
        "requirements.txt",
        "-r other.txt\na\nb==1.0\nc[d, e]>=1,<2 ; python_version < '3.12'  # why\n",
    ),
    ("requirements.txt", "a==1.0 \\\n    --hash=sha256:00\n./local\ngit+https://host/x\n"),
    ("requirements.txt", "a @ https://host/a.whl\nb ~= 1.4.2\nc (>=1, <2)\nd===local+1\n"),
    ("README.md", "{[(\n"),
    (".gitignore", "[\n"),
    ("script.py.mako", "${ def (\n"),
]
BROKEN = [
    ("a.py", "def (\n", "invalid syntax"),
    ("a.py", "x = '\0'\n", "null bytes"),
    ("a.json", '{"a": 1,}', "line 1"),
    ("a.json", '{"a": 1, "a": 2}', "a key is there twice"),
    ("a.json", "[" * 100_000, "it nests too deeply"),
    ("a.toml", "a = \n", "line 1"),
    ("a.yml", "a: [1\nb: 2\n", "line 2"),
    ("a.yml", "a: 1\nb:\n  c: 1\n  c: 2\n", "line 3: a key is there twice"),
    ("a.yml", "[" * 5_000, "it nests too deeply"),
    ("a.yml", "a: *x\n", "undefined alias"),
    ("a.ini", "a = 1\n", "no section headers"),
    ("Dockerfile", "RUN ls\n", "line 1: RUN stands before the first FROM"),
    ("Dockerfile", "ARG V\n", "it has no FROM"),
    ("Dockerfile", "FROM a\n\nRUNN ls\n", "line 3: `RUNN ls` is no instruction"),
    ("Dockerfile", "<<<<<<< ours\nFROM a\n", "line 1: `<<<<<<< ours` is no instruction"),
    (".env.example", "A=1\nB\n", "line 2: `B` is no NAME=VALUE"),
    ("requirements.txt", "a\nb = 1\n", "line 2: `b = 1` is no requirement"),
    ("requirements.txt", ">>>>>>> theirs\n", "line 1: `>>>>>>> theirs` is no requirement"),
]


@pytest.mark.parametrize(("path", "text"), SOUND)
def test_what_a_kind_of_file_may_hold_is_sound(path: str, text: str) -> None:
    assert find_syntax_error(path, text) == ""
    assert is_valid_syntax(path, text)


@pytest.mark.parametrize(("path", "text", "problem"), BROKEN)
def test_what_is_broken_is_said_in_a_line(path: str, text: str, problem: str) -> None:
    error = find_syntax_error(path, text)
    assert problem in error
    assert "\n" not in error
    assert not is_valid_syntax(path, text)


def test_only_some_kinds_of_files_have_a_form() -> None:
    kinds = (
        "a.py",
        "x/Dockerfile",
        ".env.example",
        "a.yml",
        "a.md",
        ".gitignore",
        "Dockerfile.py2",
    )
    assert [has_syntax(path) for path in kinds] == [True, True, True, True, False, False, False]
