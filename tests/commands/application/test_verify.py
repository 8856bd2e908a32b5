"""`guard verify` and `guard repair` on the generated shop, in its own environment."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.repair import run_repair
from devmatrix_guard.commands.application.verify import run_verify
from devmatrix_guard.errors import GenerationError, UsageError
from devmatrix_guard.memory.connect import open_memory
from tests.helpers import tree_bytes
from tests.helpers_fork import run_guard

ROOT = Path(__file__).parents[3]
SHOP = ROOT / "examples/shop/shop.yaml"
PYTHON = ROOT / ".tools/app/bin/python"
pytestmark = pytest.mark.usefixtures("compiled_once")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    run_generate(SHOP, tmp_path / "shop")
    return tmp_path / "shop"


def _guard(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_guard(Path.cwd(), *arguments)


def _sources(root: Path) -> dict[str, bytes]:
    return {
        name: content
        for name, content in tree_bytes(root).items()
        if not name.startswith((".guard/memory.db", ".guard/.gitignore"))
    }


@pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")
def test_some_checks_alone_are_no_outcome_to_learn_from(shop: Path) -> None:
    steps: list[str] = []
    found = run_verify(shop, python=PYTHON, only={"lint"}, progress=steps.append)
    assert steps == ["compliance", "lint"]
    assert [check.name for check in found.checks] == ["ledger", "config", "lint"]
    with open_memory(".guard/memory.db", shop) as memory:
        assert memory.infra.list_records() == ()


def test_damage_is_found_mended_and_then_gone(shop: Path) -> None:
    routes = next((shop / "src/api/routes").glob("product*.py"))
    sound = routes.read_text("utf-8")
    start = sound.index("\n\n\n@router.", sound.index("@router."))
    routes.write_text(sound[:start] + "\n\n\n# ours\nX = 1\n", "utf-8")
    damaged = run_verify(shop, static=True)
    assert not damaged.passed
    assert {"endpoint"} <= {d.kind for d in damaged.compliance.deviations}
    untouched = _sources(shop)
    run_repair(shop, dry_run=True)
    assert _sources(shop) == untouched
    restored = ("src/api/routes/*",)
    run_repair(shop, restored=restored)
    assert run_verify(shop, static=True).passed
    assert "# ours\nX = 1\n" in routes.read_text("utf-8")
    assert run_repair(shop, restored=restored).files == {}


def test_a_file_that_is_no_python_and_does_not_parse_fails(shop: Path) -> None:
    (shop / "docker/docker-compose.yml").write_text("services: [\n", "utf-8")
    (shop / ".env.example").write_text("not a setting\n", "utf-8")
    found = run_verify(shop, static=True)
    (failed,) = [check for check in found.checks if check.status == "fail"]
    assert failed.name == "config"
    assert failed.findings[0] == ".env.example: line 1: `not a setting` is no NAME=VALUE"
    assert failed.findings[1].startswith("docker/docker-compose.yml: while parsing")
    assert not found.passed


def test_what_does_not_parse_is_for_its_author_to_correct_and_not_for_a_repair(shop: Path) -> None:
    broken = shop / "src/main.py"
    broken.write_text(broken.read_text() + "def (:\n")
    told = _guard("verify", shop, "--static")
    assert "src/main.py" in told.stdout
    assert "Correct the syntax first" in told.stdout
    assert "guard repair" not in told.stdout
    for arguments in ([], ["--dry-run"]):
        left = _guard("repair", shop, *arguments)
        assert left.returncode == 1
        assert re.fullmatch(
            r"left src/main.py:\d+: the file does not parse; correct the syntax first\n",
            left.stderr,
        )


def test_the_command_line_says_it_with_exit_codes(shop: Path) -> None:
    assert _guard("verify", shop, "--static").returncode == 0
    assert _guard("repair", shop).stdout == "Nothing to repair.\n"
    (shop / "src/main.py").unlink()
    found = _guard("verify", shop, "--static", "--format", "json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["compliance"]["overall"]["recall"] < 1.0
    assert _guard("repair", shop).returncode == 0
    assert (shop / "src/main.py").exists()


def test_a_folder_that_was_not_generated_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="guard generate SPEC"):
        run_verify(tmp_path)
    done = _guard("repair", tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_of_an_environment_without_the_dependencies_one_thing_is_said(
    shop: Path, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    bare = tmp_path / "bare/bin/python"
    checks = run_verify(shop, python=bare).checks
    failed = [check for check in checks if check.status == "fail"]
    assert [check.name for check in failed] == ["imports"]
    assert "pip install -r requirements.txt" in failed[0].detail
    skipped = [check.name for check in checks if "`imports`" in check.detail]
    assert skipped == ["types", "migrations (SQLite)", "tests", "start"]
    told = _guard("verify", shop, "--python", bare)
    assert told.returncode == 1
    assert told.stdout.count("No module named") == 1
    assert told.stdout.endswith("whether it works could not be tried.\n")


def test_without_an_environment_it_says_how_to_make_one(shop: Path) -> None:
    with pytest.raises(UsageError, match=r"\.venv"):
        run_verify(shop)
