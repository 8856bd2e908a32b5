from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from devmatrix_guard.generator.bank.form import PLACEHOLDER, find_contradiction
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.packaged import FOLDER, PackagedPatterns
from devmatrix_guard.model.knowledge.infra import Signature
from tests.helpers import write_tree

INDEX = json.loads((FOLDER / "index.json").read_bytes())

# The purposes the original design gives its fourteen templates.
FOURTEEN = {
    "dockerfile": "Multi-stage Dockerfile for FastAPI Python apps",
    "docker_compose": "Full stack docker-compose with PostgreSQL",
    "prometheus": "Prometheus configuration for API metrics",
    "requirements": "Standard Python dependencies for FastAPI project",
    "pyproject": "Standard pyproject.toml configuration",
    "env_example": "Environment variables template",
    "alembic_ini": "Alembic configuration",
    "config": "Pydantic settings configuration",
    "database": "Async SQLAlchemy database setup",
    "main": "FastAPI application entry point",
    "health_routes": "Health check endpoints",
    "base_repository": "Generic async repository base class",
    "alembic_env": "Alembic migrations environment",
    "alembic_script": "Alembic migration script template for database versioning",
}


@pytest.mark.parametrize(("pattern_id", "purpose"), FOURTEEN.items())
def test_each_of_the_fourteen_is_the_first_found_by_its_purpose(
    pattern_id: str, purpose: str
) -> None:
    matches = PatternBank().search_with_fallback(Signature(purpose))
    assert matches[0].pattern.pattern_id == pattern_id


@pytest.mark.parametrize("pattern_id", sorted(INDEX))
def test_the_index_is_current(pattern_id: str) -> None:
    """If this fails, run `scripts/freeze-infra-patterns` (with --bump once it was released)."""
    entry = INDEX[pattern_id]
    pattern = PackagedPatterns().find_latest(pattern_id)
    assert pattern is not None
    assert pattern.sha == entry["sha"]
    assert pattern.origin == "packaged"
    assert not find_contradiction(pattern)


def test_every_text_belongs_to_a_pattern() -> None:
    assert {p.name for p in (FOLDER / "code").iterdir()} == {e["file"] for e in INDEX.values()}


def test_every_version_ever_shipped_is_still_there() -> None:
    for pattern_id, entry in INDEX.items():
        assert set(entry["history"]) == {str(n) for n in range(1, entry["version"])}
        for number, facts in entry["history"].items():
            old = PackagedPatterns().find_exact(pattern_id, int(number))
            assert old is not None
            assert hashlib.sha256(old.body.encode()).hexdigest() == facts["sha"]


def test_earlier_versions_are_read_from_where_they_were_put(tmp_path: Path) -> None:
    facts = {
        "frozen_at": "2026-01-01",
        "sha": "",
        "purpose": "P",
        "intent": "execute",
        "domain": "d",
        "inputs": {},
        "outputs": {},
    }
    entry = facts | {"version": 2, "file": "x.txt", "history": {"1": facts | {"purpose": "Old"}}}
    write_tree(
        tmp_path,
        {"index.json": json.dumps({"x": entry}), "code/x.txt": "new", "frozen/x@1.txt": "old"},
    )
    source = PackagedPatterns(tmp_path)
    new, old = source.find_latest("x"), source.find_exact("x", 1)
    assert new is not None
    assert old is not None
    assert (new.version, new.body, new.signature.purpose) == (2, "new", "P")
    assert (old.version, old.body, old.signature.purpose) == (1, "old", "Old")
    assert source.find_exact("x", 3) is source.find_exact("x", 0) is source.find_latest("y") is None


def test_no_packaged_text_holds_a_password() -> None:
    for pattern in PackagedPatterns().list_all():
        assert "admin" not in PLACEHOLDER.sub("", pattern.body).split(), pattern.pattern_id
