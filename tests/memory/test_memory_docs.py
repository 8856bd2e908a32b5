from __future__ import annotations

import re
from pathlib import Path

import pytest

from devmatrix_guard.memory.base import COLLECTIONS
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.sqlite.database import open_database
from devmatrix_guard.model.knowledge.lineage import EDGE_KINDS, NODE_KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "memory.md").read_text("utf-8")
ROW = re.compile(r"^\| `([\w.]+)` \| (?:`([\w.]+)`|(not kept)) \| (.*?) ?\|$", re.MULTILINE)

# Every column, payload and edge the original design names, table by table.
ORIGINAL = {
    "file_audit": "id file_path layer_number workflows technical_debt status notes",
    "fix_patterns": (
        "id title problem_type code_type severity tags layers workflows file_types "
        "problem_description solution_steps code_before code_after verification_steps learnings "
        "prevention_guidance related_patterns source_file_audit_id applied_to_files "
        "dart_task_ids related_files applied_count success_rate avg_time_saved confidence_score "
        "last_applied guardian_rules anti_patterns content_embedding code_embedding "
        "problem_embedding created_at updated_at created_by reviewed reviewer_notes"
    ),
    "pattern_relationships": (
        "id source_pattern_id target_pattern_id relationship_type strength description created_at"
    ),
    "guardian_rules": (
        "id layer_number rule_name rule_type rule_pattern severity action_required "
        "source_pattern_id active created_at"
    ),
    "pipeline_runs": (
        "id spec_hash started_at completed_at success compliance_score tokens_used duration_ms "
        "files_generated errors_count spec_embedding metrics phases"
    ),
    "generation_events": "id run_id timestamp phase event_type context_embedding details",
    "error_trends": (
        "id error_type first_seen last_seen occurrence_count signature_embedding "
        "avg_time_to_fix_ms auto_fixed_count"
    ),
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The live schema: table or view -> its columns, computed ones too."""
    folder = tmp_path_factory.mktemp("schema")
    open_memory("m.db", folder).close()
    database = open_database(folder / "m.db")
    names = database.fetch_rows("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
    found = {
        name: {row[1] for row in database.fetch_rows(f"PRAGMA table_xinfo('{name}')")}
        for (name,) in names
    }
    database.close()
    return found


def test_every_original_column_is_answered_for() -> None:
    answered = {original for original, *_ in ROW.findall(PAGE)}
    for table, columns in ORIGINAL.items():
        assert {f"{table}.{column}" for column in columns.split()} <= answered


def test_every_place_the_table_names_is_in_the_live_schema(schema: dict[str, set[str]]) -> None:
    rows = ROW.findall(PAGE)
    assert len(rows) > 90
    for original, place, left_out, reason in rows:
        if left_out:
            assert len(reason) > 20, f"{original} is left out without a reason"
            continue
        table, _, column = place.partition(".")
        assert column in schema[table], f"{original} should be in {place}"
        assert place == original or reason, f"{original} moved to {place} without a reason"


def test_the_page_names_every_table_of_the_live_schema(schema: dict[str, set[str]]) -> None:
    inner = (
        "schema_migrations",
        "sqlite_",
        "pattern_words",
        "pattern_pieces",
        "lineage_node_",
        "lineage_edge_",
    )
    for table in schema:
        assert table.startswith(inner) or f"`{table}`" in PAGE or f"`{table}." in PAGE, table


def test_kinds_and_collections_of_the_schema_are_those_of_the_program(tmp_path: Path) -> None:
    open_memory("m.db", tmp_path).close()
    database = open_database(tmp_path / "m.db")
    assert {k for (k,) in database.fetch_rows("SELECT kind FROM lineage_node_kinds")} == set(
        NODE_KINDS
    )
    assert {k for (k,) in database.fetch_rows("SELECT kind FROM lineage_edge_kinds")} == set(
        EDGE_KINDS
    )
    ((sql,),) = database.fetch_rows("SELECT sql FROM sqlite_schema WHERE name = 'embeddings'")
    assert set(re.findall(r"'(\w+_\w+)'", sql)) == set(COLLECTIONS)
    database.close()
