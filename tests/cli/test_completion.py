"""Completion scripts are asked for by their shell, and complete verbs without loading them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

PROGRAM = [sys.executable, "-m", "devmatrix_guard"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_for_each_shell(shell: str) -> None:
    done = subprocess.run(
        [*PROGRAM, "completion", shell], capture_output=True, text=True, check=True
    )
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


def test_an_unknown_shell_is_refused() -> None:
    done = subprocess.run([*PROGRAM, "completion", "tcsh"], capture_output=True, check=False)
    assert done.returncode == 2
