"""Judges what history taught against the repository itself: today's tree and later commits."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.commands.learn.fixes import MAX_BLOB
from devmatrix_guard.commands.learn.history import History, skip_progress
from devmatrix_guard.commands.learn.validation.queries import hash_query
from devmatrix_guard.commands.learn.validation.replay import NOTHING_REPLAYED, Replayed, replay
from devmatrix_guard.commands.learn.validation.search import (
    NOTHING_SEARCHED,
    Searched,
    search_tree,
)
from devmatrix_guard.commands.learn.validation.targets import read_tree
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import find_defined_names, find_files_naming
from devmatrix_guard.git.repository import Repository, resolve_commit
from devmatrix_guard.mining.candidates.cluster import Candidate, count_bulk_commits, gather
from devmatrix_guard.mining.candidates.examples import build_after_example
from devmatrix_guard.mining.candidates.proof import Proven, prove
from devmatrix_guard.mining.candidates.rank import (
    Judged,
    drop_overfitted,
    is_seen_twice,
    is_worth_a_rule,
    represent,
)
from devmatrix_guard.mining.candidates.rejection import (
    explain_rejection,
    find_own_names,
    may_come_again,
)
from devmatrix_guard.mining.candidates.survey import Place, Scan
from devmatrix_guard.mining.candidates.vocabulary import Vocabulary, read_vocabulary
from devmatrix_guard.mining.edits.forms import find_anchors
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.model.knowledge.shares import weigh

# A name that more files hold than this is no name of an API.
_MAX_LOOKED_AT = 200


class Validation(NamedTuple):
    """The candidates worth a rule, the best first, and how many others fell for which reason.

    `defects` says which could not be judged through a fault of ours, `late` how many there was no
    time to judge.
    """

    judged: tuple[Judged, ...]
    candidates: int
    dropped: dict[str, int]
    defects: tuple[str, ...] = ()
    replayed: Replayed = NOTHING_REPLAYED
    late: int = 0


class _Bound:
    """Ends loops at a time; `has_ended` tells that it ended one."""

    def __init__(self, track: Any, seconds: float | None) -> None:
        self.has_ended = False
        self._track = track
        self._until = None if seconds is None else time.monotonic() + seconds

    def track(self, items: Iterable[Any], text: str, total: int | None) -> Iterator[Any]:
        """Show progress over items for as long as there is time."""
        for item in self._track(items, text, total):
            if self._until is not None and time.monotonic() > self._until:
                self.has_ended = True
                return
            yield item


class _Alarm(NamedTuple):
    """A match on a line that a commit added: the number of the commit, newest 0, and where."""

    at: int
    path: str
    text: str


class _Replay(NamedTuple):
    """Where a candidate matched lines that later commits added, and how many of each there were."""

    alarms: tuple[str, ...]
    commits: int
    added_lines: int


def validate_history(
    repo: Repository,
    blobs: BlobReader,
    history: History,
    *,
    replayed: Replayed = NOTHING_REPLAYED,
    track: Any = skip_progress,
    seconds: float | None = None,
) -> Validation:
    """Validate what a history taught: which candidates are worth a rule.

    Every match, on examples, on the tree and on later commits, is made by the engine.

    Args:
        repo: where to look.
        blobs: the open reader of that repository.
        history: what was read of it.
        replayed: what an earlier validation found in later commits.
        track: shows progress over an iterable.
        seconds: how long to judge; None for no bound.
    """
    proving, judging = _Bound(track, seconds and seconds / 2), _Bound(track, seconds)
    tree = list(read_tree(repo, blobs, history.head, history.exclude))
    words = read_vocabulary(tree)
    dropped: Counter[str] = Counter()
    defects: list[str] = []
    candidates = gather(history.sites)
    tracked = proving.track(candidates, "Proving candidates", len(candidates))
    results = [_prove(candidate, words, history.defined, defects) for candidate in tracked]
    late = len(candidates) - len(results)
    proven = _count_dropped(results, dropped)
    judged, searched = _validate_on_tree(proven, tree, replayed.tree, judging.track, defects)
    replayed = replayed._replace(tree=NOTHING_SEARCHED if judging.has_ended else searched)
    if judging.has_ended:  # half of a tree says nothing of the other half
        late, judged = late + len(judged), []
    fitting = drop_overfitted(judged)
    dropped["is an exception to what the code does elsewhere"] += len(judged) - len(fitting)
    agreed = [one for one in fitting if is_worth_a_rule(one)]
    recurring = [one for one in agreed if is_seen_twice(one) or may_come_again(one.form, words)]
    dropped["only one place was ever written this way"] += len(agreed) - len(recurring)
    queries = [one.proven.query for one in recurring]
    if recurring:
        replayed = replay(
            queries, history, blobs, known=replayed, track=judging.track, defects=defects
        )
    lasting = _validate_on_replay(recurring, history, replayed)
    worth = [one for one in lasting if is_worth_a_rule(one)]
    dropped["the rest of the code disagrees"] += (
        len(fitting) - len(agreed) + len(lasting) - len(worth)
    )
    living = _keep_living(repo, worth, words, dropped)
    looking = _LookingBack(repo, blobs, replayed.left, {}, defects)
    looked = [
        one if _is_thorough(looking, one) else None
        for one in judging.track(living, "Looking back", len(living))
    ]
    late += len(living) - len(looked)
    thorough = tuple(filter(None, looked))
    replayed = replayed._replace(left=looking.asked)
    dropped["the fix left more places alone than it changed"] += len(looked) - len(thorough)
    told = tuple(dict.fromkeys(defects))
    return Validation(thorough, len(candidates), dict(dropped), told, replayed, late)


def _keep_living(
    repo: Repository, worth: list[Judged], words: Vocabulary, dropped: Counter[str]
) -> list[Judged]:
    """Return the best form of each that is still what the project wants; the rest is counted."""
    chosen = represent(worth)
    dropped["a better form of the rule was found"] += len(worth) - len(chosen)
    current = _remove_overtaken(chosen)
    dropped["a later fix changed what this one wrote"] += len(chosen) - len(current)
    living = [one for one in current if not _find_gone_names(repo, one, words)]
    dropped["what it looks for is gone from the project"] += len(current) - len(living)
    return living


def _count_dropped(results: Sequence[Proven | str], dropped: Counter[str]) -> list[Proven]:
    """Return what was proven; why the others were not is counted."""
    dropped.update(found for found in results if isinstance(found, str))
    return [found for found in results if not isinstance(found, str)]


def _prove(
    candidate: Candidate,
    words: Vocabulary,
    defined: Mapping[str, frozenset[str]],
    defects: list[str],
) -> Proven | str:
    """Return a candidate with its proof, or why it is dropped."""
    try:
        reason = explain_rejection(candidate, words, defined)
        return reason or prove(candidate, words) or "does not hold on its own fix"
    except Exception as error:
        defects.append(describe_defect(error, f"the proof of {_describe_candidate(candidate)}"))
        return "could not be judged"


def _describe_candidate(candidate: Candidate) -> str:
    fixed = candidate.sites[0]
    return f"what {fixed.source.commit[:10]} did to {fixed.site.path}"


class _LookingBack(NamedTuple):
    """How many places the trees of commits had: what is known, and what was asked for this time."""

    repo: Repository
    blobs: BlobReader
    known: Mapping[str, int]
    asked: dict[str, int]
    defects: list[str]

    def leaves_more(self, judged: Judged, commit: str, word: str) -> bool:
        """Tell whether a commit left more places than it mended, of the files that hold a word."""
        most = judged.evidence.sites_fixed
        key = f"{commit} {most} {hash_query(judged.proven.query)}"
        if key not in self.known:
            scan = Scan({"then": judged.proven.query})
            left = self._count_until(scan, most, commit, word)
            self.defects.extend(scan.defects)
            if scan.defects:
                return left > most
            self.asked[key] = left
        else:
            self.asked[key] = self.known[key]
        return self.asked[key] > most

    def _count_until(self, scan: Scan, most: int, commit: str, word: str) -> int:
        """Count places up to one more than are asked about: a tree takes long to search."""
        count = 0
        for path in find_files_naming(self.repo, commit, word)[:_MAX_LOOKED_AT]:
            source = self.blobs.read(f"{commit}:{path}", MAX_BLOB)
            if source is not None:
                count += len(scan.find_locations([Target(path, source, None)]).get("then", ()))
            if count > most:
                break
        return count


def _is_thorough(looking: _LookingBack, judged: Judged) -> bool:
    """Tell whether a single commit mended at least half of what the tree then had of it."""
    commits = {fixed.source.commit for fixed in judged.proven.sites}
    names = find_anchors(judged.form.before)
    if len(commits) > 1 or not names:
        return True
    (commit,) = commits
    word = max(names, key=len).rpartition(".")[2]
    return not looking.leaves_more(judged, commit, word)


def _find_gone_names(repo: Repository, judged: Judged, words: Vocabulary) -> frozenset[str]:
    """Return the names it looks for that the project had defined itself, and has no more.

    Who writes one of them again is stopped by Python, and needs no rule. A library's name that the
    fixes did away with everywhere looks alike in today's tree, so the tree before them is asked.
    """
    unused = sorted(n for n in find_own_names(judged.form.before, words) if not words.names[n])
    if not unused:
        return frozenset()
    first = min((fixed.source for fixed in judged.proven.sites), key=lambda source: source.date)
    before = resolve_commit(repo, f"{first.commit}^")
    return find_defined_names(repo, before, unused) if before else frozenset()


def _remove_overtaken(chosen: Sequence[Judged]) -> list[Judged]:
    """Return the candidates whose fixed code no later candidate calls a mistake."""
    scan = Scan({str(number): one.proven.query for number, one in enumerate(chosen)})
    examples = [
        Target(str(number), build_after_example(one.proven.sites[0].site).encode(), None)
        for number, one in enumerate(chosen)
    ]
    overtaken = {
        int(place.path)
        for name, places in scan.find_locations(examples).items()
        for place in places
        if _find_date(chosen[int(place.path)]) <= _find_date(chosen[int(name)])
        and place.path != name
    }
    return [one for number, one in enumerate(chosen) if number not in overtaken]


def _find_date(judged: Judged) -> str:
    return max(fixed.source.date for fixed in judged.proven.sites)


def _validate_on_tree(
    proven: Sequence[Proven],
    tree: Sequence[Target],
    known: Searched,
    track: Any,
    defects: list[str],
) -> tuple[list[Judged], Searched]:
    queries: dict[str, Any] = {}
    for number, one in enumerate(proven):
        queries[f"before{number}"] = one.query
        queries[f"after{number}"] = {"pattern": one.after}
    places, searched = search_tree(queries, tree, known=known, track=track, defects=defects)
    judged = []
    for number, one in enumerate(proven):
        left = places.get(f"before{number}", [])
        followed = places.get(f"after{number}", [])
        judged.append(
            Judged(one, _weigh_evidence(one, left, followed), tuple(left), tuple(followed))
        )
    return judged, searched


def _weigh_evidence(proven: Proven, left: Sequence[Place], followed: Sequence[Place]) -> Evidence:
    return weigh(
        Evidence(
            commits=len({fixed.source.commit for fixed in proven.sites}),
            files=len({fixed.site.path for fixed in proven.sites}),
            sites_fixed=len({fixed.place for fixed in proven.sites}),
            left_alone=len(left),
            reverse_edits=proven.reverse_edits,
            followed=len(followed),
            bulk_commits=count_bulk_commits(proven.sites),
        )
    )


def _validate_on_replay(
    judged: Sequence[Judged], history: History, replayed: Replayed
) -> list[Judged]:
    order = history.order
    sizes = [(order[commit], size) for commit, size in replayed.sizes.items() if size]
    found = []
    for one in judged:
        alarms = [
            _Alarm(order[commit], path, f"{commit[:10]} {path}:{line}")
            for commit, places in replayed.matches[hash_query(one.proven.query)].items()
            for path, line in places
        ]
        counted = _choose_replay(one, history, alarms, sizes)
        found.append(one._replace(evidence=_add_replay(one, counted)))
    return found


def _choose_replay(
    judged: Judged,
    history: History,
    alarms: Sequence[_Alarm],
    sizes: Sequence[tuple[int, int]],
) -> _Replay:
    """Return the part of the replay that came after the fix: before it, everyone erred.

    What one of the later fixes mended again speaks for the rule, and is no alarm.
    """
    mended = [(history.order[f.source.commit], f.site.path) for f in judged.proven.sites]
    fixed_at = max(at for at, _ in mended)
    later = [lines for at, lines in sizes if at < fixed_at]
    named = tuple(
        alarm.text
        for alarm in alarms
        if alarm.at < fixed_at
        and not any(at < alarm.at and path == alarm.path for at, path in mended)
    )
    return _Replay(named, len(later), sum(later))


def _add_replay(judged: Judged, replay: _Replay) -> Evidence:
    values = {name: getattr(judged.evidence, name) for name in Evidence.__slots__}
    values.update(
        replay_commits=replay.commits,
        replay_added_lines=replay.added_lines,
        replay_alarms=len(replay.alarms),
        alarms=replay.alarms,
    )
    return Evidence(**values)
