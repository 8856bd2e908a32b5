"""Rules, version by version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from devmatrix_guard.memory.sql.database import Database, write_json, write_marks
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.rule import Example, Rule

# What the original notes call prevention, detection and enforcement is how loud a rule is.
_TYPE_OF_STAGE = {"warn": "prevention", "block": "enforcement"}
_COLUMNS = (
    "rule_name, action_required, severity, stage, layer_number, languages, rule_pattern, "
    "origin, sources, examples, file_path"
)


class SqlRuleStore:
    """The table `guardian_rules` as a `RuleStore`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def save(self, rules: Iterable[Rule], patterns: Mapping[str, str]) -> int:
        changed = 0
        with self._database.transaction():
            own = self._scope.ensure_own()
            for rule in rules:
                changed += self._write(own, rule, patterns.get(rule.id))
        return changed

    def list_all(self) -> tuple[Rule, ...]:
        return self._read("active ORDER BY rule_name", ())

    def list_versions(self, rule_id: str) -> tuple[Rule, ...]:
        return self._read("rule_name = ? ORDER BY version", (rule_id,))

    def get_pattern_of(self, rule_id: str) -> str | None:
        row = self._database.fetch_row(
            "SELECT source_pattern_id FROM guardian_rules "
            f"WHERE rule_name = ? AND active AND {self._scope.narrow('repository_id')}",
            (rule_id,),
        )
        return row[0] if row else None

    def retire(self, rule_ids: Iterable[str]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            self._database.run_many(
                "UPDATE guardian_rules SET active = FALSE "
                "WHERE repository_id = ? AND rule_name = ?",
                [(own, rule_id) for rule_id in rule_ids],
            )

    def _write(self, own: int, rule: Rule, pattern_id: str | None) -> int:
        values = (
            rule.id,
            rule.message,
            rule.severity,
            rule.stage,
            rule.layer,
            write_json(rule.languages),
            write_json(rule.body),
            rule.origin,
            write_json(rule.sources),
            write_json(rule.examples),
            rule.path,
        )
        digest = hashlib.sha256(write_json((values, pattern_id)).encode()).hexdigest()
        last = self._database.fetch_row(
            "SELECT version, digest, active FROM guardian_rules "
            "WHERE repository_id = ? AND rule_name = ? ORDER BY version DESC LIMIT 1",
            (own, rule.id),
        )
        if last is not None and last[1:] == (digest, True):
            return 0
        self.retire([rule.id])
        self._database.run(
            f"INSERT INTO guardian_rules ({_COLUMNS}, version, digest, rule_type, "
            f"source_pattern_id, repository_id) VALUES ({write_marks((*values, *range(5)))})",
            (
                *values,
                last[0] + 1 if last else 1,
                digest,
                _TYPE_OF_STAGE.get(rule.stage, "detection"),
                pattern_id,
                own,
            ),
        )
        return 1

    def _read(self, where: str, values: tuple[Any, ...]) -> tuple[Rule, ...]:
        rows = self._database.fetch_rows(
            f"SELECT {_COLUMNS} FROM guardian_rules "
            f"WHERE {self._scope.narrow('repository_id')} AND {where}",
            values,
        )
        return tuple(_read_rule(row) for row in rows)


def _read_rule(row: tuple[Any, ...]) -> Rule:
    return Rule(
        id=row[0],
        message=row[1],
        severity=row[2],
        stage=row[3],
        layer=row[4],
        languages=tuple(json.loads(row[5])),
        body=json.loads(row[6]),
        origin=row[7],
        sources=tuple(Source(*source) for source in json.loads(row[8])),
        examples=tuple(Example(*example) for example in json.loads(row[9])),
        path=row[10],
    )
