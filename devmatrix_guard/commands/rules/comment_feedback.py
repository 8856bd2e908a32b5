"""`guard feedback --from-comments`: verdicts that people gave in replies on a pull request.

What is read is GitHub's own list of review comments. It is run where nobody but the team chooses
what runs, such as a schedule on the default branch, and so it may look at pull requests of forks,
too: a text from there is only read, and counts only where its author belongs to the repository.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.rules.active_rules import read_rulebook
from devmatrix_guard.commands.rules.feedback import (
    FALSE_POSITIVE,
    FEEDBACK_FOLDER,
    USEFUL,
    WONT_FIX,
    tell_time,
)
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import read_if_present, write_file
from devmatrix_guard.git.repository import find_repository
from devmatrix_guard.model.rule import BUILT_IN
from devmatrix_guard.reports.escape import write_json

MAX_COMMENTS = 10_000
_MAX_REASON = 2000
_OF_TEAM = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_MARK = re.compile(r"<!-- devmatrix-guard suggestion (\S{1,100}) -->\n`([\w.-]{1,200})`")
_SAID = re.compile(
    r"\s*guard:\s*(false[ -]positive|won'?t[ -]fix|useful)\b[\s:,.-]*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_VERDICTS = {"f": FALSE_POSITIVE, "w": WONT_FIX, "u": USEFUL}


class Reply(NamedTuple):
    """A verdict in a reply to one of our comments; `comment` is the reply's number."""

    comment: int
    rule_id: str
    fingerprint: str
    path: str
    verdict: str
    reason: str


def read_replies(data: bytes) -> Iterator[Reply]:
    """Yield the verdicts in a list of review comments, as GitHub's API gives it.

    Args:
        data: JSON, one list or several one after another, as `gh api --paginate` prints them.

    Raises:
        UsageError: it is no such list, or too long.
    """
    comments = _read_lists(data)
    ours = {}
    for comment in comments:
        found = _MARK.match(str(comment.get("body") or ""))
        author = comment.get("user") or {}
        if found and isinstance(author, dict) and author.get("type") == "Bot":
            ours[comment.get("id")] = found
    for comment in comments:
        about = ours.get(comment.get("in_reply_to_id"))
        said = _SAID.match(str(comment.get("body") or ""))
        number = comment.get("id")
        if about is None or said is None or comment.get("author_association") not in _OF_TEAM:
            continue
        verdict, reason = _VERDICTS[said[1][0].lower()], " ".join(said[2].split())[:_MAX_REASON]
        if isinstance(number, int) and (reason or verdict == USEFUL):
            path = str(comment.get("path") or "")
            yield Reply(number, about[2], about[1], path, verdict, reason)


def record_replies(start: Path, data: bytes) -> tuple[str, ...]:
    """Write a file for each verdict that has none yet; return their paths from the root.

    Raises:
        UsageError: what is given is no list of comments.
        GitError: there is no repository.
    """
    root = find_repository(start).root
    known = {*read_rulebook(start).rules, *BUILT_IN}
    written = []
    for reply in read_replies(data):
        name = f"{FEEDBACK_FOLDER}/comment-{reply.comment}.json"
        if reply.rule_id not in known or read_if_present(root, name) is not None:
            continue
        record = {
            "schema_version": 1,
            "rule_id": reply.rule_id,
            "fingerprint": reply.fingerprint,
            "path": reply.path,
            "verdict": reply.verdict,
            "reason": reply.reason,
            "at": tell_time(),
        }
        text = write_json(record)
        write_file(root, name, text.encode("utf-8", "backslashreplace"), sync=True)
        written.append(name)
    return tuple(written)


def _read_lists(data: bytes) -> list[Mapping[str, Any]]:
    decoder, comments = json.JSONDecoder(), []
    try:
        text = data.decode("utf-8").strip()
        while text:
            part, end = decoder.raw_decode(text)
            if not isinstance(part, list) or not all(isinstance(each, dict) for each in part):
                raise ValueError("no list")
            comments += part
            text = text[end:].lstrip()
    except (ValueError, RecursionError) as error:
        raise UsageError(
            "this is no list of review comments; give what "
            "`gh api --paginate repos/OWNER/NAME/pulls/comments` prints."
        ) from error
    if len(comments) > MAX_COMMENTS:
        raise UsageError(f"these are more than {MAX_COMMENTS:,} comments; ask with `since=`.")
    return comments
