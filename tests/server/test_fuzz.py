"""Every endpoint, asked whatever its description allows and forbids, also one after another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.server.serving import Server

# What a valid request may meet beside success: its subject is not there, or was changed meanwhile.
# A text is no diff until it is parsed, which no schema can say.
EXAMPLES = min(5, settings().max_examples // 7)
CONFIGURATION = """\
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "412", "429"]
missing_required_header.expected-statuses = ["400", "401", "403", "406", "422", "428"]

[[operations]]
include-name = "POST /api/v1/check"
checks.positive_data_acceptance.expected-statuses = ["2xx", "403", "404", "409", "422"]
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_request_breaks_the_server_or_its_description(server: Server, tmp_path: Path) -> None:
    (tmp_path / "fuzz.toml").write_text(CONFIGURATION)
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "--config-file",
            str(tmp_path / "fuzz.toml"),
            "run",
            f"{server.url}/api/v1/openapi.json",
            "-H",
            f"Authorization: Bearer {server.key}",
            "--checks=all",
            "--phases=examples,coverage,fuzzing,stateful",
            f"--max-examples={EXAMPLES}",
            "--generation-deterministic",
            "--continue-on-failure",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert server.ask("GET", "/health/ready").status == 200
