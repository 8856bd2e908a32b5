"""Messages that no editor and no agent sends are answered; `bench/fuzz_messages.py` sends more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from bench.fuzz_messages import find_agent_faults, find_editor_faults, make_world

SEED, CONVERSATIONS = 1000, settings().max_examples


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_world(tmp_path_factory.mktemp("messages"))


@pytest.mark.parametrize("part", range(4))
def test_whatever_an_editor_sends_each_request_has_one_answer_and_nothing_leads_out(
    part: int, root: Path
) -> None:
    for number in range(part * CONVERSATIONS, (part + 1) * CONVERSATIONS):
        assert find_editor_faults(SEED + number, root) == [], f"conversation {SEED + number}"


def test_whatever_an_agent_sends_each_request_has_one_answer_and_nothing_leads_out(
    root: Path,
) -> None:
    assert find_agent_faults(SEED, root) == []
