"""The journal of a build: read as it was written, and never believed where it is odd."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.build.journal import (
    PATH,
    Journal,
    hash_files,
    make_key,
    read_journal,
    write_journal,
)
from devmatrix_guard.commands.build.phases import Phase
from tests.helpers import write_tree

JOURNAL = Journal("k", "f", "r", {"smoke": Phase("smoke", "done", 1.5, "30 of 30", {"a": [1]})})


def test_a_journal_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_journal(tmp_path, JOURNAL)
    assert read_journal(tmp_path) == JOURNAL
    write_journal(tmp_path, JOURNAL._replace(ended=True))
    found = read_journal(tmp_path)
    assert found is not None
    assert found.ended


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", '{"key": 1}', '{"phases": {"a": {}}}', "[" * 100_000, "\udcff"],
    ids=["empty", "null", "list", "half", "parts", "phase", "deep", "bytes"],
)
def test_nonsense_is_no_journal(tmp_path: Path, text: str) -> None:
    write_tree(tmp_path, {PATH: text.encode("utf-8", "surrogateescape")})
    assert read_journal(tmp_path) is None


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none") is None


def test_other_inputs_have_another_key() -> None:
    assert make_key("a", "b") == make_key("a", "b") != make_key("ab", "")


def test_the_hash_of_files_tells_every_change() -> None:
    files = {"a.py": "x", "b.py": "\udcff"}
    hashes = {
        hash_files(files),
        hash_files({**files, "a.py": "y"}),
        hash_files({"a.py": "x"}),
        hash_files({"a.pyx": "", "b.py": "\udcff"}),
    }
    assert len(hashes) == 4
