"""`bench/specs.py` says of each spec how far it came, and goes on to the next one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC = """
openapi: 3.0.3
info: {title: Cats, version: "1"}
paths:
  /cats:
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Cat"}}}}
      responses: {"201": {description: made}}
components: {schemas: {Cat: {type: object, properties: {name: {type: string}}}}}
"""


def test_an_application_that_cannot_be_served_does_not_end_the_run(tmp_path: Path) -> None:
    python = tmp_path / "python"  # tells what an application says of itself, and serves none
    python.write_text('#!/bin/sh\n[ "$1" = -c ] && echo "{}" || exit 3\n')
    python.chmod(0o755)
    specs = tmp_path / "specs"
    specs.mkdir()
    for name in ("one", "two"):
        (specs / f"{name}.yaml").write_text(SPEC)
    program = [sys.executable, str(ROOT / "bench/specs.py"), str(specs), "--python", str(python)]
    done = subprocess.run(
        [*program, "--contract", "1"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith(("| one", "| two"))]
    assert [row.split(" | ")[-1] for row in rows] == ["is not served |"] * 2
    assert "2 specs" in done.stdout.splitlines()[-1]
