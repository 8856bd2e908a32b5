"""`guard check --fix` fixes until a second run changes nothing, in staged code and on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.matrix.world import World

CASCADE = """\
rules:
  - id: no-first
    languages: [python]
    severity: ERROR
    message: First.
    pattern: first($X)
    fix: abs($X)
    metadata: {guard: {examples: [{invalid: "first(a)", fixed: "abs(a)"}]}}
  - id: no-abs
    languages: [python]
    severity: ERROR
    message: Abs.
    pattern: abs($X)
    fix: max($X, -$X)
    metadata: {guard: {examples: [{invalid: "abs(a)", fixed: "max(a, -a)"}]}}
"""
CIRCLE = (
    CASCADE.replace("max($X, -$X)", "min($X)").replace("max(a, -a)", "min(a)")
    + (
        CASCADE.removeprefix("rules:\n")
        .replace("no-", "not-")
        .replace("first", "min")
        .partition("  - id: not-abs")[0]
    )
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with two rules, of which the one gives the other work."""
    world = World.make(tmp_path / "world")
    world.commit({".guard/rules/old.yml": CASCADE, "a.py": "y = 1\n\n\nz = abs(2)\n"})
    return world


def test_what_a_fix_gives_other_rules_is_fixed_in_the_same_run(world: World) -> None:
    world.write({"b.py": "x = first(1)\n"})
    found = world.fix("b.py")
    assert world.text("b.py") == "x = max(1, -1)\n"
    assert found.out.splitlines()[0] == "fixed b.py:1  no-first"
    assert world.fix("b.py") == (0, "", "")


def test_fixes_that_overlap_take_turns_in_staged_code(world: World) -> None:
    world.stage({"b.py": "x = first(first(1))\n"})
    found = world.fix()
    assert world.text("b.py") == "x = abs(max(1, -1))\n"
    assert found.out.count("no-first") == 2
    world.git("add", "b.py")
    assert world.fix().out.count("no-first") == 0


def test_later_rounds_keep_to_the_lines_that_were_checked(world: World) -> None:
    world.stage({"a.py": "import os\nfrom x import first\ny = first(1)\n\n\nz = abs(2)\n"})
    world.fix()
    fixed = "import os\nfrom x import first\ny = max(1, -1)\n\n\nz = abs(2)\n"
    assert world.text("a.py") == fixed


def test_every_round_keeps_edits_of_the_work_tree(world: World) -> None:
    world.stage({"b.py": "x = first(1)\n\n\ny = 1\n"})
    world.write({"b.py": "# mine\nx = first(1)\n\n\ny = 2  # mine, too\n"})
    world.fix()
    assert world.text("b.py") == "# mine\nx = max(1, -1)\n\n\ny = 2  # mine, too\n"


def test_a_patch_shows_the_last_round(world: World) -> None:
    world.stage({"b.py": "x = first(1)\n"})
    assert "+x = max(1, -1)" in world.check("--diff").out


def test_rules_that_undo_each_other_are_named_and_change_nothing(world: World) -> None:
    world.commit({".guard/rules/old.yml": CIRCLE})
    world.stage({"b.py": "x = first(1)\n"})
    for found in (world.fix(), world.check("--diff")):
        assert "b.py: no-abs and not-min undo each other's fixes, which were left" in found.err
    assert world.text("b.py") == "x = abs(1)\n"
