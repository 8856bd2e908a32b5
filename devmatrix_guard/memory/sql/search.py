"""Text search over FixPatterns: one ranking by words, one by pieces of words, fused by rank.

The words find what is named alike, the pieces what is spelled alike; neither needs a model. The
texts are cut here, the same for every database; a `TextIndex` keeps them and ranks by BM25. How
many patterns hold a frequent term is counted anew each time their number has doubled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain, combinations
from typing import Any, NamedTuple, Protocol

from devmatrix_guard.memory.base import Ranking, SearchFilter
from devmatrix_guard.memory.fusion import fuse
from devmatrix_guard.memory.sql.database import Database, write_marks
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.knowledge import PatternNotes
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.words import split_pieces, split_words, write_pieces, write_words

# How much a word counts in the title, in what is said of the problem, and in the code.
WEIGHTS = (4.0, 2.0, 1.0)
_DEPTH = 100
_MAX_TERMS = 200
_MAX_WORDS = 1_000  # of a text, names and their parts
_MOST_OF_A_TERM = 2.2  # BM25 with k1 = 1.2, where a term is there again and again
_MAX_CODE = 4_000
WORDS, PIECES = "words", "pieces"
# How many entries of an index one ranking may weigh: a thousand take about a millisecond.
BUDGET = {WORDS: 2_000, PIECES: 2_000}
_MOST_TOGETHER = 3
# An entry of a pair is passed over three times, which costs about a tenth of weighing it. Among
# 1,000,000 patterns rare words leave much of the budget unused: docs/evaluation.md has the figures.
_SCAN = 0.1
_MOST_PAIRS_TRIED = 6
_LEAST_SHARE = 0.01  # patterns that are in no other ranking still come in its order
EVERYTHING = "TRUE"
_FEWEST_COUNTED = 2_000
FREQUENT = 500


class IndexedText(NamedTuple):
    """What is searched of one pattern, cut into words with a space between each two.

    `pieces` are those of all three.
    """

    title: str
    problem: str
    code: str
    pieces: str


class TextIndex(Protocol):
    """The two full-text indexes of a database, whose documents are rows of `pattern_evidence`."""

    def write(self, texts: Sequence[tuple[int, IndexedText]]) -> None:
        """Index rows that are already stored, in place of what was indexed of them before."""

    def count_terms_if_due(self) -> None:
        """Count which terms are frequent, if the number of documents has doubled since."""

    def stem(self, words: Sequence[str]) -> list[str]:
        """Return the words as the index compares them."""

    def count_documents(self, kind: str, terms: Sequence[str]) -> dict[str, int]:
        """Return how many documents hold each term: of `words`, stemmed, or of `pieces`."""

    def count_pair(self, kind: str, pair: tuple[str, str], most: int) -> int:
        """Return how many documents hold both terms, at most `most`."""

    def rank(self, kind: str, query: Query, narrowing: Narrowing) -> list[tuple[str, float]]:
        """Return the ids of the patterns that the query matches and their BM25, the best first."""

    def list_newest(self, kind: str, terms: Sequence[str], narrowing: Narrowing) -> list[str]:
        """Return the ids of patterns with all of the terms, the newest first, with no ranking."""


class Query(NamedTuple):
    """What a ranking weighs: documents with any of the terms, or with both of any pair.

    `others` are the terms that are too frequent to be weighed alone, the rarest first. `counts`
    says of every term how many documents hold it.
    """

    terms: Sequence[str]
    pairs: Sequence[tuple[str, str]]
    others: Sequence[str]
    counts: Mapping[str, int]


class Narrowing(NamedTuple):
    """What a search may return: a condition on `pattern_evidence e`, its values, and how many.

    `keeps_most` says that the condition seldom leaves anything out.
    """

    where: str
    values: Sequence[Any]
    depth: int
    keeps_most: bool = False


def cut_pattern(pattern: FixPattern, notes: PatternNotes) -> IndexedText:
    """Return what is indexed of a pattern."""
    title = f"{pattern.title} {' '.join(pattern.anchors)}"
    problem = _write_problem_text(pattern, notes)
    code = _write_code_text(pattern)
    pieces = write_pieces(f"{title} {problem} {code}")
    return IndexedText(write_words(title), write_words(problem), write_words(code), pieces)


def rank_patterns(
    database: Database,
    scope: Scope,
    index: TextIndex,
    text: str,
    limit: int,
    only: SearchFilter,
    others: Mapping[str, Sequence[str]],
) -> Ranking:
    """Return (pattern id, score, {signal: rank}), best first, and how strong each match is."""
    depth = max(limit, _DEPTH)
    conditions, values = write_conditions(only)
    is_open = scope.covers_everything()
    near = EVERYTHING if is_open else scope.narrow("e.repository_id")
    keeps_most = is_open and only._replace(listed_only=False) == SearchFilter()
    narrowing = Narrowing(f"{near}{conditions}", values, depth, keeps_most)
    rankings = {
        name: _keep_matching(database, ids[:depth], narrowing) for name, ids in others.items()
    }
    strengths: dict[str, Mapping[str, float]] = {}
    shares: dict[str, float] = {}
    row = database.fetch_row("SELECT coalesce(max(seq), 0) FROM pattern_evidence")
    documents = int(row[0]) if row else 0
    for signal, kind, terms in (
        ("words", WORDS, list(dict.fromkeys(index.stem(split_words(text)[:_MAX_WORDS])))),
        ("spelling", PIECES, list(dict.fromkeys(split_pieces(text)))),
    ):
        if terms[:_MAX_TERMS]:
            counts = index.count_documents(kind, terms[:_MAX_TERMS])
            query = _choose_query(index, kind, terms[:_MAX_TERMS], counts)
            ranked = _rank_within_budget(index, kind, query, narrowing)
            rankings[signal] = list(ranked)
            most = _calculate_attainable(documents, counts, terms[:_MAX_TERMS])
            shares[signal] = _calculate_share(documents, query)
            strengths[signal] = {key: min(score / most, 1.0) for key, score in ranked.items()}
    return Ranking(tuple(fuse(rankings, shares)[:limit]), strengths)


def _calculate_attainable(documents: int, counts: Mapping[str, int], terms: Sequence[str]) -> float:
    """Return the BM25 of a document that holds all of the terms again and again."""
    documents = max(documents, *counts.values(), 1)
    held = (counts.get(term, 0) for term in terms)
    rarity = sum(math.log(1 + (documents - n + 0.5) / (n + 0.5)) for n in held)
    return max(rarity * _MOST_OF_A_TERM, 1e-6)


def _calculate_share(documents: int, query: Query) -> float:
    """Return how much of what the terms say was weighed: a ranking by little of it says little."""
    weighed = {*query.terms, *chain.from_iterable(query.pairs)}
    held = [term for term, count in query.counts.items() if count]
    reached = [term for term in held if term in weighed]
    attainable = _calculate_attainable(documents, query.counts, held)
    return max(_calculate_attainable(documents, query.counts, reached) / attainable, _LEAST_SHARE)


def _choose_query(
    index: TextIndex, kind: str, terms: Sequence[str], counts: Mapping[str, int]
) -> Query:
    """Return as many of the rarest terms as are weighed in good time, and pairs of the others.

    A term says the less the more patterns hold it, and costs the more. What is left of the budget
    is for pairs of frequent words.
    """
    held = sorted((term for term in terms if counts.get(term)), key=lambda t: (counts[t], t))
    chosen: list[str] = []
    left = BUDGET[kind]
    while len(chosen) < len(held) and counts[held[len(chosen)]] <= left:
        left -= counts[held[len(chosen)]]
        chosen.append(held[len(chosen)])
    others = held[len(chosen) :]
    # Pieces of one word always stand together: a pair of them says what one of them does.
    pairs = _choose_pairs(index, kind, others, counts, left) if kind == WORDS else []
    return Query(chosen, pairs, others, counts)


def _rank_within_budget(
    index: TextIndex, kind: str, query: Query, narrowing: Narrowing
) -> dict[str, float]:
    """Return {id: BM25}, best first; where nothing can be weighed, those with most of the terms."""
    if query.terms or query.pairs:
        scored: dict[str, float] = {}
        for key, score in index.rank(kind, query, narrowing):
            scored.setdefault(key, score)
        return scored
    held = query.others
    found: dict[str, None] = {}
    for size in range(min(len(held), _MOST_TOGETHER), 0, -1):
        found |= dict.fromkeys(index.list_newest(kind, held[:size], narrowing))
        if len(found) >= narrowing.depth:
            break
    return dict.fromkeys(list(found)[: narrowing.depth], 0.0)


def _choose_pairs(
    index: TextIndex, kind: str, terms: Sequence[str], counts: Mapping[str, int], budget: float
) -> list[tuple[str, str]]:
    """Return the pairs of frequent terms, the rarest first, whose ranking the budget allows.

    To weigh a pair, both of its terms are gone through, and what holds both is weighed.
    """
    chosen: list[tuple[str, str]] = []
    passed: set[str] = set()
    tried = 0
    for pair in sorted(combinations(terms, 2), key=lambda p: counts[p[0]] * counts[p[1]]):
        scan = _SCAN * sum(counts[term] for term in pair if term not in passed)
        if scan >= budget:
            continue
        tried += 1
        if tried > _MOST_PAIRS_TRIED:
            break
        room = int(budget - scan)
        together = index.count_pair(kind, pair, room + 1)
        passed.update(pair)
        if together <= room:
            chosen.append(pair)
            budget -= scan + together
        else:  # to find that out was not for nothing
            budget -= scan
    return chosen


def write_conditions(only: SearchFilter) -> tuple[str, list[Any]]:
    """Return the SQL that narrows `pattern_evidence e`, empty or from AND on, and its values."""
    sql = ""
    values: list[Any] = []
    if only.min_confidence > 0:
        sql += " AND e.confidence_score >= ?"
        values.append(only.min_confidence)
    if only.layers:
        sql += f" AND e.layer_number IN ({write_marks(only.layers)})"
        values += only.layers
    if only.workflows:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_labels l WHERE l.pattern_id = e.pattern_id "
            f"AND l.kind = 'workflow' AND l.value IN ({write_marks(only.workflows)}))"
        )
        values += only.workflows
    if only.file_types:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_pairs r JOIN file_audit f ON f.id = r.file_id "
            "WHERE r.pattern_id = e.pattern_id AND r.repository_id = e.repository_id "
            f"AND f.file_type IN ({write_marks(only.file_types)}))"
        )
        values += only.file_types
    for column, chosen in (("stage", only.stages), ("severity", only.severities)):
        if chosen:
            sql += f" AND e.{column} IN ({write_marks(chosen)})"
            values += chosen
    if only.tags:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_labels l WHERE l.pattern_id = e.pattern_id "
            f"AND l.kind = 'tag' AND l.value IN ({write_marks(only.tags)}))"
        )
        values += only.tags
    if only.min_success is not None:
        sql += (
            " AND (SELECT avg(CASE WHEN u.success THEN 1.0 ELSE 0.0 END) FROM pattern_uses u "
            "WHERE u.pattern_id = e.pattern_id) >= ?"
        )
        values.append(only.min_success)
    if only.listed_only:
        sql += (
            " AND NOT EXISTS (SELECT 1 FROM pattern_removals x WHERE x.pattern_id = e.pattern_id)"
        )
    if only.reviewed_only:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_notes n "
            "WHERE n.pattern_id = e.pattern_id AND n.reviewed)"
        )
    return sql, values


def _keep_matching(database: Database, ids: Sequence[str], narrowing: Narrowing) -> list[str]:
    """Return those of the ids that are patterns and pass the filter, in the same order."""
    if not ids:
        return []
    rows = database.fetch_rows(
        "SELECT e.pattern_id FROM pattern_evidence e "
        f"WHERE e.pattern_id IN ({write_marks(ids)}) AND {narrowing.where}",
        (*ids, *narrowing.values),
    )
    passing = {key for (key,) in rows}
    return [key for key in ids if key in passing]


def _write_problem_text(pattern: FixPattern, notes: PatternNotes) -> str:
    subjects = dict.fromkeys(pair.source.subject for pair in pattern.pairs)
    said = (notes.problem, notes.solution_steps, notes.learnings, notes.prevention)
    return " ".join((*subjects, *said, *notes.tags, *notes.anti_patterns))


def _write_code_text(pattern: FixPattern) -> str:
    """Return each code once: what one place alone taught is what stood there."""
    sites = (text for pair in pattern.pairs for text in (pair.before, pair.after))
    seen = dict.fromkeys((pattern.before, pattern.after, *sites))
    return "\n".join(filter(None, seen))[:_MAX_CODE]


class TermCounts:
    """The table `search_terms`: which terms are frequent, as counted at the last doubling."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, kind: str, terms: Sequence[str]) -> dict[str, int]:
        """Return the counts of those of the terms that are frequent."""
        rows = self._database.fetch_rows(
            "SELECT term, documents FROM search_terms "
            f"WHERE kind = ? AND term IN ({write_marks(terms)})",
            (kind, *terms),
        )
        return dict(rows)

    def is_due(self) -> bool:
        """Tell whether the number of documents has doubled since terms were counted."""
        row = self._database.fetch_row(
            "SELECT (SELECT coalesce(max(seq), 0) FROM pattern_evidence), "
            "coalesce((SELECT max(documents) FROM search_terms WHERE kind = 'all'), 0)"
        )
        now, then = row or (0, 0)
        return bool(now >= max(_FEWEST_COUNTED, 2 * then))

    def begin(self) -> None:
        """Forget the counts and note how many documents there are now."""
        self._database.run("DELETE FROM search_terms")
        self._database.run(
            "INSERT INTO search_terms (kind, term, documents) "
            "SELECT 'all', '', coalesce(max(seq), 0) FROM pattern_evidence"
        )
