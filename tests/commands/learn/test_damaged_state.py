"""What learning keeps in git's folder is read again where it is damaged, at no cost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devmatrix_guard.commands.learn.fix_memory import BEGUN_NAME, UNITS_NAME
from devmatrix_guard.commands.learn.results.standing import STANDING_NAME
from devmatrix_guard.commands.learn.validation.replay import REPLAY_NAME
from tests.helpers import commit, make_repo
from tests.helpers_fork import run_guard

OLD = "import yaml\n\n\ndef load(path):\n    return yaml.load(open(path))\n"
KEPT = (
    UNITS_NAME,
    REPLAY_NAME,
    STANDING_NAME,
    "fixes.bin",
    "undo.bin",
    "mining.json",
    "repository",
)
# For `marshal` each of these is a list or a tuple of more than a thousand million values.
CLAIMS = [b"[" * 5000, b"(" + b"\x7f" * 5000]


@pytest.fixture
def learned(tmp_path: Path) -> Path:
    repo = make_repo(tmp_path / "repo", {"a.py": OLD})
    commit(repo, {"a.py": OLD.replace("yaml.load", "yaml.safe_load")}, "Fix a crash", day=3)
    assert run_guard(repo, "learn").returncode == 0
    return repo


@pytest.mark.parametrize("claim", CLAIMS, ids=["list", "tuple"])
@pytest.mark.parametrize("name", [UNITS_NAME, BEGUN_NAME, REPLAY_NAME, STANDING_NAME, "look.bin"])
def test_a_damaged_file_does_not_ask_for_all_memory_there_is(
    learned: Path, name: str, claim: bytes
) -> None:
    want = run_guard(learned, "learn", "--fixes-only").stdout
    commit(learned, {"b.py": "x = 1\n"}, "Add b", day=4)
    (learned / ".git/guard" / name).write_bytes(claim)
    done = run_guard(learned, "learn", "--fixes-only")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == want.replace("2 commits", "3 commits")
    assert run_guard(learned, "learn").returncode == 0
    assert run_guard(learned, "check").returncode == 0


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("words", [("learn",), ("learn", "--fixes-only")], ids=" ".join)
def test_a_folder_in_the_place_of_a_file_is_named_in_one_sentence(
    learned: Path, name: str, words: tuple[str, ...]
) -> None:
    commit(learned, {"b.py": "x = 1\n"}, "Add b", day=4)
    place = learned / ".git/guard" / name
    place.unlink(missing_ok=True)
    place.mkdir()
    done = run_guard(learned, *words)
    assert done.returncode in (0, 2)
    assert len(done.stderr.splitlines()) <= 1
    if done.returncode:
        assert done.stderr == f"guard: {place}: Is a directory; move that away and run again.\n"


def test_a_folder_that_cannot_be_written_to_is_named(learned: Path) -> None:
    commit(learned, {"b.py": "x = 1\n"}, "Add b", day=4)
    own = learned / ".git/guard"
    own.chmod(0o555)
    if os.access(own, os.W_OK):
        pytest.skip("a folder that its owner cannot write to is not to be had here")
    done = run_guard(learned, "learn", "--fixes-only")
    own.chmod(0o755)
    assert done.returncode == 2
    assert done.stderr.startswith(f"guard: {own}/")
    assert done.stderr.endswith(": Permission denied; give yourself permission and run again.\n")
