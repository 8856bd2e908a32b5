"""A step of the action: safe fixes as suggestions, one review for all, resolved when done.

What is suggested already stays; what no longer holds is resolved; what a person resolved is not
said again. Like the comment, it never fails the check, uses nothing but Python's own library, and
looks at what the check handed on before it uses it.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import sys
import urllib.error
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).resolve().parent))  # -I leaves the script's own folder out

from comment import call, read_report
from event import EventError, read_event
from suggestions import LIMIT, MARKER

_ABOUT = "Fixes that are proven to change nothing else, to be taken one by one or in a batch."
_KEY = re.compile(re.escape(MARKER) + r"(\S+) -->")
_MAX_PAGES = 20
_THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id isResolved isOutdated
        comments(first: 1) { nodes { body author { __typename } } } } } } }
}"""
_RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }"


class Thread(NamedTuple):
    """A suggestion of ours on the pull request."""

    id: str
    body: str
    is_resolved: bool
    is_outdated: bool


def main() -> int:
    """Suggest, resolve, or leave it; say in the log what was done."""
    try:
        pull_request = read_event().pull_request
    except EventError:
        pull_request = {}
    if not pull_request:
        return 0
    try:
        print(_publish(int(pull_request["number"]), str(pull_request["head"]["sha"])))
    except urllib.error.HTTPError as error:
        if error.code in (401, 403, 404):
            print("The token may not review here; `guard check --fix` writes the safe fixes.")
        else:
            print(f"::notice title=devmatrix-guard::GitHub refused suggestions ({error.code}).")
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
        print(f"::notice title=devmatrix-guard::Nothing was suggested ({type(error).__name__}).")
    return 0


def _publish(number: int, head: str) -> str:
    repository = os.environ["GITHUB_REPOSITORY"]
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ValueError("GITHUB_REPOSITORY is no OWNER/NAME")
    wanted = {_find_key(each["body"]): each for each in _read_wanted()}
    kept: set[str] = set()
    done: list[Thread] = []
    for thread in _list_threads(repository, number):
        key = _find_key(thread.body)
        is_same = key in wanted and wanted[key]["body"] == thread.body and not thread.is_outdated
        if is_same or (thread.is_resolved and key in wanted):
            kept.add(key)
        elif not thread.is_resolved:
            done.append(thread)
    new = [comment for key, comment in wanted.items() if key not in kept]
    if new:
        review = {"commit_id": head, "event": "COMMENT", "body": _ABOUT, "comments": new}
        call("POST", f"/repos/{repository}/pulls/{number}/reviews", review)
    resolved = sum(_resolve(thread) for thread in done)
    return f"{len(new)} suggested, {len(kept)} kept, {resolved} resolved."


def _read_wanted() -> list[dict[str, Any]]:
    entries = json.loads(read_report(os.environ["GUARD_ACTION_SUGGESTIONS_FILE"]))
    if not isinstance(entries, list) or len(entries) > LIMIT:
        raise ValueError("the suggestions are no short list")
    for entry in entries:
        texts = [entry.get(name) for name in ("path", "body", "side")]
        lines = [entry.get("line"), entry.get("start_line", 1)]
        if not all(isinstance(each, str) for each in texts):
            raise ValueError("a suggestion lacks its texts")
        if not all(isinstance(each, int) for each in lines) or not _KEY.match(entry["body"]):
            raise ValueError("a suggestion lacks its lines or its mark")
    return entries


def _find_key(body: str) -> str:
    found = _KEY.match(body)
    return found[1] if found else ""


def _list_threads(repository: str, number: int) -> Iterator[Thread]:
    """Yield the threads that a bot began with our mark: a person may have copied it."""
    owner, _, name = repository.partition("/")
    after = None
    for _ in range(_MAX_PAGES):
        given = {"owner": owner, "name": name, "number": number, "after": after}
        data = _ask(_THREADS, given)["repository"]["pullRequest"]["reviewThreads"]
        for node in data["nodes"]:
            first = (node["comments"]["nodes"] or [{}])[0]
            author = first.get("author") or {}
            body = first.get("body") or ""
            if _find_key(body) and author.get("__typename") == "Bot":
                yield Thread(str(node["id"]), body, node["isResolved"], node["isOutdated"])
        if not data["pageInfo"]["hasNextPage"]:
            return
        after = data["pageInfo"]["endCursor"]


def _resolve(thread: Thread) -> bool:
    """Resolve a thread; a token that may review need not be allowed to do that."""
    try:
        _ask(_RESOLVE, {"id": thread.id})
    except (urllib.error.HTTPError, ValueError):
        return False
    return True


def _ask(query: str, variables: Mapping[str, Any]) -> Any:
    url = os.environ.get("GITHUB_GRAPHQL_URL", "https://api.github.com/graphql")
    answer = call("POST", "", {"query": query, "variables": variables}, url=url)
    if answer.get("errors"):
        raise ValueError("GitHub answered with errors")
    return answer["data"]


if __name__ == "__main__":
    sys.exit(main())
