"""Learning after one more commit reads that commit, however long the history is."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.commands.learn.learn import learn
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
        assert count_calls_of(function, lambda: learn(few)) == count_calls_of(
            function, lambda: learn(many)
        )
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
