"""Taking back part of a fix: what is noticed, and what is no undoing at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.undo import (
    dump_index,
    hash_line,
    is_titled_revert,
    load_index,
    undo_findings,
)
from devmatrix_guard.mining.undo_index import build_index, fix_hunks
from devmatrix_guard.model.diff import FileChange

NAMED = ("3f2a91c0de", "2026-03-02", "fix: close the session (#12)", "#12")
BAD = b"def get(url):\n    session = Session()\n    return session.get(url, verify=False)\n"
GOOD = b"def get(url):\n    session = Session()\n    return session.get(url, verify=CERTIFICATES)\n"


def change(old: bytes, new: bytes, path: str = "a.py", old_path: str | None = None) -> FileChange:
    status = "R" if old_path else "M"
    hunks = diff_lines(old, new)
    return FileChange(path, old_path, status, "100644", "100644", "1" * 40, "2" * 40, hunks)


def index_of(old: bytes = BAD, new: bytes = GOOD, path: str = "a.py"):  # type: ignore[no-untyped-def]
    return build_index(fix_hunks(NAMED, path, diff_lines(old, new)), {path: new})


def test_taking_back_both_sides_of_a_fix_warns_and_names_the_fix() -> None:
    (finding,) = undo_findings(index_of(), [change(GOOD, BAD)])
    assert (finding.stage, finding.path, finding.start_line) == ("warn", "a.py", 3)
    assert "3f2a91c0de of 2026-03-02 (#12)" in finding.message
    assert finding.sources[0].commit == "3f2a91c0de"


def test_a_change_to_another_line_is_silent() -> None:
    assert undo_findings(index_of(), [change(GOOD, GOOD + b"\nanswer_of_all = 42\n")]) == []


def test_rewriting_what_a_fix_added_is_not_taking_it_back() -> None:
    newer = GOOD.replace(b"CERTIFICATES", b"settings.certificates")
    assert undo_findings(index_of(), [change(GOOD, newer)]) == []


def test_removing_the_guard_a_fix_added_advises() -> None:
    guarded = BAD.replace(b"    session", b"    refuse_private_address(url)\n    session", 1)
    index = index_of(BAD, guarded)
    (finding,) = undo_findings(index, [change(guarded, BAD)])
    assert finding.stage == "advise"


def test_moving_a_line_to_another_file_is_not_taking_it_back() -> None:
    guarded = BAD.replace(b"    session", b"    refuse_private_address(url)\n    session", 1)
    index = index_of(BAD, guarded)
    moved = change(b"", b"    refuse_private_address(url)\n", "b.py")
    assert undo_findings(index, [change(guarded, BAD), moved]) == []


def test_the_fix_is_found_under_the_old_name_of_a_renamed_file() -> None:
    (finding,) = undo_findings(index_of(), [change(GOOD, BAD, "b.py", "a.py")])
    assert finding.path == "b.py"


def test_a_fix_that_no_longer_stands_is_not_indexed() -> None:
    hunks = fix_hunks(NAMED, "a.py", diff_lines(BAD, GOOD))
    assert not build_index(hunks, {"a.py": BAD}).sections


@pytest.mark.parametrize(
    "line",
    [b"", b"   ", b"else:", b"    return None\n", b"import os\n", b"# note to self", b"})", b"]],"],
)
def test_a_trivial_line_has_no_key(line: bytes) -> None:
    assert hash_line(line) is None


def test_indentation_does_not_change_a_line() -> None:
    assert hash_line(b"    close(connection)\n") == hash_line(b"close(connection)")


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ('Revert "Fix the parser"', True),
        ("[core] Revert the parser", True),
        ("Back out the change of yesterday", True),
        ("Fix a reverted edge", False),
        ("", False),
    ],
)
def test_a_titled_revert_is_known_by_its_first_words(subject: str, expected: bool) -> None:
    assert is_titled_revert(subject) is expected


def test_an_index_comes_back_from_its_file(tmp_path: Path) -> None:
    place = tmp_path / "undo.bin"
    place.write_bytes(dump_index(index_of()))
    loaded = load_index(place)
    assert loaded is not None
    assert undo_findings(loaded, [change(GOOD, BAD)]) == undo_findings(
        index_of(), [change(GOOD, BAD)]
    )


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\xff" * 40])
def test_a_damaged_index_is_no_index(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "undo.bin").write_bytes(damage)
    assert load_index(tmp_path / "undo.bin") is None


def test_the_lookup_imports_nothing_heavy() -> None:
    code = "import sys, devmatrix_guard.mining.undo; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"ast", "yaml", "hashlib", "difflib", "dataclasses"} & set(loaded)
