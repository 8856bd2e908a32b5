"""Safe fixes become suggestions: on lines of the diff, once, resolved when they no longer hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.action.runner import Runner
from tests.helpers import commit, git, make_repo
from tests.helpers_servers import serve_in_thread

RULE = """\
rules:
- id: no-old-call
  message: "Write `sorted(x)`, *not* old_call @team"
  languages: [python]
  severity: ERROR
  pattern: old_call($X)
  fix: sorted($X)
  metadata:
    guard:
      examples:
        - invalid: "old_call(1)\\n"
          fixed: "sorted(1)\\n"
        - valid: "sorted(1)\\n"
"""
FILES = {".guard/rules/r.yml": RULE, "guard.toml": "shipped = false\n", "app.py": "x = 1\n"}


class Reviews(ThreadingHTTPServer):
    """Keeps the review threads of a pull request as GitHub's two interfaces do."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.threads: list[dict[str, Any]] = []
        self.reviews: list[dict[str, Any]] = []
        self.refusal = 0
        self.may_resolve = True

    def add(self, body: str, kind: str = "Bot", **state: bool) -> None:
        author = {"body": body, "author": {"__typename": kind}}
        flags = {"isResolved": False, "isOutdated": False, **state}
        name = f"T{len(self.threads)}"
        self.threads.append({"id": name, "comments": {"nodes": [author]}, **flags})


class _Handler(BaseHTTPRequestHandler):
    server: Reviews

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer: Any = {}
        status = self.server.refusal or 200
        if self.path == "/graphql" and "mutation" in data["query"]:
            status = 200 if self.server.may_resolve else 403
            for thread in self.server.threads:
                if thread["id"] == data["variables"]["id"] and status == 200:
                    thread["isResolved"] = True
            answer = {"data": {}}
        elif self.path == "/graphql":
            start = int(data["variables"]["after"] or 0)
            part = self.server.threads[start : start + 100]
            more = start + 100 < len(self.server.threads)
            page = {"hasNextPage": more, "endCursor": str(start + 100)}
            threads = {"reviewThreads": {"nodes": part, "pageInfo": page}}
            answer = {"data": {"repository": {"pullRequest": threads}}}
        elif status == 200:
            self.server.reviews.append(data)
            for comment in data["comments"]:
                self.server.add(comment["body"])
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def github() -> Iterator[Reviews]:
    server = Reviews()
    with serve_in_thread(server):
        yield server


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    repo = make_repo(tmp_path / "origin", FILES)
    git(repo, "switch", "-q", "-c", "topic")
    return repo


def _push(origin: Path, github: Reviews, number: int, files: dict[str, str | bytes]) -> str:
    """Commit, run the check and the suggestions as a push does; return the log of the latter."""
    commit(origin, dict(files), "Work")
    url = f"http://127.0.0.1:{github.server_port}"
    sha = {name: git(origin, "rev-parse", name).strip() for name in ("main", "topic")}
    request = {
        "number": 7,
        "base": {"sha": sha["main"]},
        "head": {"sha": sha["topic"], "repo": {"full_name": "team/app"}},
    }
    environ = {"GITHUB_API_URL": url, "GITHUB_GRAPHQL_URL": f"{url}/graphql"}
    folder = origin.parent / f"run{number}"
    runner = Runner(
        origin, folder, "pull_request", {"number": 7, "pull_request": request}, None, environ
    )
    runner.check()
    result = runner.run("review.py")
    assert result.code == 0, result.log
    return result.log.strip()


def test_a_safe_fix_is_suggested_with_its_whole_line(origin: Path, github: Reviews) -> None:
    log = _push(origin, github, 0, {"app.py": "x = 1\nif x:\n    y = old_call(x)  # why\n"})
    assert log == "1 suggested, 0 kept, 0 resolved."
    (review,) = github.reviews
    assert review["event"] == "COMMENT"
    (comment,) = review["comments"]
    assert (comment["path"], comment["line"], comment["side"]) == ("app.py", 3, "RIGHT")
    assert "```suggestion\n    y = sorted(x)  # why\n```" in comment["body"]
    assert "@team" not in comment["body"]
    assert r"\*not\*" in comment["body"]


def test_the_next_push_keeps_what_holds_and_resolves_what_does_not(
    origin: Path, github: Reviews
) -> None:
    both = {"app.py": "x = 1\ny = old_call(x)\n", "b.py": "z = old_call(2)\n"}
    assert _push(origin, github, 0, dict(both)) == "2 suggested, 0 kept, 0 resolved."
    assert _push(origin, github, 1, {"c.py": "n = 1\n"}) == "0 suggested, 2 kept, 0 resolved."
    assert _push(origin, github, 2, {"b.py": "z = 2\n"}) == "0 suggested, 1 kept, 1 resolved."
    assert [thread["isResolved"] for thread in github.threads].count(True) == 1


def test_what_a_person_resolved_is_not_said_again(origin: Path, github: Reviews) -> None:
    _push(origin, github, 0, {"b.py": "z = old_call(2)\n"})
    github.threads[0].update(isResolved=True, isOutdated=True)
    assert _push(origin, github, 1, {"c.py": "n = 1\n"}) == "0 suggested, 1 kept, 0 resolved."


def test_there_are_twenty_at_most(origin: Path, github: Reviews) -> None:
    text = "".join(f"a{number} = old_call({number})\n" for number in range(30))
    assert _push(origin, github, 0, {"b.py": text}) == "20 suggested, 0 kept, 0 resolved."


def test_a_persons_copy_of_the_mark_is_left_alone(origin: Path, github: Reviews) -> None:
    github.add("<!-- devmatrix-guard suggestion abc -->", "User")
    github.add("<!-- devmatrix-guard suggestion abd -->")
    assert _push(origin, github, 0, {"c.py": "n = 1\n"}) == "0 suggested, 0 kept, 1 resolved."
    assert [thread["isResolved"] for thread in github.threads] == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"y = old_call(1)\r\n", id="other line ends"),
        pytest.param(b"# coding: latin-1\ny = old_call('\xe9')\n", id="no UTF-8"),
    ],
)  # fmt: skip
def test_a_file_that_a_suggestion_would_harm_gets_none(
    origin: Path, github: Reviews, text: bytes
) -> None:
    assert _push(origin, github, 0, {"b.py": text}) == "0 suggested, 0 kept, 0 resolved."


def test_backticks_in_the_code_cannot_end_the_block(origin: Path, github: Reviews) -> None:
    _push(origin, github, 0, {"b.py": "y = old_call('```')\n"})
    assert "````suggestion\ny = sorted('```')\n````" in github.reviews[0]["comments"][0]["body"]


def test_a_token_that_only_reads_is_no_failure(origin: Path, github: Reviews) -> None:
    github.refusal = 403
    assert "may not review here" in _push(origin, github, 0, {"b.py": "z = old_call(2)\n"})


def test_a_token_that_may_not_resolve_still_suggests(origin: Path, github: Reviews) -> None:
    github.may_resolve = False
    github.add("<!-- devmatrix-guard suggestion gone -->")
    log = _push(origin, github, 0, {"b.py": "z = old_call(2)\n"})
    assert log == "1 suggested, 0 kept, 0 resolved."


@pytest.mark.parametrize(
    "text", ["{", "{}", '[{"path": "a"}]', '[{"path":"a","body":"x","side":"R","line":1}]']
)
def test_what_is_no_list_of_suggestions_is_not_sent(
    origin: Path, github: Reviews, text: str
) -> None:
    runner = Runner(
        origin, origin.parent / "run", "pull_request",
        {"pull_request": {"number": 7, "base": {}, "head": {"sha": "a", "repo": None}}},
        None, {"GITHUB_API_URL": f"http://127.0.0.1:{github.server_port}"},
    )  # fmt: skip
    file = runner.folder / "suggestions.json"
    file.write_text(text)
    runner.steps["check"] = {"suggestions-file": str(file)}
    assert "Nothing was suggested" in runner.run("review.py").log
    assert github.reviews == []
