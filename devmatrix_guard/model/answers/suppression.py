"""What `guard suppressions` lists: the comments that silence findings."""

from __future__ import annotations

from typing import NamedTuple


class ListedSuppression(NamedTuple):
    """One suppressing comment of a file.

    `rules` is empty where every rule is meant; `error` says what is wrong with a comment that has
    no effect; `unused` are those of its rules that ran and had nothing to silence there, None
    where that was not asked for.
    """

    path: str
    line: int
    marker: str
    rules: tuple[str, ...]
    reason: str = ""
    kind: str = ""
    error: str = ""
    unused: tuple[str, ...] | None = None
