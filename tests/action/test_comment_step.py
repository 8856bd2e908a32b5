"""The comment step: one comment, edited from then on, and never a reason to fail."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.action.runner import ROOT, Runner

PULL_REQUEST = {"pull_request": {"number": 7, "base": {}, "head": {"repo": None}}}
sys.path.insert(0, str(ROOT / "scripts" / "action"))
from comment import LIMIT, MARKER  # noqa: E402  (the scripts are no package)


class _GitHub(ThreadingHTTPServer):
    """Keeps comments as GitHub's API does, and what was asked of it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.comments: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.refusal = 0


class _Handler(BaseHTTPRequestHandler):
    server: _GitHub

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, data: Any) -> None:
        body = json.dumps(data).encode()
        self.send_response(self.server.refusal or 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> str:
        size = int(self.headers["Content-Length"])
        text: str = json.loads(self.rfile.read(size))["body"]
        return text

    def do_GET(self) -> None:
        self.server.asked.append(f"GET {self.headers['Authorization']}")
        page = int(self.path.rpartition("=")[2])
        self._answer(self.server.comments[(page - 1) * 100 : page * 100])

    def do_POST(self) -> None:
        self.server.asked.append(f"POST {self.path}")
        entry = {"id": 99, "body": self._body(), "user": {"type": "Bot"}}
        if not self.server.refusal:
            self.server.comments.append(entry)
        self._answer(entry)

    def do_PATCH(self) -> None:
        self.server.asked.append(f"PATCH {self.path}")
        number = int(self.path.rpartition("/")[2])
        (entry,) = [c for c in self.server.comments if c["id"] == number]
        entry["body"] = self._body()
        self._answer(entry)


@pytest.fixture
def github() -> Iterator[_GitHub]:
    server = _GitHub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _comment(
    github: _GitHub, folder: Path, summary: str = "2 findings", new: str = "2", **event: Any
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
    runner.use_this_python()
    runner.steps["check"] = {"summary-file": str(file), "new-findings": new}
    result = runner.run("comment.py")
    assert result.code == 0, result.log
    return result.log


def test_findings_are_written_once_and_edited_then(github: _GitHub, tmp_path: Path) -> None:
    assert _comment(github, tmp_path, "2 findings") == "The comment was written.\n"
    assert _comment(github, tmp_path, "1 finding", "1") == "The comment was edited.\n"
    assert _comment(github, tmp_path, "1 finding", "1") == "The comment says so already.\n"
    assert _comment(github, tmp_path, "No findings.", "0") == "The comment was edited.\n"
    assert [c["body"] for c in github.comments] == [f"{MARKER}\nNo findings."]
    assert "GET Bearer secret" in github.asked
    assert "POST /repos/team/app/issues/7/comments" in github.asked


def test_a_clean_change_gets_no_comment(github: _GitHub, tmp_path: Path) -> None:
    _comment(github, tmp_path, "No findings.", "0")
    assert github.comments == []


def test_the_own_comment_is_found_behind_many_others(github: _GitHub, tmp_path: Path) -> None:
    person = {"type": "User"}
    github.comments = [{"id": n, "body": "+1", "user": person} for n in range(230)]
    github.comments.append({"id": 500, "body": f"{MARKER}\nold", "user": {"type": "Bot"}})
    _comment(github, tmp_path)
    assert len(github.comments) == 231
    assert github.comments[-1]["body"] == f"{MARKER}\n2 findings"


def test_a_person_s_copy_of_the_marker_is_left_alone(github: _GitHub, tmp_path: Path) -> None:
    github.comments = [{"id": 1, "body": f"{MARKER}\nmine", "user": {"type": "User"}}]
    _comment(github, tmp_path)
    assert [c["body"] for c in github.comments] == [f"{MARKER}\nmine", f"{MARKER}\n2 findings"]


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_token_that_may_not_write_is_no_failure(
    github: _GitHub, tmp_path: Path, code: int
) -> None:
    github.refusal = code
    log = _comment(github, tmp_path)
    assert log == "The token may not write comments here; see the step summary.\n"


def test_a_server_that_fails_is_no_failure(github: _GitHub, tmp_path: Path) -> None:
    github.refusal = 500
    assert "GitHub refused the comment (500)" in _comment(github, tmp_path)


def test_a_long_summary_is_cut_between_findings(github: _GitHub, tmp_path: Path) -> None:
    entry = "- **block** a finding\n  ```diff\n  + x\n  ```\n"
    _comment(github, tmp_path, "### devmatrix-guard\n\n" + entry * 5000)
    (comment,) = github.comments
    assert len(comment["body"]) < 65_536
    assert len(comment["body"]) > LIMIT - 200
    assert comment["body"].count("```") % 2 == 0
    assert comment["body"].endswith("The rest is in the step summary.\n")


def test_an_event_that_is_no_pull_request_gets_no_comment(github: _GitHub, tmp_path: Path) -> None:
    assert _comment(github, tmp_path, name="push", ref="x") == ""
    assert github.asked == []
