"""Runs tests in processes forked from this one, which has loaded what they need of others."""

from __future__ import annotations

import gc
import importlib
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

# Loaded once for all mutants; nothing of the package, which is another for each.
_LOADED = ("libcst.matchers", "libcst.metadata", "yaml", "click", "rich.console", "rich.markdown",
           "sqlite3", "hypothesis", "numpy", "asyncio", "unittest.mock")  # fmt: skip
_LOG = "run.txt"


class Limits(NamedTuple):
    """When tests are ended: by processor time; a busy machine only makes others wait."""

    processor: int
    wall: int


class _Selection:
    """A plugin that runs the tests it was given in their order, and notes the first that fails."""

    def __init__(self, tests: Sequence[str], log: Path) -> None:
        self._ranks = {test: rank for rank, test in enumerate(tests)}
        self._log = log

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Iterator[None]:
        """Keep the chosen tests, cheapest first."""
        yield
        items[:] = [item for item in items if item.nodeid in self._ranks]
        items.sort(key=lambda item: self._ranks[item.nodeid])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note the test that runs, for when it ends the process."""
        self._log.write_text(nodeid, encoding="utf-8")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """End with the first test that fails, whose name is noted."""
        if report.failed:
            os._exit(pytest.ExitCode.TESTS_FAILED)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """End with the first module that cannot be collected."""
        if report.failed:
            self._log.write_text(report.nodeid, encoding="utf-8")
            os._exit(pytest.ExitCode.TESTS_FAILED)


def warm_up() -> None:
    """Load what tests need."""
    for name in _LOADED:
        importlib.import_module(name)
    for point in entry_points(group="pytest11"):
        point.load()
    gc.collect()
    gc.freeze()  # a collection would copy the pages that processes share


def find_failure(
    place: Path, tests: Sequence[str], options: Sequence[str], limits: Limits
) -> str | None:
    """Run tests of a folder in a process of its own until one fails; return which, if any does.

    A test fails as well where it ends its process or does not end.
    """
    log = place / _LOG
    log.write_text("", encoding="utf-8")
    base = place / "base"
    process = os.fork()
    if not process:
        _run(place, tests, [*options, f"--basetemp={base}"], log, limits)
    status = _wait(process, limits.wall)
    with suppress(ProcessLookupError):  # what the tests left running
        os.killpg(process, signal.SIGKILL)
    shutil.rmtree(base, ignore_errors=True)
    if os.waitstatus_to_exitcode(status) in (
        pytest.ExitCode.OK,
        pytest.ExitCode.NO_TESTS_COLLECTED,
    ):
        return None
    return log.read_text(encoding="utf-8")


def _wait(process: int, seconds: int) -> int:
    end = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() > end:
            os.kill(process, signal.SIGKILL)
        time.sleep(0.01)


def _run(
    place: Path, tests: Sequence[str], options: Sequence[str], log: Path, limits: Limits
) -> NoReturn:
    """Become a process that runs tests."""
    code = 1
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (limits.processor, limits.processor))
        output = os.open(place / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        os.chdir(place)
        sys.path.insert(0, str(place))
        # What is unchanged is compiled once for all mutants.
        sys.pycache_prefix = str(place / "compiled")
        sys.dont_write_bytecode = False
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ |= {"PYTHONPATH": str(place), "PYTHONPYCACHEPREFIX": sys.pycache_prefix}
        modules = dict.fromkeys(test.partition("::")[0] for test in tests)
        code = pytest.main([*options, *modules], plugins=[_Selection(tests, log)])
    finally:
        os._exit(code)
