"""Odd options in odd places end in an answer or one sentence; `bench/fuzz_options.py` runs more."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.fuzz_options import PLACES, is_server, list_commands, run_one

SEED = 3
COMMANDS = [command for command in list_commands() if not is_server(command)]


@pytest.mark.parametrize("number", range(len(PLACES)))
def test_odd_options_in_odd_places_end_well(tmp_path: Path, number: int) -> None:
    chance = random.Random(SEED + number)
    command, place = chance.choice(COMMANDS), list(PLACES)[number]
    assert run_one(command, place, chance, tmp_path.resolve()) == ""
    if place == "read-only":
        (tmp_path / "repo").chmod(0o755)
        (tmp_path / "repo/.git").chmod(0o755)
