"""Every row of the matrix has a test that carries its number."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent.parent


def test_all_120_rows_have_a_test() -> None:
    names = (
        int(number)
        for file in TESTS.rglob("test_*.py")
        for number in re.findall(r"def test_row_(\d{3})_", file.read_text("utf-8"))
    )
    assert set(names) == set(range(1, 121))
