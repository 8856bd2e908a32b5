"""The full-text indexes of a server: two tsvectors a pattern, ranked by BM25 like FTS5's.

PostgreSQL's own ranking does not know that a rare word says more than a frequent one, so the rank
is computed here from the lexemes that matched. The stems are those of its English dictionary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from devmatrix_guard.memory.postgres.database import PostgresDatabase
from devmatrix_guard.memory.sql.search import (
    BUDGET,
    FREQUENT,
    PIECES,
    WEIGHTS,
    WORDS,
    IndexedText,
    Narrowing,
    Query,
    TermCounts,
)

_WRITE = (
    "INSERT INTO pattern_search (seq, words, words_length, pieces, pieces_length) "
    "VALUES (?, ?::tsvector, ?, ?::tsvector, ?) ON CONFLICT (seq) DO UPDATE SET "
    "words = excluded.words, words_length = excluded.words_length, "
    "pieces = excluded.pieces, pieces_length = excluded.pieces_length"
)
_MATCHES = """
WITH corpus AS (
  SELECT {patterns} AS patterns, {mean}::double precision AS mean_length
), matched AS MATERIALIZED (
  SELECT s.seq, s.{column}_length AS length, u.lexeme,
         {frequency} AS frequency
  FROM pattern_search s, unnest(s.{column}) u
  WHERE s.{column} @@ ?::tsquery AND u.lexeme = ANY(?)
), held AS (
  SELECT lexeme, greatest(count(*), max(known.documents)) AS documents
  FROM matched JOIN unnest(?::text[], ?::bigint[]) known (lexeme, documents) USING (lexeme)
  GROUP BY lexeme
), rarity AS (
  SELECT lexeme, greatest(ln((greatest(patterns - documents, 0) + 0.5) / (documents + 0.5)), 1e-6)
         AS idf FROM held, corpus
)
SELECT e.pattern_id, round(sum(r.idf * m.frequency * 2.2
                   / (m.frequency + 1.2 * (0.25 + 0.75 * m.length / c.mean_length)))::numeric, 9)
         AS score FROM matched m JOIN rarity r ON r.lexeme = m.lexeme
JOIN pattern_evidence e ON e.seq = m.seq CROSS JOIN corpus c
WHERE {where}
GROUP BY e.seq, e.pattern_id
ORDER BY score DESC, e.pattern_id
LIMIT ?
"""
_LETTERS = "ABC"  # tsvector's names for the three weights of words
_WEIGHTED = " + ".join(
    f"{weight} * cardinality(array_positions(u.weights, '{letter}'))"
    for letter, weight in zip(_LETTERS, WEIGHTS, strict=True)
)
_UNWEIGHTED = "cardinality(u.positions)"
_MOST_POSITIONS = 255  # of one lexeme in a tsvector
_LONGEST = 2_000  # bytes of one lexeme in a tsvector are 2,046


class PostgresTextIndex:
    """The table `pattern_search` as a `TextIndex`."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._counts = TermCounts(database)
        self._stems: dict[str, str] = {}
        self._corpus: tuple[int, dict[str, float]] | None = None

    def write(self, texts: Sequence[tuple[int, IndexedText]]) -> None:
        self._learn_stems({word for _, t in texts for part in t[:3] for word in part.split()})
        self._database.run_many(_WRITE, [(row, *self._list_values(text)) for row, text in texts])
        self._corpus = None

    def count_terms_if_due(self) -> None:
        if self._counts.is_due():
            self._count_terms()

    def stem(self, words: Sequence[str]) -> list[str]:
        self._learn_stems(words)
        return [self._stems[word][: _LONGEST // 4] for word in words]

    def count_documents(self, kind: str, terms: Sequence[str]) -> dict[str, int]:
        counts = self._counts.read(kind, terms)
        few = [term for term in terms if term not in counts]
        rows = self._database.fetch_rows(
            f"SELECT term, (SELECT count(*) FROM (SELECT 1 FROM pattern_search "
            f"WHERE {kind} @@ asked::tsquery LIMIT {BUDGET[kind] + 1}) found) "
            "FROM unnest(?::text[], ?::text[]) AS given (term, asked)",
            (few, [_quote_term(term[: _LONGEST // 4]) for term in few]),
        )
        return counts | dict(rows)

    def count_pair(self, kind: str, pair: tuple[str, str], most: int) -> int:
        row = self._database.fetch_row(
            "SELECT count(*) FROM (SELECT 1 FROM pattern_search "
            f"WHERE {kind} @@ ?::tsquery LIMIT {most}) found",
            (_write_pair(pair),),
        )
        return int(row[0]) if row else 0

    def rank(self, kind: str, query: Query, narrowing: Narrowing) -> list[tuple[str, float]]:
        # Of a term of its own every document is matched, and counted; of those in pairs only some.
        known = dict.fromkeys((term[: _LONGEST // 4] for term in query.terms), 0)
        known |= {term[: _LONGEST // 4]: query.counts[term] for p in query.pairs for term in p}
        lexemes = sorted(known)
        patterns, means = self._describe_corpus()
        sql = _MATCHES.format(
            column=kind,
            frequency=_WEIGHTED if kind == WORDS else _UNWEIGHTED,
            where=narrowing.where,
            patterns=patterns,
            mean=means[kind],
        )
        alone = sorted({term[: _LONGEST // 4] for term in query.terms})
        matched = " | ".join([*map(_quote_term, alone), *map(_write_pair, query.pairs)])
        return [
            (key, float(score))
            for key, score in self._database.fetch_rows(
                sql,
                (
                    matched,
                    lexemes,
                    lexemes,
                    [known[lexeme] for lexeme in lexemes],
                    *narrowing.values,
                    narrowing.depth,
                ),
            )
        ]

    def list_newest(self, kind: str, terms: Sequence[str], narrowing: Narrowing) -> list[str]:
        query = " & ".join(_quote_term(term[: _LONGEST // 4]) for term in terms)
        rows = self._database.fetch_rows(
            "SELECT e.pattern_id FROM pattern_search s JOIN pattern_evidence e ON e.seq = s.seq "
            f"WHERE s.{kind} @@ ?::tsquery AND {narrowing.where} ORDER BY s.seq DESC LIMIT ?",
            (query, *narrowing.values, narrowing.depth),
        )
        return [key for (key,) in rows]

    def _list_values(self, text: IndexedText) -> tuple[str, int, str, int]:
        columns = [[self._stems[word] for word in part.split()] for part in text[:3]]
        words = _write_tsvector(dict(zip(_LETTERS, columns, strict=True)))
        pieces = text.pieces.split()
        return words, sum(map(len, columns)), _write_tsvector({"D": pieces}), len(pieces)

    def _describe_corpus(self) -> tuple[int, dict[str, float]]:
        """Return how many documents there are and how long they are, asked once a connection."""
        if self._corpus is None:
            row = self._database.fetch_row(
                "SELECT count(*), avg(words_length), avg(pieces_length) FROM pattern_search"
            )
            count, words, pieces = row or (0, 0, 0)
            self._corpus = int(count), {WORDS: float(words or 1), PIECES: float(pieces or 1)}
        return self._corpus

    def _count_terms(self) -> None:
        self._counts.begin()
        for kind in (WORDS, PIECES):
            self._database.run(
                "INSERT INTO search_terms (kind, term, documents) SELECT ?, word, ndoc "
                f"FROM ts_stat('SELECT {kind} FROM pattern_search') WHERE ndoc >= {FREQUENT}",
                (kind,),
            )

    def _learn_stems(self, words: Iterable[str]) -> None:
        unknown = sorted(set(words) - self._stems.keys())
        if unknown:
            rows = self._database.fetch_rows(
                "SELECT word, coalesce((ts_lexize('pg_catalog.english_stem', word))[1], word) "
                "FROM unnest(?::text[]) word",
                (unknown,),
            )
            self._stems.update(rows)  # a word that says little has no stem and stays itself


def _write_tsvector(columns: Mapping[str, Iterable[str]]) -> str:
    """Return the literal of a tsvector: as many positions for a lexeme as it is there times."""
    positions: dict[str, list[str]] = {}
    for letter, terms in columns.items():
        for term, times in Counter(term[: _LONGEST // 4] for term in terms).items():
            taken = positions.setdefault(term, [])
            first = len(taken) + 1
            taken += [f"{number}{letter}" for number in range(first, first + times)]
    return " ".join(
        f"{_quote_term(term)}:{','.join(taken[:_MOST_POSITIONS])}"
        for term, taken in positions.items()
    )


def _quote_term(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def _write_pair(pair: tuple[str, str]) -> str:
    return " & ".join(_quote_term(term[: _LONGEST // 4]) for term in pair).join("()")
