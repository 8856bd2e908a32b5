"""Promotion by proof: drafts, evaluations of one text, two validators, family tree, demotion."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix_guard.commands.promotion.promotion import (
    choose_specs,
    evaluate,
    is_demoted,
    list_candidates,
    promote,
    reject,
)
from devmatrix_guard.commands.promotion.trials import Candidate, measure_candidate
from devmatrix_guard.errors import UsageError
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.packaged import PackagedPatterns
from devmatrix_guard.generator.bank.score import find_shortfalls
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.holes.contract import list_holes
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from devmatrix_guard.llm.choose import open_provider
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.infra import InfraPattern, InfraRecord
from tests.helpers import make_repo
from tests.helpers_fork import run_guard
from tests.helpers_llm import model_server
from tests.specs import BOOKS

PYTHON = Path(__file__).parents[3] / ".tools/app/bin/python"
pytestmark = pytest.mark.usefixtures("compiled_once")
needs_environment = pytest.mark.skipif(
    not PYTHON.exists(), reason="run scripts/app-environment first"
)
PACKAGED = PackagedPatterns().find_latest("gitignore")
assert PACKAGED is not None
DRAFT = PACKAGED._replace(version=2, body=PACKAGED.body + "*.log\n", frozen_at=None, origin="bank")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    root = make_repo(tmp_path / "repo", {"README.md": "bank\n"})
    with open_memory(".guard/memory.db", root) as memory:
        memory.infra.save([DRAFT])
    return root


def _keep(world: Path, **facts: object) -> None:
    """Write an evaluation into the memory, as `evaluate` does."""
    measured = {
        "specs": ["a", "b", "c"], "success": 1.0, "coverage": None, "validation": 1.0,
        "performance": 1.0, "reusability": 1.0, "code_quality": 1.0, "security": "HIGH",
        "regressions": [], "seconds": 1.0,
    }  # fmt: skip
    record = {
        "reference": DRAFT.reference, "sha": DRAFT.sha, "measured": measured, "shortfalls": [],
        "opinion": "", "veto": False, "state": "evaluated", "reason": "",
    }  # fmt: skip
    with open_memory(".guard/memory.db", world) as memory:
        memory.state.set(f"promotion:{DRAFT.reference}", json.dumps(record | facts))


def test_a_draft_is_a_candidate_that_nobody_has_evaluated(world: Path) -> None:
    ((draft,), fallen) = list_candidates(world)
    assert (draft.reference, draft.state, draft.measured) == ("gitignore@2", "draft", None)
    assert fallen == ()


def test_what_was_not_evaluated_is_not_promoted(world: Path) -> None:
    with pytest.raises(UsageError, match="it was not evaluated"):
        promote(world, "gitignore")
    with pytest.raises(UsageError, match="no draft of `nothing`"):
        promote(world, "nothing")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"shortfalls": ["security is LOW; MEDIUM is needed"]}, "security is LOW"),
        ({"veto": True, "opinion": "It ignores secrets."}, "It ignores secrets"),
        ({"state": "rejected", "reason": "Too wide."}, "Too wide"),
        ({"sha": "of another text"}, "not evaluated"),
        ({"shortfalls": 1}, "not evaluated"),
    ],
    ids=["threshold", "veto", "rejected", "another text", "nonsense"],
)
def test_what_stands_against_a_draft_stops_its_promotion(
    world: Path, facts: dict[str, object], said: str
) -> None:
    _keep(world, **facts)
    with pytest.raises(UsageError, match=said):
        promote(world, "gitignore")
    with open_memory(".guard/memory.db", world) as memory:
        assert memory.infra.find_latest("gitignore") is None


def test_a_draft_that_passed_is_frozen_and_has_its_place_in_the_family_tree(world: Path) -> None:
    _keep(world)
    frozen = promote(world, "gitignore")
    assert frozen.reference == "gitignore@2"
    assert frozen.frozen_at is not None
    with open_memory(".guard/memory.db", world) as memory:
        assert memory.infra.find_latest("gitignore") == frozen
        traced = memory.lineage.trace(("infra-pattern", "gitignore@2"))
        assert [(e.kind, e.source[1]) for e in traced.edges] == [("evolved-into", "gitignore@1")]
        kept = json.loads(memory.state.get("promotion:gitignore@2") or "")
    assert kept["state"] == "promoted"
    assert kept["measured"]["success"] == 1.0


def test_a_rejection_is_kept_with_its_reason(world: Path) -> None:
    reject(world, "gitignore", "Too wide.")
    ((draft,), _) = list_candidates(world)
    assert (draft.state, draft.reason) == ("rejected", "Too wide.")


@pytest.mark.parametrize(
    ("successes", "uses", "demoted"),
    [(0, 0, False), (0, 1, True), (9, 10, False), (7, 10, True), (1, 2, True), (95, 100, False)],
)
def test_outcomes_demote_a_version_when_even_the_best_case_falls_short(
    successes: int, uses: int, demoted: bool
) -> None:
    assert is_demoted(InfraRecord("x", 1, uses, successes)) is demoted


def test_a_candidate_is_asked_before_all_others() -> None:
    source = Candidate(DRAFT)
    assert source.find_latest("gitignore") == DRAFT
    assert source.find_latest("dockerfile") is None
    assert source.find_exact("gitignore", 1) is None
    assert source.list_all() == (DRAFT,)


def test_without_an_environment_nothing_is_evaluated(world: Path) -> None:
    with pytest.raises(UsageError, match="--python"):
        evaluate(world, "gitignore", [])


def test_guards_own_specs_make_them_three(tmp_path: Path) -> None:
    own = [tmp_path / f"{name}.yaml" for name in "abcd"]
    assert [path.stem for path in choose_specs([])] == ["notes", "rooms", "catalog"]
    assert [path.stem for path in choose_specs(own[:1])] == ["a", "notes", "rooms"]
    assert choose_specs(own) == own


@pytest.mark.parametrize("spec", choose_specs([]), ids=lambda spec: spec.stem)
def test_all_that_guards_own_specs_promise_is_implemented(spec: Path) -> None:
    plan = make_plan(read_application(spec))
    files = {file.path: file.text for file in generate_files(plan, PatternBank())}
    assert list_holes(plan, files, files) == []
    assert len(plan.ir.api.operations) >= 4


def test_nobody_is_asked_about_what_falls_short_already(world: Path, tmp_path: Path) -> None:
    spec = tmp_path / "no-spec.yaml"
    spec.write_text("no spec\n")
    with model_server('{"veto": true, "reason": "no"}') as server:
        provider = open_provider(f"openai:{server.url}/v1#m")
        found = evaluate(
            world, "gitignore", [spec] * 3, python=Path(sys.executable), provider=provider
        )
    assert server.asked == []
    assert any("0 specs" in shortfall for shortfall in found.shortfalls)


@pytest.mark.slow
@needs_environment
def test_a_draft_is_measured_on_a_whole_application(tmp_path: Path) -> None:
    spec = tmp_path / "books.yaml"
    spec.write_text(BOOKS)
    health = PackagedPatterns().find_latest("health_routes")
    assert health is not None
    draft: InfraPattern = health._replace(
        version=2, body=health.body.replace("import ", "import os\nimport ", 1), frozen_at=None
    )._replace(origin="bank")
    measured = measure_candidate(draft, PatternBank(), [spec], PYTHON)
    assert measured.specs == ("books",)
    assert measured.success is not None and measured.success < 1.0
    assert "lint of books" in measured.regressions
    assert measured.coverage is not None and measured.coverage > 0.5
    assert measured.security == "HIGH"
    assert any("1 specs" in shortfall for shortfall in find_shortfalls(measured))


def test_the_commands_say_what_they_do(world: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_guard(world, "bank", *arguments)

    assert "gitignore@2" in run("candidates").stdout
    assert run("promote", "gitignore").returncode == 2
    assert run("reject", "gitignore", "--reason", "Too wide.").returncode == 0
    assert json.loads(run("candidates", "--format", "json").stdout)["candidates"][0]["reason"]
