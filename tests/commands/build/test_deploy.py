"""Docker Compose is given a file that it understands; where it is not there, that is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.build.deploy import COMPOSE, require_compose
from devmatrix_guard.errors import UsageError
from tests.specs import BOOKS

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deploy")
    (folder / "books.yaml").write_text(BOOKS)
    run_generate(folder / "books.yaml", folder / "app", memory=False)
    return folder / "app" / COMPOSE


def test_the_compose_file_follows_the_compose_specification(compose: Path) -> None:
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", compose]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_all_that_the_compose_file_names_is_there(compose: Path) -> None:
    given = yaml.safe_load(compose.read_text())
    for name, service in given["services"].items():
        assert set(service.get("depends_on", ())) <= given["services"].keys(), name
        if build := service.get("build"):
            context = compose.parent / build["context"]
            assert (context / build["dockerfile"]).is_file(), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            known = source in given["volumes"] or (compose.parent / source).is_file()
            assert known, f"{name} {source}"


def _write_docker(folder: Path, script: str) -> None:
    (folder / "docker").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "docker").chmod(0o755)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        pytest.param("", "there is no `docker` here", id="no docker"),
        pytest.param("echo no such command >&2; exit 1", "Compose does not", id="no compose"),
        pytest.param('[ "$1" = compose ] || exit 1', "the daemon does not answer", id="no daemon"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    if script:
        _write_docker(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=said):
        require_compose()
