"""The generated shop, judged as one would judge an application somebody wrote."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.verify import (
    Verification,
    render_verification_json,
    run_verify,
)
from devmatrix_guard.memory.connect import open_memory
from tests.helpers import tree_bytes
from tests.helpers_postgres import own_database

ROOT = Path(__file__).parents[2]
APP = ROOT / ".tools" / "app" / "bin"
PYTEST = ("python", "-m", "pytest", "-p", "no:cacheprovider")
SHOP = ROOT / "examples" / "shop" / "shop.yaml"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not APP.is_dir(), reason="run scripts/app-environment first"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("generated") / "shop"
    run_generate(SHOP, target)
    return target


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Iterator[str]:
    with own_database(postgres_url) as url:
        yield url


def _assert_passes(shop: Path, *command: str, **environ: str) -> None:
    done = subprocess.run(
        [APP / command[0], *command[1:]],
        cwd=shop,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def verified(shop: Path, compiled: dict[str, str]) -> tuple[Verification, list[str]]:
    """What a verification of the shop found, and the steps it told of."""
    steps: list[str] = []
    before = tree_bytes(shop)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in compiled.items():
            patch.setenv(name, value)
        found = run_verify(shop, python=APP / "python", progress=steps.append)
    written = {name for name, content in tree_bytes(shop).items() if before.get(name) != content}
    assert written <= {".guard/memory.db", ".guard/.gitignore"}
    return found, steps


def test_every_check_passes(verified: tuple[Verification, list[str]]) -> None:
    found, steps = verified
    assert [(c.name, c.status, c.detail) for c in found.checks if c.status != "pass"] == []
    assert {"imports", "lint", "types", "tests", "openapi", "smoke"} <= {
        c.name for c in found.checks
    }
    assert found.passed
    assert "compliance" in steps
    assert json.loads(render_verification_json(found))["passed"] is True


def test_every_operation_answers_as_declared(verified: tuple[Verification, list[str]]) -> None:
    found, _ = verified
    assert found.openapi == ()
    assert len(found.outcomes) == 30
    assert {o.status for o in found.outcomes} == {"pass"}


def test_the_memory_learns_which_patterns_were_right(
    shop: Path, verified: tuple[Verification, list[str]]
) -> None:
    with open_memory(".guard/memory.db", shop) as memory:
        records = {record.pattern_id: record for record in memory.infra.list_records()}
    assert records["main"].uses == records["main"].successes == 4
    assert records["dockerfile"].uses == records["dockerfile"].successes == 1
    assert "readme" not in records  # nothing tries it


def test_strict_types_hold_for_its_tests_and_migrations_too(
    shop: Path, verified: tuple[Verification, list[str]], compiled: dict[str, str]
) -> None:
    """The verification has checked, and kept, the types of what they import."""
    _assert_passes(shop, "mypy", **compiled)


@pytest.mark.server
def test_its_own_tests_pass_on_postgresql_in_another_order(
    shop: Path, postgres: str, compiled: dict[str, str]
) -> None:
    """The verification runs them on SQLite."""
    _assert_passes(shop, *PYTEST, "--randomly-seed=2", TEST_DATABASE_URL=postgres, **compiled)
