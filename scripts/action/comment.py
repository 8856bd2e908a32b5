"""Third step of the action: one comment on the pull request, edited from then on.

Never fails the check: a token that may not write is the ordinary case of a fork. This step alone
has the token, so it uses nothing but Python's own library, and what the check handed on is looked
at before it is used.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent))  # -I leaves the script's own folder out

from event import EventError, read_event

MARKER = "<!-- devmatrix-guard: this comment is edited by the check -->"
# A comment holds 65,536 characters; the summary is cut at a line well below that.
LIMIT = 60_000
_MAX_SUMMARY_BYTES = 1_000_000
_PAGE = 100
_MAX_PAGES = 30


def main() -> int:
    """Write, edit or leave out the comment; say in the log what was done."""
    try:
        pull_request = read_event().pull_request
    except EventError:
        pull_request = {}
    if not pull_request:
        return 0
    try:
        print(_publish(int(pull_request["number"])))
    except urllib.error.HTTPError as error:
        if error.code not in (401, 403, 404):
            print(f"::notice title=devmatrix-guard::GitHub refused the comment ({error.code}).")
        else:
            print("The token may not write comments here; see the step summary.")
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
        print(f"::notice title=devmatrix-guard::No comment was written ({type(error).__name__}).")
    return 0


def _publish(number: int) -> str:
    repository = os.environ["GITHUB_REPOSITORY"]
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ValueError("GITHUB_REPOSITORY is no OWNER/NAME")
    comments = f"/repos/{repository}/issues/{number}/comments"
    found = int(os.environ["GUARD_ACTION_NEW_FINDINGS"]) > 0 or any(
        int(os.environ[f"GUARD_ACTION_{name}"] or 0) > 0
        for name in ("UNJUDGED", "NEW_SUPPRESSIONS")
    )
    existing = next(_own_comments(comments), None)
    if existing is None and not found:
        return "No findings and no comment: nothing to say."
    body = f"{MARKER}\n{_summary()}"
    if existing is None:
        call("POST", comments, {"body": body})
        return "The comment was written."
    if existing["body"] == body:
        return "The comment says so already."
    call("PATCH", f"/repos/{repository}/issues/comments/{existing['id']}", {"body": body})
    return "The comment was edited."


def _own_comments(path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the comments a bot wrote with our marker: a person may have copied it."""
    for page in range(1, _MAX_PAGES + 1):
        entries = call("GET", f"{path}?per_page={_PAGE}&page={page}")
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError("the answer is no list of comments")
        yield from filter(_is_own, entries)
        if len(entries) < _PAGE:
            return


def _is_own(entry: Mapping[str, Any]) -> bool:
    # GitHub gives null for the body of an emptied comment and for the author of a deleted account.
    body, author = entry.get("body") or "", entry.get("user") or {}
    return body.startswith(MARKER) and author.get("type") == "Bot"


def _summary() -> str:
    text = read_report(os.environ["GUARD_ACTION_SUMMARY_FILE"])
    if len(text) <= LIMIT:
        return text
    # A finding begins with "- **": cutting there leaves no block open.
    kept = text[:LIMIT].rpartition("\n- **")[0] or text[:LIMIT].rpartition("\n")[0]
    return f"{kept}\n\nThe rest is in the step summary.\n"


def read_report(path: str) -> str:
    """Return the text of a report: a regular file of bounded size that is no link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("the summary is no regular file")
        data = stream.read(_MAX_SUMMARY_BYTES + 1)
    if len(data) > _MAX_SUMMARY_BYTES:
        raise ValueError("the summary is too large")
    return data.decode("utf-8")


def call(method: str, path: str, data: Mapping[str, Any] | None = None, *, url: str = "") -> Any:
    """Return what GitHub answers; `url` stands for the address of another of its interfaces."""
    request = urllib.request.Request(  # noqa: S310 - the address is GitHub's own variable
        (url or os.environ.get("GITHUB_API_URL", "https://api.github.com")) + path,
        method=method,
        data=None if data is None else json.dumps(data).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['GUARD_ACTION_TOKEN']}",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return json.loads(answer.read())


if __name__ == "__main__":
    sys.exit(main())
