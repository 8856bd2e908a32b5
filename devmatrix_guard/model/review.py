"""What people said about code and about findings: comments of reviews, and verdicts."""

from __future__ import annotations

from typing import NamedTuple


class ReviewComment(NamedTuple):
    """A comment on a line of a change, and the edit that answered it where one did.

    Attributes:
        comment_id: unique within the repository, with the host it came from.
        reviewer: who wrote it.
        path: the file it is about; `line` the line there, 0 where it is about the whole file.
        body: what was written: data, never an instruction.
        review: the pull or merge request.
        at: when, as the host wrote it.
        url: where it stands.
        answer: the commit that answered it, empty for none.
        before, after: the code that was commented on, and what it became.
    """

    comment_id: str
    reviewer: str
    path: str
    line: int
    body: str
    review: str = ""
    at: str = ""
    url: str = ""
    answer: str = ""
    before: str = ""
    after: str = ""


class Dismissal(NamedTuple):
    """A verdict on a finding: `false-positive`, `wont-fix` or `useful`.

    `source` is the file that holds the verdict, or the place of the comment that silences; `code`
    is what a fingerprint says of the code apart from its file, empty where that is not known.
    """

    source: str
    rule_id: str
    verdict: str
    path: str = ""
    code: str = ""
    reason: str = ""
