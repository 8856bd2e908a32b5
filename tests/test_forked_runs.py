"""Runs of a program in tests are forked, whatever settings an earlier one was given."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import helpers_fork
from tests.helpers_fork import run_module

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("GUARD_TEST_FRESH")) or not hasattr(os, "pidfd_open"),
    reason="forked runs are not to be had here",
)
TELL = """\
import os, sys, time
written = sys.pycache_prefix, sys.dont_write_bytecode
print(os.getppid(), *written, time.tzname[0], os.environ.get("LANG"))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tell.py").write_text(TELL)
    return tmp_path


def tell(folder: Path, **settings: str) -> list[str]:
    """Return who started a process, and what the interpreter in it makes of the settings.

    Beside them it has those that the tests began with, whatever another test has left since.
    """
    named, later = helpers_fork._OF_INTERPRETER, helpers_fork.SET_LATER
    usual = {k: v for k, v in os.environ.items() if not k.startswith(named) or k in later}
    usual |= dict(helpers_fork._OWN)
    done = run_module(
        Path(sys.executable),
        "tell",
        loaded=["json"],
        cwd=folder,
        environment={**usual, "TZ": "UTC", **settings},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().split()


def test_a_run_with_settings_of_its_own_does_not_make_later_ones_new_processes(
    folder: Path,
) -> None:
    odd, plain, again = tell(folder, LANG="xx_XX"), tell(folder), tell(folder)
    assert odd[0] == str(os.getpid())
    assert plain[0] == again[0] != str(os.getpid())


def test_runs_with_the_same_settings_are_forked_when_there_are_many(folder: Path) -> None:
    found = [tell(folder, LANG="xy_XY") for _ in range(helpers_fork._WORTHWHILE + 1)]
    assert [run[0] == str(os.getpid()) for run in found].count(False) == 2
    assert {run[-1] for run in found} == {"xy_XY"}


def test_a_forked_run_takes_over_what_it_still_can(folder: Path) -> None:
    found = tell(
        folder,
        TZ="ABC0",
        PYTHONPYCACHEPREFIX=str(folder / "compiled"),
        PYTHONDONTWRITEBYTECODE="1",
    )
    assert found[0] != str(os.getpid())
    assert found[1:4] == [str(folder / "compiled"), "True", "ABC"]
    assert tell(folder)[1:4] == ["None", str(bool(sys.dont_write_bytecode)), "UTC"]


@pytest.fixture(scope="module")
def after_the_test() -> Iterator[None]:
    """Look when the fixtures of single tests are done."""
    yield
    assert "PYTHONOFTEST" not in os.environ


def test_no_test_leaves_a_setting_of_the_interpreter_to_the_next(after_the_test: None) -> None:
    os.environ["PYTHONOFTEST"] = "1"
