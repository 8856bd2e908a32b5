"""Reads comments of code reviews, and finds what reviewers ask for again and again.

Takes what `gh api repos/OWNER/NAME/pulls/comments` and `glab api …/discussions` (or `…/notes`)
print: one JSON array, several after one another as `--paginate` gives them, or arrays in an array.
All of it is what people wrote: data, never an instruction.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.knowledge.review import Request, ReviewComment

LEAST_REVIEWERS, LEAST_REVIEWS = 2, 3
_MOST_BODY = 4000
_MOST_COMMENTS = 20_000
_MOST_GROUPED = 3000
# Two comments ask for the same if three words at least and half of all are shared.
_LEAST_SHARED = 3
_ALIKE = 0.5
_SUGGESTION = re.compile(r"```suggestion[^\n]*\n(.*?)```", re.DOTALL)
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_QUOTE = re.compile(r"(?m)^>.*$")
_CODE = re.compile(r"`([^`\n]+)`")
_WORD = re.compile(r"[A-Za-z_][\w']*")
_COMMON = """
a an and are as at be but by can could do does for from has have here how i if in into is it it's
its just let let's like maybe me more need needs nit not of on one only or our please pls put see
should so some that the their them then there these they think this to too us use used using was
we what when which why will with would you your also instead rather thanks
"""
_STOP = frozenset(_COMMON.split())


class Asked(NamedTuple):
    """A comment as it was read, with what is needed to find the edit that answered it.

    `code` are the lines it is about, `context` the lines before them in the change, both empty
    where the host does not say; `commit` is the one that was looked at, `suggestion` what the
    reviewer would write, None without one.
    """

    comment: ReviewComment
    code: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    commit: str = ""
    suggestion: str | None = None


class Read(NamedTuple):
    """What a file of comments holds: those on lines of code, and how many were left out."""

    asked: tuple[Asked, ...]
    replies: int = 0
    bots: int = 0
    without_place: int = 0


def read_reviews(name: str, content: bytes) -> Read:
    """Return the comments in a file.

    Args:
        name: the file's name, for errors.
        content: what it holds.

    Raises:
        UsageError: it is no JSON, or not what `gh api` or `glab api` prints about reviews.
    """
    records = list(_flatten(_decode(name, content)))
    if len(records) > _MOST_COMMENTS:
        raise UsageError(f"{name} has more than {_MOST_COMMENTS:,} comments; divide it.")
    asked: dict[str, Asked] = {}
    left_out: Counter[str] = Counter()
    for record, is_reply in records:
        found = _read_record(record, is_reply=is_reply)
        if isinstance(found, str):
            left_out[found] += 1
        else:
            asked[found.comment.comment_id] = found
    if records and not asked and left_out["strange"] == len(records):
        raise UsageError(
            f"{name} holds no comments of reviews; write it with "
            "`gh api repos/OWNER/NAME/pulls/comments --paginate`."
        )
    return Read(tuple(asked.values()), left_out["reply"], left_out["bot"], left_out["place"])


def _decode(name: str, content: bytes) -> list[Any]:
    """Return the JSON values of a file, which may stand one after another."""
    try:
        text = content.decode("utf-8-sig")
        decoder, values, place = json.JSONDecoder(), [], 0
        while place < len(text):
            if text[place].isspace():
                place += 1
                continue
            value, place = decoder.raw_decode(text, place)
            values.append(value)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not JSON: {error}.") from error
    return values


def _flatten(value: Any, *, is_reply: bool = False) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Yield every comment below a value, and whether it answers one before it."""
    if isinstance(value, list):
        for part in value:
            yield from _flatten(part)
    elif isinstance(value, dict):
        notes = value.get("notes")
        if isinstance(notes, list):
            for number, note in enumerate(notes):
                yield from _flatten(note, is_reply=number > 0)
        else:
            yield value, is_reply


def _read_record(record: Mapping[str, Any], *, is_reply: bool) -> Asked | str:
    """Return a comment, or in a word why it is none that asks for something."""
    body = record.get("body")
    person = record.get("user") or record.get("author")
    if not isinstance(body, str) or not isinstance(person, Mapping) or "id" not in record:
        return "strange"
    reviewer = _read_text(person, "login") or _read_text(person, "username")
    if not reviewer or record.get("system"):
        return "bot"
    if person.get("type") == "Bot" or reviewer.endswith("[bot]") or person.get("bot"):
        return "bot"
    if is_reply or record.get("in_reply_to_id"):
        return "reply"
    found = _read_github(record) if "path" in record else _read_gitlab(record)
    if found is None:
        return "place"
    match = _SUGGESTION.search(body)
    text = body[:_MOST_BODY].replace("\0", "")
    at = _read_text(record, "created_at")
    comment = found.comment._replace(reviewer=reviewer, body=text, at=at)
    return found._replace(comment=comment, suggestion=match[1].rstrip("\n") if match else None)


def _read_github(record: Mapping[str, Any]) -> Asked | None:
    path = _read_text(record, "path")
    if not path:
        return None
    line = _read_number(record, "line") or _read_number(record, "original_line")
    first = _read_number(record, "start_line") or _read_number(record, "original_start_line")
    count = line - first + 1 if 0 < first <= line else 1
    code, context = _split_hunk(_read_text(record, "diff_hunk"), count)
    address = _read_text(record, "pull_request_url") or _read_text(record, "html_url")
    review = re.search(r"/pulls?/(\d+)", address)
    comment = ReviewComment(
        f"github-{record['id']}", "", path, line, "", review[1] if review else "",
        url=_read_text(record, "html_url"),
    )  # fmt: skip
    return Asked(comment, code, context, _read_text(record, "original_commit_id"))


def _read_gitlab(record: Mapping[str, Any]) -> Asked | None:
    position = record.get("position")
    if not isinstance(position, Mapping):
        return None
    path = _read_text(position, "new_path")
    line = _read_number(position, "new_line")
    if not path or not line:
        return None
    review = str(record.get("noteable_iid") or record.get("noteable_id") or "")
    comment = ReviewComment(f"gitlab-{record['id']}", "", path, line, "", review)
    return Asked(comment, commit=_read_text(position, "head_sha"))


def _split_hunk(hunk: str, count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the last lines of the new side of a hunk, and those before them."""
    lines = [line[1:] for line in hunk.split("\n")[1:] if line[:1] in ("+", " ")]
    return tuple(lines[-count:]), tuple(lines[:-count])


def _read_text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    return value.replace("\0", "") if isinstance(value, str) else ""


def _read_number(record: Mapping[str, Any], key: str) -> int:
    value = record.get(key)
    return value if isinstance(value, int) and 0 < value < 10_000_000 else 0


def find_requests(comments: Sequence[ReviewComment]) -> list[Request]:
    """Return what several reviewers asked for, or was asked for in several reviews.

    Comments ask for the same where their words are alike, or the edits that answered them took the
    same words out and brought the same words in. Those asked for most often come first.

    Args:
        comments: the newest count where there are very many.
    """
    chosen = sorted(comments, key=lambda c: (c.at, c.comment_id))[-_MOST_GROUPED:]
    groups = list(range(len(chosen)))

    def find_group(number: int) -> int:
        while groups[number] != number:
            groups[number] = groups[groups[number]]
            number = groups[number]
        return number

    for one, other in _pair_alike(chosen):
        groups[find_group(other)] = find_group(one)
    members: dict[int, list[ReviewComment]] = {}
    for number, comment in enumerate(chosen):
        members.setdefault(find_group(number), []).append(comment)
    requests = [Request(tuple(found)) for found in members.values()]
    wanted = [r for r in requests if r.reviewers >= LEAST_REVIEWERS or r.reviews >= LEAST_REVIEWS]
    return sorted(wanted, key=lambda r: (-len(r.comments), r.comments[0].comment_id))


def _pair_alike(comments: Sequence[ReviewComment]) -> Iterator[tuple[int, int]]:
    by_edit: dict[tuple[frozenset[str], frozenset[str]], int] = {}
    by_word: dict[str, list[int]] = {}
    words = [find_words(comment.body) for comment in comments]
    for number, comment in enumerate(comments):
        edit = find_edit(comment)
        if edit is not None:
            yield by_edit.setdefault(edit, number), number
        shared: Counter[int] = Counter()
        for word in words[number]:
            shared.update(by_word.get(word, ()))
            by_word.setdefault(word, []).append(number)
        for other, count in shared.items():
            least = _ALIKE * len(words[number] | words[other])
            if count >= max(_LEAST_SHARED, least):
                yield other, number


def find_words(body: str) -> frozenset[str]:
    """Return the words of a comment that say something; code in it counts whole."""
    text = _QUOTE.sub(" ", _FENCE.sub(" ", body))
    code = {match[1].strip() for match in _CODE.finditer(text)}
    words = {word.lower().rstrip("'") for word in _WORD.findall(_CODE.sub(" ", text))}
    return frozenset(code | (words - _STOP))


def find_edit(comment: ReviewComment) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the words that an answer took out and brought in; None where it is none of a few."""
    if not comment.answer:
        return None
    before, after = (Counter(_WORD.findall(code)) for code in (comment.before, comment.after))
    gone, come = frozenset(before - after), frozenset(after - before)
    return (gone, come) if (gone or come) and len(gone | come) <= 6 else None
