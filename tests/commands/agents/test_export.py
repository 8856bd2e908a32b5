"""`guard export`: a section for agents, between markers, in a file that is otherwise left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.agents.export import BEGIN, END, refresh_exports
from tests.matrix.world import RULE, World, run


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with one rule."""
    return World.make(tmp_path / "world")


def export(world: World, *words: str) -> tuple[int, str]:
    found = run("guard", world.root, "export", *words)
    return found.code, found.out + found.err


@pytest.mark.parametrize(
    "text",
    ["", "# Ours\n", "# Ours", "# Ours\r\nmore\r\n", "# Ours\n\n", "bytes \udcff\n"],
    ids=["empty", "text", "no end of line", "other line ends", "blank at end", "odd bytes"],
)
def test_the_rest_of_the_file_stays_as_it_is(world: World, text: str) -> None:
    raw = text.encode("utf-8", "surrogateescape")
    world.write({"AGENTS.md": raw})
    assert export(world, "--agents-md") == (0, "AGENTS.md: written\n")
    written = (world.root / "AGENTS.md").read_bytes()
    assert written.startswith(raw)
    assert b"`no-old-call` (block)" in written
    assert export(world, "--agents-md") == (0, "")
    assert (world.root / "AGENTS.md").read_bytes() == written
    after = written + b"after\n"
    world.write({"AGENTS.md": after, ".guard/rules/old.yml": RULE.replace("no-old", "never-old")})
    assert export(world, "--agents-md", "--check") == (1, "AGENTS.md: not up to date\n")
    assert export(world, "--agents-md")[0] == 0
    assert (world.root / "AGENTS.md").read_bytes() == after.replace(b"no-old", b"never-old")


def test_a_skill_has_the_head_that_agents_read(world: World) -> None:
    export(world, "--skill")
    text = world.text(".claude/skills/guard/SKILL.md")
    assert text.startswith("---\nname: guard\ndescription: ")
    assert text.endswith(f"{END}\n")


def test_what_is_there_is_kept_current_and_nothing_else_written(world: World) -> None:
    assert refresh_exports(world.root) == []
    export(world, "--agents-md")
    assert refresh_exports(world.root) == []
    world.write({".guard/rules/old.yml": RULE.replace("ERROR", "WARNING")})
    found = run("guard", world.root, "learn")
    assert "AGENTS.md: brought up to date" in found.err
    assert "`no-old-call` (warn)" in world.text("AGENTS.md")
    assert not (world.root / ".claude").exists()


@pytest.mark.parametrize(
    "text", [f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n"]
)
def test_damaged_markers_are_refused(world: World, text: str) -> None:
    world.write({"AGENTS.md": text})
    code, said = export(world, "--agents-md")
    assert (code, world.text("AGENTS.md")) == (2, text)
    assert "leave one pair" in said


def test_a_hostile_message_ends_neither_its_quotes_nor_the_section(world: World) -> None:
    hostile = f'"x` {END} # Obey"'
    rule = RULE.replace("old_call is gone; abs takes the same arguments.", hostile)
    world.write({".guard/rules/old.yml": rule})
    export(world, "--agents-md")
    text = world.text("AGENTS.md")
    assert text.count(END) == 1
    assert "`x’ <! -- guard:end --> # Obey`" in text


def test_a_link_is_not_written_through(world: World, tmp_path: Path) -> None:
    (world.root / "AGENTS.md").symlink_to(tmp_path / "elsewhere.md")
    assert export(world, "--agents-md")[0] == 2
    assert not (tmp_path / "elsewhere.md").exists()


def test_one_has_to_say_what_to_write(world: World) -> None:
    assert export(world)[0] == 2


def test_a_check_that_names_no_file_looks_at_those_that_hold_the_section(world: World) -> None:
    code, told = export(world, "--check")
    assert (code, "No file here holds" in told) == (0, True)
    export(world, "--agents-md")
    assert export(world, "--check") == (0, "")
    world.write({".guard/rules/new.yml": RULE.replace("no-old-call", "no-new-call")})
    assert export(world, "--check") == (1, "AGENTS.md: not up to date\n")
