from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.application.bank_sources import (
    open_application_bank,
    open_pattern_bank,
)
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.errors import GenerationError, SettingsError, UsageError
from devmatrix_guard.generator.bank.cache import CACHE_FOLDER, cache_files
from devmatrix_guard.generator.manifest import PATH as MANIFEST
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.infra import InfraOutcome, InfraPattern
from tests.contract.build import infra_pattern
from tests.helpers import tree_bytes, write_tree


@pytest.fixture(autouse=True)
def in_repo(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(
        cli, ["bank", *arguments], standalone_mode=False, catch_exceptions=False
    )
    assert result.exception is None
    return result.output


def run_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--format", "json"))


def test_without_a_memory_the_packaged_patterns_are_there_and_nothing_is_written(
    repo: Path,
) -> None:
    listed = run_json("list")["patterns"]
    assert len(listed) >= 14
    assert {p["origin"] for p in listed} == {"packaged"}
    assert {p["success_rate"] for p in listed} == {None}
    run("show", "dockerfile")
    run("search", "health check")
    run("metrics")
    assert tree_bytes(repo) == {}


def test_importing_twice_changes_nothing() -> None:
    first = run_json("import")
    assert run_json("import") == {
        "schema_version": 1,
        "added": [],
        "known": first["added"],
        "kept": [],
    }
    assert {p["origin"] for p in run_json("list")["patterns"]} == {"bank"}


def test_a_shown_pattern_can_be_imported_elsewhere(repo: Path) -> None:
    write_tree(repo, {"new.txt": "*\n", "p.json": ""})
    frozen = run_json("freeze", "dockerignore", "--text", "new.txt")
    (repo / "p.json").write_text(run("show", "dockerignore@2", "--format", "json"), "utf-8")
    (repo / ".guard" / "memory.db").unlink()
    assert run_json("import", "p.json")["added"] == ["dockerignore@2"]
    assert run_json("show", "dockerignore") == frozen


def test_freezing_says_what_is_frozen(repo: Path) -> None:
    write_tree(repo, {"new.txt": "*\n"})
    output = run("freeze", "dockerignore", "--text", "new.txt")
    assert output.startswith("dockerignore@2  bank\n")
    assert run("freeze", "dockerignore") == output


def test_the_success_rate_is_measured_and_can_fall(repo: Path) -> None:
    with open_memory(".guard/memory.db", repo) as memory:
        memory.infra.record_outcomes(
            [InfraOutcome("main", 1, "2026-01-01T00:00:00Z", True, "smoke")]
        )
    assert "main@1" in run("metrics")
    assert run_json("metrics")["avg_success_rate"] == 1.0
    used = run_json("metrics")["patterns"][0]
    assert used["reference"] == "main@1"
    assert used["interval"] == pytest.approx([0.3162, 1.0], abs=1e-4)  # one success says little
    assert "100.0%  32% to 100%" in run("metrics")
    with open_memory(".guard/memory.db", repo) as memory:
        memory.infra.record_outcomes(
            [InfraOutcome("main", 1, "2026-01-02T00:00:00Z", False, "smoke")]
        )
    assert run_json("metrics")["avg_success_rate"] == 0.5
    assert "50% of 2" in run("list")


def test_a_search_names_the_nearest_first() -> None:
    assert (
        run("search", "migration script template").splitlines()[0].split()[1] == "alembic_script@1"
    )
    assert run("search", "qqqq") == "No InfraPattern resembles this purpose.\n"
    (nearest,) = run_json("search", "async", "--domain", "data_access", "--limit", "1")["patterns"]
    assert nearest["signature"]["domain"] == "data_access"


def test_the_switch_leaves_the_package_only(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(repo, {"new.txt": "*\n"} | cache_files([infra_pattern("main", 5)]))
    run("freeze", "dockerignore", "--text", "new.txt")
    with open_memory(".guard/memory.db", repo) as memory:
        bank = open_pattern_bank(repo, memory)
        assert (bank.get("main").origin, bank.get("dockerignore").origin) == ("cache", "bank")
        monkeypatch.setenv("GUARD_PATTERN_BANK", "off")
        bank = open_pattern_bank(repo, memory)
        assert (bank.get("main").origin, bank.get("dockerignore").origin) == ("packaged",) * 2
    assert {p["origin"] for p in run_json("list")["patterns"]} == {"packaged"}


def manifest(*patterns: InfraPattern) -> str:
    pins = {p.pattern_id: {"version": p.version, "sha256": p.sha} for p in patterns}
    return json.dumps({"format": 1, "infra_patterns": pins})


def test_an_application_keeps_the_versions_its_manifest_pins(repo: Path) -> None:
    with open_application_bank(read_context(repo / "shop")) as bank:
        old = bank.get("dockerignore")
    write_tree(repo, {"new.txt": "*\n", f"shop/{MANIFEST}": manifest(old)})
    run("freeze", "dockerignore", "--text", "new.txt")
    with open_application_bank(read_context(repo / "shop")) as bank:
        assert bank.get("dockerignore") == old
    with open_application_bank(read_context(repo / "other")) as bank:
        assert bank.get("dockerignore").version == old.version + 1


def test_an_application_brings_the_patterns_it_was_made_with_along(
    repo: Path, tmp_path: Path
) -> None:
    write_tree(repo, {"new.txt": "*\n"})
    run("freeze", "dockerignore", "--text", "new.txt")
    with open_application_bank(read_context(repo / "shop")) as bank:
        used = bank.get("dockerignore")
    clone = tmp_path / "clone"
    write_tree(clone, {**cache_files([used]), MANIFEST: manifest(used)})
    with open_application_bank(read_context(clone)) as bank:
        assert bank.get("dockerignore")._replace(origin="bank") == used
    (clone / CACHE_FOLDER / "dockerignore@2.json").unlink()
    with (
        open_application_bank(read_context(clone)) as bank,
        pytest.raises(GenerationError, match="dockerignore@2"),
    ):
        bank.get("dockerignore")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"infra_patterns": {"a": 1}}', "[" * 100_000])
def test_a_manifest_that_cannot_be_read_stops_the_generation(repo: Path, text: str) -> None:
    write_tree(repo, {MANIFEST: text})
    with (
        pytest.raises(GenerationError, match="restore it"),
        open_application_bank(read_context(repo)),
    ):
        pass


def test_a_switch_that_is_neither_on_nor_off_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARD_PATTERN_BANK", "maybe")
    with pytest.raises(SettingsError, match="`on` or `off`"):
        run("list")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("show", "nowhere"), GenerationError),
        (("show", "main@99"), GenerationError),
        (("show", "main@new"), UsageError),
        (("freeze", "nowhere"), GenerationError),
    ],
)
def test_what_is_not_there_is_said_so(arguments: tuple[str, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        run(*arguments)


def test_a_file_that_is_no_pattern_is_refused(repo: Path) -> None:
    write_tree(repo, {"bad.json": "{", "binary.json": b"\xff"})
    with pytest.raises(GenerationError, match=r"bad\.json is not an InfraPattern"):
        run("import", "bad.json")
    with pytest.raises(UsageError, match=r"binary\.json cannot be read"):
        run("import", "binary.json")
