"""A rule file keeps every comment and every byte but those of the value that is set."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.commands.rules.rule_edit import extract_rule_text, set_guard_values
from devmatrix_guard.errors import UsageError

FULL = """\
# top
rules:
- id: a  # first
  message: m
  metadata:
    # why
    guard:
      origin: mined
      stage: warn  # soon
      layer: 3
- id: b
  message: |
    text

    # no comment
  languages: [python]
# end
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(FULL, FULL.replace("warn  # soon", "block  # soon"), id="value"),
        pytest.param(
            "rules:\n- id: a\n  message: m\n",
            "rules:\n- id: a\n  metadata:\n    guard:\n      stage: block\n  message: m\n",
            id="nothing-there",
        ),
        pytest.param(
            "rules:\n  - id: a\n    metadata:\n      x: 1 # c\n    message: m\n",
            "rules:\n  - id: a\n    metadata:\n      guard:\n        stage: block\n      x: 1 # c\n"
            "    message: m\n",
            id="other-metadata",
        ),
        pytest.param(
            "rules:\n- id: a\n  metadata:\n    guard:\n      layer: 1\n",
            "rules:\n- id: a\n  metadata:\n    guard:\n      stage: block\n      layer: 1\n",
            id="no-stage",
        ),
        pytest.param(
            "rules:\n- {id: a, message: m}\n",
            "rules:\n- {metadata: {guard: {stage: block}}, id: a, message: m}\n",
            id="flow",
        ),
        pytest.param(
            "rules: [{id: a, metadata: {guard: {stage: warn, x: 1}}}]",
            "rules: [{id: a, metadata: {guard: {stage: block, x: 1}}}]",
            id="flow-value",
        ),
        pytest.param(
            "rules:\n- id: a\n  metadata:\n    guard: {}\n",
            "rules:\n- id: a\n  metadata:\n    guard: {stage: block}\n",
            id="empty-flow",
        ),
        pytest.param(
            "rules:\n- id: a\n  metadata: # c\n  message: m\n",
            "rules:\n- id: a\n  metadata: {guard: {stage: block}} # c\n  message: m\n",
            id="empty-key",
        ),
        pytest.param(
            "\ufeffrules:\r\n- id: a\r\n  message: m\r\n",
            "\ufeffrules:\r\n- id: a\r\n  metadata:\r\n    guard:\r\n      stage: block\r\n"
            "  message: m\r\n",
            id="bom-and-crlf",
        ),
        pytest.param(
            "rules:\n- id: 'a'\n  metadata: {guard: {stage: \"warn\"}}\n",
            "rules:\n- id: 'a'\n  metadata: {guard: {stage: block}}\n",
            id="quoted",
        ),
    ],
)
def test_only_the_value_changes(before: str, after: str) -> None:
    assert set_guard_values(before, "a", {"stage": "block"}) == after


@given(st.text(max_size=40))
def test_any_reason_is_read_back(reason: str) -> None:
    text = set_guard_values(FULL, "b", {"stage": "retired", "retired": reason})
    guard = yaml.safe_load(text)["rules"][1]["metadata"]["guard"]
    assert guard == {"retired": reason, "stage": "retired"}
    assert "# no comment" in text
    assert text.endswith("# end\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rules: [", "not valid YAML"),
        ("[]", "no longer in its file"),
        ("rules:\n- id: b\n", "no longer in its file"),
        ("x: &m {guard: {layer: 1}}\nrules:\n- {id: a, metadata: *m}\n", "change it by hand"),
        ("rules:\n- id: a\n  metadata: text\n  message: m\n", "change it by hand"),
    ],
)
def test_what_cannot_be_changed_is_said(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        set_guard_values(text, "a", {"stage": "block"})


def test_rule_is_shown_as_it_is_written() -> None:
    assert extract_rule_text(FULL, "a").startswith("- id: a  # first\n")
    assert extract_rule_text(FULL, "a").endswith("      layer: 3\n")
    assert extract_rule_text(FULL, "b").endswith("  languages: [python]\n")
