"""Takes a memory out row by row and puts it into another one, of whatever database.

A row is what JSON can hold; every table is listed here with its columns and what they are, so that
what a database computes is computed there again and what it keeps in its own way is written in it.
"""

from __future__ import annotations

import base64
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.sql.database import Database, JsonText, write_marks

_BATCH = 500
_MOST_NUMBER = 2**63 - 1  # what a column of numbers can hold
# t: text, number or nothing as it is; j: JSON; b: true or false; v: a vector; a `+` is numbered by
# the database. Tables stand after those they point to.
TABLES: dict[str, str] = {
    "repositories": "+id identity name created_at",
    "file_audit": (
        "+id repository_id file_path file_type layer_number technical_debt status notes "
        "created_at updated_at"
    ),
    "file_workflows": "file_id workflow",
    "file_tasks": "file_id task",
    "fix_patterns": "id pattern_before pattern_after created_at updated_at",
    "pattern_evidence": (
        "+seq pattern_id repository_id digest title severity stage layer_number anchors:j "
        "constraints:j evidence:j created_at updated_at"
    ),
    "pattern_pairs": (
        "pattern_id repository_id position file_id commit_id commit_date commit_subject qualname "
        "code_before code_after before_line after_line"
    ),
    "pattern_notes": (
        "pattern_id problem_type code_type problem_description solution_steps verification_steps "
        "learnings prevention_guidance created_by reviewed:b reviewer_notes created_at updated_at"
    ),
    "pattern_labels": "pattern_id kind value",
    "pattern_relationships": (
        "repository_id source_pattern_id target_pattern_id relationship_type strength description "
        "created_at"
    ),
    "pattern_uses": "pattern_id file_id applied_at success:b minutes_saved",
    "guardian_rules": (
        "repository_id rule_name version digest layer_number rule_type stage rule_pattern:j "
        "languages:j severity action_required origin sources:j examples:j file_path "
        "source_pattern_id active:b created_at"
    ),
    "pipeline_runs": (
        "id repository_id command spec_hash ir_hash started_at completed_at status "
        "compliance_score tokens_used duration_ms files_generated errors_count metrics:j phases:j"
    ),
    "generation_events": (
        "run_id sequence at phase event_type file_path stratum infra_pattern success:b "
        "duration_ms details:j"
    ),
    "error_trends": (
        "repository_id error_type signature first_seen last_seen occurrence_count fixed_by "
        "fixed_count auto_fixed_count timed_count total_fix_ms"
    ),
    "infra_patterns": (
        "pattern_id version frozen_at purpose intent domain inputs:j outputs:j body sha created_at"
    ),
    "infra_outcomes": "pattern_id version run_id check_name at success:b",
    "success_patterns": (
        "+seq id pattern_type name description version parent_pattern_id context context_hash "
        "execution_trace:j success_criteria:j quality_metrics:j performance_data:j status "
        "created_by revision uses successes quality_score created_at updated_at deleted_at"
    ),
    "success_tags": "pattern_id tag",
    "success_outcomes": "pattern_id key at success:b duration_ms note",
    "success_terms": "term seq weight",
    "pattern_matches": "pattern_id match_count last_matched_at",
    "pattern_removals": "pattern_id removed_at removed_by",
    "infra_tallies": "pattern_id version week successes failures",
    "spec_signatures": "repository_id spec_hash name features:j seen_at",
    "error_patterns": (
        "repository_id error_id fix_id check_name signature construct file_path cause message "
        "infra_pattern emitter failed_code fix:j fix_origin compliance_before compliance_after "
        "iterations occurrences tried helped application first_seen last_seen"
    ),
    "code_fragments": (
        "repository_id application file_path name digest emitter infra_pattern code passed failed "
        "seen_at"
    ),
    "lineage_nodes": "+id repository_id kind key properties:j created_at",
    "lineage_edges": "kind source_id target_id properties:j created_at",
    "embeddings": (
        "+seq repository_id collection model_id aspect item_key dim vector:v payload:j updated_at"
    ),
    "ir_versions": "+id repository_id name version ir_hash spec_hash document:j saved_at",
    "learn_state": "repository_id key value",
    "review_comments": (
        "repository_id comment_id review reviewer commented_at file_path line body url "
        "answer_commit code_before code_after"
    ),
    "dismissals": "repository_id source rule_name file_path code verdict reason",
}
# Not taken along: what is made again (the search, its counts, cached vectors of texts, removals)
# and what belongs to the one place (its id, its followers and what they wait for).
LEFT_OUT = (
    "schema_migrations",
    "memory_facts",
    "search_terms",
    "text_vectors",
    "embedding_removals",
    "followers",
    "outbox",
    "dead_letters",
    "lineage_node_kinds",
    "lineage_edge_kinds",
)
Row = tuple[str, Mapping[str, Any]]


def read_rows(database: Database, tables: Iterable[str] = TABLES) -> Iterator[Row]:
    """Yield (table, row) of everything, tables in the order in which they can be written."""
    for table in tables:
        yield from read_table(database, table)


def read_table(database: Database, table: str, where: str = "TRUE") -> Iterator[Row]:
    """Yield (table, row) of the rows that a condition picks."""
    columns = _list_columns(table)
    for values in database.fetch_raw_rows(
        f"SELECT {', '.join(columns)} FROM {table} WHERE {where}"
    ):
        yield (
            table,
            {
                name: _take_out(value, kind)
                for (name, kind), value in zip(columns.items(), values, strict=True)
            },
        )


def write_rows(database: Database, rows: Iterable[Row]) -> dict[str, int]:
    """Put rows into an empty memory, all or nothing, and return how many each table got.

    Raises:
        MemoryStoreError: it holds something already, or a row is of no known shape.
    """
    counts: dict[str, int] = {}
    with database.transaction():
        _refuse_full(database)
        database.run("DELETE FROM repositories")
        for table, group in groupby(rows, key=lambda row: row[0]):
            if table not in TABLES:
                raise MemoryStoreError(
                    f"the rows of `{table}` are of a table this release does not know; upgrade."
                )
            columns = _list_columns(table)
            insert = (
                f"INSERT INTO {table} ({', '.join(columns)}) {database.keeping_ids} "
                f"VALUES ({write_marks(list(columns))})"
            )
            waiting = iter(group)
            while batch := list(islice(waiting, _BATCH)):
                database.run_many(insert, [_put_in(database, columns, row) for _, row in batch])
                counts[table] = counts.get(table, 0) + len(batch)
        for table, written in TABLES.items():
            if written.startswith("+"):
                database.continue_numbering(table, written.split()[0][1:])
    return counts


def count_rows(database: Database) -> dict[str, int]:
    """Return how many rows each table has."""
    counts = {}
    for table in TABLES:
        row = database.fetch_row(f"SELECT count(*) FROM {table}")
        counts[table] = int(row[0]) if row else 0
    return counts


def write_line(row: Row) -> str:
    """Return a row as one line of JSON."""
    return json.dumps([row[0], row[1]], separators=(",", ":")) + "\n"


def read_line(line: str) -> Row:
    """Return the row of a line.

    Raises:
        MemoryStoreError: it is none.
    """
    try:
        table, row = json.loads(line)
        if not isinstance(table, str) or not isinstance(row, dict):
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise MemoryStoreError(
            "the file holds a line that is no row of a memory; name one that `guard memory export` "
            "wrote."
        ) from None
    return table, row


def _refuse_full(database: Database) -> None:
    held = [t for t, n in count_rows(database).items() if n and t != "repositories"]
    if held:
        raise MemoryStoreError(
            f"the memory that should be written holds something already ({', '.join(held[:3])}); "
            "name an empty one."
        )


def _list_columns(table: str) -> dict[str, str]:
    """Return {column: kind}."""
    parts = (column.lstrip("+").partition(":") for column in TABLES[table].split())
    return {name: kind or "t" for name, _, kind in parts}


def _take_out(value: Any, kind: str) -> Any:
    if kind == "v":
        numbers = array("f", value)
        return base64.b64encode(numbers.tobytes()).decode()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogatepass")
    if kind == "b":
        return None if value is None else bool(value)
    return json.loads(value) if kind == "j" else value


def _put_in(database: Database, columns: Mapping[str, str], row: Mapping[str, Any]) -> list[Any]:
    if row.keys() != columns.keys():
        raise MemoryStoreError(
            "the file holds rows of another release's shape; read it with that release."
        )
    return [_write_value(database, name, row[name], kind) for name, kind in columns.items()]


def _write_value(database: Database, name: str, value: Any, kind: str) -> Any:
    try:
        if kind == "j":
            text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
            return JsonText(text)
        if kind == "v":
            return database.keep_vector(array("f", base64.b64decode(value, validate=True)))
        if isinstance(value, list | dict) or (isinstance(value, int) and abs(value) > _MOST_NUMBER):
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise MemoryStoreError(
            f"the file holds a `{name}` that no memory can hold; name one that `guard memory "
            "export` wrote, as it was written."
        ) from None
    return value
