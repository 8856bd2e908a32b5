"""Bound the work one rule may do in one file, so that no pattern and no file can hang a check."""

from __future__ import annotations

STEPS = 1_000_000
SECONDS = 2.0  # what the regular expressions of a rule may take in a file


class TooMuchWorkError(Exception):
    """A rule was stopped in a file; the text says why."""


class Effort:
    """Counts the steps of one rule in one file, the same on every machine."""

    __slots__ = ("left",)

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take steps off what is left.

        Raises:
            TooMuchWorkError: nothing is left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooMuchWorkError("there are too many ways to match it here")
