"""What a build says of its phases where nobody watches a terminal."""

from __future__ import annotations

import time

import pytest

from devmatrix_guard.cli import phases


def test_a_long_step_is_told_less_and_less_often(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(phases, "_SILENT_SECONDS", 0.1)
    with phases.watch_phases() as watcher:
        watcher.begin("environment")
        watcher.tell("environment", "installing")
        time.sleep(1.5)
        long = capsys.readouterr().err.splitlines()
        watcher.tell("environment", "imports")
        time.sleep(0.35)
        other = capsys.readouterr().err.splitlines()
    assert 2 <= len(long) <= 4
    assert all("installing" in line for line in long)
    assert "imports" in other[0]
