"""The environment that the checks of an application run in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devmatrix_guard.verify.checks import AppEnvironment


@pytest.fixture
def place(tmp_path: Path) -> AppEnvironment:
    return AppEnvironment(tmp_path / "app", Path(sys.executable), tmp_path, {"SECRET_KEY": "x"})


def test_what_is_compiled_lies_in_the_scratch_folder_or_where_the_caller_says(
    place: AppEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    assert place.make_environment()["PYTHONPYCACHEPREFIX"] == str(tmp_path / "pycache")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "/var/compiled")
    assert place.make_environment()["PYTHONPYCACHEPREFIX"] == "/var/compiled"


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "GUARD_LLM"])
def test_what_sets_up_guard_does_not_reach_the_application(
    place: AppEnvironment, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "of ours")
    assert name not in place.make_environment()


def test_the_last_word_has_who_asks(place: AppEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the shell")
    assert place.make_environment()["SECRET_KEY"] == "x"
    assert place.make_environment(SECRET_KEY="y")["SECRET_KEY"] == "y"


def test_a_database_is_a_file_of_the_scratch_folder(place: AppEnvironment, tmp_path: Path) -> None:
    assert place.make_sqlite_url("smoke") == f"sqlite+aiosqlite:///{tmp_path}/smoke.db"
