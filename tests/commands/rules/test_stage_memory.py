"""A stage that somebody gives a rule is that of its pattern in the memory, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.memory.patterns import list_patterns
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.commands.rules.rules import approve_rule, retire_rule
from devmatrix_guard.commands.rules.stage_memory import RuleFileFollower
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.config import load_settings
from tests.contract.build import fix_pattern
from tests.helpers import commit, tree_bytes, write_tree

_RULE = """\
rules:
  - id: mined.old
    languages: [python]
    severity: WARNING
    message: old
    pattern: old(...)
    metadata:
      guard:
        origin: mined
        stage: advise
        pattern: p1
"""


@pytest.fixture
def project(repo: Path) -> Path:
    commit(repo, {"guard.toml": "", ".guard/rules/old.yml": _RULE}, "Start")
    return repo


def _remember(project: Path) -> None:
    with open_project_memory(load_settings(project), project) as memory:
        memory.patterns.save([fix_pattern("p1"), fix_pattern("p2")])


def _read_stages(project: Path) -> dict[str, str]:
    with open_project_memory(load_settings(project), project, create=False) as memory:
        return {pattern.id: pattern.stage for pattern in memory.patterns.list_all()}


def test_raising_and_retiring_a_rule_changes_its_pattern_and_no_other(project: Path) -> None:
    _remember(project)
    others = _read_stages(project)["p2"]
    assert approve_rule(project, "mined.old") == "mined.old: advise -> warn"
    assert _read_stages(project) == {"p1": "warn", "p2": others}
    assert retire_rule(project, "mined.old") == "mined.old: warn -> retired"
    assert _read_stages(project) == {"p1": "retired", "p2": others}


def test_no_memory_is_made_for_it(project: Path) -> None:
    before = tree_bytes(project)
    approve_rule(project, "mined.old")
    assert tree_bytes(project).keys() == before.keys()


def test_a_pattern_that_the_memory_does_not_know_is_let_be(project: Path) -> None:
    with open_project_memory(load_settings(project), project) as memory:
        memory.patterns.save([fix_pattern("p2")])
    assert approve_rule(project, "mined.old") == "mined.old: advise -> warn"
    assert set(_read_stages(project)) == {"p2"}


def test_a_memory_that_is_away_is_told_and_the_file_changes(project: Path) -> None:
    write_tree(project, {".guard/memory.db": "no database" * 100})
    told = approve_rule(project, "mined.old")
    assert told.startswith(
        "mined.old: advise -> warn\nthe memory follows at the next `guard learn`"
    )
    assert "stage: warn" in (project / ".guard/rules/old.yml").read_text()


def test_a_memory_that_is_served_follows_the_rule_files_that_a_pull_brings(project: Path) -> None:
    _remember(project)
    others = _read_stages(project)["p2"]
    seconds = iter((0.0, 0.0, 1.0, 20.0, 20.0, 40.0, 40.0))
    follower = RuleFileFollower(project, (".guard/rules",), lambda: next(seconds))

    def follow() -> dict[str, str]:
        with open_project_memory(load_settings(project), project, create=False) as memory:
            follower.follow(memory)
        return _read_stages(project)

    assert follow() == {"p1": "advise", "p2": others}
    write_tree(project, {".guard/rules/old.yml": _RULE.replace("stage: advise", "stage: block")})
    assert follow() == {"p1": "advise", "p2": others}, "looked again too soon"
    assert follow() == {"p1": "block", "p2": others}
    write_tree(project, {".guard/rules/old.yml": "rules: ["})
    assert follow() == {"p1": "block", "p2": others}


def test_a_memory_that_was_away_follows_at_the_next_look(project: Path) -> None:
    _remember(project)
    settings = load_settings(project)
    write_tree(project, {".guard/rules/old.yml": _RULE.replace("stage: advise", "stage: block")})
    seconds = iter(range(0, 1000, 10))
    follower = RuleFileFollower(project, (".guard/rules",), lambda: next(seconds))
    away = open_project_memory(settings, project, create=False)
    away.close()
    follower.follow(away)
    assert _read_stages(project)["p1"] != "block"
    with open_project_memory(settings, project, create=False) as memory:
        follower.follow(memory)
    assert _read_stages(project)["p1"] == "block"


def test_the_page_and_the_list_show_one_stage_after_somebody_elses_approval(project: Path) -> None:
    _remember(project)
    write_tree(project, {".guard/rules/old.yml": _RULE.replace("stage: advise", "stage: block")})
    access = MemoryAccess(project)
    with access.lend() as memory:
        served = {pattern.id: pattern.stage for pattern in memory.patterns.list_all()}
    access.close()
    assert served == {pattern.id: pattern.stage for pattern in list_patterns(project)}
    assert served["p1"] == "block"
