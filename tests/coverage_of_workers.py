"""A plugin of pytest: measures what the tests run over in the processes of pytest-xdist.

`coverage run` would measure the process that only hands tests out. What tests start is not
measured: those of what is imported would fail.
"""

from __future__ import annotations

import os

import coverage

_measured = coverage.Coverage(data_suffix=True) if "PYTEST_XDIST_WORKER" in os.environ else None
if _measured is not None:
    _measured.start()  # before the tests are loaded, and the package with them


def pytest_unconfigure() -> None:
    """Write down what a process ran over."""
    if _measured is not None:
        _measured.stop()
        _measured.save()
