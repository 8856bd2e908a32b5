"""What every stage of a check knows: the place, the change, the settings and rules in force."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.check.arguments.request import ALL, AUTO, CheckRequest
from devmatrix_guard.commands.check.change.change import Change, read_change
from devmatrix_guard.commands.check.change.place import Place, open_place
from devmatrix_guard.commands.check.change.rulesets import Rulesets


class CheckContext(NamedTuple):
    """The context of one check, built once; later stages take from it what they need.

    `rules` are the settings and rules in force, by folder. `strict` has the rules read even
    where there is nothing to check; `is_hook` tells that a runner chose the files.
    `unsafe_fixes` counts fixes as safe whose rules bring no example. `started` is a monotonic
    time.
    """

    place: Place
    change: Change
    rules: Rulesets
    started: float = 0.0
    strict: bool = False
    is_hook: bool = False
    unsafe_fixes: bool = False

    @property
    def deadline(self) -> float | None:
        """The monotonic time after which files are left to CI, None for no bound."""
        budget = self.rules.settings("").budget
        return None if budget is None else self.started + budget


@contextmanager
def open_context(request: CheckRequest, cwd: Path) -> Iterator[CheckContext]:
    """Read what the request is about; git's reader is open inside the context.

    Args:
        request: what to check, and by which rules.
        cwd: where the user stands.

    Raises:
        GuardError: the place, the range or a path does not allow for it.
    """
    started = time.monotonic()
    # Files that are named can be checked wherever they are.
    can_be_anywhere = bool(request.paths) and request.scope in (AUTO, ALL)
    with open_place(cwd, needs_repository=not can_be_anywhere) as place:
        if request.texts:
            from devmatrix_guard.commands.check.change.given_texts import open_texts

            place = open_texts(place, request.texts)
        change = read_change(place, request)
        yield CheckContext(
            place,
            change,
            Rulesets(
                change.tree, place.root, place.cache, named=request.rules, flags=request.flags
            ),
            started=started,
            strict=request.strict,
            is_hook=request.is_hook,
            unsafe_fixes=request.unsafe_fixes,
        )
