"""The files that may be checked, and the paths that say which of them are meant, as values."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.model.diff import Skip


class Candidate(NamedTuple):
    """A file that may be checked.

    `blob` is where its content is in git and `old_blob` what it was before; without a blob it is
    read from `place`, where it stands or would stand on disk. `lines` bounds what findings may
    touch, None for the whole file. `opaque` is true where git shows no lines although the content
    changed, `named` where the user named this file.
    """

    path: str
    place: Path
    blob: str | None = None
    mode: str = ""
    lines: tuple[tuple[int, int], ...] | None = None
    old_path: str | None = None
    old_blob: str | None = None
    opaque: bool = False
    named: bool = False


class Paths(NamedTuple):
    """The paths a user named, told apart: in the repository, outside of it, or not to be read."""

    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    skipped: tuple[Skip, ...] = ()

    @property
    def are_elsewhere(self) -> bool:
        """Whether paths were named and none is in the repository: nothing of it is meant."""
        return not self.inside and bool(self.outside or self.skipped)


class Cover:
    """Tells whether a path is one of the named ones or lies below one; no names cover all."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._everything = not names or "" in self._names

    def __contains__(self, path: object) -> bool:
        return self._everything or any(part in self._names for part in _and_folders(str(path)))


def _and_folders(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
