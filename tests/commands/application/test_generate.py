"""`guard generate`: what it writes, what it refuses, and that it is the same every time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.application import read_generated
from devmatrix_guard.commands.application.generate import (
    Generated,
    print_generated,
    run_generate,
)
from devmatrix_guard.commands.application.repair import run_repair
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.errors import GenerationError, SpecError
from devmatrix_guard.generator.bank.change import freeze_text
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.base_texts import unpack_text
from devmatrix_guard.ir.application import Notice
from devmatrix_guard.memory.connect import open_memory
from tests.helpers import make_repo, tree_bytes, write_tree
from tests.specs import BOOKS

SHOP = Path(__file__).parents[3] / "examples" / "shop" / "shop.yaml"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("generated") / "shop"
    run_generate(SHOP, target)
    return target


def test_the_shop_has_at_least_eighty_files(shop: Path) -> None:
    assert sum(path.is_file() and ".guard" not in path.parts for path in shop.rglob("*")) >= 80


def test_manifest_names_every_file_with_its_hash(shop: Path) -> None:
    manifest = json.loads((shop / ".guard/generation_manifest.json").read_text())
    written = {path: text for path, text in tree_bytes(shop).items() if ".guard" not in path}
    assert manifest["files"].keys() == written.keys()
    for path, entry in manifest["files"].items():
        assert entry["sha256"] == hashlib.sha256(written[path]).hexdigest()
        assert unpack_text((shop / entry["base"]).read_bytes(), entry["sha256"]) == written[path]


def test_the_manifest_is_json_as_anybody_writes_it(shop: Path) -> None:
    text = (shop / ".guard/generation_manifest.json").read_text("utf-8")
    plain = json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False)
    assert text == f"{plain}\n"


def test_every_emitted_file_names_the_nodes_it_depends_on(shop: Path) -> None:
    manifest = json.loads((shop / ".guard/generation_manifest.json").read_text())
    emitted = [e for e in manifest["files"].values() if e["stratum"] == "ast"]
    assert len(emitted) > 40
    assert all(entry["ir_nodes"] for entry in emitted)


@pytest.mark.parametrize("seed", ["0", "1"])
def test_bytes_depend_neither_on_the_folder_nor_on_the_hash_seed(
    shop: Path, tmp_path: Path, seed: str
) -> None:
    target = tmp_path / "elsewhere" / "deep" / "app"
    subprocess.run(
        [sys.executable, "-m", "devmatrix_guard", "generate", SHOP, "-o", target],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=True,
        capture_output=True,
    )
    assert tree_bytes(target) == tree_bytes(shop)


def test_a_repository_that_was_just_made_is_as_good_as_empty(tmp_path: Path) -> None:
    spec = tmp_path / "books.yaml"
    spec.write_text(BOOKS)
    repo = make_repo(tmp_path / "repo")
    head = (repo / ".git/HEAD").read_text()
    assert {path.name for path in repo.iterdir()} == {".git"}
    run_generate(spec, repo)
    assert (repo / "src/main.py").is_file()
    assert (repo / ".git/HEAD").read_text() == head


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path: Path) -> None:
    write_tree(tmp_path, {"mine.txt": "keep"})
    with pytest.raises(GenerationError, match="--force"):
        run_generate(SHOP, tmp_path)
    assert tree_bytes(tmp_path) == {"mine.txt": b"keep"}


def test_force_writes_over_generated_files_and_keeps_others(shop: Path, tmp_path: Path) -> None:
    write_tree(tmp_path, {"mine.txt": "keep", "src/main.py": "old"})
    run_generate(SHOP, tmp_path, force=True)
    assert tree_bytes(tmp_path) == tree_bytes(shop) | {"mine.txt": b"keep"}


def test_force_does_not_follow_a_link_out_of_the_target(tmp_path: Path) -> None:
    outside, target = tmp_path / "outside", tmp_path / "app"
    write_tree(outside, {"note.txt": "mine"})
    target.mkdir()
    (target / "src").symlink_to(outside)
    with pytest.raises(GenerationError, match="link"):
        run_generate(SHOP, target, force=True)
    assert tree_bytes(outside) == {"note.txt": b"mine"}


def test_a_bad_spec_leaves_nothing_behind(tmp_path: Path) -> None:
    write_tree(tmp_path, {"bad.yaml": "openapi: 3.1.0\npaths: 7\n"})
    with pytest.raises(SpecError):
        run_generate(tmp_path / "bad.yaml", tmp_path / "app")
    assert tree_bytes(tmp_path).keys() == {"bad.yaml"}


def test_a_target_that_is_a_file_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path, {"app": "a file"})
    with pytest.raises(GenerationError, match="not a folder"):
        run_generate(SHOP, tmp_path / "app")


def test_a_target_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    write_tree(tmp_path, {"file": "in the way"})
    with pytest.raises(GenerationError, match="cannot be written"):
        run_generate(SHOP, tmp_path / "file" / "app")


def test_in_a_repository_the_run_is_recorded_down_to_the_operation(repo: Path) -> None:
    run_generate(SHOP, repo / "shop")
    (lineage,) = trace(repo, "shop/src/core/config.py")
    assert {"file", "run", "spec", "ir", "infra-pattern"} <= {node.kind for node in lineage.nodes}
    with open_memory(".guard/memory.db", repo) as memory:
        (run,) = memory.runs.list_recent()
    files = json.loads((repo / "shop/.guard/generation_manifest.json").read_text())["files"]
    assert (run.command, run.status, run.files_generated) == ("generate", "succeeded", len(files))


def test_outside_a_repository_nothing_but_the_application_is_written(tmp_path: Path) -> None:
    run_generate(SHOP, tmp_path / "shop")
    assert not (tmp_path / "shop/.guard/memory.db").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_an_application_that_has_a_memory_goes_on_to_be_recorded(tmp_path: Path) -> None:
    with open_memory(".guard/memory.db", tmp_path / "shop"):
        pass
    run_generate(SHOP, tmp_path / "shop", force=True)
    with open_memory(".guard/memory.db", tmp_path / "shop") as memory:
        assert [run.command for run in memory.runs.list_recent()] == ["generate"]


def freeze_dockerignore(repo: Path, text: str) -> None:
    with open_memory(".guard/memory.db", repo) as memory:
        freeze_text(
            memory.infra, PatternBank(bank=memory.infra), "dockerignore", text, "2026-01-01"
        )


def test_a_pattern_of_the_bank_is_used_and_lies_beside_the_application(
    repo: Path, tmp_path: Path
) -> None:
    freeze_dockerignore(repo, "*.ours\n")
    run_generate(SHOP, repo / "shop")
    assert (repo / "shop/.dockerignore").read_text() == "*.ours\n"
    assert [path.name for path in (repo / "shop/.guard/infra_patterns").iterdir()] == [
        "dockerignore@2.json"
    ]
    (repo / "shop").rename(tmp_path / "clone")
    assert read_generated(tmp_path / "clone").reference[".dockerignore"] == "*.ours\n"


def test_repair_keeps_to_the_pattern_the_application_was_made_with(repo: Path) -> None:
    freeze_dockerignore(repo, "*.ours\n")
    run_generate(SHOP, repo / "shop")
    freeze_dockerignore(repo, "*.later\n")
    assert run_repair(repo / "shop", dry_run=True).files == {}


BIKES = """\
openapi: 3.1.0
info: {title: Bikes, version: "1"}
paths:
  /bikes:
    post:
      requestBody:
        content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}
      responses: {"201": {description: Made., content: {application/json: {schema: {$ref: "#/components/schemas/Bike"}}}}}
  /bikes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      responses: {"200": {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Bike"}}}}}
  /bikes/{id}/rent:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    post:
      responses:
        "200": {description: Rented., content: {application/json: {schema: {$ref: "#/components/schemas/Bike"}}}}
        "409": {description: Not available.}
components:
  schemas:
    Bike:
      type: object
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string}
        status: {type: string, enum: [available, rented, broken], default: available, readOnly: true}
"""  # noqa: E501  # a line of a spec


def test_what_is_guessed_from_a_name_is_told(tmp_path: Path) -> None:
    spec = tmp_path / "bikes.yaml"
    spec.write_text(BIKES)
    made = run_generate(spec, tmp_path / "app")
    (guess,) = [n.message for n in made.notices if n.kind == "assumed" and "guessed" in n.message]
    assert "rent means to set status to 'rented'" in guess
    assert "`x-flow`" in guess


def test_a_guessed_transition_is_told_in_words(tmp_path: Path) -> None:
    states = """      x-state-machine:
        field: status
        initial: available
        transitions: [{event: rent, from: [available], to: rented}]
      properties:
        id: {type: integer"""
    spec = tmp_path / "bikes.yaml"
    spec.write_text(BIKES.replace("      properties:\n        id: {type: integer", states, 1))
    made = run_generate(spec, tmp_path / "app")
    (guess,) = [n.message for n in made.notices if n.kind == "assumed" and "guessed" in n.message]
    assert "rent means to fire the event `rent`" in guess
    assert "{" not in guess


def test_what_a_killed_run_left_half_made_is_removed_once_nobody_writes_it(tmp_path: Path) -> None:
    (tmp_path / "books.yaml").write_text(BOOKS)
    old, young = (tmp_path / f".guard-{digit * 16}" for digit in "ab")
    for folder in (old, young):
        write_tree(folder, {"src/main.py": "half"})
    long_ago = time.time() - 3_600
    os.utime(old, (long_ago, long_ago))
    run_generate(tmp_path / "books.yaml", tmp_path / "app")
    assert not old.exists()
    assert (young / "src/main.py").exists()


def test_what_was_made_is_printed_and_notes_say_where_they_are_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notices = (Notice("ignored", "no x is read", "paths/~1a"), Notice("untested", "b", ""))
    strata = {"template": 2, "ast": 3, "llm": 0}
    made = Generated(Path("app"), strata, notices, "3 of 4 work", ("two like it",), "make test")
    print_generated(made)
    shown = capsys.readouterr()
    assert shown.out == (
        "app: 5 files (template 2, ast 3, llm 0)\n3 of 4 work\n"
        "next: make test  (its environment, tests and a start)\n"
    )
    assert shown.err == "note: no x is read (paths/~1a)\nnote: b\nmemory: two like it\n"
