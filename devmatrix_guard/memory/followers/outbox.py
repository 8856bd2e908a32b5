"""Reads what changed in a memory, and what stands there now."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from devmatrix_guard.memory.followers.base import Change, Progress, Reference
from devmatrix_guard.memory.sql.database import Database

_SIZES = {"vector": 4, "node": 2, "edge": 5}
_PARTS = "part_1, part_2, part_3, part_4, part_5"
_KEPT = 10_000
_READ_AT_ONCE = 500
_VECTOR = "collection, model_id, aspect, item_key"
_NODE = "kind, key"


class Note(NamedTuple):
    """One row of the outbox."""

    seq: int
    reference: Reference


_REBUILDING = -1  # the position of who is being told everything, before all that is noted


class Outbox:
    """The tables `outbox`, `followers` and `dead_letters`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, name: str) -> None:
        """Note changes for a follower from now on, unless that is done already."""
        with self._database.transaction():
            self._database.run(
                "INSERT INTO followers (name, position) "
                "SELECT ?, coalesce(max(seq), 0) FROM outbox WHERE TRUE ON CONFLICT DO NOTHING",
                (name,),
            )

    def forget(self, name: str) -> None:
        """Note nothing for a follower any more."""
        with self._database.transaction():
            self._database.run("DELETE FROM followers WHERE name = ?", (name,))
            self._drop_read()

    def is_registered(self, name: str) -> bool:
        """Tell whether changes are noted for a follower."""
        return bool(self._database.fetch_row("SELECT 1 FROM followers WHERE name = ?", (name,)))

    def read(self, name: str, count: int) -> list[Note]:
        """Return the next notes that a follower has not read, in order."""
        rows = self._database.fetch_rows(
            f"SELECT seq, kind, repository_id, {_PARTS} FROM outbox "
            "WHERE seq > (SELECT position FROM followers WHERE name = ?) ORDER BY seq LIMIT ?",
            (name, count),
        )
        return [Note(row[0], _make_reference(row[1:])) for row in rows]

    def advance(self, name: str, notes: Sequence[Note]) -> None:
        """Keep that a follower has done what these notes say."""
        last = notes[-1].seq
        with self._database.transaction():
            self._database.run(
                "UPDATE followers SET position = ?, applied = applied + ?, synced_at = ? "
                "WHERE name = ? AND position < ?",
                (last, len(notes), _tell_time(), name, last),
            )
            if last % _KEPT < len(notes):
                self._drop_read()

    def begin_rebuild(self, name: str) -> int:
        """Keep that a follower is being told everything; return the end of what is noted.

        Until `end_rebuild` it is not up to date, whatever is noted, also where that never comes.
        """
        with self._database.transaction():
            row = self._database.fetch_row("SELECT coalesce(max(seq), 0) FROM outbox")
            self._database.run(
                "UPDATE followers SET position = ? WHERE name = ?", (_REBUILDING, name)
            )
            self._database.run("DELETE FROM dead_letters WHERE follower = ?", (name,))
        return int(row[0]) if row else 0

    def end_rebuild(self, name: str, end: int) -> None:
        """Keep that a follower was told everything, and what was noted up to an end."""
        with self._database.transaction():
            self._database.run("UPDATE followers SET position = ? WHERE name = ?", (end, name))
            self._drop_read()

    def is_rebuilding(self, name: str) -> bool:
        """Tell whether a follower is being told everything, or that was broken off."""
        row = self._database.fetch_row("SELECT position FROM followers WHERE name = ?", (name,))
        return row is not None and int(row[0]) == _REBUILDING

    def give_up(self, name: str, note: Note, error: str) -> None:
        """Set a note aside that a follower will never take."""
        with self._database.transaction():
            self._database.run(
                f"INSERT INTO dead_letters (follower, seq, kind, repository_id, {_PARTS}, error) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (follower, seq) DO NOTHING",
                (name, note.seq, *_split_reference(note.reference), error[:500]),
            )

    def list_dead(self, name: str) -> list[tuple[Reference, str]]:
        """Return what was set aside for a follower, and why."""
        rows = self._database.fetch_rows(
            f"SELECT kind, repository_id, {_PARTS}, error FROM dead_letters "
            "WHERE follower = ? ORDER BY seq",
            (name,),
        )
        return [(_make_reference(row[:-1]), row[-1]) for row in rows]

    def revive(self, name: str) -> int:
        """Note anew what was set aside for a follower, and return how much that was."""
        dead = self.list_dead(name)
        with self._database.transaction():
            self.note([reference for reference, _ in dead])
            self._database.run("DELETE FROM dead_letters WHERE follower = ?", (name,))
        return len(dead)

    def note(self, references: Sequence[Reference]) -> None:
        """Note that something may have changed."""
        with self._database.transaction():
            self._database.run_many(
                f"INSERT INTO outbox (kind, repository_id, {_PARTS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [_split_reference(reference) for reference in references],
            )

    def measure(self) -> list[Progress]:
        """Return how far each follower is; a rebuild that has not ended waits, too."""
        rows = self._database.fetch_rows(
            "SELECT name, (SELECT count(*) FROM outbox WHERE seq > position) "
            f"+ CASE WHEN position = {_REBUILDING} THEN 1 ELSE 0 END, "
            "(SELECT min(at) FROM outbox WHERE seq > position), "
            "(SELECT count(*) FROM dead_letters WHERE follower = name), applied "
            "FROM followers ORDER BY name"
        )
        return [Progress(r[0], int(r[1]), _measure_age(r[2]), int(r[3]), int(r[4])) for r in rows]

    def is_up_to_date(self, name: str) -> bool:
        """Tell whether a follower has done everything that is noted."""
        row = self._database.fetch_row(
            "SELECT position >= (SELECT coalesce(max(seq), 0) FROM outbox) FROM followers "
            "WHERE name = ?",
            (name,),
        )
        return bool(row and row[0])

    def look_up(self, references: Sequence[Reference]) -> list[Change]:
        """Return what stands under each of the references, each once, in the order given."""
        unique = list(dict.fromkeys(references))
        found: dict[Reference, dict[str, Any]] = {}
        for kind, read in (
            ("vector", self._read_vectors),
            ("node", self._read_nodes),
            ("edge", self._read_edges),
        ):
            some = [reference for reference in unique if reference.kind == kind]
            for start in range(0, len(some), _READ_AT_ONCE):
                found |= read(some[start : start + _READ_AT_ONCE])
        return [Change(reference, found.get(reference)) for reference in unique]

    def list_references(self, kind: str) -> Iterator[Reference]:
        """Yield every reference of a kind to what there is."""
        sql = {
            "vector": f"SELECT repository_id, {_VECTOR} FROM embeddings ORDER BY seq",
            "node": f"SELECT repository_id, {_NODE} FROM lineage_nodes ORDER BY id",
            "edge": (
                "SELECT s.repository_id, e.kind, s.kind, s.key, t.kind, t.key FROM lineage_edges e "
                "JOIN lineage_nodes s ON s.id = e.source_id "
                "JOIN lineage_nodes t ON t.id = e.target_id"
            ),
        }[kind]
        for row in self._database.fetch_rows(sql):
            yield Reference(kind, int(row[0]), tuple(row[1:]))

    def _read_vectors(self, some: Sequence[Reference]) -> dict[Reference, dict[str, Any]]:
        found = {}
        for repository, *row in self._fetch_where(
            f"SELECT repository_id, {_VECTOR}, vector, payload FROM embeddings",
            f"repository_id, {_VECTOR}",
            some,
        ):
            numbers = array("f", row[4]) if isinstance(row[4], bytes) else row[4]
            key = Reference("vector", int(repository), tuple(map(_decode, row[:4])))
            payload = json.loads(_decode(row[5]))
            found[key] = {"vector": list(numbers), "payload": payload}
        return found

    def _read_nodes(self, some: Sequence[Reference]) -> dict[Reference, dict[str, Any]]:
        rows = self._fetch_where(
            "SELECT repository_id, kind, key, properties FROM lineage_nodes",
            f"repository_id, {_NODE}",
            some,
        )
        return {
            Reference("node", int(r[0]), (_decode(r[1]), _decode(r[2]))): json.loads(_decode(r[3]))
            for r in rows
        }

    def _read_edges(self, some: Sequence[Reference]) -> dict[Reference, dict[str, Any]]:
        columns = "s.repository_id, e.kind, s.kind, s.key, t.kind, t.key"
        rows = self._fetch_where(
            f"SELECT {columns}, e.properties FROM lineage_nodes s "
            "JOIN lineage_edges e ON e.source_id = s.id JOIN lineage_nodes t ON t.id = e.target_id",
            columns,
            some,
        )
        return {
            Reference("edge", int(r[0]), tuple(map(_decode, r[1:6]))): json.loads(_decode(r[6]))
            for r in rows
        }

    def _fetch_where(
        self, sql: str, columns: str, some: Sequence[Reference]
    ) -> list[tuple[Any, ...]]:
        marks = f"({', '.join('?' * (1 + len(some[0].parts)))})"
        values = [part for one in some for part in (one.repository, *one.parts)]
        asked = f"({columns}) IN (VALUES {', '.join([marks] * len(some))})"
        return self._database.fetch_raw_rows(f"{sql} WHERE {asked}", values)

    def _drop_read(self) -> None:
        """Forget notes that every follower has read; the last one stays, for its number."""
        self._database.run(
            "DELETE FROM outbox WHERE seq <= (SELECT coalesce(min(position), 0) FROM followers) "
            "AND seq < (SELECT max(seq) FROM outbox)"
        )


def _make_reference(row: Sequence[Any]) -> Reference:
    kind = row[0]
    return Reference(kind, int(row[1]), tuple(row[2 : 2 + _SIZES[kind]]))


def _split_reference(reference: Reference) -> tuple[Any, ...]:
    parts = (*reference.parts, "", "", "", "", "")[:5]
    return (reference.kind, reference.repository, *parts)


def _decode(value: Any) -> Any:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def _tell_time() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _measure_age(moment: str | None) -> float:
    """Return how many seconds ago that was; a clock that was set back makes it now."""
    if moment is None:
        return 0.0
    return max((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds(), 0.0)
