"""What is written stays byte for byte the same: a change of structure shows here that it is none.

Where output is meant to change, store what it is now and read the difference of the stored file:

    STORE_OUTPUT=1 .venv/bin/pytest -n0 tests/test_same_output.py
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.learn.learn import learn
from tests.helpers import commit, make_repo, tree_bytes, write_tree

ROOT = Path(__file__).parents[1]
STORED = ROOT / "tests" / "cases" / "output.sha256"
RULE = """\
rules:
  - id: demo.close-what-is-opened
    languages: [python]
    severity: ERROR
    message: $NAME is opened and never closed.
    patterns:
      - pattern: $NAME = open(...)
      - pattern-not-inside: |
          with ...:
              ...
    metadata: {guard: {stage: block}}
  - id: demo.lower-case
    languages: [python]
    severity: WARNING
    message: Compare what was lowered.
    pattern: $X.upper() == $Y
    fix: $X.lower() == $Y
    metadata: {guard: {stage: warn}}
"""
CODE = """\
import asyncio


def load(path):
    handle = open(path)
    return handle.read()


async def wait(name):
    asyncio.sleep(1)
    handle = open(name)  # guard: ignore[demo.close-what-is-opened] reason=lent
    return name.upper() == "ÉTÉ", handle
"""
READER = """\
import yaml


def read_{name}({name}_path):
    with open({name}_path) as stream:
        return yaml.{call}(stream)
"""


def _write_application(folder: Path) -> dict[str, bytes]:
    run_generate(ROOT / "examples" / "shop" / "shop.yaml", folder)
    return tree_bytes(folder)


def _write_learned_rules(folder: Path) -> dict[str, bytes]:
    names = ("alpha", "beta", "gamma", "delta")
    unsafe = {f"{name}.py": READER.format(name=name, call="load") for name in names}
    repo = make_repo(folder, unsafe)
    for day, pair in enumerate((names[:2], names[2:]), start=1):
        safe = {f"{name}.py": READER.format(name=name, call="safe_load") for name in pair}
        commit(repo, safe, f"Fix unsafe loading (#{day})", day=day)
    learn(repo)
    rules = repo / ".guard" / "rules"
    return tree_bytes(rules)


def _write_reports(folder: Path) -> dict[str, bytes]:
    make_repo(folder, {"app/load.py": CODE, "app/sound.py": "x = 1\n"})
    write_tree(folder, {".guard/rules/demo.yml": RULE})
    reports = {}
    for format_name in ("json", "sarif", "text"):
        arguments = ["check", "--all", "--format", format_name]
        run = CliRunner().invoke(cli, arguments, standalone_mode=False)
        reports[f"report.{format_name}"] = f"{run.output}exit {run.return_value}\n".encode()
    return reports


WRITERS = {
    "application": _write_application,
    "learned": _write_learned_rules,
    "check": _write_reports,
}


def _read_stored() -> dict[str, str]:
    rows = STORED.read_text("utf-8").splitlines() if STORED.exists() else []
    return {name: digest for digest, _, name in (row.partition("  ") for row in rows)}


def _store(part: str, digests: Mapping[str, str]) -> None:
    kept = {n: d for n, d in _read_stored().items() if not n.startswith(f"{part}/")}
    rows = sorted((name, digest) for name, digest in {**kept, **digests}.items())
    STORED.write_text("".join(f"{digest}  {name}\n" for name, digest in rows), "utf-8")


@pytest.mark.parametrize("part", WRITERS)
def test_output_is_what_is_stored(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / part
    folder.mkdir()
    monkeypatch.chdir(folder)
    files = WRITERS[part](folder)
    assert files
    digests = {f"{part}/{name}": hashlib.sha256(data).hexdigest() for name, data in files.items()}
    if os.environ.get("STORE_OUTPUT"):
        _store(part, digests)
    stored = {n: d for n, d in _read_stored().items() if n.startswith(f"{part}/")}
    differing = {name for name in {*digests, *stored} if digests.get(name) != stored.get(name)}
    assert differing == set(), __doc__
