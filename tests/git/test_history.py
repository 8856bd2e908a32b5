"""Commits come newest first, whole, whatever their messages and paths hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import GitError
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import find_definitions, list_tree, stream_commits
from devmatrix_guard.git.repository import find_repository
from tests.helpers import commit, git, make_repo


def test_commits_come_newest_first_with_their_parents_and_dates(repo: Path) -> None:
    first = commit(repo, {"a.py": "1\n"}, "First", day=1)
    second = commit(repo, {"a.py": "2\n"}, "Second\n\nThe body.\n\n- a list", day=2, author="Bob")
    newest, oldest = stream_commits(find_repository(repo))
    assert (newest.id, newest.parents, newest.subject) == (second, (first,), "Second")
    assert newest.body == "The body.\n\n- a list"
    assert (newest.author, newest.date) == ("Bob", "2023-11-16T22:13:20+00:00")
    assert (oldest.id, oldest.parents, oldest.body) == (first, (), "")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("0 -1200", "1969-12-31T12:00:00-12:00"),
        ("1700000000 +0530", "2023-11-15T03:43:20+05:30"),
        ("99999999999999 +0000", "1970-01-01T00:00:00+00:00"),
        ("86400 +9900", "1970-01-01T00:00:00+00:00"),
    ],
)
def test_a_commit_of_an_odd_day_ends_no_history(repo: Path, raw: str, told: str) -> None:
    commit(repo, {"a.py": "1\n"}, "First", day=1)
    tree = git(repo, "rev-parse", "HEAD^{tree}").strip()
    text = f"tree {tree}\nauthor A <a@b> {raw}\ncommitter A <a@b> {raw}\n\nImported\n"
    (repo / "commit.txt").write_text(text, encoding="utf-8")
    made = git(repo, "hash-object", "-t", "commit", "-w", "--literally", "commit.txt").strip()
    (found,) = stream_commits(find_repository(repo), rev=made)
    assert (found.date, found.subject) == (told, "Imported")


@pytest.mark.parametrize(
    "message",
    [
        ":100644 100644 aaaa bbbb M",
        "subject\n\n:000000 100644 0000 1111 A\npath",
        "ünïcode → ✓\n\nbody",
        "x" * 5000 + "\n\n" + "y\n" * 5000,
    ],
    ids=["looks-raw", "body-looks-raw", "unicode", "long"],
)
def test_a_message_is_never_mistaken_for_structure(repo: Path, message: str) -> None:
    commit(repo, {"a.py": "1\n", "b.py": "1\n"}, message)
    commit(repo, {"a.py": "2\n"}, "After")
    after, before = stream_commits(find_repository(repo))
    subject, _, body = message.partition("\n\n")
    assert (before.subject, before.body) == (subject, body.rstrip("\n"))
    assert [c.path for c in before.changes] == ["a.py", "b.py"]
    assert [c.path for c in after.changes] == ["a.py"]


def test_a_message_that_is_not_utf8_does_not_stop_the_stream(repo: Path) -> None:
    message = repo.parent / "message"
    message.write_bytes(b"caf\xe9 broken\n")
    git(repo, "commit", "-q", "--allow-empty", "-F", str(message))
    (only,) = stream_commits(find_repository(repo))
    assert only.subject.startswith("caf")


def test_commits_without_files_stand_between_commits_with_files(repo: Path) -> None:
    for number, files in enumerate([{"a.py": "1\n"}, {}, {}, {"a.py": "2\n"}, {}]):
        commit(repo, files, f"c{number}")
    commits = list(stream_commits(find_repository(repo)))
    assert [(c.subject, len(c.changes)) for c in commits] == [
        ("c4", 0),
        ("c3", 1),
        ("c2", 0),
        ("c1", 0),
        ("c0", 1),
    ]


def test_a_merge_is_compared_with_its_first_parent(repo: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "Base")
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, {"side.py": "1\n"}, "Side", day=1)
    git(repo, "checkout", "-q", "main")
    commit(repo, {"main.py": "1\n"}, "Main", day=2)
    git(repo, "merge", "-q", "--no-ff", "-m", "Merge", "side")
    merge = next(stream_commits(find_repository(repo)))
    assert len(merge.parents) == 2
    assert [c.path for c in merge.changes] == ["side.py"]


def test_a_rename_carries_both_paths(repo: Path) -> None:
    commit(repo, {"old name.py": "line\n" * 20}, "Base")
    git(repo, "mv", "old name.py", "new\nname.py")
    commit(repo, {}, "Rename")
    (change,) = next(stream_commits(find_repository(repo))).changes
    assert (change.status, change.old_path, change.path) == ("R", "old name.py", "new\nname.py")


def test_since_leaves_out_what_was_reachable_and_limit_bounds(repo: Path) -> None:
    ids = [commit(repo, {"a.py": f"{n}\n"}, f"c{n}") for n in range(5)]
    here = find_repository(repo)
    assert [c.id for c in stream_commits(here, since=ids[2])] == [ids[4], ids[3]]
    assert [c.id for c in stream_commits(here, limit=1)] == [ids[4]]
    assert [c.id for c in stream_commits(here, rev=ids[1])] == [ids[1], ids[0]]


def test_a_repository_without_commits_has_an_empty_history(repo: Path) -> None:
    assert list(stream_commits(find_repository(repo))) == []


def test_an_unknown_revision_is_an_error_in_gits_words(repo: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "One")
    with pytest.raises(GitError, match="no-such-branch"):
        list(stream_commits(find_repository(repo), rev="no-such-branch"))


def test_a_reader_that_stops_early_leaves_no_process(repo: Path) -> None:
    for number in range(50):
        commit(repo, {"a.py": f"{number}\n"}, "x" * 4000)
    stream = stream_commits(find_repository(repo))
    assert next(stream).subject == "x" * 4000
    stream.close()  # type: ignore[attr-defined]  # a generator, promised only as an iterator


def test_user_configuration_does_not_change_what_is_read(repo: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "One")
    for key, value in {
        "log.showSignature": "true",
        "log.showRoot": "false",
        "log.decorate": "full",
        "log.diffMerges": "combined",
        "diff.relative": "true",
        "diff.renames": "false",
        "color.ui": "always",
        "core.quotePath": "true",
        "format.pretty": "oneline",
        "core.abbrev": "4",
    }.items():
        git(repo, "config", key, value)
    (only,) = stream_commits(find_repository(repo))
    (change,) = only.changes
    assert (only.subject, change.path, len(change.new_blob or "")) == ("One", "a.py", 40)


def test_definitions_are_found_whatever_paths_and_settings_hold(repo: Path) -> None:
    commit(repo, {"a\nb.py": "def f(): pass\n", "c.py": "def g(): pass\n"}, "One")
    for key in ("grep.lineNumber", "grep.column", "submodule.recurse"):
        git(repo, "config", key, "true")
    git(repo, "config", "color.grep", "always")
    assert find_definitions(find_repository(repo), "HEAD") == {"f": ["a\nb.py"], "g": ["c.py"]}


def test_a_tree_lists_every_file_and_its_blob_can_be_read(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a.py": "a\n", "sub/ünï\n.py": b"\x00\xff", "-x": ""})
    here = find_repository(repo)
    files = list_tree(here, "HEAD")
    assert [(path, mode) for path, mode, _ in files] == [
        ("-x", "100644"),
        ("a.py", "100644"),
        ("sub/ünï\n.py", "100644"),
    ]
    with BlobReader(here) as blobs:
        assert [blobs.read(blob_id) for _, _, blob_id in files] == [b"", b"a\n", b"\x00\xff"]
