"""Events of a forge, played through the steps of the action."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.action.runner import Runner
from tests.matrix.world import BAD, World

ZERO = "0" * 40


@pytest.fixture
def topic(world: World) -> World:
    """A topic branch that adds a finding, while main has moved on with one of its own."""
    world.git("switch", "-q", "-c", "topic")
    world.commit({"b.py": BAD}, "On topic")
    world.git("switch", "-q", "main")
    world.commit({"m.py": BAD}, "On main")
    world.git("update-ref", "refs/remotes/origin/main", "main")
    return world


def _push(topic: World, before: str) -> dict[str, Any]:
    return {
        "before": before,
        "after": topic.git("rev-parse", "topic").strip(),
        "ref": "refs/heads/topic",
        "repository": {"default_branch": "main"},
    }


def _annotated(log: str) -> list[str]:
    return [line.split("file=")[1].split(",")[0] for line in log.splitlines() if "file=" in line]


def test_row_076_a_new_branch_is_compared_with_the_default_branch(
    topic: World, tmp_path: Path
) -> None:
    result = Runner(topic.root, tmp_path / "run", "push", _push(topic, ZERO)).check()
    assert result.code == 1
    assert _annotated(result.log) == ["b.py"]


def test_row_077_after_a_forced_push_the_default_branch_stands_in(
    topic: World, tmp_path: Path
) -> None:
    result = Runner(topic.root, tmp_path / "run", "push", _push(topic, "1" * 40)).check()
    assert result.code == 1
    assert _annotated(result.log) == ["b.py"]


def test_row_078_a_fork_with_a_read_only_token_gets_summary_annotations_and_verdict(
    topic: World, tmp_path: Path
) -> None:
    payload = {
        "number": 7,
        "pull_request": {
            "number": 7,
            "base": {"sha": topic.git("rev-parse", "main").strip()},
            "head": {
                "sha": topic.git("rev-parse", "topic").strip(),
                "repo": {"full_name": "someone/app"},
            },
        },
    }
    result = Runner(topic.root, tmp_path / "run", "pull_request", payload).check()
    assert result.code == 1
    assert _annotated(result.log) == ["b.py"]
    assert result.summary
    assert result.outputs["may-upload"] == "false"


@pytest.mark.parametrize("payload", ["", "{", "[]", "null"])
def test_row_080_a_malformed_event_is_refused_with_a_hint(
    topic: World, tmp_path: Path, payload: str
) -> None:
    result = Runner(topic.root, tmp_path / "run", "pull_request", payload).check()
    assert result.code == 2
    assert "event" in result.log
    assert "Traceback" not in result.log
