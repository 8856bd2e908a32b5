"""The full-text indexes of the embedded memory: two FTS5 tables whose rowid is the evidence's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devmatrix_guard.memory.sql.database import write_json, write_marks
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
from devmatrix_guard.memory.sqlite.database import SqliteDatabase

_COUNTED, _PASSING = "documents of a term", "rows that pass"
_MOST_KEPT = 50_000
# FTS5 writes a segment of the index each time what it holds in memory is this large, a megabyte
# unless told, and merges segments: of many patterns a sixth of the time.
_MANY_TEXTS, _HELD_BYTES = 100, 32 << 20
_SPARE = 20  # ranked beside those that are wanted, for some may have been hidden
_TRIED = 5  # times as many are ranked where a filter may leave most of them out
_TABLES = {WORDS: "pattern_words", PIECES: "pattern_pieces"}
_RANKS = {
    WORDS: f"bm25(pattern_words, {', '.join(map(str, WEIGHTS))})",
    PIECES: "bm25(pattern_pieces)",
}


class SqliteTextIndex:
    """The tables `pattern_words` and `pattern_pieces` as a `TextIndex`; FTS5 stems the words."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._counts = TermCounts(database)

    def write(self, texts: Sequence[tuple[int, IndexedText]]) -> None:
        if len(texts) >= _MANY_TEXTS:
            for table in _TABLES.values():
                self._database.run(
                    f"INSERT INTO {table} ({table}, rank) VALUES ('hashsize', {_HELD_BYTES})"
                )
        marks = ", ".join(str(row) for row, _ in texts)
        known = self._database.fetch_rows(
            f"SELECT rowid FROM pattern_words WHERE rowid IN ({marks})"
        )
        for table in _TABLES.values():
            self._database.run_many(f"DELETE FROM {table} WHERE rowid = ?", known)
        self._database.run_many(
            "INSERT INTO pattern_words (rowid, title, problem, code) VALUES (?, ?, ?, ?)",
            [(row, text.title, text.problem, text.code) for row, text in texts],
        )
        self._database.run_many(
            "INSERT INTO pattern_pieces (rowid, content) VALUES (?, ?)",
            [(row, text.pieces) for row, text in texts],
        )

    def count_terms_if_due(self) -> None:
        if self._counts.is_due():
            self._count_terms()

    def stem(self, words: Sequence[str]) -> list[str]:
        return list(words)

    def count_documents(self, kind: str, terms: Sequence[str]) -> dict[str, int]:
        kept: dict[str, int] = self._open_kept(_COUNTED, kind)
        unknown = [term for term in terms if term not in kept]
        if unknown:
            kept |= self._count(kind, unknown)
        return {term: kept[term] for term in terms}

    def _open_kept(self, *name: Any) -> dict[Any, Any]:
        """Return what was read since the last write: a server is asked for the same again."""
        moment = self._database.mark_state()
        kept: tuple[Any, dict[Any, Any]] | None = self._database.kept.get(name)
        if kept is None or kept[0] != moment or len(kept[1]) > _MOST_KEPT:
            kept = self._database.kept[name] = (moment, {})
        return kept[1]

    def _count(self, kind: str, terms: Sequence[str]) -> dict[str, int]:
        if kind == PIECES:
            counts = self._counts.read(kind, terms)
            few = [term for term in terms if term not in counts]
            plain = [term for term in few if term.isascii()]  # FTS5 takes accents off the others
            rows = self._database.fetch_raw_rows(
                f"SELECT term, doc FROM {_TABLES[kind]}_terms WHERE term IN ({write_marks(plain)})",
                plain,
            )
            counts |= dict.fromkeys(plain, 0) | dict(rows)
            return counts | {t: self._count_few(kind, t) for t in few if t not in counts}
        counts = {term: self._count_few(kind, term) for term in terms}
        many = [term for term, count in counts.items() if count > BUDGET[kind]]
        return counts | self._estimate_many(many)

    def count_pair(self, kind: str, pair: tuple[str, str], most: int) -> int:
        return self._count_matches(kind, _quote_pair(pair), most)

    def rank(self, kind: str, query: Query, narrowing: Narrowing) -> list[tuple[str, float]]:
        matched = [*map(_quote_term, query.terms), *map(_quote_pair, query.pairs)]
        expression = " OR ".join(matched)
        order = f"{_RANKS[kind]}, {_TABLES[kind]}.rowid"
        return self._match(kind, expression, _RANKS[kind], order, narrowing)

    def list_newest(self, kind: str, terms: Sequence[str], narrowing: Narrowing) -> list[str]:
        expression = " AND ".join(map(_quote_term, terms))
        order = f"{_TABLES[kind]}.rowid DESC"
        return [key for key, _ in self._match(kind, expression, "0.0", order, narrowing)]

    def _match(
        self, kind: str, expression: str, score: str, order: str, narrowing: Narrowing
    ) -> list[tuple[str, float]]:
        """Return ids and scores; FTS5's score is the smaller the better."""
        table = _TABLES[kind]
        # To look up every row that matches costs more than ranking it.
        first = self._rank_first(table, expression, score, order, narrowing)
        if first is not None:
            return first
        rows = self._database.fetch_rows(
            f"SELECT e.pattern_id, -({score}) FROM {table} CROSS JOIN pattern_evidence e "
            f"ON e.seq = {table}.rowid "
            f"WHERE {table} MATCH ? AND {narrowing.where} ORDER BY {order} LIMIT ?",
            (expression, *narrowing.values, narrowing.depth),
        )
        return [(key, float(value)) for key, value in rows]

    def _rank_first(
        self, table: str, expression: str, score: str, order: str, narrowing: Narrowing
    ) -> list[tuple[str, float]] | None:
        """Return the best that pass; None where so many fail that there may be others."""
        wanted = narrowing.depth + _SPARE if narrowing.keeps_most else _TRIED * narrowing.depth
        found = self._database.fetch_raw_rows(
            f"SELECT rowid, {score} FROM {table} WHERE {table} MATCH ? ORDER BY {order} LIMIT ?",
            (expression, wanted),
        )
        passing = self._find_passing([row for row, _ in found], narrowing)
        if len(found) == wanted and len(passing) < narrowing.depth:
            return None
        best = [(passing[row], -float(value)) for row, value in found if row in passing]
        return best[: narrowing.depth]

    def _find_passing(self, rows: Sequence[int], narrowing: Narrowing) -> dict[int, str]:
        """Return {row: pattern id} of those of the rows that pass."""
        kept: dict[int, str | None] = self._open_kept(
            _PASSING, narrowing.where, tuple(narrowing.values)
        )
        unknown = [row for row in rows if row not in kept]
        if unknown:
            passing: dict[int, str] = dict(
                self._database.fetch_rows(
                    "SELECT e.seq, e.pattern_id FROM json_each(?) j "
                    f"CROSS JOIN pattern_evidence e ON e.seq = j.value WHERE {narrowing.where}",
                    (write_json(unknown), *narrowing.values),
                )
            )
            kept.update((row, passing.get(row)) for row in unknown)
        return {row: key for row in rows if (key := kept[row]) is not None}

    def _count_few(self, kind: str, term: str) -> int:
        """Return how many documents hold a term, as far as it is worth counting."""
        return self._count_matches(kind, _quote_term(term), BUDGET[kind] + 1)

    def _count_matches(self, kind: str, expression: str, most: int) -> int:
        row = self._database.fetch_row(
            f"SELECT count(*) FROM (SELECT 1 FROM {_TABLES[kind]} "
            f"WHERE {_TABLES[kind]} MATCH ? LIMIT {most})",
            (expression,),
        )
        return int(row[0]) if row else 0

    def _estimate_many(self, words: Sequence[str]) -> dict[str, int]:
        """Return about how many documents hold frequent words.

        FTS5 does not tell what it makes of a word, but most stems are its beginning.
        """
        stems = {word: [word[:end] for end in range(len(word), 1, -1)] for word in words}
        known = self._counts.read(WORDS, [stem for some in stems.values() for stem in some])
        return {
            word: next((known[stem] for stem in stems[word] if stem in known), BUDGET[WORDS] + 1)
            for word in words
        }

    def _count_terms(self) -> None:
        self._counts.begin()
        for kind, table in _TABLES.items():
            self._database.run(
                "INSERT INTO search_terms (kind, term, documents) "
                f"SELECT ?, term, doc FROM {table}_terms WHERE doc >= {FREQUENT}",
                (kind,),
            )


def _quote_term(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _quote_pair(pair: tuple[str, str]) -> str:
    return f"({_quote_term(pair[0])} AND {_quote_term(pair[1])})"
