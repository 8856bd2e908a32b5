"""`guard layers`: each layer with its rules, lessons, invariants, violations and owners."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.rules.layers import (
    describe_layers,
    render_layers_json,
    write_layer_lines,
)
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.rule import LAYERS
from tests.contract.build import fix_pattern
from tests.helpers import commit, git, make_repo

RULE = """\
rules:
  - id: no-eval
    languages: [python]
    severity: ERROR
    message: Do not evaluate texts.
    pattern: eval(...)
    metadata: {guard: {stage: warn, layer: 4}}
"""
SHOP = Path(__file__).parents[3] / "examples/shop/shop.yaml"


@pytest.fixture
def world(tmp_path: Path) -> Path:
    files = {
        "guard.toml": "[layers]\nservices = ['app/services']\nroutes = ['app/api']\n",
        ".guard/rules/eval.yml": RULE,
        "app/services/pay.py": "eval('1')\n",
        "app/api/pay.py": "x = 1\n",
        "CODEOWNERS": "# who\n/app/services @payments @leads\n/docs @writers\n",
    }
    return make_repo(tmp_path / "repo", files)


def test_a_layer_is_told_with_everything_that_guards_it(world: Path) -> None:
    with open_memory(".guard/memory.db", world) as memory:
        memory.patterns.save([fix_pattern(layer=4)])
    (services,) = describe_layers(world, 4)
    assert (services.name, services.globs, services.files) == ("services", ("app/services",), 1)
    assert ("no-eval", "warn", "Do not evaluate texts.") in services.rules
    assert [(v.rule, v.path, v.line) for v in services.violations] == [
        ("no-eval", "app/services/pay.py", 1)
    ]
    assert services.lessons == (("p1", "json.loads becomes self._parse_json"),)
    assert services.owners == (("/app/services", "@payments @leads"),)
    page = "\n".join(write_layer_lines([services]))
    assert "/app/services: @payments @leads" in page
    assert "app/services/pay.py:1 no-eval (warn)" in page


def test_all_layers_are_told_in_a_line_each(world: Path) -> None:
    guards = describe_layers(world)
    assert [guard.number for guard in guards] == list(LAYERS)
    assert len(list(write_layer_lines(guards))) == 7
    data = json.loads(render_layers_json(guards))
    assert data["layers"][3]["may_change"] == [
        {"paths": "/app/services", "owners": "@payments @leads"}
    ]


def test_a_generated_application_has_its_layers_and_invariants(tmp_path: Path) -> None:
    run_generate(SHOP, tmp_path / "shop")
    git(tmp_path / "shop", "init", "-q")
    commit(tmp_path / "shop", {}, "Start")
    guards = {guard.number: guard for guard in describe_layers(tmp_path / "shop")}
    assert guards[3].files > 3
    assert guards[3].generated == guards[3].files
    assert any(name for name, _ in guards[1].invariants)
    assert "change the spec" in "\n".join(write_layer_lines([guards[1]]))


def test_applications_in_folders_have_their_layers_too(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"tool/src/api/x.py": "x = 1\n"})
    run_generate(SHOP, repo / "services/shop")
    git(repo, "add", "-A")
    guards = {guard.number: guard for guard in describe_layers(repo)}
    assert guards[3].files > 3
    assert guards[3].generated == guards[3].files  # not those of another folder
    assert guards[3].globs == ("/services/shop/src/api",)
    assert any(name for name, _ in guards[1].invariants)


def test_without_settings_memory_or_owners_nothing_fails(tmp_path: Path) -> None:
    guards = describe_layers(make_repo(tmp_path / "repo", {"a.py": "x = 1\n"}))
    assert all(not guard.files and not guard.owners for guard in guards)
