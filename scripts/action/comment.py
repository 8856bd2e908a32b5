"""Third step of the action: one comment on the pull request, edited from then on.

Never fails the check: a token that may not write is the ordinary case of a fork.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from event import EventError, read_event

MARKER = "<!-- devmatrix-guard: this comment is edited by the check -->"
# A comment holds 65,536 characters; the summary is cut at a line well below that.
LIMIT = 60_000
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
    except (OSError, ValueError, KeyError) as error:
        print(f"::notice title=devmatrix-guard::No comment was written ({type(error).__name__}).")
    return 0


def _publish(number: int) -> str:
    repository = os.environ["GITHUB_REPOSITORY"]
    comments = f"/repos/{repository}/issues/{number}/comments"
    found = os.environ.get("GUARD_ACTION_NEW_FINDINGS", "0") != "0"
    existing = next(_own_comments(comments), None)
    if existing is None and not found:
        return "No findings and no comment: nothing to say."
    body = f"{MARKER}\n{_summary()}"
    if existing is None:
        _call("POST", comments, {"body": body})
        return "The comment was written."
    if existing["body"] == body:
        return "The comment says so already."
    _call("PATCH", f"/repos/{repository}/issues/comments/{existing['id']}", {"body": body})
    return "The comment was edited."


def _own_comments(path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the comments a bot wrote with our marker: a person may have copied it."""
    for page in range(1, _MAX_PAGES + 1):
        entries = _call("GET", f"{path}?per_page={_PAGE}&page={page}")
        for entry in entries:
            if entry["body"].startswith(MARKER) and entry["user"]["type"] == "Bot":
                yield entry
        if len(entries) < _PAGE:
            return


def _summary() -> str:
    text = Path(os.environ["GUARD_ACTION_SUMMARY_FILE"]).read_text("utf-8")
    if len(text) <= LIMIT:
        return text
    # A finding begins with "- **": cutting there leaves no block open.
    kept = text[:LIMIT].rpartition("\n- **")[0] or text[:LIMIT].rpartition("\n")[0]
    return f"{kept}\n\nThe rest is in the step summary.\n"


def _call(method: str, path: str, data: Mapping[str, str] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the address is GitHub's own variable
        os.environ.get("GITHUB_API_URL", "https://api.github.com") + path,
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
