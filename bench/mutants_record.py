"""Notes, in each process of a run of tests, which lines of the package are executed for which test.

Loaded by every Python process that finds `COVERAGE_RECORD`, the folder to write to, in its
environment (the name starts as those that tests hand on to processes they fork), and by pytest as
a plugin. Pytest names its tests to its processes by `PYTEST_CURRENT_TEST`.
"""

from __future__ import annotations

import atexit
import json
import os
import time
from pathlib import Path
from typing import NoReturn

import coverage

FOLDER = Path(os.environ["COVERAGE_RECORD"])
ROOT = Path(__file__).parent.parent
_recorder = coverage.Coverage(
    data_file=None, config_file=False, include=[f"{ROOT}/devmatrix_guard/*"], messages=False
)
_recorder.set_option(
    "run:disable_warnings", ["module-not-measured", "no-data-collected", "module-not-imported"]
)
_seconds: dict[str, float] = {}
_exit = os._exit


def start() -> None:
    """Record from now on, and write what was recorded when this process ends."""
    _recorder.start()
    _name_process()
    os.register_at_fork(after_in_child=_name_process)
    os._exit = _save_and_exit
    atexit.register(save)


def _name_process() -> None:
    _seconds.clear()
    _recorder.switch_context(f"process {os.getpid()}")


def _save_and_exit(status: int) -> NoReturn:
    try:
        save()
    finally:
        _exit(status)


def save() -> None:
    """Write the lines of the tests that ran here, or of the one that this process is for."""
    own = f"process {os.getpid()}"
    outer = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    names = dict.fromkeys(_seconds) or ({own: None} if outer else {})
    if not names:
        return
    data = _recorder.get_data()
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    for file in data.measured_files():
        masks = dict.fromkeys(names, 0)
        for line, contexts in data.contexts_by_lineno(file).items():
            for name in masks.keys() & set(contexts):
                masks[name] |= 1 << line
        path = Path(file).relative_to(ROOT).as_posix()
        for name, mask in masks.items():
            if mask:
                found[name][path] = hex(mask)
    tests = [
        {"test": outer if name == own else name, "seconds": _seconds.get(name, 0), "lines": lines}
        for name, lines in found.items()
    ]
    # Named when it is whole: a test may have limited how much this process can write.
    part = FOLDER / f"{os.getpid()}-{time.monotonic_ns()}.part"
    part.write_text(json.dumps(tests), encoding="utf-8")
    part.rename(part.with_suffix(".json"))


def _used() -> float:
    """Return the processor time of this process and of those it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def pytest_runtest_logstart(nodeid: str) -> None:
    """Note lines for the test that begins."""
    _seconds[nodeid] = -_used()
    _recorder.switch_context(nodeid)


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Note the time of the test that ended."""
    _seconds[nodeid] += _used()
    _recorder.switch_context(f"process {os.getpid()}")
