"""Bound the work one rule may do in one file, so that no pattern and no file can hang a check."""

from __future__ import annotations

STEPS = 1_000_000
SECONDS = 2.0  # what the regular expressions of a rule may take in a file

_FREE_TRIES = 256
_COST_OF_A_TRY = 10  # it is a dictionary in memory, too


class TooMuchWorkError(Exception):
    """A rule was stopped in a file; the text says why."""


class Effort:
    """Counts the steps of one rule in one file, the same on every machine."""

    __slots__ = ("left", "steps", "tries")

    def __init__(self, steps: int = STEPS) -> None:
        self.steps = self.left = steps
        self.tries = 0

    def restart(self) -> None:
        """Begin with the next rule."""
        self.left = self.steps
        self.tries = 0

    def begin(self) -> None:
        """Begin at another place: a few tries at each are what any rule needs."""
        self.tries = 0

    def try_once(self) -> None:
        """Count a try; beyond a few hundred at one place, each counts as several steps.

        Raises:
            TooMuchWorkError: nothing is left.
        """
        self.tries += 1
        if self.tries > _FREE_TRIES:
            self.spend(_COST_OF_A_TRY)

    def spend(self, steps: int) -> None:
        """Take steps off what is left.

        Raises:
            TooMuchWorkError: nothing is left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooMuchWorkError("there are too many ways to match it here")
