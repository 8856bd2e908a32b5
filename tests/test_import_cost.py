"""What starts in a hook loads nothing in vain: asked of real processes, by what they loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import stage
from tests.matrix.world import BAD, RULE, World

NEVER = {
    "qdrant_client", "neo4j", "psycopg", "fastapi", "libcst", "git", "numpy", "anthropic",
    "sentence_transformers", "semgrep", "dask", "mcp",
}  # fmt: skip
OTHER = """\
rules:
  - id: no-other
    languages: [python]
    severity: ERROR
    message: other is gone.
    pattern: other($X)
"""
# The hook ends without what is registered for an exit, so its last step tells.
_TELL = """
import atexit, os, sys
at_once = os._exit
def tell():
    print('LOADED', *sys.modules, file=sys.stderr, flush=True)
def leave(code):
    tell()
    at_once(code)
os._exit = leave
atexit.register(tell)
"""


def loaded(cwd: Path, module: str, *args: str) -> set[str]:
    """Return the modules a run of `module.main` has loaded at its end, by first name too."""
    code = (
        f"{_TELL}\nimport sys\nsys.argv = {['guard', *args]!r}\nfrom {module} import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=False
    )
    line = done.stderr.rpartition("LOADED ")[2]
    assert line, done.stderr
    return {part for name in line.split() for part in (name, name.partition(".")[0])}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository whose rules are compiled already."""
    world = World.make(tmp_path / "world")
    world.hook("a.py")
    return world


def test_a_hook_with_nothing_to_say_loads_next_to_nothing(world: World) -> None:
    stage(world.root, {"a.py": "y = 2\n"})
    world.hook("a.py")
    found = loaded(world.root, "devmatrix_guard.hook", "a.py")
    assert not found & (NEVER | {"yaml", "click", "rich", "subprocess", "tomllib", "typing", "re"})


def test_a_hook_that_looks_loads_nothing_of_others(world: World) -> None:
    stage(world.root, {"a.py": "old_call = 2\n"})
    found = loaded(world.root, "devmatrix_guard.hook", "a.py")
    assert "devmatrix_guard.engine.check" in found
    assert not found & (NEVER | {"yaml", "click", "rich", "subprocess"})


def test_a_hook_that_finds_something_loads_no_rich_unless_on_a_terminal(world: World) -> None:
    stage(world.root, {"a.py": BAD})
    assert not loaded(world.root, "devmatrix_guard.hook") & (NEVER | {"yaml", "click", "rich"})


@pytest.mark.parametrize("cookie", ["", "# -*- coding: utf-8 -*-\n"], ids=["plain", "cookie"])
@pytest.mark.parametrize("files", [[], ["a.py"]], ids=["staged", "named"])
def test_a_finding_without_a_fix_or_a_regular_expression_loads_none(
    world: World, cookie: str, files: list[str]
) -> None:
    world.commit({".guard/rules/other.yml": OTHER})
    stage(world.root, {"a.py": cookie + "other(1)\n"})
    assert world.hook(*files).code == 1
    found = loaded(world.root, "devmatrix_guard.hook", *files)
    assert "devmatrix_guard.reports.formats.text" in found
    in_vain = NEVER | {"yaml", "click", "rich", "typing", "re", "shlex"}
    assert found.isdisjoint(in_vain), found & in_vain


@pytest.mark.parametrize("args", [["check"], ["--help"], ["check", "--help"]], ids=" ".join)
def test_the_command_line_loads_no_heavy_library(world: World, args: list[str]) -> None:
    assert not loaded(world.root, "devmatrix_guard.cli", *args) & (NEVER | {"rich"})


def test_rules_edited_in_the_same_commit_are_compiled_once(world: World) -> None:
    edited = RULE.replace("id: ", "id: also-")
    assert edited != RULE
    stage(world.root, {".guard/rules/new.yml": edited, "a.py": BAD})
    files = (".guard/rules/new.yml", "a.py")
    assert "yaml" in loaded(world.root, "devmatrix_guard.hook", *files)
    assert "yaml" not in loaded(world.root, "devmatrix_guard.hook", *files)
    assert world.hook(*files).code == 1
