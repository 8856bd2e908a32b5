"""`guard suggest` gives a new spec what specs like it do, where those passed; no more than fits."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.irs.ir import load_ir
from devmatrix_guard.commands.application.irs.ir_versions import save_ir
from devmatrix_guard.commands.loop.suggest import render_suggestions, suggest_behavior
from tests.commands.loop.helpers import failed, judge, passed
from tests.helpers import make_repo
from tests.helpers_fork import run_guard

ROOT = Path(__file__).parents[3]
SHOP = ROOT / "examples/shop/shop.yaml"


def read_shop() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(SHOP.read_text(encoding="utf-8"))
    return document


def write(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def strip_behavior(document: dict[str, Any]) -> dict[str, Any]:
    """Return the spec with all that says what its operations do left out."""
    bare = copy.deepcopy(document)
    bare["info"]["title"] = "Kiosk"
    for key in [key for key in bare if key.startswith("x-")]:
        del bare[key]
    for schema in bare["components"]["schemas"].values():
        schema.pop("x-state-machine", None)
    for path in bare["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                operation.pop("x-flow", None)
    return bare


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose memory knows the shop, and that it passed."""
    repo = make_repo(tmp_path_factory.mktemp("known"))
    spec = write(repo / "shop.yaml", read_shop())
    run_generate(spec, repo / "shop")
    save_ir(repo, spec)
    judge(repo, "shop", *passed("imports", "tests"))
    shutil.copytree(repo, repo.with_name("kept"))
    return repo


@pytest.fixture
def proven(known: Path) -> Path:
    """It, as it was: in its own place, which is what it is known by."""
    shutil.rmtree(known)
    return shutil.copytree(known.with_name("kept"), known)


def test_a_bare_spec_is_given_the_behavior_of_the_one_that_passed(proven: Path) -> None:
    bare = write(proven / "kiosk.yaml", strip_behavior(read_shop()))
    shop, before = load_ir(proven / "shop.yaml"), load_ir(bare)
    assert not any(flow.wire for flow in before.behavior.flows)
    found = suggest_behavior(proven, bare)
    assert {source.name for source in found.asked} == {shop.name}
    overlay = proven / "suggested.yaml"
    overlay.write_text(render_suggestions(found, "yaml"), encoding="utf-8")
    after = load_ir(bare, overlay)
    assert {flow.name for flow in after.behavior.flows} == {f.name for f in shop.behavior.flows}
    assert [m.transitions for m in after.behavior.state_machines] == [
        m.transitions for m in shop.behavior.state_machines
    ]
    assert {i.text for i in after.behavior.invariants} == {
        i.text for i in shop.behavior.invariants if i.condition is not None
    }


def test_each_part_names_where_it_comes_from(proven: Path) -> None:
    bare = write(proven / "kiosk.yaml", strip_behavior(read_shop()))
    found = suggest_behavior(proven, bare)
    text = render_suggestions(found, "yaml")
    parts = sum(len(one.parts) for one in found.suggestions)
    assert text.count("# from shop: ") == parts > 3
    assert "passed 1 of 1 verifications" in text
    document = json.loads(render_suggestions(found, "json"))
    assert {one["source"]["name"] for one in document["suggestions"]} == {"shop"}


def test_what_the_new_spec_has_no_room_for_is_left_out(proven: Path) -> None:
    document = strip_behavior(read_shop())
    for schema in document["components"]["schemas"].values():
        if schema.get("properties", {}).pop("stock", None) and "required" in schema:
            schema["required"] = [name for name in schema["required"] if name != "stock"]
    bare = write(proven / "kiosk.yaml", document)
    found = suggest_behavior(proven, bare)
    text = render_suggestions(found, "yaml")
    assert found.suggestions
    assert "stock" not in text


def test_a_spec_that_has_its_behavior_is_given_none(proven: Path) -> None:
    document = read_shop()
    document["info"]["title"] = "Kiosk"
    found = suggest_behavior(proven, write(proven / "kiosk.yaml", document))
    assert found.asked
    assert found.suggestions == ()
    assert "no behavior that this one lacks" in render_suggestions(found, "yaml")


def test_what_failed_is_not_followed(repo: Path) -> None:
    spec = write(repo / "shop.yaml", read_shop())
    run_generate(spec, repo / "shop")
    save_ir(repo, spec)
    judge(repo, "shop", failed("tests", "1 failed", "test_checkout"))
    bare = write(repo / "kiosk.yaml", strip_behavior(read_shop()))
    found = suggest_behavior(repo, bare)
    assert found.asked == ()
    assert yaml.safe_load(render_suggestions(found, "yaml")) == {"overlay": 1}


def test_the_command_prints_an_overlay(proven: Path) -> None:
    write(proven / "kiosk.yaml", strip_behavior(read_shop()))
    done = run_guard(proven, "suggest", "kiosk.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert yaml.safe_load(done.stdout)["overlay"] == 1
