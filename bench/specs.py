"""Real specs, one row each: is it understood, does the application import, is its API the same?

    python bench/specs.py FOLDER [--python PYTHON]

FOLDER holds OpenAPI files (`.yaml`, `.yml`, `.json`); they are not part of this repository. PYTHON
is an interpreter with the dependencies of a generated application. Each spec is generated into a
temporary folder, imported there in a process of its own, and the OpenAPI document of the
application is compared with the spec by `verify`. The output is a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.errors import GuardError
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.spec.load import read_spec
from devmatrix_guard.verify.openapi import differences

SUFFIXES = (".yaml", ".yml", ".json")
PROBE = "import json, src.main as m; print(json.dumps(m.app.openapi()))"


class Row(NamedTuple):
    """What became of one spec; an empty text means that it was not tried."""

    name: str
    operations: str = ""
    schemas: str = ""
    entities: str = ""
    refused: str = ""
    read_ms: str = ""
    extract_ms: str = ""
    generated: str = ""
    imported: str = ""
    differences: str = ""
    remark: str = ""


def measure(spec: Path, python: str) -> Row:
    """Read, extract, generate and import one spec."""
    row = Row(spec.name)
    try:
        started = time.process_time()
        document = read_spec(spec)
        read = time.process_time()
        ir = extract(document)
        done = time.process_time()
    except GuardError as error:
        return row._replace(remark=str(error)[:100])
    kinds = [operation.action.kind for operation in ir.api.operations]
    row = row._replace(
        operations=str(len(kinds)),
        schemas=str(len(ir.api.schemas)),
        entities=str(len(ir.domain.entities)),
        refused=str(kinds.count("not_implemented")),
        read_ms=f"{(read - started) * 1000:.0f}",
        extract_ms=f"{(done - read) * 1000:.0f}",
    )
    with tempfile.TemporaryDirectory() as folder:
        return _generate(spec, document.root, Path(folder) / "app", row, python)


def _generate(spec: Path, root: dict[str, Any], target: Path, row: Row, python: str) -> Row:
    made = _run([sys.executable, "-m", "devmatrix_guard", "generate", str(spec), "-o", str(target)])
    if made.returncode:
        return row._replace(generated="no", remark=_last_line(made.stderr))
    imported = _run([python, "-c", PROBE], cwd=target)
    if imported.returncode:
        return row._replace(generated="yes", imported="no", remark=_last_line(imported.stderr))
    found = differences(root, json.loads(imported.stdout))
    first = f"{found[0].place}: {found[0].expected} / {found[0].found}" if found else ""
    return row._replace(
        generated="yes", imported="yes", differences=str(len(found)), remark=first[:100]
    )


def _run(command: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:100] if lines else "no message"


def markdown(values: Iterable[str]) -> str:
    """Return one row of a Markdown table."""
    return f"| {' | '.join(value.replace('|', '/') for value in values)} |"


def main() -> None:
    """Measure every spec of a folder and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    specs = sorted(path for path in given.folder.rglob("*") if path.suffix in SUFFIXES)
    print(markdown(name.replace("_", " ") for name in Row._fields))
    print(markdown("---" for _ in Row._fields), flush=True)
    for spec in specs:
        print(markdown(measure(spec, given.python)), flush=True)


if __name__ == "__main__":
    main()
