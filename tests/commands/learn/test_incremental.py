"""Learning after one more commit reads that commit, however long the history is."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.engine.check import check_alone
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.mining.undo.units import read_units
from tests.helpers import commit, make_repo, tree_bytes
from tests.helpers_bounds import count_calls_of

OLD = "import shelf\n\n\ndef load(path):\n    return shelf.load(open(path))\n"
NEW = OLD.replace("shelf.load(", "shelf.safe_load(")


def make_picked_history(root: Path, times: int) -> Path:
    """One fix and one bulk edit, each made, taken back and made again so many times."""
    check = "class T(Base):\n    def test_it(self):\n        self.assert{0}(read(1), 1)\n"
    names = [f"tests/test_{name}.py" for name in "abc"]
    repo = make_repo(root, {"app/load.py": OLD, **dict.fromkeys(names, check.format("Equals"))})
    for day in range(1, times + 1):
        commit(repo, {"app/load.py": NEW}, "Fix unsafe loading", day=day)
        commit(repo, dict.fromkeys(names, check.format("Equal")), "Use what is kept", day=day)
        if day < times:
            before = {"app/load.py": OLD, **dict.fromkeys(names, check.format("Equals"))}
            commit(repo, before, 'Revert "all of it"', day=day)
    learn(repo)
    commit(repo, {"app/area.py": "def area(width):\n    return width\n"}, "Add area", day=20)
    return repo


def test_a_patch_that_was_picked_often_is_read_once(tmp_path: Path) -> None:
    few, many = (make_picked_history(tmp_path / str(times), times) for times in (2, 8))
    for function in (BlobReader.read, read_units):
        calls = [count_calls_of(function, partial(learn, repo)) for repo in (few, many)]
        assert calls[0] == calls[1]
        for repo in (few, many):
            commit(repo, {f"app/{function.__name__}.py": "x = 1\n"}, "Add x", day=21)


def test_what_was_picked_twice_is_counted_as_learning_anew_counts_it(tmp_path: Path) -> None:
    repo = make_picked_history(tmp_path / "repo", 4)
    first = learn(repo)
    rules, own = tree_bytes(repo / ".guard" / "rules"), repo / ".git" / "guard"
    index = (own / "undo.bin").read_bytes()
    anew = learn(repo, again=True)
    assert (first.fixes, first.duplicates, first.bulk_edits) == (1, 3, 1)
    assert (anew.fixes, anew.duplicates, anew.bulk_edits) == (1, 3, 1)
    assert tree_bytes(repo / ".guard" / "rules") == rules
    assert (own / "undo.bin").read_bytes() == index


def make_wide_history(root: Path, files: int) -> Path:
    """Three fixes alike, each in its own file, and other files that use what they mended."""
    names = [f"app/load_{number}.py" for number in range(files)]
    repo = make_repo(root, dict.fromkeys(names, OLD))
    for day, name in enumerate(names[:-1], start=1):
        commit(repo, {name: NEW}, f"Fix unsafe loading (#{day})", day=day)
    learn(repo)
    commit(repo, {"app/area.py": "def area(width):\n    return width\n"}, "Add area", day=20)
    return repo


def test_files_that_did_not_change_are_not_looked_into_again(tmp_path: Path) -> None:
    for function in (read_units, check_alone):
        few, many = (
            make_wide_history(tmp_path / f"{function.__name__}{files}", files) for files in (4, 12)
        )
        calls = [count_calls_of(function, partial(learn, repo)) for repo in (few, many)]
        assert calls[0] == calls[1]


def test_what_is_left_and_what_stands_is_told_as_learning_anew_tells_it(tmp_path: Path) -> None:
    repo = make_wide_history(tmp_path / "repo", 5)
    commit(repo, {"app/late.py": OLD}, "Load as before", day=21)
    commit(repo, {"app/load_2.py": NEW.replace("path", "place")}, "Say place", day=22)
    first = learn(repo)
    rules, own = repo / ".guard" / "rules", repo / ".git" / "guard"
    kept, index = tree_bytes(rules), (own / "undo.bin").read_bytes()
    shutil.rmtree(repo / ".guard")
    shutil.rmtree(own)
    anew = learn(repo)
    assert tree_bytes(rules) == kept != {}
    assert (own / "undo.bin").read_bytes() == index
    assert first.indexed_fixes == anew.indexed_fixes
