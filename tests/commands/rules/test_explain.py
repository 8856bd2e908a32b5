from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.rules.explain import explain
from devmatrix_guard.config import find_shipped_rules
from devmatrix_guard.engine.rules.load import load_rules
from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.pattern import Evidence
from tests.helpers import tree_bytes, write_tree

MINED = """
rules:
  - id: mined-parse-json
    languages: [python]
    severity: WARNING
    message: Use self._parse_json; it names the page that cannot be read.
    pattern: json.loads($PAGE)
    fix: self._parse_json($PAGE, video_id)
    metadata:
      guard:
        origin: mined
        stage: advise
        layer: 4
        pattern: 5f1c2e00aa11bb22
        sources:
          - commit: f1c5a91b2000000000000000000000000000000f
            date: 2026-02-01
            subject: Name the page
        evidence:
          commits: 3
          files: 4
          sites_fixed: 5
          left_alone: 1
          reverse_edits: 0
          confidence: '0.7500'
          wilson_low: '0.4400'
          replay:
            commits: 200
            added_lines: 4000
            alarms: [a1b2c3 app/a.py:4, a1b2c3 app/b.py:9]
          not_higher_because: [1 matches are left at HEAD]
        examples:
          - invalid: |
              data = json.loads(page)
            fixed: |
              data = self._parse_json(page, video_id)
          - valid: |
              data = json.loads(text)
"""
OWN = """
rules:
  - id: own-rule
    languages: [python]
    severity: INFO
    message: Do not.
    patterns:
      - pattern: |
          if $X:
              ...
      - metavariable-regex: {metavariable: $X, regex: tmp}
  - id: own-taint
    languages: [python]
    severity: ERROR
    mode: taint
    message: Tainted.
    pattern-sources: [{pattern: input()}]
    pattern-sinks: [{pattern: eval(...)}]
"""


@pytest.fixture
def project(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a mined rule, two hand-written ones and a file that is no rule."""
    rules = {"mined.yml": MINED, "own.yml": OWN, "broken.yml": "rules: ["}
    write_tree(repo, {f".guard/rules/{name}": text for name, text in rules.items()})
    monkeypatch.chdir(repo)
    return repo


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["explain", *arguments], standalone_mode=False)


def test_a_mined_rule_is_explained_with_its_commits_and_evidence(project: Path) -> None:
    said = explain(project, "mined-parse-json")
    assert (said.origin, said.stage, said.layer) == ("mined", "advise", 4)
    assert (said.finds, said.fix) == ("json.loads($PAGE)", "self._parse_json($PAGE, video_id)")
    assert said.path == ".guard/rules/mined.yml"
    assert said.engine == "in process"
    assert said.pattern_id == "5f1c2e00aa11bb22"
    assert said.sources == (
        Source("f1c5a91b2000000000000000000000000000000f", "2026-02-01", "Name the page"),
    )
    assert said.evidence == Evidence(
        commits=3,
        files=4,
        sites_fixed=5,
        left_alone=1,
        replay_commits=200,
        replay_added_lines=4000,
        replay_alarms=2,
        confidence=0.75,
        wilson_low=0.44,
        reasons=("1 matches are left at HEAD",),
        alarms=("a1b2c3 app/a.py:4", "a1b2c3 app/b.py:9"),
    )


def test_the_text_of_a_mined_rule_says_it_all_in_words(project: Path) -> None:
    assert (
        run("mined-parse-json").output
        == """\
mined-parse-json  advise  mined  layer 4 (services)
  Use self._parse_json; it names the page that cannot be read.

finds
    json.loads($PAGE)

writes instead
    self._parse_json($PAGE, video_id)

learned from
  f1c5a91b20 2026-02-01 Name the page

why
  Fixed in 5 places of 4 files by 3 commits.
  Left alone in 1 place where it matches today.
  A match is a mistake with a chance of 75% (at least 44%, with 95 % certainty).
  Replayed over 200 later commits (4,000 added lines): 2 alarms, 0.50 per 1,000
  added lines.
  The counts alone speak for no higher stage: 1 matches are left at HEAD.

for example
    - data = json.loads(page)
    + data = self._parse_json(page, video_id)

but not this
    data = json.loads(text)

where
  file     .guard/rules/mined.yml
  runs     in process
  severity WARNING to semgrep; here its stage decides
  pattern  guard patterns show 5f1c2e00aa11
  history  guard lineage mined-parse-json

if it is wrong
  at one place
    # guard: ignore[mined-parse-json] reason=… kind=false-positive
  on its record    guard feedback mined-parse-json --false-positive -m …
  everywhere       guard rules retire mined-parse-json
"""
    )


def test_a_hand_written_rule_is_shown_as_it_was_written(project: Path) -> None:
    said = explain(project, "own-rule")
    assert (said.origin, said.stage, said.evidence, said.sources) == (
        "hand-written",
        "advise",
        None,
        (),
    )
    assert said.finds == (
        "patterns:\n"
        "- pattern: |\n"
        "    if $X:\n"
        "        ...\n"
        "- metavariable-regex:\n"
        "    metavariable: $X\n"
        "    regex: tmp"
    )


def test_a_rule_that_needs_semgrep_says_why(project: Path) -> None:
    assert explain(project, "own-taint").engine.startswith("needs semgrep: ")


def test_a_severity_that_the_stage_overrules_is_told_apart(project: Path) -> None:
    write_tree(
        project,
        {
            ".guard/rules/agreed.yml": "rules:\n  - id: own-agreed\n    languages: [python]\n"
            "    severity: INFO\n    message: m\n    pattern: f()\n"
            "    metadata: {guard: {stage: block}}\n"
        },
    )
    output = run("own-agreed").output
    assert output.startswith("own-agreed  block  hand-written\n")
    assert "severity INFO to semgrep; here its stage decides" in output
    assert "severity" not in run("fastapi-exception-returned").output


def test_every_shipped_rule_can_be_explained(project: Path) -> None:
    shipped = load_rules(find_shipped_rules()).rules
    assert len(shipped) >= 30
    for rule in shipped:
        output = run(rule.id).output
        assert output.startswith(f"{rule.id}  {rule.stage}  shipped")
        assert "\nfor example" in output


def test_the_rule_about_undone_fixes_is_explained_without_a_file(project: Path) -> None:
    output = run("undo-of-fix").output
    assert output.startswith("undo-of-fix  warn")
    assert "one in six of them had to be fixed again" in " ".join(output.split())
    assert "guard rules retire" not in output


def test_a_rule_of_the_project_stands_before_a_shipped_one_of_the_same_name(project: Path) -> None:
    name = "fastapi-exception-returned"
    write_tree(project, {".guard/rules/mine.yml": OWN.replace("own-rule", name)})
    assert explain(project, name).message == "Do not."


def test_a_folder_below_the_root_knows_the_same_rules(project: Path) -> None:
    (project / "deep").mkdir()
    assert explain(project / "deep", "own-rule").path == ".guard/rules/own.yml"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("mined-parse-jsn", "did you mean `mined-parse-json`", id="a typing error"),
        pytest.param("parse-json", "did you mean `mined-parse-json`", id="a part"),
        pytest.param("undo-of-fixes", "did you mean `undo-of-fix`", id="built in"),
        pytest.param("zzzzzz", "one rule could not be read", id="perhaps in the broken file"),
        pytest.param("", "one rule could not be read", id="nothing"),
    ],
)
def test_an_unknown_rule_is_answered_with_a_hint(project: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        explain(project, name)


def test_explaining_needs_no_memory_and_writes_nothing(project: Path) -> None:
    before = tree_bytes(project)
    run("mined-parse-json")
    assert tree_bytes(project) == before


def test_the_json_form_holds_the_same(project: Path) -> None:
    document = json.loads(run("mined-parse-json", "--format", "json").output)
    assert document["schema_version"] == 1
    assert document["rule_id"] == "mined-parse-json"
    assert document["evidence"]["sites_fixed"] == 5
    assert document["sources"][0]["subject"] == "Name the page"
    assert document["examples"][0]["kind"] == "invalid"
    assert json.loads(run("own-rule", "--format", "json").output)["evidence"] is None


def test_odd_metadata_is_no_error(project: Path) -> None:
    odd = OWN.replace(
        "    message: Do not.",
        "    message: Do not.\n    metadata: {guard: {evidence: [1], pattern: 7}}",
    )
    write_tree(project, {".guard/rules/own.yml": odd})
    assert explain(project, "own-rule").evidence is None


def test_prose_keeps_to_the_terminal(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, run("undo-of-fix").output.splitlines())) <= 79
    assert max(map(len, run("mined-parse-json").output.partition("finds")[0].splitlines())) <= 60


def test_a_shipped_rule_is_said_to_be_copied_before_it_is_retired(project: Path) -> None:
    output = run("asyncio-get-event-loop").output
    assert "everywhere       copy its file into .guard/rules, then\n" in output
