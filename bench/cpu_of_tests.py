"""Tells how much processor time tests take, by module: what a busy machine does not change.

Usage: .venv/bin/pytest -n 0 -p bench.cpu_of_tests [tests/PART...]

Processes that a test starts and waits for are counted; servers that outlive it are not.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.helpers_fork import processor_times

SHOWN = 40
_seconds: Counter[str] = Counter()
_tests: Counter[str] = Counter()


def measure() -> float:
    """Return the processor time used so far by this process, its children, and forked runs."""
    used = os.times()
    own = used.user + used.system
    return own + used.children_user + used.children_system + sum(processor_times)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure a test with what is set up and taken down for it."""
    before = measure()
    done = yield
    module = item.nodeid.partition("::")[0]
    _seconds[module] += measure() - before
    _tests[module] += 1
    return done


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the modules that take most."""
    write = terminalreporter.write_line
    write(f"{sum(_seconds.values()):.1f} s of processor time in {sum(_tests.values())} tests")
    for module, seconds in _seconds.most_common(SHOWN):
        write(f"{seconds:8.1f} s {_tests[module]:5} {module}")
