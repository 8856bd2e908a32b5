"""Runs what recurses deeper than an ordinary stack allows for: 900 terms of a sum, 700 `elif`.

Only what has failed for its depth comes here: a thread with a large stack costs a millisecond.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Result = TypeVar("Result")

_STACK = 512 << 20  # of addresses: memory is taken as far as the recursion really goes
_LIMIT = 40_000


def call_deeply(function: Callable[[], Result]) -> Result:
    """Return what the function returns, called with room to recurse.

    Raises:
        RecursionError: that room is too small as well, or there is none to be had.
    """
    import sys
    import threading

    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # raised again where the caller waits
            errors.append(error)

    limit, stack = sys.getrecursionlimit(), threading.stack_size(_STACK)
    try:
        thread = threading.Thread(target=run)
        sys.setrecursionlimit(max(limit, _LIMIT))
        thread.start()
        thread.join()
    except (RuntimeError, MemoryError) as error:
        raise RecursionError("there is no room for a larger stack") from error
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(stack)
    if errors:
        raise errors[0]
    return results[0]
