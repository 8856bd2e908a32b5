"""The baseline file merges cleanly, survives damage, and never fails for being stale."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.engine.findings.baseline import (
    BASELINE_PATH,
    Baseline,
    add_to_baseline,
    format_baseline,
    parse_baseline,
    read_baseline,
)
from devmatrix_guard.engine.findings.fingerprint import compute_fingerprint
from devmatrix_guard.errors import SettingsError
from devmatrix_guard.model.finding import Finding


def _finding(code: str, path: str = "a.py") -> Finding:
    mark = compute_fingerprint("demo.rule", path, code)
    return Finding("demo.rule", path, 3, 1, 3, 2, "warn", "WARNING", None, "m", mark)


def test_file_holds_one_sorted_line_for_each_finding() -> None:
    one, two = _finding("x"), _finding("y", "b.py")
    data = format_baseline(add_to_baseline(Baseline(), [two, one, one]))
    assert data == format_baseline(add_to_baseline(Baseline(), [one, two]))
    lines = data.decode().splitlines()[1:]
    assert lines == sorted(lines)
    assert f"{one.fingerprint}  # demo.rule a.py" in lines
    assert "3" not in lines[0].partition("#")[2]


def test_what_is_written_is_read_back() -> None:
    baseline = add_to_baseline(Baseline(), [_finding("x"), _finding("y", "odd\n# name.py")])
    again = parse_baseline(format_baseline(baseline))
    assert set(again.entries) == set(baseline.entries)
    assert not again.notes
    assert format_baseline(again) == format_baseline(baseline)


def test_finding_is_accepted_also_after_a_rename() -> None:
    baseline = add_to_baseline(Baseline(), [_finding("x", "old.py")])
    assert baseline.accepts(_finding("x", "new.py"), old_path="old.py")
    assert not baseline.accepts(_finding("x", "new.py"))
    assert not baseline.accepts(_finding("z", "new.py"), old_path="old.py")


def test_conflict_markers_and_rubbish_become_notes() -> None:
    mark = _finding("x").fingerprint
    data = f"\ufeff<<<<<<< ours\r\n{mark}\r\n=======\r\n{mark}  # again\r\n\r\nrubbish\xff\n"
    baseline = parse_baseline(data.encode())
    assert list(baseline.entries) == [mark]
    assert [note.line for note in baseline.notes] == [1, 3, 6]


def test_absent_file_is_an_empty_baseline(tmp_path: Path) -> None:
    assert read_baseline(tmp_path) == Baseline()


def test_a_pipe_in_place_of_the_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".guard").mkdir()
    os.mkfifo(tmp_path / BASELINE_PATH)
    with pytest.raises(SettingsError, match=r"baseline\.txt is not a regular file; remove it"):
        read_baseline(tmp_path)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    baseline = parse_baseline(data)
    assert parse_baseline(format_baseline(baseline)).entries.keys() == baseline.entries.keys()
