"""`guard lineage` of fixes: introduced by, repaired, proved by, followed by, changed by."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.errors import GuardError, UsageError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.lineage import Lineage
from tests.helpers import commit, git, make_repo

START = "def keep(a):\n    return a\n"
ADDED = START + "\n\ndef total(lines):\n    return round(sum(lines), 2)\n"
ROUNDED = ADDED.replace("round(sum(lines), 2)", "sum(round(line, 2) for line in lines)")
AGAIN = ROUNDED.replace("in lines)", "in lines or ())")
LATER = AGAIN.replace("def total(lines):", "def total(lines: list) -> float:")
PROOF = "from shop import total\n\n\ndef test_total():\n    assert total([0.005]) == 0.01\n"


class History:
    """A function's life: added, fixed with a test, fixed again, edited."""

    def __init__(self, root: Path) -> None:
        self.repo = make_repo(root, {"shop.py": START})
        self.added = commit(self.repo, {"shop.py": ADDED}, "Add totals", day=1)
        files = {"shop.py": ROUNDED, "test_shop.py": PROOF}
        self.fix = commit(self.repo, files, "Fix rounding (#12)", day=4)
        self.again = commit(self.repo, {"shop.py": AGAIN}, "Fix a crash without lines", day=6)
        self.later = commit(self.repo, {"shop.py": LATER}, "Say what totals take", day=8)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "repo")


def list_edges(lineage: Lineage) -> set[tuple[str, str, str]]:
    return {(edge.kind, edge.source[1], edge.target[1]) for edge in lineage.edges}


def test_a_commit_leads_to_all_that_belongs_to_its_fix(history: History) -> None:
    learn(history.repo)
    (lineage,) = trace(history.repo, history.fix[:8])
    assert list_edges(lineage) == {
        ("introduced", history.added, history.fix),
        ("repaired", history.fix, "shop.py::total"),
        ("proved-by", history.fix, "test_shop.py::test_total"),
        ("names", history.fix, "#12"),
        ("followed-by", history.fix, history.again),
        ("repaired", history.again, "shop.py::total"),
        ("changed-by", "shop.py::total", history.later),
    } | {("introduced", history.fix, history.again)}


def test_a_commit_may_be_named_as_git_names_it(history: History) -> None:
    learn(history.repo)
    assert trace(history.repo, "HEAD~2") == trace(history.repo, history.fix)


def test_a_file_means_what_was_fixed_in_it(history: History) -> None:
    learn(history.repo)
    folder = history.repo / "docs"
    folder.mkdir()
    for start, name in ((history.repo, "shop.py"), (folder, "../shop.py")):
        assert [one.start for one in trace(start, name)] == [("function", "shop.py::total")]
    (proof,) = trace(history.repo, "test_shop.py")
    assert proof.start == ("regression-test", "test_shop.py::test_total")


def test_fixes_that_cannot_be_read_are_not_taken_for_none(history: History) -> None:
    learn(history.repo)
    (history.repo / ".git/guard/fixes.bin").write_bytes(b"damaged")
    with pytest.raises(GuardError, match=r"fixes.bin is damaged .*; run `guard learn` again"):
        trace(history.repo, "shop.py")
    learn(history.repo)
    assert trace(history.repo, "shop.py")


def test_the_time_to_fix_is_told(history: History) -> None:
    learn(history.repo)
    (lineage,) = trace(history.repo, history.fix)
    (edge,) = [e for e in lineage.edges if e.target[1] == history.fix]
    assert edge.properties == {"days": 3, "lines": 1}


@pytest.mark.parametrize("name", ["total", "total()", "shop.py::total", "shop.py:6"])
def test_a_function_is_found_by_name_and_by_line(history: History, name: str) -> None:
    learn(history.repo)
    (lineage,) = trace(history.repo, name)
    assert lineage.start == ("function", "shop.py::total")
    assert ("repaired", history.fix, "shop.py::total") in list_edges(lineage)
    assert ("changed-by", "shop.py::total", history.later) in list_edges(lineage)


def test_a_test_leads_back_to_the_fix_it_proves(history: History) -> None:
    learn(history.repo)
    (lineage,) = trace(history.repo, "test_total")
    assert lineage.start == ("regression-test", "test_shop.py::test_total")
    assert ("proved-by", history.fix, "test_shop.py::test_total") in list_edges(lineage)


def test_who_introduced_what_is_found_through_moves_and_other_layout(tmp_path: Path) -> None:
    history = History(tmp_path / "repo")
    indented = "class Shop:\n" + "".join(f"    {line}\n" for line in LATER.splitlines())
    git(history.repo, "mv", "shop.py", "shops.py")
    commit(history.repo, {}, "Rename", day=9)
    commit(history.repo, {"shops.py": indented}, "Put all into a class", day=9)
    fixed = indented.replace("return a\n", "return a or None\n")
    fix = commit(history.repo, {"shops.py": fixed}, "Fix what is kept", day=12)
    learn(history.repo)
    (lineage,) = trace(history.repo, fix)
    first = git(history.repo, "rev-list", "--max-parents=0", "HEAD").strip()
    assert ("introduced", first, fix) in list_edges(lineage)


def test_depth_bounds_the_steps(history: History) -> None:
    learn(history.repo)
    (lineage,) = trace(history.repo, history.added, depth=1)
    assert list_edges(lineage) == {("introduced", history.added, history.fix)}


def test_the_memory_holds_the_chain_and_learning_again_adds_what_is_new(history: History) -> None:
    learn(history.repo)
    fix = commit(history.repo, {"shop.py": LATER.replace("2)", "3)")}, "Fix rounding", day=10)
    learn(history.repo)
    with open_memory(".guard/memory.db", history.repo, create=False) as memory:
        edges = list_edges(memory.lineage.trace(("function", "shop.py::total")))
    assert {("repaired", c, "shop.py::total") for c in (history.fix, history.again, fix)} <= edges
    assert ("followed-by", history.again, fix) in edges


def test_an_unknown_name_is_refused(history: History) -> None:
    learn(history.repo)
    with pytest.raises(UsageError, match="nothing is recorded"):
        trace(history.repo, "no_such_function")
