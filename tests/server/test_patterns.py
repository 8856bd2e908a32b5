"""`/api/v1/patterns`, asked over HTTP: what the original design names, and what it leaves open."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.server.serving import PATTERNS, Answer, Server

# The eighteen fields of the original design.
FIELDS = frozenset(
    """pattern_id pattern_type name description version parent_pattern_id context_hash
    execution_trace success_criteria quality_metrics performance_data tags status created_at
    updated_at last_matched_at match_count success_rate""".split()  # noqa: SIM905
)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def create(server: Server, name: str, **facts: Any) -> Answer:
    body = {"pattern_type": "api_optimization", "name": name, **facts}
    return server.ask("POST", PATTERNS, body)


def match(server: Server, intent: str, **facts: Any) -> Any:
    answer = server.ask("POST", f"{PATTERNS}/match", {"intent": intent, **facts})
    assert answer.status == 200, answer.text
    return answer.json


def test_an_intent_is_matched_as_the_original_design_has_it(server: Server) -> None:
    made = create(
        server,
        "Connection pooling with read replicas",
        description="Keep connections open and send reads to replicas.",
        context="FastAPI + PostgreSQL, 1000 req/sec",
        tags=["database", "performance"],
    ).json
    body = {
        "intent": "optimize API performance with connection pooling",
        "context": "FastAPI + PostgreSQL, 1000 req/sec",
        "filters": {"pattern_types": ["api_optimization"], "tags": ["database"]},
        "limit": 5,
    }
    answer = server.ask("POST", f"{PATTERNS}/match", body).json
    (found,) = answer["matched_patterns"]
    assert found["pattern_id"] == made["pattern_id"]
    assert found["name"] == "Connection pooling with read replicas"
    assert 0 < found["confidence_score"] <= 1
    assert {*found["metadata"], "pattern_id", "name"} >= FIELDS
    assert found["recommendations"][0] == "Keep connections open and send reads to replicas."
    assert answer["total_matches"] == 1
    asked = answer["query_metadata"]
    assert asked["query_time_ms"] > 0
    assert asked["embedding_model"] is None
    assert asked["filters_applied"] == ["pattern_types", "tags"]


def test_fixes_the_bank_and_success_patterns_are_found_side_by_side(server: Server) -> None:
    fixes = match(server, "parse json of a page", filters={"pattern_types": ["fix"]})
    assert fixes["matched_patterns"][0]["pattern_id"] == "p1"
    assert "self._parse_json" in str(fixes["matched_patterns"][0]["recommendations"])
    infra = match(server, "docker compose file", filters={"pattern_types": ["infra"]})
    assert infra["matched_patterns"][0]["metadata"]["pattern_type"] == "infra"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param({}, {"p1", "p2"}, id="nothing restricts"),
        pytest.param({"min_quality_score": 0.9}, set(), id="quality"),
        pytest.param({"min_quality_score": 0.5}, {"p1", "p2"}, id="enough quality"),
        pytest.param({"status": ["draft"]}, set(), id="status"),
        pytest.param({"tags": ["nowhere"]}, set(), id="tags"),
        pytest.param({"pattern_types": ["other"]}, set(), id="another type"),
    ],
)
def test_filters_narrow_a_match(
    server: Server, filters: dict[str, Any], expected: set[str]
) -> None:
    filters = {"pattern_types": ["fix"], **filters}
    found = match(server, "json open file encoding parse", filters=filters)["matched_patterns"]
    assert {one["pattern_id"] for one in found} == expected


def test_what_was_never_used_has_no_success_to_ask_for(server: Server) -> None:
    create(server, "Wait for the slowest replica", tags=["never-used"])
    filters = {"pattern_types": ["api_optimization"], "tags": ["never-used"]}
    asked = "wait for the slowest replica"
    assert len(match(server, asked, filters=filters)["matched_patterns"]) == 1
    wanted = {**filters, "min_success_rate": 0.1}
    assert match(server, asked, filters=wanted)["matched_patterns"] == []


def test_the_second_answer_to_a_question_is_kept_until_something_is_written(
    server: Server,
) -> None:
    asked = "retry with a growing pause"
    assert not match(server, asked)["query_metadata"]["cached"]
    assert match(server, asked)["query_metadata"]["cached"]
    create(server, "Retry with a growing pause")
    again = match(server, asked)
    assert not again["query_metadata"]["cached"]
    assert again["matched_patterns"][0]["name"] == "Retry with a growing pause"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"intent": ""}, "intent", id="nothing"),
        pytest.param({"intent": " \n"}, "intent", id="blank"),
        pytest.param({"intent": "x" * 1001}, "intent", id="too long"),
        pytest.param({}, "intent", id="left out"),
        pytest.param({"intent": "x", "limit": 0}, "limit", id="no result"),
        pytest.param({"intent": "x", "limit": 101}, "limit", id="too many results"),
        pytest.param({"intent": "x", "limit": "5"}, "limit", id="a text for a number"),
        pytest.param({"intent": "x", "limt": 5}, "limt", id="misspelt"),
        pytest.param({"intent": "\ud800"}, "intent", id="half of a character"),
        pytest.param(
            {"intent": "x", "filters": {"min_quality_score": 2}},
            "filters.min_quality_score",
            id="a share above one",
        ),
        pytest.param(
            {"intent": "x", "filters": {"status": ["new"]}}, "filters.status.0", id="status"
        ),
    ],
)
def test_what_is_not_valid_is_told_with_its_field(
    server: Server, body: dict[str, Any], field: str
) -> None:
    answer = server.ask("POST", f"{PATTERNS}/match", body)
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["errors"][0]["field"] == field


def test_a_pattern_is_kept_with_every_field_and_read_back(server: Server) -> None:
    facts = {
        "description": "Cache what is read often.",
        "context": "read-heavy",
        "execution_trace": [{"step": "add a cache", "ms": 12.5}],
        "success_criteria": {"p99_ms": 50},
        "quality_metrics": {"coverage": 0.9},
        "performance_data": {"p50_ms": 3},
        "tags": ["cache"],
        "status": "draft",
    }
    made = create(server, "Read-through cache", **facts)
    assert made.status == 201
    assert UUID.fullmatch(made.json["pattern_id"])
    assert made.headers["location"] == f"{PATTERNS}/{made.json['pattern_id']}"
    read = server.ask("GET", made.headers["location"])
    assert read.json == made.json
    assert read.json.keys() >= FIELDS
    assert read.json["quality_metrics"].items() >= {"coverage": 0.9, "uses": 0}.items()
    for name in facts.keys() - {"quality_metrics"}:
        assert read.json[name] == facts[name], name
    assert read.json["version"] == 1
    assert read.json["success_rate"] is None


def test_a_name_is_unique_within_its_type(server: Server) -> None:
    assert create(server, "Twice").status == 201
    second = create(server, "Twice")
    assert second.status == 409
    assert "choose another name" in second.json["detail"]
    assert create(server, "Twice", pattern_type="other_type").status == 201


@pytest.mark.parametrize("kind", ["fix", "infra"])
def test_what_guard_learns_itself_is_not_posted(server: Server, kind: str) -> None:
    answer = create(server, "Mine", pattern_type=kind)
    assert answer.status == 409
    assert answer.json["errors"][0]["field"] == "pattern_type"


def test_a_fix_pattern_has_every_field_too(server: Server) -> None:
    fix = server.ask("GET", f"{PATTERNS}/p2").json
    assert fix.keys() >= FIELDS
    assert (fix["version"], fix["parent_pattern_id"], fix["status"]) == (2, "p1", "active")
    assert fix["quality_score"] == fix["quality_metrics"]["confidence"] == 0.6
    assert fix["execution_trace"][0]["path"] == "app/part_3.py"
    assert fix["details"]["after"] == "open($F, encoding='utf-8')"
    infra = server.ask("GET", f"{PATTERNS}?pattern_type=infra&limit=1").json["patterns"][0]
    assert server.ask("GET", f"{PATTERNS}/{infra['pattern_id']}").json.keys() >= FIELDS


def test_a_change_names_what_it_was_made_for(server: Server) -> None:
    made = create(server, "Changed")
    place, tag = made.headers["location"], made.headers["etag"]
    assert server.ask("PATCH", place, {"status": "deprecated"}).status == 428
    changed = server.ask("PATCH", place, {"status": "deprecated"}, headers={"If-Match": tag})
    assert (changed.status, changed.json["status"]) == (200, "deprecated")
    late = server.ask("PATCH", place, {"status": "draft"}, headers={"If-Match": tag})
    assert late.status == 412
    assert server.ask("GET", place).json["status"] == "deprecated"
    assert server.ask("DELETE", place, headers={"If-Match": tag}).status == 412
    anything = server.ask("PATCH", place, {"tags": ["x"]}, headers={"If-Match": "*"})
    assert anything.json["tags"] == ["x"]
    null = server.ask("PATCH", place, {"name": None}, headers={"If-Match": "*"})
    assert null.json["errors"][0]["field"] == "name"


def test_of_a_fix_pattern_people_change_what_they_say(server: Server) -> None:
    anything = {"If-Match": "*"}
    noted = server.ask("PATCH", f"{PATTERNS}/p1", {"tags": ["json"]}, headers=anything)
    assert noted.json["tags"] == ["json"]
    learned = server.ask("PATCH", f"{PATTERNS}/p1", {"name": "Mine"}, headers=anything)
    assert (learned.status, "is learned" in learned.json["detail"]) == (409, True)
    listed = server.ask("GET", f"{PATTERNS}?tag=json").json
    assert [one["pattern_id"] for one in listed["patterns"]] == ["p1"]


def test_what_is_deleted_can_be_brought_back(server: Server) -> None:
    made = create(server, "Deleted softly")
    place, tag = made.headers["location"], {"If-Match": made.headers["etag"]}
    assert server.ask("DELETE", place, headers=tag).status == 204
    for again in (server.ask("GET", place), server.ask("DELETE", place, headers=tag)):
        assert again.status == 404
    found = match(server, "Deleted softly")["matched_patterns"]
    assert "Deleted softly" not in {one["name"] for one in found}
    assert create(server, "Deleted softly").status == 201
    assert server.ask("POST", f"{place}/restore").status == 409
    hidden = server.ask("DELETE", f"{PATTERNS}/p2", headers={"If-Match": "*"})
    assert hidden.status == 204
    assert server.ask("GET", f"{PATTERNS}/p2").status == 404
    assert server.ask("POST", f"{PATTERNS}/p2/restore").json["deleted_at"] is None
    assert server.ask("GET", f"{PATTERNS}/p2").status == 200


def test_versions_of_a_family_are_told_newest_first(server: Server) -> None:
    first = create(server, "Pooling 1").json["pattern_id"]
    second = create(server, "Pooling 2", parent_pattern_id=first).json["pattern_id"]
    third = create(server, "Pooling 3", parent_pattern_id=second).json["pattern_id"]
    for start in (first, third):
        family = server.ask("GET", f"{PATTERNS}/{start}/evolution").json["patterns"]
        assert [(p["pattern_id"], p["version"]) for p in family] == [
            (third, 3), (second, 2), (first, 1),
        ]  # fmt: skip
    fixes = server.ask("GET", f"{PATTERNS}/p1/evolution").json["patterns"]
    assert [p["pattern_id"] for p in fixes] == ["p2", "p1"]
    circle = server.ask(
        "PATCH",
        f"{PATTERNS}/{first}",
        {"parent_pattern_id": third},
        headers={"If-Match": "*"},
    )
    assert circle.json["errors"][0]["field"] == "parent_pattern_id"
    stranger = create(server, "Orphan", parent_pattern_id="nobody")
    assert stranger.json["errors"][0]["field"] == "parent_pattern_id"


def test_related_patterns_are_those_told_and_those_alike(server: Server) -> None:
    related = server.ask("GET", f"{PATTERNS}/p2/related").json["related"]
    assert related[0] == {
        "pattern_id": "p1",
        "name": "json.loads becomes self._parse_json",
        "relationship": "evolved-from",
        "strength": 1.0,
    }
    near = create(server, "Shed load at the edge").json["pattern_id"]
    create(server, "Shed load at the queue")
    alike = server.ask("GET", f"{PATTERNS}/{near}/related").json["related"]
    assert alike[0]["name"] == "Shed load at the queue"


def test_rates_follow_from_outcomes_and_one_key_counts_once(server: Server) -> None:
    place = create(server, "Measured").headers["location"]
    for number, success in enumerate([True, True, False, True]):
        sent = {"success": success, "key": f"run-{number}"}
        assert server.ask("POST", f"{place}/outcomes", sent).json["recorded"] == 1
    again = server.ask("POST", f"{place}/outcomes", {"success": False, "key": "run-0"}).json
    assert (again["recorded"], again["success_rate"]) == (0, 0.75)
    assert 0.3 < again["quality_score"] < 0.75
    fix = server.ask("POST", f"{PATTERNS}/p1/outcomes", {"success": True})
    assert fix.json["errors"][0]["field"] == "path"
    named = server.ask("POST", f"{PATTERNS}/p1/outcomes", {"success": True, "path": "a.py"})
    assert named.json["success_rate"] == 1.0


def test_a_listing_is_cut_into_pages_and_counted_by_facet(server: Server) -> None:
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = server.ask("GET", f"{PATTERNS}?limit=20&offset={offset}&order=name").json
        seen += [one["pattern_id"] for one in page["patterns"]]
        offset = page["next_offset"]
    assert len(seen) == len(set(seen)) == page["total"]
    facets = server.ask("GET", f"{PATTERNS}?facets=true&limit=1").json["facets"]
    assert facets["types"]["fix"] == 2
    assert sum(facets["types"].values()) == page["total"]
    only = server.ask("GET", f"{PATTERNS}?pattern_type=fix&min_quality_score=0.5").json
    assert {one["pattern_id"] for one in only["patterns"]} == {"p1", "p2"}
