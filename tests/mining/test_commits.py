"""Which commits are fixes, what issue they name, and which of their files are looked at."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.mining.commits import (
    MAX_FILES,
    MAX_SOURCE_FILES,
    describe_source,
    describe_unit,
    find_issue,
    is_fix,
    is_mentioned,
    may_be_fix,
    read_mentions,
    select_source_changes,
)
from devmatrix_guard.mining.product_paths import find_test_globs, is_product_path, is_test_path
from devmatrix_guard.model.diff import Commit, FileChange
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.fix import FixUnit


def commit(subject: str, body: str = "", parents: int = 1, changes: Any = ()) -> Commit:
    known = tuple(str(n) * 40 for n in range(1, parents + 1))
    return Commit(
        id="a" * 40,
        parents=known,
        date="2026-03-02T10:00:00+01:00",
        author="A",
        subject=subject,
        body=body,
        changes=tuple(changes),
    )


def change(path: str, **more: Any) -> FileChange:
    values: dict[str, Any] = {
        "path": path, "old_path": None, "status": "M", "old_mode": "100644", "new_mode": "100644",
        "old_blob": "1" * 40, "new_blob": "2" * 40, "hunks": (),
    }  # fmt: skip
    return FileChange(**{**values, **more})


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ("Fix the parser", "", True),
        ("fixes #12", "", True),
        ("Bugfix for readers", "", True),
        ("Hotfix: close the session", "", True),
        ("Avoid a crash", "", True),
        ("Prevent a leak of sockets", "", True),
        ("Handle CVE-2026-1234", "", True),
        ("Read to the end", "This fixes the reader.", True),
        ("Add a reader", "", False),
        ("Close #7: read to the end", "", False),
        ("Add a reader", "Closes #7", False),
        ("Add a reader", "Fixes #7", False),
        ("Add a reader", "Fixed: https://example.org/issues/7", False),
        ("Add a reader", "Closes #7. The old one was broken.", True),
        ("Prefix all names", "", False),
        ("Fix a crash in merge (#25)", "", True),
        ("Fix merging of maps that are empty", "", True),
        ("Merge the fix for #25", "", False),
        ("Fix merge conflicts", "", False),
        ("Fix a typo", "", False),
        ("Fix the docs", "", False),
        ("Fix mypy", "", False),
        ("Fix indentation", "", False),
        ('Revert "Fix the parser"', "", False),
        ("Read to the end", "> fix the reader", False),
        ("Read to the end", "* fix the reader\n* more", False),
        ("Read to the end", "Fixed-by: Bob Fix", False),
        ("", "", False),
    ],
)
def test_fix_is_known_by_its_message(subject: str, body: str, expected: bool) -> None:
    assert is_fix(commit(subject, body)) is expected


@pytest.mark.parametrize("words", ["Closes #7", "resolves org/repo#7", "Fixes #7"])
def test_what_closes_an_issue_and_brings_a_test_is_a_fix(words: str) -> None:
    brought = [change("app/a.py"), change("tests/test_a.py", status="A")]
    assert is_fix(commit("Read to the end", words, changes=brought))
    assert not is_fix(commit("Read to the end", words, changes=brought[:1]))
    assert not is_fix(commit("Read to the end", changes=brought))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("app/a.py", True),
        ("a.py", True),
        ("vendor.py", True),
        ("app/vendor/a.py", False),
        ("third_party/x/a.py", False),
        ("app/_vendor/a.py", False),
        ("app/Vendored/a.py", False),
        ("app/api_pb2.py", False),
        ("tests/test_a.py", False),
    ],
)
def test_code_of_others_and_tests_are_no_product(path: str, expected: bool) -> None:
    assert is_product_path(path) is expected


@pytest.mark.parametrize(("parents", "expected"), [(0, False), (1, True), (2, False)])
def test_merges_and_first_commits_are_no_fixes(parents: int, expected: bool) -> None:
    assert is_fix(commit("Fix the parser", parents=parents)) is expected


@pytest.mark.parametrize(
    ("subject", "body", "issue"),
    [
        ("Fix it (#12)", "", "#12"),
        ("Fix it", "Closes #3", "#3"),
        ("GH-45: fix it", "", "GH-45"),
        ("SHOP-7 fix it", "", "SHOP-7"),
        ("Fix CVE-2026-1234", "", "CVE-2026-1234"),
        ("Read UTF-8", "", ""),
        ("Read UTF-8 (#9)", "", "#9"),
        ("Fix path/#12", "", ""),
        ("Fix it", "", ""),
    ],
)
def test_first_issue_is_named(subject: str, body: str, issue: str) -> None:
    assert find_issue(commit(subject, body)) == issue


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/a.py", True),
        ("test/a.py", True),
        ("a/tests/b/c.py", True),
        ("test_a.py", True),
        ("a_test.py", True),
        ("conftest.py", True),
        ("testsuite/a.py", True),
        ("a.py", False),
        ("testing.py", False),
        ("contest.py", False),
        ("latest/a.py", False),
    ],
)
def test_tests_are_known_by_their_path(path: str, expected: bool) -> None:
    assert is_test_path(path) is expected


@pytest.mark.parametrize(
    ("path", "more", "expected"),
    [
        ("a.py", {}, True),
        ("a.py", {"status": "R", "old_path": "b.py"}, True),
        ("a.py", {"status": "A"}, False),
        ("a.py", {"status": "D"}, False),
        ("a.txt", {}, False),
        ("test_a.py", {}, False),
        ("a.py", {"old_blob": None}, False),
        ("a.py", {"new_blob": None}, False),
        ("a.py", {"new_blob": "1" * 40}, False),
        ("a.py", {"new_mode": "120000"}, False),
    ],
)
def test_modified_product_files_are_looked_at(
    path: str, more: dict[str, Any], expected: bool
) -> None:
    assert bool(select_source_changes(commit("Fix", changes=[change(path, **more)]))) is expected


@pytest.mark.parametrize(
    ("sources", "others", "found"),
    [
        (MAX_SOURCE_FILES, 0, MAX_SOURCE_FILES),
        (MAX_SOURCE_FILES + 1, 0, 0),
        (1, MAX_FILES - 1, 1),
        (1, MAX_FILES, 0),
    ],
)
def test_large_commits_are_left_out(sources: int, others: int, found: int) -> None:
    changes = [change(f"a{n}.py") for n in range(sources)]
    changes += [change(f"a{n}.txt") for n in range(others)]
    assert len(select_source_changes(commit("Fix", changes=changes))) == found


def test_source_is_named_by_day() -> None:
    assert describe_source(commit("Fix it")) == Source("a" * 40, "2026-03-02", "Fix it")


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ("Simplify fix for #12", "", True),
        ("Tidy", "See https://example.org/a/b/pull/12#discussion", True),
        ("Tidy", "What 3f2a91c did was too much.", True),
        ("Tidy", "", False),
        ("Fix #13", "See https://example.org/a/b/pull/121", False),
    ],
)
def test_a_message_that_names_a_fix_or_its_issue_mentions_it(
    subject: str, body: str, expected: bool
) -> None:
    fix = ("3f2a91c0de", "2026-03-02", "Close the session", "#12")
    assert is_mentioned(fix, read_mentions(commit(subject, body))) is expected
    by_title = (fix[0], fix[1], "Close the session (#12)", "")
    assert is_mentioned(by_title, read_mentions(commit(subject, body))) is expected


@pytest.mark.parametrize(
    ("subject", "body", "parents", "expected"),
    [
        ("Fix the parser", "", 1, True),
        ("Fix the docs", "", 1, True),
        ("Read to the end", "It was broken.", 1, True),
        ("Read to the end", "> it was broken", 1, False),
        ("Add a reader", "", 1, False),
        ("Fix the parser", "", 2, False),
        ("Fix the parser", "", 0, False),
        ('Revert "Fix the parser"', "", 1, False),
    ],
)
def test_what_speaks_of_repairing_may_be_a_fix_whatever_else_it_speaks_of(
    subject: str, body: str, parents: int, expected: bool
) -> None:
    assert may_be_fix(commit(subject, body, parents)) is expected


NAMED_SO = ["test_*.py", "*_test.py", "*_tests.py", "tests.py", "test.py", "conftest.py"]


@pytest.mark.parametrize(
    ("path", "globs"),
    [
        ("tests/unit/test_a.py", ["/tests/**"]),
        ("a/tests/b.py", ["/a/tests/**"]),
        ("a/test_b/c/d.py", ["/a/test_b/**"]),
        ("a/test_b.py", NAMED_SO),
        ("conftest.py", NAMED_SO),
    ],
)
def test_a_test_file_belongs_to_a_folder_or_to_all_so_named(path: str, globs: list[str]) -> None:
    assert list(find_test_globs(path)) == globs


@pytest.mark.parametrize(("issue", "shown"), [("", ""), ("#7", " (#7)")])
def test_a_fix_is_spoken_of_by_commit_day_issue_and_subject(issue: str, shown: str) -> None:
    fix = FixUnit("abcdef0123456789", "2024-01-02", "Fix it", issue)
    assert describe_unit(fix) == f"abcdef0123 of 2024-01-02{shown}, “Fix it”"
