"""Checks, lessons, lineage, runs, trends, rules, health and metrics, asked over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.model.knowledge.run import GenerationEvent, PipelineRun
from devmatrix_guard.server.app import make_app
from devmatrix_guard.server.settings import ServeSettings
from tests.helpers import git
from tests.matrix.world import BAD
from tests.server.serving import Server, make_learned_repo
from tests.server.test_patterns import match

CHECK = "/api/v1/check"


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"path": "a.py"}, "body", "Give one of `files`, `diff`, `range`"),
        ({}, "body", "Give one of `files`, `diff`, `range`"),
        ({"files": [{"path": "a.py"}]}, "files.0.text", "Field required"),
        ({"range": 1}, "range", "Input should be a valid string"),
    ],
)
def test_a_check_of_nothing_says_what_there_is_to_check(
    server: Server, body: dict[str, object], field: str, message: str
) -> None:
    answer = server.ask("POST", CHECK, body)
    assert answer.status == 422
    assert answer.json["errors"] == [{"field": field, "message": message}]
    assert answer.json["detail"] == f"{field}: {message}."


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"intnt": "x"}, "intnt: there is no such field."),
        ({"intent": "x", "limit": "5"}, "limit: it must be a number."),
        ({"intent": "x", "filters": {"pattern_types": ["FIX"]}},
         "filters.pattern_types.0: it must match `^[a-z][a-z0-9_-]{0,63}$`."),
        ("x", "body: it must be a JSON object, sent as `application/json`."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_request_is_said_without_a_librarys_words(
    server: Server, body: object, detail: str
) -> None:
    answer = server.ask("POST", "/api/v1/patterns/match", body)
    assert (answer.status, answer.json["detail"]) == (422, detail)


def test_texts_are_checked_and_nothing_is_written(server: Server) -> None:
    before = git(server.root, "status", "--porcelain")
    body = {"files": [{"path": "b.py", "text": BAD}, {"path": "c.py", "text": "x = 1\n"}]}
    found = server.ask("POST", CHECK, body).json
    assert [(f["path"], f["rule_id"], f["stage"]) for f in found["findings"]] == [
        ("b.py", "no-old-call", "block")
    ]
    assert found["findings"][0]["fix"]["safe"]
    assert git(server.root, "status", "--porcelain") == before


def test_a_diff_is_checked_where_it_adds_something(server: Server) -> None:
    added = f"--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+y = 1\n+{BAD}"
    found = server.ask("POST", CHECK, {"diff": added}).json["findings"]
    assert [(f["path"], f["start_line"]) for f in found] == [("new.py", 2)]
    wrong = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-nothing like it\n+x = 1\n"
    answer = server.ask("POST", CHECK, {"diff": wrong})
    assert (answer.status, "does not fit line 1" in answer.json["detail"]) == (409, True)
    assert "no unified diff" in server.ask("POST", CHECK, {"diff": "hello"}).json["detail"]


def test_a_range_is_checked(server: Server) -> None:
    assert server.ask("POST", CHECK, {"range": "HEAD~1...HEAD"}).status == 200
    absent = server.ask("POST", CHECK, {"range": "nowhere...HEAD"})
    assert (absent.status, absent.json["errors"][0]["field"]) == (409, "range")


def test_lessons_of_a_place_are_recalled(server: Server) -> None:
    lessons = server.ask("GET", "/api/v1/recall?subject=a.py:2").json
    assert "Fix the sum of two numbers (#12)" in str(lessons["lessons"])
    assert server.ask("GET", "/api/v1/recall?subject=../x.py:1").status == 403


def test_lineage_goes_from_a_fix_to_its_test(server: Server) -> None:
    commit = git(server.root, "rev-parse", "HEAD").strip()
    found = server.ask("GET", f"/api/v1/lineage?name={commit}").json["lineages"]
    kinds = {node["kind"] for lineage in found for node in lineage["nodes"]}
    assert {"commit", "function", "regression-test"} <= kinds
    assert server.ask("GET", "/api/v1/lineage?name=nothing-of-the-kind").status == 404


def test_runs_and_what_happened_in_them_are_told(server: Server) -> None:
    at = "2026-01-01T00:00:00.000Z"
    with open_project_memory(load_settings(server.root), server.root) as memory:
        run = PipelineRun("run-1", "generate", at, at, "failed", errors_count=1)
        memory.runs.save(run)
        memory.runs.add_events([GenerationEvent("run-1", 1, "file", at, path="app/main.py")])
    listed = server.ask("GET", "/api/v1/runs?command=generate").json["runs"]
    assert [(one["id"], one["status"]) for one in listed] == [("run-1", "failed")]
    one = server.ask("GET", "/api/v1/runs/run-1").json
    assert one["events"][0]["path"] == "app/main.py"
    assert server.ask("GET", "/api/v1/runs/run-2").status == 404
    days = server.ask("GET", "/api/v1/trends?days=3650").json["days"]
    assert {"day": "2026-01-01", "runs": 1, "succeeded": 0, "compliance": None} in days


def test_rules_are_listed_and_told_with_what_they_rest_on(server: Server) -> None:
    rules = server.ask("GET", "/api/v1/rules").json["rules"]
    assert [(rule["id"], rule["stage"]) for rule in rules] == [("no-old-call", "block")]
    rule = server.ask("GET", "/api/v1/rules/no-old-call").json
    assert rule["body"]["pattern"] == "old_call($X)"
    assert rule["examples"][0]["fixed"] == "x = abs(1)\n"
    assert "did you mean" in server.ask("GET", "/api/v1/rules/no-old-cal").json["detail"]


@pytest.mark.parametrize("rule_id", ["undo-of-fix", "removed-proof", "application-drift"])
def test_what_is_built_in_is_told_like_a_rule(server: Server, rule_id: str) -> None:
    rule = server.ask("GET", f"/api/v1/rules/{rule_id}").json
    assert (rule["id"], rule["origin"], rule["pattern_id"]) == (rule_id, "built in", None)
    assert rule["body"]["finds"]
    assert rule["body"]["why"]
    listed = server.ask("GET", "/api/v1/rules?shipped=true").json["rules"]
    assert rule_id in [one["id"] for one in listed]
    near = server.ask("GET", f"/api/v1/rules/{rule_id[:-1]}").json["detail"]
    assert f"`{rule_id}`" in near


def test_metrics_count_what_was_asked(server: Server) -> None:
    for _ in range(2):
        match(server, "counted once, kept once")
    text = server.ask("GET", "/metrics").text
    assert 'guard_cache_total{cache="results",end="hit"}' in text
    assert 'guard_request_seconds_count{method="POST",route="/api/v1/patterns/match"' in text
    assert 'guard_match_seconds_count{part="search"}' in text


def test_every_answer_has_an_id_that_a_client_may_choose(server: Server) -> None:
    chosen = server.ask("GET", "/health/live", headers={"X-Request-ID": "mine-1"})
    assert chosen.headers["x-request-id"] == "mine-1"
    hostile = server.ask("GET", "/health/live", headers={"X-Request-ID": "a b<c>"})
    assert hostile.headers["x-request-id"] != "a b<c>"


def test_each_request_is_a_span_where_opentelemetry_is_set_up(tmp_path: Path) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    app = make_app(ServeSettings(root=str(make_learned_repo(tmp_path / "repo"))))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/api/v1/rules", headers={"X-Request-ID": "traced"}).status_code == 200
    traced = [dict(span.attributes or {}) for span in spans.get_finished_spans()]
    (request,) = [found for found in traced if found.get("guard.request_id") == "traced"]
    assert request["url.path"] == "/api/v1/rules"


@pytest.mark.parametrize(
    "body", [b"[" * 200_000, b'{"intent":"\xff"}', b'{"limit":%s}' % (b"9" * 5_000)]
)
def test_a_body_that_no_reader_takes_is_said_so(server: Server, body: bytes) -> None:
    answer = server.ask("POST", "/api/v1/patterns/match", body)
    assert answer.status == 400
    assert "not UTF-8, nested too deep, or has a number too long" in answer.json["detail"]


@pytest.mark.parametrize("path", ["/", "/health/live", "/api/v1/rules"])
def test_a_head_is_answered_as_a_get_without_its_body(server: Server, path: str) -> None:
    asked, got = server.ask("HEAD", path), server.ask("GET", path)
    assert (asked.status, asked.text) == (got.status, "") == (200, "")
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert asked.headers["content-length"] == got.headers["content-length"]
