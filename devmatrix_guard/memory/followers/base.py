"""What follows a memory, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from devmatrix_guard.errors import MemoryStoreError


class FollowerAwayError(MemoryStoreError):
    """A follower does not answer; what it missed waits."""


class RefusedError(MemoryStoreError):
    """A follower takes no change of this kind, however often it is asked."""


class Reference(NamedTuple):
    """What a change is of: `vector`, `node` or `edge`, and the parts that name it."""

    kind: str
    repository: int
    parts: tuple[str, ...]


class Change(NamedTuple):
    """What stands under a reference now; no `value` where nothing does any more.

    The value of a vector is its numbers and payload; that of a node or an edge its properties.
    """

    reference: Reference
    value: Mapping[str, Any] | None


class Progress(NamedTuple):
    """How far a follower is: what waits, since when (seconds), what was given up, what was done."""

    name: str
    waiting: int
    seconds: float
    dead: int
    applied: int


class Follower(Protocol):
    """A store that is brought up to date; what it is told twice it does once."""

    @property
    def name(self) -> str:
        """What it is called in the memory: its kind, and where it is, without secrets."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which kinds of changes it takes, in the order in which it is told everything."""

    def takes(self, reference: Reference) -> bool:
        """Tell whether it takes this one, of a kind that it takes some of."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Do all of this; changes of one key come in order.

        Raises:
            FollowerAwayError: it does not answer now.
            RefusedError: it will never take one of them.
        """

    def begin_anew(self) -> None:
        """Prepare to be told everything; what is asked meanwhile may still get the old answers."""

    def end_anew(self) -> None:
        """Show what was told since `begin_anew`, and nothing older."""

    def is_complete(self) -> bool:
        """Tell whether it was told everything once: False where that was broken off."""

    def list_references(self, kind: str) -> set[Reference]:
        """Return what it holds of a kind."""

    def close(self) -> None:
        """Let go of it."""
