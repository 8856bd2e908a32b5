"""A memory of the first release, with something in every table, is brought up to date whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.memory.base import Memory, VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.postgres import migrate as server_side
from devmatrix_guard.memory.postgres.database import open_database as connect
from devmatrix_guard.memory.sqlite import migrate as embedded
from devmatrix_guard.memory.sqlite.database import open_database
from devmatrix_guard.model.knowledge.knowledge import (
    FileAudit,
    PatternNotes,
    PatternRecord,
    PatternRelation,
)
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode
from devmatrix_guard.model.knowledge.repository import Repository
from devmatrix_guard.model.knowledge.run import ErrorTrend, PipelineRun
from tests.helpers import write_tree
from tests.helpers_postgres import empty_schema

AT = "2026-01-01T00:00:00Z"
EVIDENCE = json.dumps({"confidence": 0.6, "wilson_low": 0.2, "sites_fixed": 2, "left_alone": 1})
HASH = "d" * 64
OLD_ROWS: list[tuple[str, tuple[Any, ...]]] = [
    (
        "INSERT INTO file_audit (file_path, file_type, layer_number, notes) VALUES (?, ?, ?, ?)",
        ("app/a.py", ".py", 3, "half done"),
    ),
    ("INSERT INTO file_workflows VALUES (1, ?)", ("W1",)),
    *(
        (
            "INSERT INTO fix_patterns (id, digest, title, pattern_before, pattern_after, severity, "
            "stage, layer_number, anchors, constraints, evidence) "
            "VALUES (?, ?, ?, ?, ?, 'ERROR', 'warn', 4, '[\"json.loads\"]', '{}', ?)",
            (key, HASH, f"{key} becomes", "json.loads($X)", "load($X)", EVIDENCE),
        )
        for key in ("p1", "p2")
    ),
    (
        "INSERT INTO pattern_pairs VALUES (?, 0, 1, ?, ?, ?, ?, ?, ?, 3, 4)",
        ("p1", "c" * 40, "2026-01-02", "Fix it", "f", "json.loads(x)", "load(x)"),
    ),
    ("INSERT INTO pattern_notes (pattern_id, learnings) VALUES (?, ?)", ("p1", "encoding woes")),
    ("INSERT INTO pattern_labels VALUES (?, 'tag', ?)", ("p1", "json")),
    (
        "INSERT INTO pattern_relationships (source_pattern_id, target_pattern_id, "
        "relationship_type, strength) VALUES (?, ?, 'enhances', 0.5)",
        ("p1", "p2"),
    ),
    ("INSERT INTO pattern_uses VALUES (?, 1, ?, TRUE, 5.0)", ("p1", AT)),
    (
        "INSERT INTO guardian_rules (rule_name, version, digest, layer_number, rule_type, stage, "
        "rule_pattern, languages, severity, action_required, origin, sources, examples, "
        "source_pattern_id) VALUES (?, 1, ?, 4, 'prevention', 'warn', '{}', '[\"python\"]', "
        "'ERROR', 'Use load.', 'mined', '[]', '[]', ?)",
        ("mined-json", HASH, "p1"),
    ),
    (
        "INSERT INTO pipeline_runs (id, command, started_at, status, metrics, phases) "
        "VALUES (?, 'learn', ?, 'running', '{}', '{}')",
        ("r1", AT),
    ),
    (
        "INSERT INTO generation_events (run_id, sequence, at, event_type, details) "
        "VALUES (?, 0, ?, 'file', '{}')",
        ("r1", AT),
    ),
    (
        "INSERT INTO error_trends (error_type, signature, first_seen, last_seen, occurrence_count) "
        "VALUES (?, ?, ?, ?, 3)",
        ("E", "s", AT, AT),
    ),
    (
        "INSERT INTO infra_outcomes (pattern_id, version, run_id, check_name, at, success) "
        "VALUES (?, 1, ?, 'smoke', ?, TRUE)",
        ("main", "r1", AT),
    ),
    *(
        (
            "INSERT INTO lineage_nodes (kind, key, properties) VALUES (?, ?, ?)",
            (kind, key, '{"name": "shop"}'),
        )
        for kind, key in (("spec", "s1"), ("ir", "i1"))
    ),
    (
        "INSERT INTO lineage_edges (kind, source_id, target_id, properties) VALUES (?, 1, 2, '{}')",
        ("produced",),
    ),
    ("INSERT INTO learn_state (key, value) VALUES (?, ?)", ("head", "abc")),
]


@pytest.fixture(params=["embedded", pytest.param("postgres", marks=pytest.mark.server)])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A memory of the first version of the schema, filled."""
    database: Any
    migrate: Callable[..., int]
    if request.param == "postgres":
        place = empty_schema(request.getfixturevalue("postgres_url"))
        database, migrate, source = connect(place), server_side.migrate, server_side.FOLDER
        vector: Any = [0.6, 0.8]
    else:
        place, database = "m.db", open_database(tmp_path / "m.db")
        migrate, source = embedded.migrate, embedded.FOLDER
        import array

        vector = array.array("f", [0.6, 0.8]).tobytes()
    first = (source / "0001_start.sql").read_text("utf-8")
    write_tree(tmp_path / "first", {"0001_start.sql": first})
    assert migrate(database, tmp_path / "first") == 1
    for sql, values in OLD_ROWS:
        database.run(sql, values)
    database.run(
        "INSERT INTO embeddings (collection, model_id, aspect, item_key, dim, vector, payload) "
        "VALUES ('fix_patterns', 'm', 'content', 'p1', 2, ?, '{\"a\": 1}')",
        (vector,),
    )
    if request.param == "embedded":
        database.run("INSERT INTO pattern_words (rowid, title) VALUES (1, 'p1 json')")
        database.run("INSERT INTO pattern_pieces (rowid, content) VALUES (1, '_jso json son_')")
    else:
        database.run(
            "INSERT INTO pattern_search VALUES (?, '''json'':1A'::tsvector, 1, ''::tsvector, 0)",
            ("p1",),
        )
    database.close()
    return place


def check(memory: Memory) -> None:
    (p1, p2) = memory.patterns.list_all()
    assert (p1.id, p2.id, p1.title, p1.after, p1.stage) == (
        "p1", "p2", "p1 becomes", "load($X)", "warn",
    )  # fmt: skip
    assert (p1.evidence.confidence, p1.evidence.left_alone, p1.anchors) == (0.6, 1, ("json.loads",))
    assert [(pair.path, pair.before, pair.after_line) for pair in p1.pairs] == [
        ("app/a.py", "json.loads(x)", 4)
    ]
    assert memory.patterns.get_notes("p1") == PatternNotes(
        learnings="encoding woes", tags=("json",)
    )
    assert memory.patterns.list_related("p2") == (PatternRelation("p1", "p2", "enhances", 0.5),)
    assert memory.files.get("app/a.py") == FileAudit(
        "app/a.py", 3, notes="half done", workflows=("W1",)
    )
    assert memory.files.record_of("p1")[:3] == PatternRecord(1, 1.0, 5.0)[:3]
    assert [rule.id for rule in memory.rules.list_all()] == ["mined-json"]
    assert memory.rules.get_pattern_of("mined-json") == "p1"
    assert [(run.id, run.command) for run in memory.runs.list_recent()] == [("r1", "learn")]
    assert [event.kind for event in memory.runs.list_events("r1")] == ["file"]
    assert [trend[:3] for trend in memory.runs.count_errors()] == [
        ErrorTrend("E", "s", 3, "", "")[:3]
    ]
    assert [record.uses for record in memory.infra.list_records()] == [1]
    assert memory.lineage.trace(("ir", "i1")).edges == (
        LineageEdge("produced", ("spec", "s1"), ("ir", "i1"), {}),
    )
    assert memory.lineage.get("spec", "s1") == LineageNode("spec", "s1", {"name": "shop"})
    (hit,) = memory.vectors.search("fix_patterns", "m", [0.6, 0.8])
    assert (hit.key, hit.payload) == ("p1", {"a": 1})
    assert memory.state.get("head") == "abc"


def test_nothing_is_lost_and_the_first_repository_takes_it_over(
    location: str, tmp_path: Path
) -> None:
    with open_memory(location, tmp_path) as memory:
        check(memory)
    shop = Repository("a" * 40, "shop")
    with open_memory(location, tmp_path, repository=shop) as memory:
        check(memory)
        memory.vectors.upsert("fix_patterns", "m", [VectorItem("p2", [1.0, 0.0])])
        memory.files.save([FileAudit("app/b.py")])
        check_after = memory.patterns.search("json")
        assert [hit.pattern.id for hit in check_after] == ["p1"]
    blog = Repository("b" * 40, "blog")
    with open_memory(location, tmp_path, repository=blog) as memory:
        assert memory.patterns.list_all() == ()
        assert memory.runs.list_recent(limit=5) == ()


def test_what_pointed_to_one_another_still_does(location: str, tmp_path: Path) -> None:
    """Had a table been dropped before those that point to it, their rows would have gone too."""
    with open_memory(location, tmp_path) as memory:
        memory.runs.save(PipelineRun("r1", "learn", AT, AT, "succeeded"))
        memory.rules.retire(["mined-json"])
        memory.patterns.remove(["p1"])
        assert [pattern.id for pattern in memory.patterns.list_all()] == ["p2"]
        assert memory.patterns.list_related("p2") == ()
        assert memory.patterns.get_notes("p1") == PatternNotes()
        assert memory.files.record_of("p1") == PatternRecord()
