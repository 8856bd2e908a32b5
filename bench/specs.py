"""Real specs, one row each: is it understood, does the application import, is its API the same?

    python bench/specs.py FOLDER [--python PYTHON] [--only TEXT] [--jobs N] [--lint] [--verify]
                          [--contract EXAMPLES]

FOLDER holds OpenAPI files (`.yaml`, `.yml`, `.json`), which are no part of this repository;
`styles` in its place stands for what `bench/api_styles.py` makes. PYTHON is an interpreter with the
dependencies of a generated application. Each spec is generated into a temporary folder, imported
there in a process of its own, and the OpenAPI document of the
application is compared with the spec by `verify`. With --lint, ruff and mypy count what they find
in it; with --verify, `guard verify` runs it: compliance, migrations, its own tests, smoke; with
--contract, schemathesis sends that many examples for each operation, signed in, with all checks
and stateful (`bench/contract.py`). The output is a Markdown table, the first differences of each
spec (on standard error as soon as they are known), and a summary.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from api_styles import make_specs
from contract import try_contract

from devmatrix_guard.errors import GuardError
from devmatrix_guard.generator.spec.load import read_spec
from devmatrix_guard.verify.openapi import Difference, find_differences

SUFFIXES = (".yaml", ".yml", ".json")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PROBE = "import json, src.main as m; print(json.dumps(m.app.openapi()))"
SHOWN = 8
SAID = 300


class Row(NamedTuple):
    """What became of one spec; an empty text means that it was not tried."""

    name: str
    operations: str = ""
    refused: str = ""
    seconds: str = ""
    generated: str = ""
    imported: str = ""
    differences: str = ""
    ruff: str = ""
    mypy: str = ""
    verify: str = ""
    contract: str = ""
    server_errors: str = ""
    remark: str = ""


class Measured(NamedTuple):
    """A row, and what stands below the table about it."""

    row: Row
    differences: tuple[Difference, ...] = ()
    failures: tuple[str, ...] = ()


class Wanted(NamedTuple):
    """How far each spec is tried."""

    python: str
    lint: bool
    verify: bool
    contract: int


def measure(spec: Path, wanted: Wanted) -> Measured:
    """Read, generate, import, compare, and what else is wanted of one spec."""
    row = Row(spec.stem)
    try:
        root = read_spec(spec).root
    except GuardError as error:
        return Measured(row._replace(generated="no", remark=str(error)[:160]))
    row = row._replace(operations=str(_operations(root)))
    with tempfile.TemporaryDirectory() as folder:
        return _generate(spec, root, Path(folder) / "app", row, wanted)


def _operations(root: dict[str, Any]) -> int:
    items = [item for item in root.get("paths", {}).values() if isinstance(item, dict)]
    return sum(method in item for item in items for method in METHODS)


def _generate(spec: Path, root: dict[str, Any], target: Path, row: Row, wanted: Wanted) -> Measured:
    started = time.monotonic()
    made = _run([sys.executable, "-m", "devmatrix_guard", "generate", str(spec), "-o", str(target)])
    row = row._replace(seconds=f"{time.monotonic() - started:.1f}")
    if made.returncode:
        return Measured(row._replace(generated="no", remark=_last_line(made.stderr)))
    row = row._replace(generated="yes", refused=str(_refused(target)))
    if wanted.lint:
        row = _lint(target, row, wanted.python)
    imported = _run([wanted.python, "-c", PROBE], cwd=target)
    if imported.returncode:
        return Measured(row._replace(imported="no", remark=_last_line(imported.stderr)))
    found = tuple(find_differences(root, json.loads(imported.stdout)))
    row = row._replace(imported="yes", differences=str(len(found)))
    failures: tuple[str, ...] = ()
    if wanted.verify:
        failures = _verify(target, wanted.python)
        row = row._replace(verify="no" if failures else "yes")
    if wanted.contract:
        row, more = _try_contract(target, row, wanted)
        failures += more
    return Measured(row, found, failures)


def _try_contract(target: Path, row: Row, wanted: Wanted) -> tuple[Row, tuple[str, ...]]:
    """Return what schemathesis finds, or why the application cannot be served to it."""
    try:
        tried = try_contract(target, Path(wanted.python), wanted.contract)
    except GuardError as error:
        return row._replace(remark="is not served"), (str(error)[-600:],)
    row = row._replace(contract=str(len(tried.failures)), server_errors=str(tried.server_errors))
    return row, (*tried.failures, *tried.errors)


def _refused(target: Path) -> int:
    """Count the operations that answer 501."""
    routes = (target / "src/api/routes").glob("*.py")
    return sum(route.read_text("utf-8").count('code="not_implemented"') for route in routes)


def _lint(target: Path, row: Row, python: str) -> Row:
    tools = Path(python).parent
    ruff = _run([str(tools / "ruff"), "check", "--output-format=concise", "."], cwd=target).stdout
    mypy = _run([str(tools / "mypy"), "--no-incremental"], cwd=target).stdout
    errors = re.search(r"Found (\d+) error", ruff), re.search(r"Found (\d+) error", mypy)
    counts = [found[1] if found else "0" for found in errors]
    return row._replace(ruff=counts[0], mypy=counts[1])


def _verify(target: Path, python: str) -> tuple[str, ...]:
    """Return what `guard verify` holds against the application."""
    command = [sys.executable, "-m", "devmatrix_guard", "verify", str(target), "--python", python]
    done = _run([*command, "--format", "json"])
    if not done.returncode:
        return ()
    try:
        said = json.loads(done.stdout)
    except ValueError:
        return tuple((done.stdout.strip() or done.stderr.strip()).splitlines()[-40:])
    return tuple(_list_failures(said))


def _list_failures(said: dict[str, Any]) -> Iterator[str]:
    """Yield the checks that failed with the end of what they say, and each operation that did."""
    for check in said.get("checks", ()):
        if check["status"] == "fail":
            yield f"{check['name']}: {check['detail'][-SAID:]}"
    for operation in said.get("operations", ()):
        if operation["status"] == "fail":
            yield f"{operation['operation']}: {operation['detail'][:SAID]}"


def _run(command: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:160] if lines else "no message"


def markdown(values: Iterable[str]) -> str:
    """Return one row of a Markdown table."""
    return f"| {' | '.join(value.replace('|', '/') for value in values)} |"


def _count_working(row: Row) -> int:
    return int(row.operations or 0) - int(row.refused or 0)


def summary(rows: list[Row]) -> str:
    """Return in one line what became of all specs."""
    equal = sum(row.differences == "0" for row in rows)
    operations = sum(int(row.operations or 0) for row in rows)
    work = sum(map(_count_working, rows))
    parts = [
        f"{len(rows)} specs",
        f"{operations} operations, of which {work} work ({work / max(operations, 1):.0%})",
        f"{sum(row.generated == 'yes' for row in rows)} generate",
        f"{sum(row.imported == 'yes' for row in rows)} import",
        f"{equal} with the same OpenAPI ({equal / max(len(rows), 1):.0%})",
    ]
    if any(row.verify for row in rows):
        parts.append(f"{sum(row.verify == 'yes' for row in rows)} pass verify")
    if tried := [row for row in rows if row.contract]:
        failures = sum(int(row.contract) for row in tried)
        share = 100 * failures / max(sum(map(_count_working, tried)), 1)
        errors = sum(int(row.server_errors) for row in tried)
        parts.append(f"{failures} failures of schemathesis, {share:.1f} for 100 operations")
        parts.append(f"{errors} of them a server error")
    return ", ".join(parts)


def main() -> None:
    """Measure every spec of a folder and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder")
    parser.add_argument("--python", default=sys.executable, type=os.path.abspath)
    parser.add_argument("--only", default="", help="a regular expression that names must match")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--lint", action="store_true")
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("--contract", type=int, default=0, metavar="EXAMPLES")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(given.folder)
        if given.folder == "styles":
            folder = Path(made)
            for name, document in make_specs().items():
                (folder / f"{name}.json").write_text(json.dumps(document), "utf-8")
        _measure_all(folder, given)


def _measure_all(folder: Path, given: argparse.Namespace) -> None:
    specs = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)
    specs = [spec for spec in specs if re.search(given.only, spec.stem)]
    wanted = Wanted(given.python, given.lint, given.verify, given.contract)
    print(markdown(Row._fields))
    print(markdown("---" for _ in Row._fields), flush=True)
    below: list[str] = []
    rows: list[Row] = []
    with ThreadPoolExecutor(given.jobs) as pool:
        for measured in pool.map(lambda spec: measure(spec, wanted), specs):
            rows.append(measured.row)
            print(markdown(measured.row), flush=True)
            below += (said := _below(measured))
            print("\n".join(said), file=sys.stderr, flush=True)
    print("\n".join(["", *below]))
    print(f"\n{summary(rows)}")


def _below(measured: Measured) -> list[str]:
    name = measured.row.name
    shown = [f"{name}: {d.place}: {d.expected} / {d.found}" for d in measured.differences[:SHOWN]]
    return [*shown, *(f"{name}: {line}" for line in measured.failures)]


if __name__ == "__main__":
    main()
