"""Rules come from Semgrep YAML; what is wrong with a file or a rule is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.engine.patterns.compile import PatternError, compile_pattern
from devmatrix_guard.engine.rules.load import join_rules, load_rules, parse_rules
from tests.helpers import write_tree

RULE = """\
rules:
  - id: {id}
    languages: [python]
    severity: WARNING
    message: m
    pattern: foo()
"""


def test_rules_of_a_folder_come_in_order_and_each_id_once(tmp_path: Path) -> None:
    files = {
        "b.yml": RULE.format(id="b"),
        "a/x.yaml": RULE.format(id="a"),
        "z.yml": RULE.format(id="b"),
    }
    write_tree(tmp_path, files)
    loaded = load_rules(tmp_path)
    assert [rule.id for rule in loaded.rules] == ["a", "b"]
    assert "already defined" in loaded.errors[0].text


def test_a_second_rule_of_an_id_is_an_error_unless_it_is_a_shipped_one() -> None:
    own = parse_rules(RULE.format(id="a").encode(), "own.yml")
    other = parse_rules(RULE.format(id="a").encode(), "other.yml")
    assert join_rules([(own, "hand-written"), (other, "shipped")]) == own
    rules, (error,) = join_rules([(own, "hand-written"), (other, "hand-written")])
    assert rules == own.rules
    assert (error.path, error.text) == (
        "other.yml",
        "the rule a is already defined in own.yml; rename one.",
    )


def test_stage_comes_from_severity_unless_it_is_said() -> None:
    (rule,) = parse_rules(RULE.format(id="a").encode(), "a.yml").rules
    assert (rule.stage, rule.origin) == ("warn", "hand-written")
    said = RULE.format(id="a") + "    metadata: {guard: {stage: block, layer: 3, origin: mined}}\n"
    (rule,) = parse_rules(said.encode(), "a.yml").rules
    assert (rule.stage, rule.layer, rule.origin) == ("block", 3, "mined")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("rules: [", "not valid YAML", id="broken YAML"),
        pytest.param("a: 1", "needs a list under `rules`", id="no rules"),
        pytest.param("rules: [1]", "not a mapping", id="a rule that is a number"),
        pytest.param("rules: [!!python/name:os.system x]", "not valid YAML", id="a tag"),
        pytest.param("rules: [{id: 'a b'}]", "letters", id="a bad id"),
        pytest.param("rules: [{id: a}]", "severity", id="no severity"),
        pytest.param("rules: &a [*a]", "", id="an endless alias"),
        pytest.param("a: " + "[" * 200 + "]" * 200, "nested too deeply", id="too deep"),
        pytest.param(
            RULE.format(id="a") + "    metadata: {guard: {layer: [1]}}",
            "number from 1 to 7",
            id="layer is a list",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, said: str) -> None:
    loaded = parse_rules(text.encode(), "a.yml")
    assert not loaded.rules
    assert said in loaded.errors[0].text
    assert loaded.errors[0].line >= 1


@pytest.mark.parametrize("text", ["a: " + "[" * 300_000, "- " * 300_000, "{a: " * 100_000])
def test_text_that_nests_deeply_enough_to_crash_a_parser_is_refused(text: str) -> None:
    """By us or by PyYAML, whose newer versions stop first, in words of their own."""
    loaded = parse_rules(text.encode(), "a.yml")
    assert not loaded.rules
    assert len(loaded.errors) == 1


def test_aliases_that_multiply_are_refused() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    loaded = parse_rules(f"a0: &a0 [x]\n{levels}rules: []\n".encode(), "bomb.yml")
    assert "too many values" in loaded.errors[0].text


def test_many_values_are_read() -> None:
    """Each value counts once: these are more than half of what a file may hold."""
    lists = "a0: &a0 [{}]\na1: [{}]\n".format(", ".join("x" * 400), ", ".join(["*a0"] * 300))
    loaded = parse_rules(f"{lists}rules: []\n".encode(), "many.yml")
    assert not loaded.errors


def test_one_bad_rule_does_not_switch_off_its_neighbours() -> None:
    text = RULE.format(id="good") + "  - {id: bad, languages: [python], severity: X}\n"
    loaded = parse_rules(text.encode(), "a.yml")
    assert [rule.id for rule in loaded.rules] == ["good"]
    assert loaded.errors[0].line == 7


PIECES = st.one_of(
    st.sampled_from(("$X", "...", "<...", "...>", "(", ")", "[", "]", "{", "}", ",", ":", "=")),
    st.sampled_from(("foo", "\n", "  ", "def f", "class ", "f'", "'", '"', "$...A", "*", "**")),
    st.sampled_from(("lambda ", ".", "\\", "@", "$X:")),
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_any_pattern_compiles_or_is_refused(text: str) -> None:
    try:
        tree = compile_pattern(text)
    except PatternError as error:
        assert str(error)
    else:
        assert tree[0] in ("E", "S", "Ss")


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_bytes_load_or_are_noted(data: bytes) -> None:
    loaded = parse_rules(b"rules:\n- id: a\n  " + data, "a.yml")
    assert isinstance(loaded.errors, tuple)
