"""The generated shop, judged as one would judge an application somebody wrote."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.generate import run_generate
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


def test_it_is_formatted_without_having_been(shop: Path) -> None:
    _assert_passes(shop, "ruff", "format", "--check", "--no-cache", ".")


def test_the_linter_finds_nothing(shop: Path) -> None:
    _assert_passes(shop, "ruff", "check", "--no-cache", ".")


def test_strict_types_hold(shop: Path) -> None:
    _assert_passes(shop, "mypy", "--cache-dir", os.devnull)


# In another order on each database, so that neither depends on one.
def test_its_own_tests_pass_on_sqlite(shop: Path) -> None:
    _assert_passes(shop, *PYTEST, "--randomly-seed=1")


@pytest.mark.server
def test_its_own_tests_pass_on_postgresql(shop: Path, postgres: str) -> None:
    _assert_passes(shop, *PYTEST, "--randomly-seed=2", TEST_DATABASE_URL=postgres)
