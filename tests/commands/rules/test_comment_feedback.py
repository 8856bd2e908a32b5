"""Replies of the team to suggestions become verdicts, each once; nobody else's count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli.check.feedback import command
from devmatrix_guard.commands.rules.comment_feedback import read_replies, record_replies
from devmatrix_guard.errors import UsageError
from tests.helpers import make_repo
from tests.matrix.world import RULE

MARK = "<!-- devmatrix-guard suggestion a1b2-c3 -->\n`{}`: Write it otherwise.\n"
RULE_ID = next(line.split("id: ")[1] for line in RULE.splitlines() if "id: " in line).strip()


def _comment(number: int, body: str | None, **given: Any) -> dict[str, Any]:
    return {
        "id": number, "body": body, "path": "a.py", "user": {"type": "User"},
        "author_association": "MEMBER", **given,
    }  # fmt: skip


OURS = _comment(1, MARK.format(RULE_ID), user={"type": "Bot"}, author_association="NONE")


def _encode(*comments: dict[str, Any]) -> bytes:
    return json.dumps(comments).encode()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "repo", {".guard/rules/r.yml": RULE})


@pytest.mark.parametrize(
    ("body", "verdict", "reason"),
    [
        ("guard: false positive, it runs\nearly", "false-positive", "it runs early"),
        ("Guard: FALSE-POSITIVE - early", "false-positive", "early"),
        ("guard: won't fix: legacy", "wont-fix", "legacy"),
        ("guard: wont-fix legacy", "wont-fix", "legacy"),
        ("guard: useful", "useful", ""),
    ],
)
def test_a_reply_is_a_verdict(body: str, verdict: str, reason: str) -> None:
    (reply,) = read_replies(_encode(OURS, _comment(2, body, in_reply_to_id=1)))
    assert (reply.rule_id, reply.fingerprint) == (RULE_ID, "a1b2-c3")
    assert (reply.comment, reply.verdict, reply.reason, reply.path) == (2, verdict, reason, "a.py")


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(_comment(2, "I like it", in_reply_to_id=1), id="no verdict"),
        pytest.param(_comment(2, "guard: false positive", in_reply_to_id=1), id="no reason"),
        pytest.param(_comment(2, "guard: false positive x", in_reply_to_id=9), id="another thread"),
        pytest.param(_comment(2, "guard: false positive x"), id="no reply"),
        pytest.param(_comment(2, None, in_reply_to_id=1), id="emptied"),
        pytest.param(
            _comment(2, "guard: false positive x", in_reply_to_id=1, author_association="NONE"),
            id="a stranger",
        ),
    ],
)
def test_nothing_else_is(reply: dict[str, Any]) -> None:
    assert list(read_replies(_encode(OURS, reply))) == []


def test_a_persons_copy_of_the_mark_counts_for_nothing() -> None:
    copied = {**OURS, "user": {"type": "User"}}
    reply = _comment(2, "guard: false positive x", in_reply_to_id=1)
    assert list(read_replies(_encode(copied, reply))) == []


def test_files_are_written_once(repo: Path) -> None:
    reply = _comment(2, "guard: false positive: runs early", in_reply_to_id=1)
    pages = _encode(OURS) + b"\n" + _encode(reply)
    assert record_replies(repo, pages) == (".guard/feedback/comment-2.json",)
    assert record_replies(repo, pages) == ()
    record = json.loads((repo / ".guard/feedback/comment-2.json").read_text())
    assert record["verdict"] == "false-positive"
    assert record["rule_id"] == RULE_ID


def test_a_rule_that_is_not_there_is_left_out(repo: Path) -> None:
    other = {**OURS, "body": MARK.format("gone")}
    reply = _comment(2, "guard: useful", in_reply_to_id=1)
    assert record_replies(repo, _encode(other, reply)) == ()


@pytest.mark.parametrize("data", [b"{", b"{}", b"[1]", b"\xff", b"[" * 100_000])
def test_what_is_no_list_of_comments_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="no list of review comments"):
        list(read_replies(data))


def test_the_command_takes_a_file_or_a_pipe(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    reply = _comment(2, "guard: useful", in_reply_to_id=1)
    run = CliRunner()
    shown = run.invoke(command, ["--from-comments", "-"], input=_encode(OURS, reply))
    assert shown.output == ".guard/feedback/comment-2.json: commit it.\n"
    again = run.invoke(command, ["--from-comments", "-"], input=_encode(OURS, reply))
    assert again.output == "No new verdict in these comments.\n"
    assert isinstance(run.invoke(command, ["--useful"]).exception, UsageError)
    both = run.invoke(command, [RULE_ID, "--from-comments", "-"], input=b"[]")
    assert isinstance(both.exception, UsageError)
