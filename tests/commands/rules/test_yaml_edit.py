"""Adding an entry to YAML inserts lines and touches nothing else."""

from __future__ import annotations

import pytest
import yaml

from devmatrix_guard.commands.rules.yaml_edit import insert_entry
from devmatrix_guard.errors import UsageError

ENTRY = {"repo": "local", "hooks": [{"id": "guard"}]}

BECOMES = [
    pytest.param(
        "repos:\n- repo: a\n  rev: v1\n",
        "repos:\n- repo: a\n  rev: v1\n- repo: local\n  hooks:\n  - id: guard\n",
        id="dash under the key",
    ),
    pytest.param(
        "repos:\n  - repo: a  # why\n    rev: v1\n\nci:\n  skip: []\n",
        "repos:\n  - repo: a  # why\n    rev: v1\n"
        "  - repo: local\n    hooks:\n    - id: guard\n\nci:\n  skip: []\n",
        id="indented dash, another key follows",
    ),
    pytest.param(
        "repos:\n- repo: a\n  # - id: later\n\n# about the end\nfail_fast: true\n",
        "repos:\n- repo: a\n  # - id: later\n- repo: local\n  hooks:\n  - id: guard\n"
        "\n# about the end\nfail_fast: true\n",
        id="comments stay with what they are about",
    ),
    pytest.param(
        "repos:\n- repo: a",
        "repos:\n- repo: a\n- repo: local\n  hooks:\n  - id: guard",
        id="no final newline",
    ),
    pytest.param(
        "repos:\r\n- repo: a\r\n",
        "repos:\r\n- repo: a\r\n- repo: local\r\n  hooks:\r\n  - id: guard\r\n",
        id="CRLF",
    ),
    pytest.param(
        "repos: []  # none yet\nci: 1\n",
        "repos:\n  - repo: local\n    hooks:\n    - id: guard  # none yet\nci: 1\n",
        id="empty flow list",
    ),
    pytest.param(
        "repos:\n", "repos:\n  - repo: local\n    hooks:\n    - id: guard\n", id="key without value"
    ),
    pytest.param("", "repos:\n- repo: local\n  hooks:\n  - id: guard\n", id="empty file"),
    pytest.param(
        "# only a comment\n",
        "# only a comment\nrepos:\n- repo: local\n  hooks:\n  - id: guard\n",
        id="only a comment",
    ),
    pytest.param(
        "ci:\n  skip: [x]\n",
        "ci:\n  skip: [x]\nrepos:\n- repo: local\n  hooks:\n  - id: guard\n",
        id="no such key",
    ),
]


@pytest.mark.parametrize(("before", "after"), BECOMES)
def test_entry_is_inserted(before: str, after: str) -> None:
    insertion = insert_entry(before, ("repos",), [ENTRY])
    assert insertion.apply(before) == after
    assert yaml.safe_load(after)["repos"][-1] == ENTRY


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "pre-commit:\n  parallel: true\n  commands:\n    lint:\n      run: ruff\n",
            "pre-commit:\n  parallel: true\n  commands:\n    lint:\n      run: ruff\n"
            "    guard:\n      run: guard-hook\n",
            id="mapping",
        ),
        pytest.param(
            "pre-commit:\n  parallel: true\n",
            "pre-commit:\n  parallel: true\n  commands:\n    guard:\n      run: guard-hook\n",
            id="half of the path",
        ),
        pytest.param(
            "commit-msg:\n  commands: {}\n",
            "commit-msg:\n  commands: {}\n"
            "pre-commit:\n  commands:\n    guard:\n      run: guard-hook\n",
            id="none of the path",
        ),
    ],
)
def test_pairs_are_added_to_a_mapping(before: str, after: str) -> None:
    entry = {"guard": {"run": "guard-hook"}}
    assert insert_entry(before, ("pre-commit", "commands"), entry).apply(before) == after


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("repos: [{repo: a}]\n", id="flow list"),
        pytest.param("repos: text\n", id="no list"),
        pytest.param("repos: [\n", id="no YAML"),
        pytest.param("a: 1\n---\nb: 2\n", id="two documents"),
    ],
)
def test_what_cannot_be_added_to_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="The file is"):
        insert_entry(text, ("repos",), [ENTRY])
