"""The ledger never lies: without the code that keeps a promise, its line is red."""

from __future__ import annotations

import json
import re

import pytest

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.packaged import PackagedPatterns
from devmatrix_guard.generator.ledger.ledger import find_broken, make_ledger, write_headline
from devmatrix_guard.generator.ledger.line import (
    Evidence,
    Finder,
    Line,
    Promise,
    _find_argument,
    _matches,
)
from devmatrix_guard.generator.ledger.promises import iter_promises
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from tests.generator.specs import read, read_case

PLAN = make_plan(read_case("marina"))
FILES = {file.path: file.text for file in generate_files(PLAN, PatternBank(PackagedPatterns()))}
PROMISES = [promise for promise in iter_promises(PLAN) if promise.evidence]


def _delete(evidence: Evidence) -> dict[str, str]:
    """Return the files without the lines in which a piece of evidence is found."""
    changed = dict(FILES)
    lines = FILES[evidence.path].split("\n")
    for count in range(1, len(lines) + 1):
        for first in range(len(lines) - count + 1):
            rest = [*lines[:first], *lines[first + count :]]
            changed[evidence.path] = "\n".join(rest)
            if not Finder(changed).has(evidence):
                return changed
        if count > 3:
            break
    changed[evidence.path] = ""
    return changed


@pytest.mark.parametrize(
    "promise", PROMISES, ids=lambda p: f"{p.subject} {p.kind} {p.name}".replace("\n", " ")
)
def test_a_line_is_red_when_its_implementation_is_deleted(promise: Promise) -> None:
    expected = Finder(FILES).judge(promise)
    assert expected.state == "implemented" or expected.reason
    for evidence in promise.evidence if expected.state == "implemented" else ():
        files = _delete(evidence)
        assert Finder(files).judge(promise).state == "not"
        broken = find_broken(make_ledger(PLAN, FILES), make_ledger(PLAN, files))
        assert expected[:3] in {line[:3] for line in broken}


def test_every_operation_and_every_parameter_status_and_media_type_has_a_line() -> None:
    lines = {(line.subject, line.kind, line.name) for line in make_ledger(PLAN, FILES)}
    for operation in PLAN.ir.api.operations:
        subject = f"{operation.method} {operation.path}"
        assert (subject, "operation", "") in lines
        for parameter in operation.parameters:
            name = f"{parameter.location} {parameter.wire}"
            assert (subject, "parameter", name) in lines
        for response in operation.responses:
            assert (subject, "status", response.status) in lines
            if response.status == str(operation.status):
                named = [("response", c.media_type) for c in response.content]
                named += [("header", h.wire) for h in response.headers]
                assert {(subject, *item) for item in named} <= lines


def test_what_is_not_implemented_has_a_reason() -> None:
    ir = read("""
        paths:
          /moons/{id}/howl:
            post:
              parameters: [{name: X-Pack, in: header, schema: {type: string}}]
              responses: {"202": {description: heard}, "429": {description: too often}}
          /moons:
            get:
              parameters: [{name: mood, in: query, schema: {type: string, format: iri}}]
              responses: {"200": {description: a, content: {application/json: {schema:
                {type: array, items: {type: object, properties: {id: {type: integer}}}}}}}}
    """)
    plan = make_plan(ir)
    files = {f.path: f.text for f in generate_files(plan, PatternBank(PackagedPatterns()))}
    lines = {(line.subject, line.kind, line.name): line for line in make_ledger(plan, files)}
    howl = "POST /moons/{id}/howl"
    assert lines[howl, "operation", ""].state == "by hand"
    assert lines[howl, "status", "429"].state == "by hand"
    assert lines[howl, "parameter", "header X-Pack"].reason
    mood = lines["GET /moons", "parameter", "query mood"]
    assert (mood.state, mood.reason) == ("not", "nothing is known to depend on it")
    assert lines["GET /moons", "format", "query mood: iri"].state == "not"
    assert all(line.reason for line in lines.values() if line.state != "implemented")


def test_limits_stand_in_the_type_that_a_field_names_and_in_the_field() -> None:
    plan = make_plan(
        read("""
        paths:
          /moths:
            post:
              requestBody: {required: true, content: {application/json: {schema:
                {$ref: "#/components/schemas/Moth"}}}}
              responses:
                "201": {description: a, content: {application/json: {schema:
                  {$ref: "#/components/schemas/Moth"}}}}
                "409":
                  description: b
                  headers: {Retry-After: {schema: {type: integer}}}
                  content: {text/plain: {schema: {type: string}}}
        components:
          schemas:
            Span: {type: string, format: uuid, minLength: 36}
            Moth:
              type: object
              additionalProperties: false
              required: [id, name, span]
              properties:
                id: {type: integer, readOnly: true}
                name: {type: string}
                span: {$ref: "#/components/schemas/Span"}
    """)
    )
    files = {f.path: f.text for f in generate_files(plan, PatternBank(PackagedPatterns()))}
    lines = {(line.subject, line.name): line for line in make_ledger(plan, files)}
    for name in (
        "span: uuid",
        "span: minLength 36",
        "name: required",
        "id: readOnly",
        "additionalProperties false",
    ):
        assert lines["Moth", name].state == "implemented", name
    assert lines["POST /moths", "409 Retry-After"].reason
    assert lines["POST /moths", "409 text/plain"].reason
    path = "src/models/schemas/moth.py"
    without = make_ledger(plan, {**files, path: files[path].replace("span: Span", "span: Text")})
    broken = {line.name for line in find_broken(make_ledger(plan, files), without)}
    assert {"span: uuid", "span: minLength 36"} <= broken
    optional = files[path].replace("name: Text", "name: Text | None = None")
    assert optional != files[path]
    broken = {
        line.name
        for line in find_broken(
            make_ledger(plan, files), make_ledger(plan, {**files, path: optional})
        )
    }
    assert broken == {"name: required"}


def test_the_ledger_is_a_file_of_the_application_and_a_part_of_its_readme() -> None:
    promises = json.loads(FILES["ledger.json"])["promises"]
    assert promises["PUT /boats/v2/{boatId}"][0] == {
        "kind": "operation",
        "name": "",
        "state": "implemented",
    }
    assert "23 operations: 23 work, 0 need you" in FILES["README.md"]
    assert "%%" not in FILES["README.md"]


@pytest.mark.parametrize(
    ("operations", "work", "text"),
    [
        (44, 22, "44 operations: 22 work, 22 need you"),
        (1, 0, "1 operation: 0 work, 1 needs you"),
    ],
)
def test_the_headline_counts_operations(operations: int, work: int, text: str) -> None:
    assert write_headline(operations, work) == text


def test_a_line_that_was_never_kept_is_not_broken() -> None:
    line = Line("GET /x", "status", "429", "not", "nothing is known that it would answer")
    assert find_broken([line], []) == []


_TEXTS = (
    "",
    "order_id: int",
    "my_order_id",
    "order_id_given",
    "(order_id)",
    "x.order_id,",
    '"get_cart": {"invalid": 1}',
    '"get_cart": {\n  "invalid": 1,\n  "gone": 2}',
    '"get_cart": {"x": 1}, "y": {"invalid": 1}',
    '"my_get_cart": {}, "get_cart": {"invalid"',
    "    order_id: Annotated[int, Path()],\n    limit: int",
    "def f(limit: int, order_id: str = 'a') -> None:",
    "limit: int",
    "    x_limit: int\n    y: str",
)


@pytest.mark.parametrize("text", _TEXTS)
def test_what_is_not_compiled_means_what_the_expression_does(text: str) -> None:
    needles = (
        r"\border_id\b", r"\border_id_", '"get_cart": \\{[^}]*"invalid"', r"\blimit\b",
    )  # fmt: skip
    for needle in needles:
        assert _matches(needle, text) == (re.search(needle, text) is not None), needle
    for name in ("order_id", "limit"):
        found = re.search(rf"^(\s+){name}: ", text, re.MULTILINE) or re.search(
            rf"(?<=[(, ]){name}: ", text
        )
        assert _find_argument(text, name) == (found.end() if found else -1)


def test_a_property_that_asks_for_others_is_red_without_the_check() -> None:
    plan = make_plan(
        read("""
        paths:
          /moths:
            post:
              requestBody: {required: true, content: {application/json: {schema:
                {$ref: "#/components/schemas/Moth"}}}}
              responses: {"201": {description: a}}
        components:
          schemas:
            Moth:
              type: object
              dependentRequired: {wing-span: [unit, by]}
              properties: {wing-span: {type: integer}, unit: {type: string}, by: {type: string}}
    """)
    )
    files = {f.path: f.text for f in generate_files(plan, PatternBank(PackagedPatterns()))}
    name = "wing-span: dependentRequired unit, by"
    [promise] = [promise for promise in iter_promises(plan) if promise.name == name]
    assert Finder(files).judge(promise).state == "implemented"
    path = promise.evidence[0].path
    for gone in ('"wing_span": ("unit", "by")', ', "by")', "(AskingModel)"):
        assert gone in files[path]
        changed = {**files, path: files[path].replace(gone, "")}
        assert Finder(changed).judge(promise).state == "not"


@pytest.mark.parametrize(
    ("keywords", "unchecked"),
    [
        ("dependentRequired: {a: [b]}", []),
        ("dependentRequired: {b: [a]}", ["dependentRequired"]),  # null is there, and b is not
        ("dependentRequired: {a: [c]}", ["dependentRequired"]),
        ("dependentRequired: {a: b}", ["dependentRequired"]),
        ("dependentRequired: [a]", ["dependentRequired"]),
    ],
)
def test_what_cannot_be_asked_for_is_told(keywords: str, unchecked: list[str]) -> None:
    ir = read(f"""
        paths:
          /moths:
            post:
              requestBody: {{required: true, content: {{application/json: {{schema:
                {{$ref: "#/components/schemas/Moth"}}}}}}}}
              responses: {{"201": {{description: a}}}}
        components:
          schemas:
            Moth:
              type: object
              {keywords}
              properties: {{a: {{type: integer}}, b: {{type: [string, "null"]}}}}
    """)
    said = [n.message.split()[0] for n in ir.notices if n.message.endswith("and not checked")]
    assert said == unchecked
