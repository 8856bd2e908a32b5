"""Files that come from templates: where the probes of an application are."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from tests.generator.specs import read

PATH = """
paths:
  PATH:
    parameters: [PARAMETERS]
    get: {responses: {"200": {description: fine}}}
"""


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("/kites", ""),
        ("/health/ready", "/-"),
        ("/metrics", "/-"),
        ("/{shop}/{part}", "/-/-"),
    ],
)
def test_probes_leave_the_paths_of_the_spec_to_it(path: str, prefix: str) -> None:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    named = (f"{{name: {n}, in: path, required: true, schema: {{type: string}}}}" for n in names)
    spec = PATH.replace("PATH", path).replace("PARAMETERS", ", ".join(named))
    files = {f.path: f.text for f in generate_files(make_plan(read(spec)), PatternBank())}
    for name in ("src/api/health.py", "tests/test_operations.py", "docker/Dockerfile"):
        assert f"{prefix}/health/ready" in files[name]
        assert ("/-/" in files[name]) == bool(prefix)
