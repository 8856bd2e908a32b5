"""The extension for VS Code names what is there, and its own checks pass where npm is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from devmatrix_guard import __version__

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "editors/vscode"
MANIFEST = json.loads((FOLDER / "package.json").read_text("utf-8"))
SOURCE = (FOLDER / "src/extension.ts").read_text("utf-8")


def test_it_has_the_version_of_the_package() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))
    assert MANIFEST["version"] == __version__ == lock["version"]


def test_what_it_is_built_from_is_locked_without_addresses() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))
    locked = lock["packages"]
    for name in (*MANIFEST["dependencies"], *MANIFEST["devDependencies"]):
        assert f"node_modules/{name}" in locked
    assert not [name for name, each in locked.items() if "resolved" in each]


def test_every_setting_is_documented() -> None:
    page = (FOLDER / "README.md").read_text("utf-8")
    for name in MANIFEST["contributes"]["configuration"]["properties"]:
        assert f"`{name}`" in page, name


def test_it_starts_the_server_of_guard_and_nothing_else() -> None:
    settings = MANIFEST["contributes"]["configuration"]["properties"]
    assert settings["devmatrix-guard.arguments"]["default"] == ["lsp"]
    assert not re.search(r"child_process|eval\(|https?://", SOURCE)


def test_ci_builds_and_packages_it() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    assert "editor" in workflow["jobs"]["parts"]["strategy"]["matrix"]["part"]
    script = (ROOT / ".ci/run").read_text("utf-8").partition("  editor)")[2]
    for step in ("npm ci", "npm test", "run --silent package"):
        assert step in script


def test_its_own_checks_pass() -> None:
    if not shutil.which("npm") or not (FOLDER / "node_modules").is_dir():
        pytest.skip(
            "the extension's tools are not to be had here: CI builds it in a job of its own"
        )
    done = subprocess.run(
        ["npm", "test", "--silent"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
