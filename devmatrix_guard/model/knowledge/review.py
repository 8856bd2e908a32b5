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


class Request(NamedTuple):
    """What was asked for alike by several reviewers, or in several reviews."""

    comments: tuple[ReviewComment, ...]

    @property
    def reviewers(self) -> int:
        """How many people asked."""
        return len({comment.reviewer for comment in self.comments})

    @property
    def reviews(self) -> int:
        """In how many reviews."""
        return len({comment.review for comment in self.comments})

    @property
    def answered(self) -> tuple[ReviewComment, ...]:
        """The comments that an edit answered."""
        return tuple(comment for comment in self.comments if comment.answer)


class ReviewLesson(NamedTuple):
    """A request, with the rule its answers give; empty where they differ too much for one."""

    request: Request
    rule_id: str = ""
    title: str = ""
    status: str = ""


class ReviewSummary(NamedTuple):
    """What an import read, and what is asked for again and again in all that was ever imported.

    `new` are comments the memory did not have as they are now, `answered` those of the file that
    an edit answered.
    """

    comments: int
    new: int
    answered: int
    replies: int
    bots: int
    without_place: int
    lessons: tuple[ReviewLesson, ...]
