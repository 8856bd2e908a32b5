"""Which rules run in process and which need semgrep, and what a compiled rule keeps of itself."""

from __future__ import annotations

import marshal
from typing import Any

import pytest

from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compiled import CompiledRule, CompiledRules, unpack
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.report import Note
from devmatrix_guard.model.rule import RETIRED, Rule


def _rule(name: str = "r", *languages: str, stage: str = "block", **body: Any) -> Rule:
    body = body or {"pattern": "f()"}
    given = {key.replace("_", "-"): value for key, value in body.items()}
    return Rule(name, "m", "ERROR", stage, None, languages or ("python",), given)


def _compile(**body: Any) -> CompiledRule:
    return compile_rules([_rule(**body)]).rule(0)


def _fields(rule: CompiledRule) -> list[Any]:
    return [getattr(rule, name) for name in CompiledRule.__slots__]


REGEX = {"pattern_regex": "a"}
OF_TEXT = {"metavariable-regex": {"metavariable": "$1", "regex": "a"}}
OF_CODE = {
    "metavariable-pattern": {"metavariable": "$1", "patterns": [{"pattern": "f()"}]},
}


@pytest.mark.parametrize(
    ("languages", "body", "here", "there"),
    [
        (["python"], {}, True, None),
        (["Python"], {}, True, None),
        (["py"], {}, True, None),
        (["python3", "PY"], {}, True, None),
        (["java"], {}, False, ["java"]),
        (["java"], REGEX, False, ["java"]),
        (["java", "go"], REGEX, False, ["java", "go"]),
        (["regex"], REGEX, True, ["regex"]),
        (["generic"], REGEX, True, ["generic"]),
        (["generic"], {}, False, ["generic"]),
        (["regex", "java"], REGEX, True, ["regex", "java"]),
        (["python", "java"], {}, True, ["java"]),
        (["python", "generic"], {}, True, ["generic"]),
        (["python"], {"mode": "taint"}, False, ["python"]),
        (["regex"], {"patterns": [{"pattern-regex": "a"}, OF_TEXT]}, True, ["regex"]),
        (["regex"], {"patterns": [{"pattern-regex": "(a)"}, OF_CODE]}, False, ["regex"]),
        (["regex"],
         {"patterns": [{"pattern-inside": {"patterns": [{"pattern-regex": "(a)"}, OF_CODE]}},
                       {"pattern-regex": "b"}]}, False, ["regex"]),
        (["regex"],
         {"pattern-either": [{"pattern-regex": "b"},
                             {"patterns": [{"pattern-regex": "(a)"}, OF_CODE]}]},
         False, ["regex"]),
        (["regex"],
         {"patterns": [{"pattern-regex": "b"},
                       {"pattern-not": {"patterns": [{"pattern-regex": "(a)"}, OF_CODE]}}]},
         False, ["regex"]),
        (["regex"], {"pattern-either": [{"pattern-regex": "a"}, {"pattern": "f()"}]},
         False, ["regex"]),
        (["regex"], {"pattern-either": [{"pattern-regex": "a"}, {"pattern-regex": "b"}]},
         True, ["regex"]),
    ],
)  # fmt: skip
def test_a_rule_runs_in_process_where_it_is_for_python_or_for_text(
    languages: list[str], body: dict[str, Any], here: bool, there: list[str] | None
) -> None:
    compiled = compile_rules([_rule("r", *languages, **body)])
    assert compiled.in_process == (("r",) if here else ())
    assert set(compiled.refused) == (set() if here else {"r"})
    assert len(compiled) == here
    rest = [rule.body.get("languages", languages) for rule in compiled.semgrep_rules()]
    assert rest == ([] if there is None else [there])
    assert compiled.has_semgrep_rules is (there is not None)


def test_what_a_rule_is_not_run_for_is_said() -> None:
    refused = compile_rules([_rule("a", "java", "go"), _rule("b", mode="join")]).refused
    assert refused == {"a": "a rule for java, go", "b": "`mode: join`"}


@pytest.mark.parametrize(
    ("body", "has_fix"),
    [({}, False), ({"fix": "g()"}, True), ({"fix_regex": {"regex": "a"}}, True)],
)
def test_a_rule_knows_of_its_fix(body: dict[str, Any], has_fix: bool) -> None:
    assert _compile(pattern="f()", **body).has_fix is has_fix


@pytest.mark.parametrize(
    ("paths", "include", "exclude"),
    [
        (None, (), ()),
        ({}, (), ()),
        ("a", (), ()),
        ({"include": ["a", 1]}, ("a", "1"), ()),
        ({"exclude": ["b"]}, (), ("b",)),
        ({"include": "a"}, (), ()),
    ],
)
def test_a_rule_knows_its_paths(
    paths: Any, include: tuple[str, ...], exclude: tuple[str, ...]
) -> None:
    rule = _compile(pattern="f()", paths=paths)
    assert (rule.include, rule.exclude) == (include, exclude)


@pytest.mark.parametrize(("looks_up", "is_near"), [(False, True), (True, False)])
def test_a_rule_that_looks_names_up_is_not_looked_for_near_a_change(
    looks_up: bool, is_near: bool
) -> None:
    rule = _compile(pattern="f()", options={"symbolic_propagation": looks_up})
    assert bool(rule.near) is is_near
    assert rule.anchors


def test_retired_rules_are_left_out_and_notes_are_kept() -> None:
    compiled = compile_rules(
        [_rule("a", stage=RETIRED), _rule("b"), _rule("c", "go", stage=RETIRED)],
        [Note("r.yml", 3, "no rule")],
    )
    assert compiled.in_process == ("b",)
    assert not compiled.has_semgrep_rules
    assert compiled.errors == [("r.yml", 3, "no rule")]


def test_a_rule_that_makes_the_compiler_fail_is_switched_off_alone() -> None:
    compiled = compile_rules([_rule("a", pattern=3), _rule("b")])
    assert compiled.in_process == ("b",)
    assert len(compiled.errors) + len(compiled.refused) == 1


def test_rules_are_the_same_packed_and_unpacked() -> None:
    body = {"pattern": "f($X)", "fix": "g($X)", "paths": {"include": ["a"], "exclude": ["b"]}}
    rule = Rule(
        "r", "m", "INFO", "warn", 2, ("python", "java"), body, "mined", (Source("c", "d", "e"),),
        path="r.yml",
    )  # fmt: skip
    compiled = compile_rules([rule, _rule("s")])
    again = CompiledRules(marshal.loads(marshal.dumps(compiled.fields())))  # noqa: S302
    assert again.fields()[2:] == compiled.fields()[2:]
    assert again.index == compiled.index
    assert again.near_index == compiled.near_index
    assert _fields(again.rule(0)) == _fields(compiled.rule(0))
    assert again.rule(0) is again.rule(0)
    assert [again.rule(0).id, again.rule(1).id] == [*again.in_process] == ["r", "s"]
    assert [_fields(unpack(data)) for data in again.fields()[1]] == [
        _fields(compiled.rule(0)), _fields(compiled.rule(1))
    ]  # fmt: skip
    (other,) = again.semgrep_rules()
    assert (other.id, other.layer, other.path) == ("r", 2, "r.yml")
    assert other.body["languages"] == ["java"]
