"""Bounds that say what must not explode, whatever the machine does beside it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, FunctionType

# Seconds. What stands within such a bound takes a second or two; what it is there to find takes
# minutes at the least, most of it for ever. Speed itself is measured in bench/.
PATIENCE = 90.0


@contextmanager
def expect_end(clock: Callable[[], float] = time.process_time) -> Iterator[None]:
    """Fail where what is done within does not end in good time, by the processor's clock."""
    began = clock()
    yield
    took = clock() - began
    assert took < PATIENCE, f"took {took:.1f} s"


def count_calls(run: Callable[[], object]) -> int:
    """Return how many functions, Python's and C's, are called while something is run."""
    return _count_events(run, lambda _frame, event: event in ("call", "c_call"))


def count_calls_of(function: Callable[..., object], run: Callable[[], object]) -> int:
    """Return how often one function of Python's is called while something is run."""
    assert isinstance(function, FunctionType)
    code = function.__code__
    return _count_events(run, lambda frame, event: event == "call" and frame.f_code is code)


def _count_events(run: Callable[[], object], counts: Callable[[FrameType, str], bool]) -> int:
    number = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal number
        number += counts(frame, event)

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(before)
    return number
