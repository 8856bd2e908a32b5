"""The full-text indexes of the embedded memory: two FTS5 tables whose rowid is the pattern's."""

from __future__ import annotations

from devmatrix_guard.memory.base import SearchFilter
from devmatrix_guard.memory.sql.search import WEIGHTS, IndexedText, write_conditions
from devmatrix_guard.memory.sqlite.database import SqliteDatabase


class SqliteTextIndex:
    """The tables `pattern_words` and `pattern_pieces` as a `TextIndex`; FTS5 stems the words."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def write(self, pattern_id: str, text: IndexedText) -> None:
        (row,) = self._database.fetch_rows(
            "SELECT seq FROM fix_patterns WHERE id = ?", (pattern_id,)
        )
        for table in ("pattern_words", "pattern_pieces"):
            self._database.run(f"DELETE FROM {table} WHERE rowid = ?", row)
        self._database.run(
            "INSERT INTO pattern_words (rowid, title, problem, code) VALUES (?, ?, ?, ?)",
            (row[0], *(" ".join(words) for words in (text.title, text.problem, text.code))),
        )
        self._database.run(
            "INSERT INTO pattern_pieces (rowid, content) VALUES (?, ?)",
            (row[0], " ".join(text.pieces)),
        )

    def search_words(self, words: list[str], only: SearchFilter, depth: int) -> list[str]:
        order = f"bm25(pattern_words, {', '.join(map(str, WEIGHTS))})"
        return self._matches("pattern_words", words, order, only, depth)

    def search_pieces(self, pieces: list[str], only: SearchFilter, depth: int) -> list[str]:
        return self._matches("pattern_pieces", pieces, "bm25(pattern_pieces)", only, depth)

    def _matches(
        self, table: str, terms: list[str], order: str, only: SearchFilter, depth: int
    ) -> list[str]:
        expression = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
        narrowing, values = write_conditions(only)
        rows = self._database.fetch_rows(
            f"SELECT p.id FROM {table} JOIN fix_patterns p ON p.seq = {table}.rowid "
            f"WHERE {table} MATCH ? {narrowing} ORDER BY {order}, p.id LIMIT ?",
            (expression, *values, depth),
        )
        return [key for (key,) in rows]
