"""`guard ir similar`: the same question has the same answer from the memory and from Neo4j."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.memory.followers import neo4j as graph_module
from devmatrix_guard.memory.followers.choose import open_graph, open_ir_vectors
from devmatrix_guard.memory.followers.neo4j_vectors import Neo4jVectorIndex
from devmatrix_guard.model.knowledge.run import PipelineRun
from tests.helpers_postgres import empty_schema
from tests.memory.test_embed import make_tiny_model


def write_spec(title: str, noun: str, *properties: str) -> str:
    facts = ", ".join(f"{name}: {{type: string}}" for name in ("id", *properties))
    return f"""
openapi: 3.1.0
info: {{title: {title}, version: "1"}}
paths:
  /{noun.lower()}s:
    get:
      responses: {{"200": {{description: ok, content: {{application/json: {{schema:
        {{type: array, items: {{$ref: "#/components/schemas/{noun}"}}}}}}}}}}}}
components:
  schemas:
    {noun}: {{type: object, required: [id], properties: {{{facts}}}}}
"""


SHOP = write_spec("Shop", "Product", "name", "price", "color")
STORE = write_spec("store", "Product", "name", "price")
WHEN = "2026-01-01T00:00:00Z"
DESK = write_spec("desk", "Ticket", "subject", "opened", "closed", "owner")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False)
    assert not done.return_value, done.output
    return done.output


def ask() -> list[tuple[str, float]]:
    document = json.loads(run("ir", "similar", "shop.yaml", "--format", "json"))
    return [(one["name"], one["similarity"]) for one in document["specs"]]


@pytest.fixture(params=["embedded", pytest.param("postgres", marks=pytest.mark.server)])
def kept(request: pytest.FixtureRequest, repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose memory keeps the IRs of three specs."""
    if request.param == "postgres":
        location = empty_schema(request.getfixturevalue("postgres_url"))
        monkeypatch.setenv("GUARD_MEMORY", location)
    monkeypatch.chdir(repo)
    for name, text in (("shop", SHOP), ("store", STORE), ("desk", DESK)):
        (repo / f"{name}.yaml").write_text(text)
        run("ir", "save", f"{name}.yaml")
    return repo


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small model that the settings name."""
    (tmp_path / "tiny").mkdir()
    place = str(make_tiny_model(tmp_path / "tiny"))
    monkeypatch.setenv("GUARD_EMBEDDINGS", place)
    return place


def test_without_a_model_specs_are_alike_by_what_they_share(kept: Path) -> None:
    (near, nearness), *others = ask()
    assert near == "store"
    assert 0.25 < nearness < 1
    assert all(similarity < nearness for _, similarity in others)


def test_it_says_how_those_fared(kept: Path) -> None:
    assert run("ir", "similar", "shop.yaml").splitlines()[0].endswith("never verified")
    settings = load_settings(kept)
    with open_project_memory(settings, kept) as memory:
        (store,) = (one for one in memory.experience.list_signatures() if one.name == "store")
        for name, status in (("r1", "succeeded"), ("r2", "failed")):
            found = PipelineRun(name, "verify", WHEN, WHEN, status)
            memory.runs.save(found._replace(spec_hash=store.spec_hash))
    assert run("ir", "similar", "shop.yaml").splitlines()[0].endswith("1 of 2 runs passed")


def test_where_nothing_is_alike_it_says_so(kept: Path) -> None:
    (kept / "empty.yaml").write_text("openapi: 3.1.0\ninfo: {title: E, version: '1'}\npaths: {}\n")
    assert "`guard ir save SPEC` keeps one" in run("ir", "similar", "empty.yaml")


def test_with_a_model_its_vectors_are_compared(kept: Path, model: str) -> None:
    answers = ask()
    assert sorted(name for name, _ in answers) == ["desk", "store"]
    assert [s for _, s in answers] == sorted((s for _, s in answers), reverse=True)
    assert (
        len(
            json.loads(run("ir", "similar", "shop.yaml", "--limit", "1", "--format", "json"))[
                "specs"
            ]
        )
        == 1
    )


@pytest.mark.server
def test_neo4j_answers_as_the_memory_does(
    kept: Path, model: str, neo4j_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("memory", "embed")
    truth = ask()
    monkeypatch.setenv("GUARD_GRAPH", neo4j_url)
    run("memory", "sync")
    settings = load_settings(kept)
    with (
        open_project_memory(settings, kept) as memory,
        open_ir_vectors(memory, settings, kept) as vectors,
    ):
        assert isinstance(vectors, Neo4jVectorIndex)
    assert ask() == [(name, pytest.approx(similarity, abs=1e-4)) for name, similarity in truth]
    assert "lacks" not in run("memory", "check")
    (kept / "more.yaml").write_text(SHOP.replace("Shop", "Bazaar"))
    run("ir", "save", "more.yaml")
    assert "bazaar" in dict(ask())  # Neo4j lags, so the memory answers
    run("memory", "sync")
    assert "bazaar" in dict(ask())


@pytest.mark.server
def test_a_server_too_old_is_one_sentence_and_the_memory_answers(
    kept: Path, model: str, neo4j_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = ask()
    monkeypatch.setenv("GUARD_GRAPH", neo4j_url)
    monkeypatch.setattr(graph_module, "_OLDEST", (9999, 0))
    done = CliRunner().invoke(cli, ["memory", "sync"], standalone_mode=False)
    assert "guard needs 9999.0 or newer" in str(done.exception)
    assert ask() == truth
    settings = load_settings(kept)
    with (
        open_project_memory(settings, kept) as memory,
        open_graph(memory, settings, kept) as lineage,
    ):
        assert not isinstance(lineage, graph_module.Neo4jGraph)
