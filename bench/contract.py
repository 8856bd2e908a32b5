"""Schemathesis on a served application: all checks, stateful, signed in.

    .venv/bin/python bench/contract.py APP ... --python PYTHON [--examples 10] [--said FILE]

APP is the folder of a generated application, PYTHON an interpreter with its dependencies and
schemathesis. The rows of its seed are there, and where it has a way to sign up or in, that is done
first: schemathesis knows the secret of each security scheme and sees whether it is asked for. The
operations that answer 501 are left out: they are counted as what does not work.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from devmatrix_guard.commands.application.application import read_generated  # noqa: E402
from devmatrix_guard.commands.application.verify import API_KEY, open_environment  # noqa: E402
from devmatrix_guard.ir.api import Operation  # noqa: E402
from devmatrix_guard.ir.application import ApplicationIR  # noqa: E402
from devmatrix_guard.verify.checks import serve  # noqa: E402
from devmatrix_guard.verify.smoke import sign_in  # noqa: E402

PHASES = "examples,coverage,fuzzing,stateful"
_SECONDS = 1800
_BRACES = re.compile(r"\{[^}]*\}")


class Contract(NamedTuple):
    """What schemathesis found.

    Attributes:
        operations: how many were tried.
        cases: requests that were sent.
        failures: one line for each failure that is like no other.
        errors: why it could not try something.
        server_errors: how many of the failures are answers of 500 and above.
    """

    operations: int
    cases: int
    failures: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    server_errors: int = 0


def try_contract(
    app: Path, python: Path, examples: int, *, seed: int = 1, said: Path | None = None
) -> Contract:
    """Serve the application in `app` with the rows of its seed, and return what is found.

    Args:
        python: interpreter with the application's dependencies and schemathesis.
        examples: at most so many for each operation and phase.
        said: where to write what schemathesis prints, with a request for each failure.

    Raises:
        GenerationError: the application does not start.
    """
    ir = read_generated(app).ir
    operations = [op for op in ir.api.operations if op.action.kind != "not_implemented"]
    if not operations:
        return Contract(0, 0)
    left_out = [op for op in ir.api.operations if op.action.kind == "not_implemented"]
    with (
        open_environment(app, python) as place,
        serve(place, place.make_sqlite_url("contract"), seeded=True) as base,
    ):
        report = place.scratch / "contract.json"
        settings = place.scratch / "schemathesis.toml"
        settings.write_text(_write_settings(ir, sign_in(ir, base, api_keys=(API_KEY,))), "utf-8")
        command = [python.parent / "schemathesis", "--config-file", settings, "run"]
        command += [f"{base}/openapi.json", "--checks", "all", "--phases", PHASES]
        command += ["--max-examples", examples, "--seed", seed, "--continue-on-failure"]
        command += ["--no-color", "--report-json-path", report, "--warnings", "off"]
        for name in _find_served(base, left_out):
            command += ["--exclude-name", name]
        done = subprocess.run(
            list(map(str, command)),
            cwd=place.scratch,
            env=place.make_environment(
                PYTHONPATH=str(ROOT / "bench"), SCHEMATHESIS_HOOKS="contract_formats"
            ),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if said is not None:
            said.write_text(done.stdout + done.stderr, "utf-8")
        if not report.exists():
            return Contract(len(operations), 0, errors=(done.stderr[-800:] or done.stdout[-800:],))
        return read_report(json.loads(report.read_text("utf-8")), len(operations))


def _find_served(base: str, operations: list[Operation]) -> list[str]:
    """Return the names of operations in the served document, whose parameters have other names."""
    with urllib.request.urlopen(f"{base}/openapi.json", timeout=30) as answer:  # noqa: S310
        paths = json.load(answer)["paths"]
    wanted = {(op.method, _BRACES.sub("{}", op.path)) for op in operations}
    return [
        f"{method.upper()} {path}"
        for path, item in paths.items()
        for method in item
        if (method.upper(), _BRACES.sub("{}", path)) in wanted
    ]


def _write_settings(ir: ApplicationIR, secrets: dict[str, str]) -> str:
    """Return the settings that give schemathesis the secret of each security scheme."""
    lines = []
    for scheme in ir.infrastructure.auth_schemes:
        secret = json.dumps(secrets.get(scheme.name, ""))
        if secret == '""':
            continue
        lines.append(f"[auth.openapi.{json.dumps(scheme.wire or scheme.name)}]")
        if scheme.kind == "apiKey":
            lines.append(f"api_key = {secret}")
        elif scheme.prefix == "Basic":
            name, _, password = json.loads(secret).partition(":")
            lines.append(f"username = {json.dumps(name)}\npassword = {json.dumps(password)}")
        else:
            lines.append(f"bearer = {secret}")
    return "\n".join(lines) + "\n"


def read_report(report: dict[str, Any], operations: int) -> Contract:
    """Return what a report of schemathesis says: its failures by kind, with where they were met."""
    failures = []
    server = 0
    for found in report.get("failures", ()):
        failures += [f"{found['type']}: {where}" for where in found["operations"]]
        server += len(found["operations"]) if found["type"] == "ServerError" else 0
    errors = [json.dumps(error)[:300] for error in report.get("errors", ())]
    cases = report.get("test_cases", {}).get("generated", 0)
    return Contract(operations, cases, tuple(failures), tuple(errors), server)


def main() -> None:
    """Try the applications in the folders that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("apps", nargs="+", type=Path)
    parser.add_argument("--python", default=sys.executable, type=os.path.abspath)
    parser.add_argument("--examples", type=int, default=10)
    parser.add_argument("--said", type=Path, help="a file for what schemathesis prints")
    given = parser.parse_args()
    for app in given.apps:
        found = try_contract(app, Path(given.python), given.examples, said=given.said)
        counts = f"{len(found.failures)} failures, {len(found.errors)} errors"
        print(f"{app.name}: {found.operations} operations, {found.cases} cases, {counts}")
        for line in (*found.failures, *found.errors):
            print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
