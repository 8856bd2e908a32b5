"""The month of a team of two runs as the script in `examples` tells it."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

from tests.helpers_fork import run_guard

SCRIPT = Path(__file__).parents[1] / "examples/team.py"


@pytest.mark.slow
@pytest.mark.timeout(900)  # thirteen commands, each on the whole shop
def test_a_month_of_a_team_ends_with_every_edit_in_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = importlib.util.spec_from_file_location("team", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    started = script._guard

    def fork(root: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command as the script does, in a process that need not load it."""
        print("$ guard", *arguments, flush=True)
        done = run_guard(root, *arguments)
        assert not check or not done.returncode, done.stdout + done.stderr
        return done

    script._guard = fork
    script.play(tmp_path / "team")
    assert started(tmp_path, "--version").stdout.startswith("guard")
    said = capsys.readouterr().out
    assert said.count("$ guard ") == 14
    assert "every edit is there" in said
