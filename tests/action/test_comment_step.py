"""The comment step: one comment, edited from then on, and never a reason to fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.action.github import GitHub, github_server
from tests.action.runner import ROOT, Runner

PULL_REQUEST = {"pull_request": {"number": 7, "base": {}, "head": {"repo": None}}}
sys.path.insert(0, str(ROOT / "scripts" / "action"))
from comment import LIMIT, MARKER  # noqa: E402  (the scripts are no package)


@pytest.fixture
def github() -> Iterator[GitHub]:
    with github_server() as server:
        yield server


def _comment(
    github: GitHub, folder: Path, summary: str = "2 findings", new: str = "2", **event: Any
) -> str:
    """Run the step; return its log."""
    name = event.pop("name", "pull_request")
    url = f"http://127.0.0.1:{github.server_port}"
    number = len(list(folder.glob("run*")))
    runner = Runner(
        folder, folder / f"run{number}", name, event or PULL_REQUEST, None, {"GITHUB_API_URL": url}
    )
    file = runner.folder / "summary.md"
    file.write_text(summary)
    return _run(runner, file, new)


def _run(runner: Runner, summary: Path, new: str) -> str:
    runner.steps["check"] = {"summary-file": str(summary), "new-findings": new}
    result = runner.run("comment.py")
    assert result.code == 0, result.log
    return result.log


def test_findings_are_written_once_and_edited_then(github: GitHub, tmp_path: Path) -> None:
    assert _comment(github, tmp_path, "2 findings") == "The comment was written.\n"
    assert _comment(github, tmp_path, "1 finding", "1") == "The comment was edited.\n"
    assert _comment(github, tmp_path, "1 finding", "1") == "The comment says so already.\n"
    assert _comment(github, tmp_path, "No findings.", "0") == "The comment was edited.\n"
    assert [c["body"] for c in github.comments] == [f"{MARKER}\nNo findings."]
    assert "GET Bearer secret" in github.asked
    assert "POST /repos/team/app/issues/7/comments" in github.asked


def test_a_clean_change_gets_no_comment(github: GitHub, tmp_path: Path) -> None:
    _comment(github, tmp_path, "No findings.", "0")
    assert github.comments == []


@pytest.mark.parametrize("count", ["unjudged", "new-suppressions"])
def test_what_was_not_judged_or_is_silenced_gets_a_comment(
    github: GitHub, tmp_path: Path, count: str
) -> None:
    url = f"http://127.0.0.1:{github.server_port}"
    env = {"GITHUB_API_URL": url}
    runner = Runner(tmp_path, tmp_path / "run", "pull_request", PULL_REQUEST, None, env)
    file = runner.folder / "summary.md"
    file.write_text("1 change not judged")
    runner.steps["check"] = {"summary-file": str(file), "new-findings": "0", count: "1"}
    assert runner.run("comment.py").log == "The comment was written.\n"


def test_the_own_comment_is_found_behind_many_others(github: GitHub, tmp_path: Path) -> None:
    person = {"type": "User"}
    github.comments = [{"id": n, "body": "+1", "user": person} for n in range(230)]
    github.comments.append({"id": 500, "body": f"{MARKER}\nold", "user": {"type": "Bot"}})
    _comment(github, tmp_path)
    assert len(github.comments) == 231
    assert github.comments[-1]["body"] == f"{MARKER}\n2 findings"


def test_a_person_s_copy_of_the_marker_is_left_alone(github: GitHub, tmp_path: Path) -> None:
    github.comments = [{"id": 1, "body": f"{MARKER}\nmine", "user": {"type": "User"}}]
    _comment(github, tmp_path)
    assert [c["body"] for c in github.comments] == [f"{MARKER}\nmine", f"{MARKER}\n2 findings"]


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_token_that_may_not_write_is_no_failure(
    github: GitHub, tmp_path: Path, code: int
) -> None:
    github.refusal = code
    log = _comment(github, tmp_path)
    assert log == "The token may not write comments here; see the step summary.\n"


def test_a_server_that_fails_is_no_failure(github: GitHub, tmp_path: Path) -> None:
    github.refusal = 500
    assert "GitHub refused the comment (500)" in _comment(github, tmp_path)


def test_a_long_summary_is_cut_between_findings(github: GitHub, tmp_path: Path) -> None:
    entry = "- **block** a finding\n  ```diff\n  + x\n  ```\n"
    _comment(github, tmp_path, "### devmatrix-guard\n\n" + entry * 5000)
    (comment,) = github.comments
    assert len(comment["body"]) < 65_536
    assert len(comment["body"]) > LIMIT - 200
    assert comment["body"].count("```") % 2 == 0
    assert comment["body"].endswith("The rest is in the step summary.\n")


def test_an_event_that_is_no_pull_request_gets_no_comment(github: GitHub, tmp_path: Path) -> None:
    assert _comment(github, tmp_path, name="push", ref="x") == ""
    assert github.asked == []


def test_comments_without_a_body_or_an_author_are_passed_over(
    github: GitHub, tmp_path: Path
) -> None:
    bot = {"type": "Bot"}
    github.comments = [
        {"id": 1, "body": None, "user": bot},
        {"id": 2, "body": f"{MARKER}\nghost", "user": None},
        {"id": 3, "user": bot},
        {"id": 4, "body": f"{MARKER}\nold", "user": bot},
    ]
    assert _comment(github, tmp_path) == "The comment was edited.\n"
    assert github.comments[3]["body"] == f"{MARKER}\n2 findings"


@pytest.mark.parametrize("answer", [None, 7, {"message": "odd"}, ["text"]])
def test_an_odd_answer_is_no_failure(github: GitHub, tmp_path: Path, answer: object) -> None:
    github.answer = answer
    assert "No comment was written" in _comment(github, tmp_path)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "too large", "not UTF-8", "absent"])
def test_a_summary_that_is_no_plain_report_is_not_read(
    github: GitHub, tmp_path: Path, kind: str
) -> None:
    url = f"http://127.0.0.1:{github.server_port}"
    runner = Runner(
        tmp_path, tmp_path / "run", "pull_request", PULL_REQUEST, None, {"GITHUB_API_URL": url}
    )
    file, secret = tmp_path / "summary.md", tmp_path / "secret"
    secret.write_text("secret")
    make = {
        "link": lambda: file.symlink_to(secret),
        "pipe": lambda: os.mkfifo(file),
        "folder": file.mkdir,
        "too large": lambda: file.write_text("x" * 1_000_001),
        "not UTF-8": lambda: file.write_bytes(b"\xff"),
        "absent": lambda: None,
    }
    make[kind]()
    assert "No comment was written" in _run(runner, file, "2")
    assert github.comments == []


@pytest.mark.parametrize("new", ["", "many", "1; rm"])
def test_a_count_that_is_no_number_writes_nothing(github: GitHub, tmp_path: Path, new: str) -> None:
    assert "No comment was written" in _comment(github, tmp_path, new=new)
    assert github.comments == []
