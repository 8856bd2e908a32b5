"""Completion scripts are asked for by their shell, and complete verbs without loading them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers_fork import run_guard


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_for_each_shell(tmp_path: Path, shell: str) -> None:
    done = run_guard(tmp_path, "completion", shell)
    assert "_GUARD_COMPLETE" in done.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.stdout, text=True, check=True)


def test_verbs_are_completed() -> None:
    environ = {
        **os.environ,
        "_GUARD_COMPLETE": "bash_complete",
        "COMP_WORDS": "guard co",
        "COMP_CWORD": "1",
    }
    program = [sys.executable, "-c", "import sys; sys.argv[0] = 'guard'\n"
               "from devmatrix_guard.cli import main\nmain()"]  # fmt: skip
    done = subprocess.run(program, env=environ, capture_output=True, text=True, check=False)
    assert done.stdout == "plain,completion\n"


def test_an_unknown_shell_is_refused(tmp_path: Path) -> None:
    assert run_guard(tmp_path, "completion", "tcsh").returncode == 2
