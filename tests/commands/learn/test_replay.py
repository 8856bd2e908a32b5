"""What was found in later commits is kept, and learning again ends as learning anew does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.commands.learn.history import History
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.learn.validation.queries import hash_query
from devmatrix_guard.commands.learn.validation.replay import (
    NOTHING_REPLAYED,
    REPLAY_NAME,
    Replayed,
    read_replayed,
    replay,
    write_replayed,
)
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import find_repository
from tests.commands.learn.test_many import make_history
from tests.helpers import commit, make_repo, tree_bytes

OPEN = {"pattern": "shelf.open($X)"}
CLOSE = {"pattern": "shelf.close($X)"}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Three commits: one adds a call of `shelf.open`, one another file, one no Python."""
    made = make_repo(tmp_path / "repo", {"README.md": "shelf\n"})
    commit(made, {"a.py": "import shelf\n\nshelf.open(1)\n"}, "Open", day=1)
    commit(made, {"b.py": "import shelf\n\nshelf.close(2)\n"}, "Close", day=2)
    return made


def run(repo: Path, queries: list[dict[str, str]], known: Replayed = NOTHING_REPLAYED) -> Replayed:
    found = find_repository(repo)
    commits = tuple(stream_commits(found))
    order = {one.id: number for number, one in enumerate(commits)}
    history = History(commits[0].id, len(commits), (), commits, order)
    with BlobReader(found) as blobs:
        defects: list[str] = []
        result = replay(queries, history, blobs, known=known, defects=defects)
    assert defects == []
    return result


def list_places(found: Replayed, query: dict[str, str]) -> list[Any]:
    return [place for places in found.matches[hash_query(query)].values() for place in places]


def test_queries_are_found_on_the_lines_that_commits_added(repo: Path) -> None:
    found = run(repo, [OPEN, CLOSE])
    assert list_places(found, OPEN) == [("a.py", 3)]
    assert list_places(found, CLOSE) == [("b.py", 3)]
    assert sorted(found.sizes.values()) == [0, 3, 3]


def test_what_is_known_is_not_looked_for_again(repo: Path) -> None:
    known = run(repo, [OPEN])
    key = hash_query(OPEN)
    told = {one: [("as told.py", 7)] for one in known.matches[key]}
    commit(repo, {"c.py": "import shelf\n\n\nshelf.open(3)\n"}, "Open again", day=3)
    found = run(repo, [OPEN, CLOSE], Replayed(known.sizes, {key: told}))
    assert list_places(found, OPEN) == [("c.py", 4), ("as told.py", 7), ("as told.py", 7)]
    assert list_places(found, CLOSE) == [("b.py", 3)]  # the other query is new to all commits


def test_what_is_kept_reads_back_and_damage_is_as_if_nothing_was_kept(
    repo: Path, tmp_path: Path
) -> None:
    found = run(repo, [OPEN])
    write_replayed(tmp_path, found, ())
    assert read_replayed(tmp_path, ()) == found
    assert read_replayed(tmp_path, ("docs/**",)) == NOTHING_REPLAYED
    (tmp_path / REPLAY_NAME).write_bytes(b"no")
    assert read_replayed(tmp_path, ()) == NOTHING_REPLAYED


def test_learning_again_ends_as_learning_anew_does(tmp_path: Path) -> None:
    repo = make_history(tmp_path / "one", "load")
    learn(repo)
    assert (repo / ".git" / "guard" / REPLAY_NAME).exists()
    late = "import shelf\n\n\ndef read_late(path):\n    return shelf.load(path)\n"
    commit(repo, {"app/late.py": late}, "Add another", day=20)
    learn(repo)
    kept = tree_bytes(repo / ".guard" / "rules")
    assert any(b"app/late.py" in text for text in kept.values())
    learn(repo, again=True)
    assert tree_bytes(repo / ".guard" / "rules") == kept


def test_what_a_commit_left_of_what_it_replaced_is_counted_once(tmp_path: Path) -> None:
    check = "class {0}(Base):\n    def test_it(self):\n        self.assertEquals(read(1), 1)\n"
    files = {f"tests/test_{name}.py": check.format(name) for name in ("a", "b", "c")}
    repo = make_repo(tmp_path / "repo", files)
    new = {path: text.replace("Equals", "Equal") for path, text in files.items()}
    commit(repo, new, "Use the method that unittest keeps", day=1)
    assert len(learn(repo).rules) == 1
    own = repo / ".git" / "guard"
    kept = read_replayed(own, ())
    assert [*kept.left.values()] == [0]
    write_replayed(own, kept._replace(left=dict.fromkeys(kept.left, 99)), ())
    commit(repo, {"a.py": "x = 1\n"}, "Add x", day=2)
    assert learn(repo).rules == ()  # as told, and not as it is
    assert len(learn(repo, again=True).rules) == 1
