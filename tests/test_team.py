"""The month of a team of two runs as the script in `examples` tells it."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "examples/team.py"


@pytest.mark.slow
@pytest.mark.timeout(900)  # thirteen commands, each on the whole shop
def test_a_month_of_a_team_ends_with_every_edit_in_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runpy.run_path(str(SCRIPT))["play"](tmp_path / "team")
    said = capsys.readouterr().out
    assert said.count("$ guard ") == 13
    assert "every edit is there" in said
