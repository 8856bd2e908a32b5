"""Random histories are read to their end; `bench/fuzz_histories.py` runs more and longer ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fuzz_histories import find_defects, git, list_commands, write_history

SEED, COMMITS = 5, 14


@pytest.mark.slow
@pytest.mark.parametrize("number", range(2))
def test_whatever_a_history_holds_it_is_read_to_its_end(tmp_path: Path, number: int) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    count = write_history(repo, number, SEED, COMMITS)
    for command in list_commands(number, SEED, count):
        assert list(find_defects(repo, command)) == [], f"--seed {SEED} --first {number}"


def test_histories_have_renames_deletions_merges_and_fixes(tmp_path: Path) -> None:
    wanted = ["--diff-filter=R", "--diff-filter=D", "--merges", "--grep=ix"]
    found = dict.fromkeys(wanted, b"")
    for number in range(6):  # what each holds depends on the files of the interpreter
        repo = tmp_path / str(number)
        repo.mkdir()
        write_history(repo, number, SEED, 40)
        for what in wanted:
            found[what] += git(repo, "log", "--all", "-M", "--format=%H", what)
        if all(found.values()):
            break
    assert [what for what, commits in found.items() if not commits] == []
