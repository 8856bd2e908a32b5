"""`guard import reviews`: what reviewers ask for again and again becomes a candidate for a rule.

comments -> edits that answered them -> memory -> requests of several people or reviews -> rules
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from devmatrix_guard.commands.audit.review_answers import Answer, AnswerFinder, list_answers
from devmatrix_guard.commands.learn.validation.targets import read_tree
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.files import is_inside, read_chosen, read_if_present, write_file
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.repository import Repository, find_repository
from devmatrix_guard.mining.candidates.cluster import Candidate, FixedSite, gather
from devmatrix_guard.mining.candidates.learned_rules import PREFIX, build_pattern, build_rule
from devmatrix_guard.mining.candidates.messages import join_lines, shorten
from devmatrix_guard.mining.candidates.proof import Proven, prove
from devmatrix_guard.mining.candidates.rank import Judged, represent
from devmatrix_guard.mining.candidates.reviews import find_requests, read_reviews
from devmatrix_guard.mining.candidates.rule_files import SAME, merge_rule
from devmatrix_guard.mining.candidates.survey import Scan
from devmatrix_guard.mining.edits.forms import find_anchors
from devmatrix_guard.mining.edits.sites import find_sites
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.model.knowledge.review import (
    Request,
    ReviewComment,
    ReviewLesson,
    ReviewSummary,
)
from devmatrix_guard.model.knowledge.shares import weigh
from devmatrix_guard.reports.redact import redact
from devmatrix_guard.reports.views.review_list import write_review_lines, write_reviews_json

REVIEWED = "reviewed-"
_RULES = ".guard/rules"
_MOST_BYTES = 256 * 1024 * 1024
_MOST_QUOTES = 5
_MOST_QUOTE = 200


def import_reviews(start: Path, file: Path, *, dry_run: bool = False) -> ReviewSummary:
    """Read comments of reviews from a file, and write candidates for what is asked for again.

    Args:
        start: a folder of the repository that was reviewed.
        file: what `gh api` or `glab api` printed.
        dry_run: neither remember the comments nor write rules.

    Raises:
        UsageError: the file holds no comments of reviews.
        GuardError: there is no repository, or something cannot be read or written.
    """
    read = read_reviews(file.name, read_chosen(file, _MOST_BYTES))
    repo = find_repository(start)
    settings = load_settings(start)
    asked = [one for one in read.asked if is_inside(repo.root, one.comment.path)]
    with BlobReader(repo) as blobs:
        answered = list(list_answers(AnswerFinder(repo, blobs), asked))
        comments = [_add_answer(one.comment, answer) for one, answer in answered]
        new, known = _remember(repo, settings, comments, dry_run=dry_run)
        sites = {
            comment.comment_id: _find_sites(comment, answer)
            for comment, (_, answer) in zip(comments, answered, strict=True)
            if answer is not None
        }
        lessons = _make_lessons(repo, blobs, settings, find_requests(known), sites)
    if not dry_run:
        for _, path, text in lessons:
            if path:
                write_file(repo.root, path, text.encode())
    return ReviewSummary(
        len(read.asked),
        new,
        sum(answer is not None for _, answer in answered),
        read.replies,
        read.bots,
        read.without_place,
        tuple(lesson for lesson, _, _ in lessons),
    )


def render_import(done: ReviewSummary, format_name: str, stream: TextIO) -> str:
    """Return what an import did as text or JSON."""
    return render(View(format_name, stream), done, write_review_lines, write_reviews_json)


def _add_answer(comment: ReviewComment, answer: Answer | None) -> ReviewComment:
    body = redact(comment.body)
    if answer is None:
        return comment._replace(body=body)
    return comment._replace(
        body=body,
        answer=answer.source.commit,
        before=redact(answer.before),
        after=redact(answer.after),
    )


def _remember(
    repo: Repository, settings: Settings, comments: Sequence[ReviewComment], *, dry_run: bool
) -> tuple[int, tuple[ReviewComment, ...]]:
    """Keep comments and return how many are new, and all that are known."""
    if dry_run:
        return len(comments), tuple(comments)
    with open_project_memory(settings, repo.root) as memory:
        return memory.reviews.save(comments), memory.reviews.list_all()


def _find_sites(comment: ReviewComment, answer: Answer) -> tuple[FixedSite, ...]:
    """Return what an answer changed on the lines that were commented on."""
    if not comment.path.endswith(".py"):
        return ()
    found = find_sites(comment.path, answer.old, answer.new) or ()
    return tuple(
        FixedSite(answer.source._replace(subject=redact(answer.source.subject)), site)
        for site in found
        if answer.first <= site.before_line <= answer.last
        and all(redact(text) == text for text in (site.before, site.after))
    )


def _make_lessons(
    repo: Repository,
    blobs: BlobReader,
    settings: Settings,
    requests: Sequence[Request],
    sites: Mapping[str, tuple[FixedSite, ...]],
) -> list[tuple[ReviewLesson, str, str]]:
    """Return the requests, each with its rule and the path and text of the rule's file."""
    proven = [_find_proven(request, sites) for request in requests]
    counts = _count_left(repo, blobs, settings, proven)
    lessons = []
    for request, one, left in zip(requests, proven, counts, strict=True):
        if one is None:
            lessons.append((ReviewLesson(request), "", ""))
            continue
        judged = Judged(one, _weigh_sites(one.sites, left), (), ())
        mapping, title = _build_rule(judged, request, settings)
        path = f"{_RULES}/{mapping['id']}.yml"
        existing = read_if_present(repo.root, path)
        file = merge_rule(existing.decode("utf-8", "replace") if existing else None, mapping)
        lesson = ReviewLesson(request, mapping["id"], title, file.status)
        lessons.append((lesson, "" if file.status == SAME else path, file.text))
    return lessons


def _find_proven(request: Request, sites: Mapping[str, tuple[FixedSite, ...]]) -> Proven | None:
    """Return the best form of the edits that answered a request, if at least two share it."""
    own = [site for comment in request.comments for site in sites.get(comment.comment_id, ())]
    judged = []
    for candidate in gather(own):
        if not _is_shared(candidate) or not find_anchors(candidate.form.before):
            continue
        one = prove(candidate)
        if one is not None and len(one.sites) > 1:
            judged.append(Judged(one, _weigh_sites(one.sites), (), ()))
    best = represent(judged)
    return best[0].proven if best else None


def _weigh_sites(sites: Sequence[FixedSite], left: int = 0) -> Evidence:
    return weigh(
        Evidence(
            commits=len({fixed.source.commit for fixed in sites}),
            files=len({fixed.site.path for fixed in sites}),
            sites_fixed=len({fixed.place for fixed in sites}),
            left_alone=left,
        )
    )


def _is_shared(candidate: Candidate) -> bool:
    return len(candidate.sites) > 1


def _count_left(
    repo: Repository, blobs: BlobReader, settings: Settings, proven: Sequence[Proven | None]
) -> list[int]:
    """Return in how many places of today's tree each still matches, 0 for none."""
    queries = {str(number): one.query for number, one in enumerate(proven) if one is not None}
    if not queries:
        return [0] * len(proven)
    places = Scan(queries).find_locations(read_tree(repo, blobs, "HEAD", settings.exclude))
    return [len(places.get(str(number), ())) for number in range(len(proven))]


def _build_rule(judged: Judged, request: Request, settings: Settings) -> tuple[dict[str, Any], str]:
    """Return the rule of a request, as a candidate that says who asked; and its title."""
    pattern = build_pattern(judged, settings.layers)
    mapping: dict[str, Any] = build_rule(judged, pattern, redact)
    mapping["id"] = REVIEWED + str(mapping["id"]).removeprefix(PREFIX)
    mapping["severity"] = "INFO"
    write = f"write `{join_lines(pattern.after)}`, not " if pattern.after else "do not write "
    mapping["message"] = redact(
        f"Reviewers ask for this: {write}`{join_lines(pattern.before)}`. Asked for by "
        f"{request.reviewers} reviewers in {request.reviews} reviews."
    )
    guard = mapping["metadata"]["guard"]
    guard["stage"] = "candidate"
    guard.get("evidence", {})["stage"] = "candidate"
    guard.pop("pattern", None)  # the memory has none: it was not learned from fixes
    guard["quotes"] = [
        {
            "by": comment.reviewer,
            "at": comment.at[:10],
            "text": shorten(join_lines(redact(comment.body)), _MOST_QUOTE),
            **({"url": comment.url} if comment.url else {}),
        }
        for comment in request.comments[:_MOST_QUOTES]
    ]
    return mapping, pattern.title
