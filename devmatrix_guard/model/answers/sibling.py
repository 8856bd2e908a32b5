"""An unfixed sibling of a fix: a place that may need what was done elsewhere, with a patch."""

from __future__ import annotations

from typing import NamedTuple


class Sibling(NamedTuple):
    """A place that may need a fix.

    Attributes:
        path, line: where it begins.
        code: what stands there.
        why: how it was found: the pattern of a rule, or the names that differ from the fix.
        patch: what the fix makes of it, as `git apply` takes it; empty where that is not known.
        doubt: why the patch is not proven, empty where it is.
    """

    path: str
    line: int
    code: str
    why: str
    patch: bytes = b""
    doubt: str = ""


class Siblings(NamedTuple):
    """The unfixed siblings of a commit or a rule; `patch` makes all of the changes that fit.

    `left_out` says in words what was not looked at, or found too often to mean anything.
    """

    subject: str
    title: str
    found: tuple[Sibling, ...]
    patch: bytes = b""
    left_out: tuple[str, ...] = ()
