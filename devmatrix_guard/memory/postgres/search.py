"""The full-text indexes of a server: two tsvectors a pattern, ranked by BM25 like FTS5's.

PostgreSQL's own ranking does not know that a rare word says more than a frequent one, so the rank
is computed here from the lexemes that matched. The stems are those of its English dictionary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from devmatrix_guard.memory.base import SearchFilter
from devmatrix_guard.memory.postgres.database import PostgresDatabase
from devmatrix_guard.memory.sql.search import WEIGHTS, IndexedText, write_conditions

_WRITE = (
    "INSERT INTO pattern_search (pattern_id, words, words_length, pieces, pieces_length) "
    "VALUES (?, ?::tsvector, ?, ?::tsvector, ?) ON CONFLICT (pattern_id) DO UPDATE SET "
    "words = excluded.words, words_length = excluded.words_length, "
    "pieces = excluded.pieces, pieces_length = excluded.pieces_length"
)
_MATCHES = """
WITH corpus AS (
  SELECT count(*) AS patterns, avg({column}_length) AS mean_length FROM pattern_search
), matched AS MATERIALIZED (
  SELECT s.pattern_id, s.{column}_length AS length, u.lexeme,
         {frequency} AS frequency
  FROM pattern_search s, unnest(s.{column}) u
  WHERE s.{column} @@ ?::tsquery AND u.lexeme = ANY(?)
), rarity AS (
  SELECT lexeme, greatest(ln((patterns - count(*) + 0.5) / (count(*) + 0.5)), 1e-6) AS idf
  FROM matched, corpus GROUP BY lexeme, patterns
)
SELECT p.id FROM matched m JOIN rarity r ON r.lexeme = m.lexeme
JOIN fix_patterns p ON p.id = m.pattern_id CROSS JOIN corpus c
WHERE TRUE {narrowing}
GROUP BY p.id
ORDER BY sum(r.idf * m.frequency * 2.2
             / (m.frequency + 1.2 * (0.25 + 0.75 * m.length / c.mean_length))) DESC, p.id
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
        self._stems: dict[str, str] = {}

    def write(self, pattern_id: str, text: IndexedText) -> None:
        columns = [self._stem(words) for words in (text.title, text.problem, text.code)]
        by_letter = dict(zip(_LETTERS, columns, strict=True))
        self._database.run(
            _WRITE,
            (
                pattern_id,
                _write_tsvector(by_letter),
                sum(map(len, columns)),
                _write_tsvector({"D": text.pieces}),
                len(text.pieces),
            ),
        )

    def search_words(self, words: list[str], only: SearchFilter, depth: int) -> list[str]:
        return self._matches("words", self._stem(words), _WEIGHTED, only, depth)

    def search_pieces(self, pieces: list[str], only: SearchFilter, depth: int) -> list[str]:
        return self._matches("pieces", pieces, _UNWEIGHTED, only, depth)

    def _matches(
        self, column: str, terms: list[str], frequency: str, only: SearchFilter, depth: int
    ) -> list[str]:
        lexemes = sorted({term[: _LONGEST // 4] for term in terms})
        narrowing, values = write_conditions(only)
        sql = _MATCHES.format(column=column, frequency=frequency, narrowing=narrowing)
        query = " | ".join(map(_quote_term, lexemes))
        return [key for (key,) in self._database.fetch_rows(sql, (query, lexemes, *values, depth))]

    def _stem(self, words: Iterable[str]) -> list[str]:
        words = list(words)
        unknown = sorted(set(words) - self._stems.keys())
        if unknown:
            rows = self._database.fetch_rows(
                "SELECT word, coalesce((ts_lexize('pg_catalog.english_stem', word))[1], word) "
                "FROM unnest(?::text[]) word",
                (unknown,),
            )
            self._stems.update(rows)  # a word that says little has no stem and stays itself
        return [self._stems[word] for word in words]


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
