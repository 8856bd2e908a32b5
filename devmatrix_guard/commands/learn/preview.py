"""Looks at a repository for the first time and says what guard would find in it; writes nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.learn.context import (
    LearnContext,
    count_commits,
    list_shallow_notes,
    open_context,
)
from devmatrix_guard.commands.learn.history import History, skip_progress
from devmatrix_guard.commands.learn.paths import remove_excluded
from devmatrix_guard.commands.learn.undone import find_undone, read_span_of_newest
from devmatrix_guard.commands.learn.validation.study import study_history
from devmatrix_guard.commands.learn.validation.validation import Validation
from devmatrix_guard.mining.candidates.learned_rules import build_pattern
from devmatrix_guard.mining.candidates.rank import Judged, find_siblings
from devmatrix_guard.mining.commits import is_fix
from devmatrix_guard.mining.product_paths import is_product_code, is_test_path
from devmatrix_guard.mining.undo.history import Undone
from devmatrix_guard.model.diff import Commit
from devmatrix_guard.model.finding import Finding, Source
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.language import PYTHON, detect_language
from devmatrix_guard.reports.redact import redact

DEFAULT_SECONDS = 20.0
_HOT_FIXES = 3
_MAX_HOT = 5
# How many commits are looked at for undone fixes first, and how many times as many next.
_FIRST_SPAN = 30
_GROWTH = 3


class OutOfTimeError(Exception):
    """What was begun would not end in the time there is."""


class HotPlace(NamedTuple):
    """A function that was fixed again and again: by how many fixes, and which was the last."""

    path: str
    qualname: str
    fixes: int
    last: Source


class Protected(NamedTuple):
    """What a memory of these commits watches over, whether or not a rule comes of it.

    `fixes` are those that changed code, `tested` those of them that brought or changed a test.
    """

    fixes: int
    tested: int
    hot: tuple[HotPlace, ...]


class Tried(NamedTuple):
    """A pattern worth showing, and where it occurs today."""

    pattern: FixPattern
    fix: str | None
    places: tuple[tuple[str, int], ...]


class TryReport(NamedTuple):
    """What a first look found: unfixed siblings, undone fixes, and the best other patterns.

    `foreign` counts, by language, the fixes in which no rule can be learned: none of their code is
    Python. `undone_commits` is how many of the newest commits were looked at for undone fixes,
    `lost` what later commits took from the tests of fixes among them; `late` how many candidates
    there was no time to judge.
    """

    root: Path
    head: str
    commits: int
    total: int
    fixes: int
    unreadable: int
    candidates: int
    siblings: tuple[Tried, ...]
    undone: tuple[Undone, ...]
    best: tuple[Tried, ...]
    notes: tuple[str, ...]
    foreign: Mapping[str, int] = {}
    protected: Protected = Protected(0, 0, ())
    undone_commits: int = 0
    lost: tuple[Finding, ...] = ()
    late: int = 0


def try_out(
    start: Path,
    *,
    limit: int | None = None,
    seconds: float | None = DEFAULT_SECONDS,
    top: int = 5,
    track: Any = skip_progress,
) -> TryReport:
    """Return what the newest commits of a repository teach, without writing anything.

    Args:
        start: a folder in the repository.
        limit: how many commits are read at most; None for as many as time allows.
        seconds: how long commits are read, and then, each for as long at most, judged and looked
            at for undone fixes; None for no bound.
        top: how many of each kind are kept.
        track: shows progress over an iterable.
    """
    with open_context(start, limit=limit, track=track) as context:
        repo = context.repo
        history, validation = study_history(context, seconds=seconds)
        span = read_span_of_newest(repo, history.head, max(history.commits, 1))
        defects: list[str] = []
        undone, undone_commits = find_undone_in_time(
            partial(_look_for_undone, context, history, defects, track), len(span.commits), seconds
        )
    layers = context.settings.layers
    unfixed = find_siblings(validation.judged)
    others = [one for one in validation.judged if one not in unfixed]
    return TryReport(
        root=repo.root,
        head=history.head,
        commits=history.commits,
        total=count_commits(repo),
        fixes=len(history.fixes),
        unreadable=history.unreadable,
        candidates=validation.candidates,
        siblings=tuple(_make_tried(one, layers) for one in unfixed[:top]),
        undone=tuple(sorted(undone, key=_order_undone)),
        best=tuple(_make_tried(one, layers) for one in others[:top]),
        notes=(
            *list_shallow_notes(repo),
            *history.notes,
            *history.defects,
            *validation.defects,
            *_note_late(validation),
            *defects,
        ),
        foreign=_count_foreign_fixes(remove_excluded(c, history.exclude) for c in span.commits),
        protected=_describe_protected(history, span.commits),
        undone_commits=undone_commits,
        late=validation.late,
    )


def _note_late(validation: Validation) -> list[str]:
    """Return what is to be said where not all that was read could be judged in time."""
    if not validation.late:
        return []
    part = f"{validation.late:,} of {validation.candidates:,}"
    return [f"There was no time to judge {part} candidate patterns; `--seconds` gives more."]


def _look_for_undone(
    context: LearnContext,
    history: History,
    defects: list[str],
    track: Any,
    count: int,
    until: float | None,
) -> list[Undone]:
    """Return what a number of the newest commits undid; `defects` tells of these alone.

    Raises:
        OutOfTimeError: it is later than `until`, by the clock that only goes forward.
    """

    def watch(items: Iterable[Any], text: str, total: int | None) -> Iterator[Any]:
        for item in track(items, text, total):
            if until is not None and time.monotonic() > until:
                raise OutOfTimeError
            yield item

    seen: list[str] = []
    found = find_undone(
        context.repo,
        context.blobs,
        read_span_of_newest(context.repo, history.head, count),
        exclude=history.exclude,
        redact=redact,
        track=watch,
        defects=seen,
    )
    defects[:] = seen
    return found


def find_undone_in_time(
    look: Callable[[int, float | None], list[Undone]], total: int, seconds: float | None
) -> tuple[list[Undone], int]:
    """Return what the newest commits undid, and how many they are: as many as time allows.

    Which fixes stand is known from the oldest commit on, so a larger part begins from its own
    oldest one; it is only begun where it may well end in time, and given up where it does not.

    Args:
        look: returns what a number of the newest commits undid; raises OutOfTimeError after the
            time it is given.
        total: how many there are.
        seconds: how long to look; None for no bound.
    """
    if seconds is None:
        return look(total, None), total
    began = before = time.monotonic()
    found: list[Undone] = []
    done, count = 0, min(total, _FIRST_SPAN)
    while done < total:
        try:
            found = look(count, began + seconds)
        except OutOfTimeError:
            break
        now = time.monotonic()
        done, count = count, min(total, _GROWTH * count)
        if now - began + _GROWTH * (now - before) > seconds:
            break
        before = now
    return found, done


def _describe_protected(history: History, commits: Iterable[Commit]) -> Protected:
    kept = [remove_excluded(commit, history.exclude) for commit in commits]
    fixes = [c for c in kept if is_fix(c) and any(detect_language(x.path) for x in c.changes)]
    tested = sum(any(is_test_path(change.path) for change in fix.changes) for fix in fixes)
    places: dict[tuple[str, str], dict[str, Source]] = {}
    for fix in history.fixes:
        for fixed in fix.sites:
            if fixed.site.qualname:
                places.setdefault(fixed.place, {})[fixed.source.commit] = fixed.source
    hot = [
        HotPlace(path, qualname, len(found), max(found.values(), key=lambda source: source.date))
        for (path, qualname), found in places.items()
        if len(found) >= _HOT_FIXES
    ]
    hot.sort(key=lambda place: (-place.fixes, place.path, place.qualname))
    return Protected(len(fixes), tested, tuple(hot[:_MAX_HOT]))


def _make_tried(judged: Judged, layers: Any) -> Tried:
    places = tuple((place.path, place.line) for place in judged.left)
    return Tried(build_pattern(judged, layers), judged.proven.fix, places)


def _order_undone(undone: Undone) -> tuple[bool, bool, bool, str, str]:
    """Code of the product first, of it what was mended again, then both sides, then the newest."""
    is_aside = not is_product_code(undone.path)
    newest = _invert_order(undone.by.date)
    return is_aside, undone.mended_again is None, not undone.both, newest, undone.path


def _invert_order(date: str) -> str:
    return "".join(chr(0x7F - ord(c)) for c in date)


def _count_foreign_fixes(commits: Iterable[Commit]) -> dict[str, int]:
    """Return how many fixes changed code and none of it in Python, by language."""
    counts: Counter[str] = Counter()
    for commit in commits:
        languages = {detect_language(change.path) for change in commit.changes} - {""}
        if is_fix(commit) and languages and PYTHON not in languages:
            counts.update(languages)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
