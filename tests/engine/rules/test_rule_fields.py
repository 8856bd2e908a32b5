"""What each field of a rule may hold, what it becomes, and what is said where it is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.rules.load import parse_rules
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.rule import Example, Rule

BODY = "{id: a, languages: [python], severity: ERROR, message: m, pattern: f()%s}"


def note(text: str) -> str:
    """Return the one thing that is said, after its line."""
    ((_, line, said),) = parse_rules(text.encode(), "a.yml").errors
    return f"{line} {said}"


def rule(more: str = "", **changes: str) -> Rule:
    text = f"rules: [{BODY % more}]"
    for key, value in changes.items():
        start = text.index(f"{key}: ") + len(key) + 2
        text = f"{text[:start]}{value}{text[text.index(',', start) :]}"
    (found,) = parse_rules(text.encode(), "a.yml").rules
    return found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: [\n", "3 not valid YAML: "),
        ("- a", "1 not a rule file: it needs a list under `rules`."),
        ("rules: {}", "1 not a rule file: it needs a list under `rules`."),
        ("\n\nrules:\n- 1\n", "4 rule 1 is switched off: it is not a mapping."),
        ("rules:\n- {id: 7}\n", "2 rule 1 is switched off: it needs text under `id`."),
        ("rules:\n- {id: ' '}\n", "2 the rule   is switched off: it needs text under `id`."),
        ("rules:\n\n- {id: a b}\n", "3 the rule a b is switched off: its `id` may hold only "),
        ("x: [1]\nrules: [{id: a}]", "2 the rule a is switched off: `severity` is none of"),
        ("rules: [{id: a, severity: FATAL}]", "1 the rule a is switched off: `severity` is none"),
        ("rules: [{id: a, severity: INFO}]", "1 the rule a is switched off: it needs a list under"),
        ("rules: [{id: a, severity: INFO, languages: []}]",
         "1 the rule a is switched off: it needs a list under `languages`."),
        ("rules: [{id: a, severity: INFO, languages: [1]}]",
         "1 the rule a is switched off: it needs a list under `languages`."),
        ("rules: [{id: a, severity: INFO, languages: python}]",
         "1 the rule a is switched off: it needs a list under `languages`."),
        ("rules: [{id: a, severity: INFO, languages: [python]}]",
         "1 the rule a is switched off: it needs text under `message`."),
    ],
)  # fmt: skip
def test_a_fault_is_said_with_its_line(text: str, said: str) -> None:
    assert note(text).startswith(said)


GUARD = ", metadata: {guard: %s}"


@pytest.mark.parametrize(
    ("guard", "said"),
    [
        ("[]", "`metadata.guard` is not a mapping"),
        ("{stage: loud}", "`stage` is none of"),
        ("{layer: 0}", "`layer` is not a number from 1 to 7"),
        ("{layer: 8}", "`layer` is not a number from 1 to 7"),
        ("{layer: true}", "`layer` is not a number from 1 to 7"),
        ("{layer: 1.0}", "`layer` is not a number from 1 to 7"),
        ("{sources: {}}", "`sources` is not a list of mappings"),
        ("{sources: [1]}", "`sources` is not a list of mappings"),
        ("{examples: a}", "`examples` is not a list of mappings"),
    ],
)
def test_what_is_ours_in_a_rule_is_checked(guard: str, said: str) -> None:
    assert said in note(f"rules: [{BODY % (GUARD % guard)}]")


@pytest.mark.parametrize(
    ("severity", "means", "stage"),
    [
        ("ERROR", "ERROR", "block"),
        ("warning", "WARNING", "warn"),
        ("INFO", "INFO", "advise"),
        ("CRITICAL", "ERROR", "block"),
        ("high", "ERROR", "block"),
        ("MEDIUM", "WARNING", "warn"),
        ("LOW", "INFO", "advise"),
    ],
)
def test_a_severity_has_a_stage(severity: str, means: str, stage: str) -> None:
    found = rule(severity=severity)
    assert (found.severity, found.stage) == (means, stage)


def test_a_stage_that_is_said_counts_and_a_layer_is_one_of_seven() -> None:
    for stage in ("candidate", "advise", "warn", "block", "retired"):
        assert rule(GUARD % f"{{stage: {stage}}}").stage == stage
    assert [rule(GUARD % f"{{layer: {n}}}").layer for n in range(1, 8)] == list(range(1, 8))
    assert rule().layer is None
    assert rule(", metadata: 1").stage == "block"


def test_sources_and_examples_are_read() -> None:
    found = rule(GUARD % (
        "{origin: mined, sources: [{commit: c1, date: 2024-01-02}], examples: ["
        "{invalid: f(1), fixed: g(1)}, {invalid: f(2)}, {valid: h(3), fixed: x}, {other: 1}]}"
    ))  # fmt: skip
    assert found.origin == "mined"
    assert found.sources == (Source("c1", "2024-01-02", ""),)
    assert found.examples == (
        Example("invalid", "f(1)", "g(1)"),
        Example("invalid", "f(2)", None),
        Example("valid", "h(3)", None),
    )
    assert (rule().origin, rule().sources, rule().examples) == ("hand-written", (), ())


def test_a_message_loses_the_blanks_around_it_and_a_join_needs_none() -> None:
    assert rule(message="' m '").message == "m"
    join = "rules: [{id: a, languages: [python], severity: INFO, mode: join}]"
    assert parse_rules(join.encode(), "a.yml").rules[0].message == ""
    assert "`message`" in note(join.replace("join}", "join, message: ''}"))


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("2024-01-02", "2024-01-02"),
        ("{true: 1, 2: x}", {"true": 1, "2": "x"}),
        ("!!set {b, a}", ["a", "b"]),
        ("!!binary aGk=", "hi"),
        ("[1, [2.5, null]]", [1, [2.5, None]]),
    ],
)
def test_a_body_holds_what_json_knows(value: str, plain: Any) -> None:
    assert rule(f", extra: {value}").body["extra"] == plain


def test_an_empty_file_holds_no_rules_and_no_fault() -> None:
    for text in ("", "# nothing\n", "\ufeff"):
        assert parse_rules(text.encode(), "a.yml") == ((), ())
    assert note(b"\xff".decode("latin-1")).startswith("1 not a rule file")
    ((_, line, said),) = parse_rules(b"\xff", "a.yml").errors
    assert (line, said) == (1, "not UTF-8; save the file as UTF-8.")


@pytest.mark.parametrize(("depth", "is_read"), [(99, True), (100, False)])
@pytest.mark.parametrize("padding", [0, 6000], ids=["short", "long"])
def test_a_hundred_levels_are_read(depth: int, is_read: bool, padding: int) -> None:
    deep = f"x: {'[' * depth}1{']' * depth}\nrules: []\n# {'-' * padding}\n"
    assert (parse_rules(deep.encode(), "a.yml") == ((), ())) is is_read
