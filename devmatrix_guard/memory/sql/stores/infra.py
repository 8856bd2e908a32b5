"""InfraPatterns of the bank, and how their uses went."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from devmatrix_guard.memory.sql.database import Database, upsert, write_json, write_marks
from devmatrix_guard.model.knowledge.infra import InfraOutcome, InfraPattern, InfraRecord, Signature
from devmatrix_guard.model.knowledge.learning import InfraTally

_Use = tuple[str, int, str | None]  # id, version and run
_COLUMNS = "pattern_id, version, frozen_at, purpose, intent, domain, inputs, outputs, body"


class SqlInfraStore:
    """The tables `infra_patterns` and `infra_outcomes` as an `InfraStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_latest(self, pattern_id: str) -> InfraPattern | None:
        where = "WHERE pattern_id = ? AND frozen_at IS NOT NULL ORDER BY version DESC LIMIT 1"
        found = self._read(where, (pattern_id,))
        return found[0] if found else None

    def find_exact(self, pattern_id: str, version: int) -> InfraPattern | None:
        found = self._read("WHERE pattern_id = ? AND version = ?", (pattern_id, version))
        return found[0] if found else None

    def list_all(self) -> tuple[InfraPattern, ...]:
        newest = (
            "SELECT pattern_id, max(version) FROM infra_patterns "
            "WHERE frozen_at IS NOT NULL GROUP BY pattern_id"
        )
        return self._read(f"WHERE (pattern_id, version) IN ({newest}) ORDER BY pattern_id", ())

    def list_drafts(self) -> tuple[InfraPattern, ...]:
        return self._read("WHERE frozen_at IS NULL ORDER BY pattern_id, version", ())

    def is_empty(self) -> bool:
        return self._database.fetch_row("SELECT 1 FROM infra_patterns LIMIT 1") is None

    def save(self, patterns: Iterable[InfraPattern]) -> int:
        changed = 0
        with self._database.transaction():
            for pattern in patterns:
                stored = self.find_exact(pattern.pattern_id, pattern.version)
                if stored is None or _list_facts(stored) != _list_facts(pattern):
                    self._write(pattern)
                    changed += 1
        return changed

    def record_outcomes(self, outcomes: Iterable[InfraOutcome]) -> None:
        listed = list(outcomes)
        if not listed:
            return
        with self._database.transaction():
            runs = sorted({o.run_id for o in listed if o.run_id})
            before = self._read_uses(runs)
            self._database.run_many(
                "INSERT INTO infra_outcomes (pattern_id, version, run_id, check_name, at, "
                "success) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (pattern_id, version, check_name, at, coalesce(run_id, '')) "
                "DO UPDATE SET success = excluded.success",
                [(o.pattern_id, o.version, o.run_id, o.check, o.at, o.success) for o in listed],
            )
            weeks = {(o.pattern_id, o.version, o.run_id): _find_week(o.at) for o in listed}
            self._count_uses(before, self._read_uses(runs), weeks)

    def list_versions(self, pattern_ids: Sequence[str]) -> tuple[tuple[str, int, str], ...]:
        if not pattern_ids:
            return ()
        rows = self._database.fetch_rows(
            "SELECT pattern_id, version, sha FROM infra_patterns WHERE frozen_at IS NOT NULL "
            f"AND pattern_id IN ({write_marks(pattern_ids)}) ORDER BY pattern_id, version",
            tuple(pattern_ids),
        )
        return tuple((pattern_id, int(version), sha) for pattern_id, version, sha in rows)

    def list_tallies(self, *, since: str = "") -> tuple[InfraTally, ...]:
        rows = self._database.fetch_rows(
            "SELECT pattern_id, version, week, successes, failures FROM infra_tallies "
            "WHERE week >= ? ORDER BY pattern_id, version, week",
            (since,),
        )
        return tuple(InfraTally(*row) for row in rows)

    def _read_uses(self, runs: Sequence[str]) -> dict[_Use, bool]:
        """Return whether all checks of each version in these runs went well."""
        if not runs:
            return {}
        rows = self._database.fetch_rows(
            "SELECT pattern_id, version, run_id, min(CASE WHEN success THEN 1 ELSE 0 END) "
            f"FROM infra_outcomes WHERE run_id IN ({write_marks(runs)}) "
            "GROUP BY pattern_id, version, run_id",
            tuple(runs),
        )
        return {(row[0], int(row[1]), row[2]): bool(row[3]) for row in rows}

    def _count_uses(
        self, before: Mapping[_Use, bool], after: Mapping[_Use, bool], weeks: Mapping[_Use, str]
    ) -> None:
        """Bring the tallies up to date with uses that are new or went otherwise after all.

        Kept apart from the outcomes so that a look back reads few rows, and pruning forgets none.
        """
        rows = []
        for use in weeks.keys() & after.keys():
            now, was = after[use], before.get(use)
            if now != was:
                good = int(now) - int(was is True)
                bad = int(not now) - int(was is False)
                rows.append((use[0], use[1], weeks[use], max(good, 0), max(bad, 0), good, bad))
        self._database.run_many(
            "INSERT INTO infra_tallies AS t (pattern_id, version, week, successes, failures) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (pattern_id, version, week) DO UPDATE SET "
            "successes = CASE WHEN t.successes + ? > 0 THEN t.successes + ? ELSE 0 END, "
            "failures = CASE WHEN t.failures + ? > 0 THEN t.failures + ? ELSE 0 END",
            [(*row[:5], row[5], row[5], row[6], row[6]) for row in sorted(rows)],
        )

    def list_records(self) -> tuple[InfraRecord, ...]:
        rows = self._database.fetch_rows(
            "SELECT pattern_id, version, count(*), "
            "sum(CASE WHEN success THEN 1 ELSE 0 END) FROM infra_outcomes "
            "GROUP BY pattern_id, version ORDER BY pattern_id, version"
        )
        return tuple(InfraRecord(*row) for row in rows)

    def _write(self, pattern: InfraPattern) -> None:
        statement = upsert("infra_patterns", f"{_COLUMNS}, sha", "pattern_id, version")
        self._database.run(statement, (*_list_facts(pattern), pattern.sha))

    def _read(self, where: str, values: tuple[Any, ...]) -> tuple[InfraPattern, ...]:
        rows = self._database.fetch_rows(f"SELECT {_COLUMNS} FROM infra_patterns {where}", values)
        return tuple(_read_pattern(row) for row in rows)


def _list_facts(pattern: InfraPattern) -> tuple[Any, ...]:
    signature = pattern.signature
    return (
        pattern.pattern_id,
        pattern.version,
        pattern.frozen_at,
        signature.purpose,
        signature.intent,
        signature.domain,
        write_json(signature.inputs),
        write_json(signature.outputs),
        pattern.body,
    )


def _read_pattern(row: tuple[Any, ...]) -> InfraPattern:
    pattern_id, version, frozen_at, purpose, intent, domain, inputs, outputs, body = row
    signature = Signature(purpose, intent, domain, json.loads(inputs), json.loads(outputs))
    return InfraPattern(pattern_id, version, signature, body, frozen_at, "bank")


def _find_week(at: str) -> str:
    """Return the Monday of the week that a moment lies in."""
    day = date.fromisoformat(at[:10])
    return (day - timedelta(days=day.weekday())).isoformat()
