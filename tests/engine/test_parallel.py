"""Checking in several processes gives what one process gives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.engine import parallel
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import Rule

_FILLING = (b"# " + b"filling " * 200 + b"\n") * 25  # what makes a file worth a process


def _compiled() -> CompiledRules:
    body: dict[str, Any] = {"id": "r", "pattern": "eval($X)", "fix": "safe($X)"}
    return compile_rules([Rule("r", "no $X", "ERROR", "block", None, ("python",), body)])


def _targets(count: int = 16) -> Iterator[Target]:
    for number in range(count):
        code = b'eval(%d)  # guard: ignore[r] reason="x"\neval(n)\n' % number
        broken = b"def (:\n" if number % 5 == 3 else b""
        cells = {1: (number, 1)} if number % 4 == 1 else {}
        yield Target(f"f{number}.py", code + broken + _FILLING, None, cells)


@pytest.fixture(scope="module")
def alone() -> CheckReport:
    """What one process tells of the files."""
    return check_targets(_compiled(), _targets())


def test_many_files_are_reported_as_by_one_process(alone: CheckReport) -> None:
    shared = check_targets(_compiled(), _targets(), jobs=2)
    assert alone.findings
    assert alone.suppressed
    assert alone.skipped
    assert shared == alone


def test_few_files_are_not_shared() -> None:
    first, rest = parallel.split_by_worth(_targets(2))
    assert len(first) == 2
    assert list(rest) == []


def test_a_worker_that_dies_is_told_for_its_files(
    alone: CheckReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_PROGRAM", "raise SystemExit(1)")
    report = check_targets(_compiled(), _targets(), jobs=2)
    ended = {skip.path for skip in report.skipped if "ended" in skip.reason}
    assert "f0.py" in ended  # the first files are the worker's
    found = {finding.path for finding in report.findings}
    assert found == {finding.path for finding in alone.findings} - ended


def test_this_process_checks_files_as_well() -> None:
    here: list[str] = []

    def check(target: Target) -> str:
        here.append(target.path)
        return target.path

    options = (True, True, True)
    found = parallel.check_in_processes(
        _compiled(), _targets(40), options, 2, lambda skip: skip, check
    )
    assert here
    assert "f0.py" not in here
    assert len(found) == 40
    assert [path for path in found if isinstance(path, str)] == here


def test_workers_start_without_what_only_starts_them() -> None:
    code = "import sys, devmatrix_guard.engine.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    in_vain = {"subprocess", "threading", "devmatrix_guard.engine.parallel", "re", "typing"}
    assert in_vain.isdisjoint(done.stdout.split())


def test_what_reading_the_files_raises_is_raised() -> None:
    def read() -> Iterator[Target]:
        yield from _targets(15)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        check_targets(_compiled(), read(), jobs=2)


def test_workers_import_nothing_from_the_current_folder(
    alone: CheckReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("marshal", "json", "pickle", "sitecustomize", "click"):
        (tmp_path / f"{name}.py").write_text("import os; os._exit(9)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path))
    assert sys.modules["pickle"].__file__ != os.fspath(tmp_path / "pickle.py")
    shared = check_targets(_compiled(), _targets(), jobs=2)
    assert len(shared.findings) == len(alone.findings)
