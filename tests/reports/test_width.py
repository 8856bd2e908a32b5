"""Tables fit a terminal of 80 columns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import make_repo


@pytest.mark.parametrize("args", [("bank", "list")], ids=" ".join)
def test_a_list_fits_eighty_columns(tmp_path: Path, args: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devmatrix_guard", *args],
        cwd=make_repo(tmp_path, {"a.py": "x = 1\n"}),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) > 10
    assert [line for line in lines if len(line) > 80] == []
