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
    TermCounts,
)
from devmatrix_guard.memory.sqlite.database import SqliteDatabase

_COUNTED = "documents of a term"
_MOST_COUNTED = 50_000
# FTS5 writes a segment of the index each time what it holds in memory is this large, a megabyte
# unless told, and merges segments: of many patterns a sixth of the time.
_MANY_TEXTS, _HELD_BYTES = 100, 32 << 20
_SPARE = 20  # ranked beside those that are wanted, for some may have been hidden
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
        kept = self._open_counts(kind)
        unknown = [term for term in terms if term not in kept]
        if unknown:
            kept |= self._count(kind, unknown)
        return {term: kept[term] for term in terms}

    def _open_counts(self, kind: str) -> dict[str, int]:
        """Return what was counted since the last write: a server is asked for the same words."""
        moment = self._database.mark_state()
        kept: tuple[Any, dict[str, int]] | None = self._database.kept.get((_COUNTED, kind))
        if kept is None or kept[0] != moment or len(kept[1]) > _MOST_COUNTED:
            kept = self._database.kept[_COUNTED, kind] = (moment, {})
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

    def rank(
        self, kind: str, terms: Sequence[str], narrowing: Narrowing
    ) -> list[tuple[str, float]]:
        expression = " OR ".join(map(_quote_term, terms))
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
        if narrowing.keeps_most:
            # To look up every row that matches costs as much as ranking it.
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
        wanted = narrowing.depth + _SPARE
        found = self._database.fetch_raw_rows(
            f"SELECT rowid, {score} FROM {table} WHERE {table} MATCH ? ORDER BY {order} LIMIT ?",
            (expression, wanted),
        )
        passing: dict[int, str] = dict(
            self._database.fetch_rows(
                "SELECT e.seq, e.pattern_id FROM json_each(?) j "
                f"CROSS JOIN pattern_evidence e ON e.seq = j.value WHERE {narrowing.where}",
                (write_json([row for row, _ in found]), *narrowing.values),
            )
        )
        if len(found) == wanted and len(passing) < narrowing.depth:
            return None
        best = [(passing[row], -float(value)) for row, value in found if row in passing]
        return best[: narrowing.depth]

    def _count_few(self, kind: str, term: str) -> int:
        """Return how many documents hold a term, as far as it is worth counting."""
        row = self._database.fetch_row(
            f"SELECT count(*) FROM (SELECT 1 FROM {_TABLES[kind]} "
            f"WHERE {_TABLES[kind]} MATCH ? LIMIT {BUDGET[kind] + 1})",
            (_quote_term(term),),
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
