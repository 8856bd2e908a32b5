"""The environment of a generated application: found, or made where it is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.build.environment import prepare_environment

PROJECT = '[project]\nname = "shop"\nversion = "1"\n\n[project.optional-dependencies]\ndev = []\n'


def test_an_environment_is_made_for_a_folder_named_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "requirements.txt").write_text("")
    monkeypatch.chdir(tmp_path)
    steps: list[str] = []

    python, was_made = prepare_environment(Path("shop"), None, tell=steps.append)

    assert was_made
    assert python.is_absolute()
    assert python.is_relative_to(root / ".venv")
    assert steps == ["making .venv", "installing what the application needs"]
    assert prepare_environment(Path("shop"), None, tell=steps.append) == (python, False)
