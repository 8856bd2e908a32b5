from __future__ import annotations

import json
from typing import Any

import pytest

from devmatrix_guard.errors import UsageError
from devmatrix_guard.mining.candidates.reviews import (
    find_edit,
    find_requests,
    find_words,
    read_reviews,
)
from devmatrix_guard.model.knowledge.review import ReviewComment

HUNK = "@@ -1,3 +1,4 @@ def f():\n import wire\n-old()\n+x = 1\n+wire.get(url)"


def github(number: int = 1, **facts: Any) -> dict[str, Any]:
    return {
        "id": number,
        "path": "app/a.py",
        "line": 3,
        "original_commit_id": "c" * 40,
        "diff_hunk": HUNK,
        "user": {"login": "ada", "type": "User"},
        "body": "Please pass a `timeout` here",
        "created_at": "2026-01-01T10:00:00Z",
        "html_url": "https://github.example/o/n/pull/12#r1",
        **facts,
    }


def gitlab(**facts: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "body": "Why no timeout?",
        "author": {"username": "bob"},
        "created_at": "2026-01-01T10:00:00Z",
        "noteable_iid": 5,
        "position": {"new_path": "app/a.py", "new_line": 9, "head_sha": "d" * 40},
        **facts,
    }


def read(*values: Any, text: str = "") -> Any:
    return read_reviews("c.json", (text or "".join(json.dumps(v) for v in values)).encode())


def test_a_comment_of_github_has_its_lines_and_those_before() -> None:
    (asked,) = read([github()]).asked
    assert asked.comment == ReviewComment(
        "github-1", "ada", "app/a.py", 3, "Please pass a `timeout` here", "12",
        "2026-01-01T10:00:00Z", "https://github.example/o/n/pull/12#r1",
    )  # fmt: skip
    assert (asked.code, asked.context) == (("wire.get(url)",), ("import wire", "x = 1"))
    (several,) = read([github(start_line=2)]).asked
    assert several.code == ("x = 1", "wire.get(url)")


def test_a_suggestion_is_what_the_reviewer_would_write() -> None:
    (asked,) = read([github(body="Like so:\n```suggestion\nwire.get(url, 3)\n```")]).asked
    assert asked.suggestion == "wire.get(url, 3)"


def test_a_discussion_of_gitlab_is_its_first_note() -> None:
    found = read([{"id": "x", "notes": [gitlab(), gitlab(id=8, body="Done")]}])
    assert [one.comment.comment_id for one in found.asked] == ["gitlab-7"]
    assert (found.asked[0].comment.review, found.asked[0].comment.line) == ("5", 9)
    assert found.replies == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps([github(1)]) + json.dumps([github(2)]), id="pages"),
        pytest.param(json.dumps([[github(1)], [github(2)]]), id="pages in an array"),
        pytest.param(f"\ufeff{json.dumps(github(1))}\n{json.dumps(github(2))}\n", id="lines"),
    ],
)
def test_pages_are_read_however_they_are_joined(text: str) -> None:
    assert len(read(text=text).asked) == 2


def test_replies_bots_and_comments_on_no_line_are_counted() -> None:
    found = read(
        [
            github(1),
            github(2, in_reply_to_id=1),
            github(3, user={"login": "ci[bot]"}),
            github(4, user={"login": "scan", "type": "Bot"}),
            github(5, path=""),
            gitlab(position=None),
            gitlab(system=True),
        ]
    )
    assert (len(found.asked), found.replies, found.bots, found.without_place) == (1, 1, 3, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1, 2]", ""),
        ('[{"message": "Not Found"}]', "gh api"),
        ("\xff", "is not JSON"),
    ],
)
def test_what_holds_no_comments_is_said_so(text: str, said: str) -> None:
    content = text.encode("latin-1" if text == "\xff" else "utf-8")
    if not said:
        assert read_reviews("c.json", content).asked == ()
        return
    with pytest.raises(UsageError, match=said):
        read_reviews("c.json", content)


def say(number: int, body: str, **facts: Any) -> ReviewComment:
    values = {"comment_id": f"github-{number}", "reviewer": "ada", "path": "a.py", "line": 1}
    return ReviewComment(**{**values, "body": body, "review": str(number), **facts})


def test_two_people_who_ask_for_the_same_make_a_request() -> None:
    one = say(1, "Please pass a `timeout` to this call")
    other = say(2, "this call hangs, pass a `timeout`", reviewer="bob")
    (request,) = find_requests([one, other, say(3, "Rename this variable", reviewer="eve")])
    assert (request.comments, request.reviewers, request.reviews) == ((one, other), 2, 2)


def test_one_person_has_to_ask_in_three_reviews() -> None:
    asked = [say(n, "Please pass a `timeout` to this call") for n in range(1, 4)]
    assert find_requests(asked[:2]) == []
    assert len(find_requests(asked)) == 1
    assert find_requests([one._replace(review="1") for one in asked]) == []


def test_the_same_edit_makes_a_request_whatever_was_said() -> None:
    edit = {"answer": "c" * 40, "before": "get(url)", "after": "get(url, timeout=3)"}
    one = say(1, "hangs", **edit)
    other = say(
        2, "no!", reviewer="bob", **edit | {"before": "get(page)", "after": "get(page, timeout=3)"}
    )
    assert find_edit(one) == find_edit(other) == (frozenset(), frozenset({"timeout"}))
    assert len(find_requests([one, other])) == 1


def test_short_praise_is_no_request() -> None:
    assert find_requests([say(1, "LGTM"), say(2, "LGTM", reviewer="bob")]) == []
    assert find_words("> quoted `old`\nnit: use `x.y()` ```python\ncode\n``` instead") == {"x.y()"}
