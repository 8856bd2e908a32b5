"""`guard init --agents`: hooks for the agents in use, and their way out again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devmatrix_guard.commands.agents.events import AGENTS
from devmatrix_guard.commands.setup.agent_setup import (
    PLACES,
    find_agents,
    make_entries,
    plan_agents,
)
from devmatrix_guard.errors import UsageError
from tests.matrix.world import World, run


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with one rule."""
    return World.make(tmp_path / "world")


def init(world: World, *words: str) -> str:
    found = run("guard", world.root, "init", "--local", "--yes", *words)
    assert found.code == 0, found.err
    return found.out


@pytest.mark.parametrize(
    ("trace", "agent"),
    [
        (".claude/settings.json", "claude"),
        ("CLAUDE.md", "claude"),
        (".cursor/rules/x.mdc", "cursor"),
        (".github/copilot-instructions.md", "copilot"),
        (".codex/config.toml", "codex"),
        ("GEMINI.md", "gemini"),
        ("opencode.json", "opencode"),
    ],
)
def test_an_agent_is_found_by_its_traces(tmp_path: Path, trace: str, agent: str) -> None:
    home, root = tmp_path / "home", tmp_path / "root"
    (root / trace).parent.mkdir(parents=True)
    (root / trace).write_text("{}")
    (home / ".gemini").mkdir(parents=True)
    assert list(find_agents(root, {"HOME": str(home)})) == [agent]


def test_the_home_of_the_user_tells_where_the_repository_does_not(tmp_path: Path) -> None:
    (tmp_path / "home" / ".codex").mkdir(parents=True)
    assert list(find_agents(tmp_path, {"HOME": str(tmp_path / "home")})) == ["codex"]
    assert list(find_agents(tmp_path, {"HOME": "home"})) == []
    with pytest.raises(UsageError, match="name one"):
        plan_agents(tmp_path, (), {})


@pytest.mark.parametrize("agent", AGENTS)
def test_hooks_come_and_go_and_a_second_run_changes_nothing(world: World, agent: str) -> None:
    assert f"coding agents: {agent}" in init(world, "--agent", agent)
    text = world.text(PLACES[agent])
    assert "agent-hook" in text
    assert "Everything is set up already." in init(world, "--agent", agent)
    assert run("guard", world.root, "uninstall", "--yes").code == 0
    assert not (world.root / PLACES[agent]).exists()
    assert not (world.root / PLACES[agent]).parent.exists()


@pytest.mark.parametrize("agent", [agent for agent in AGENTS if agent != "opencode"])
@pytest.mark.parametrize(
    "before",
    [
        '{\n    "model": "é",\n    "n": [1, 2.50]\n}\n',
        "{}",
        '{"hooks": {"Stop": [{"hooks": []}], "stop": [{"command": "x"}]}}',
        '{\r\n\t"a": 1\r\n}\r\n',
    ],
    ids=["settings", "empty", "hooks of others", "tabs and other line ends"],
)
def test_what_stands_there_stays_and_comes_back_to_the_byte(
    world: World, agent: str, before: str
) -> None:
    world.write({PLACES[agent]: before.encode()})
    init(world, "--agent", agent)
    old, new = json.loads(before), json.loads(world.text(PLACES[agent]))
    for event, entries in make_entries(agent)["hooks"].items():
        assert new["hooks"][event] == old.get("hooks", {}).get(event, []) + entries
    assert {key: new[key] for key in old if key != "hooks"} == {
        key: value for key, value in old.items() if key != "hooks"
    }
    run("guard", world.root, "uninstall", "--yes")
    assert (world.root / PLACES[agent]).read_bytes() == before.encode()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"hooks": []}', '{"hooks": {"PreToolUse": {}}}', "//"]
)
def test_a_file_that_cannot_be_added_to_is_left_alone(world: World, text: str) -> None:
    world.write({PLACES["claude"]: text})
    found = run("guard", world.root, "init", "--agent", "claude", "--yes", "--local")
    assert (found.code, world.text(PLACES["claude"])) == (2, text)
    assert "guard agent-hook --agent claude" in found.err


def test_a_plugin_of_another_s_is_not_overwritten(world: World) -> None:
    world.write({PLACES["opencode"]: "x"})
    found = run("guard", world.root, "init", "--agent", "opencode", "--yes", "--local")
    assert (found.code, world.text(PLACES["opencode"])) == (2, "x")


def test_the_command_in_a_hook_passes_where_guard_is_missing(world: World) -> None:
    import subprocess

    command = make_entries("copilot")["hooks"]["Stop"][0]["command"]
    done = subprocess.run(["/bin/sh", "-c", command], env={"PATH": "/nowhere"}, check=False)
    assert done.returncode == 0
