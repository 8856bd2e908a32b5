"""Which repository a fact of the memory belongs to."""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue


class Repository(NamedValue):
    """A repository as the memory tells it from others.

    `identity` never changes: it is made from the first commit, or is the name that the settings
    give; empty where nothing is known. `name` is for people and may change. `former` are identities
    under which facts may have been recorded before the present one was known.
    """

    identity: str = ""
    name: str = ""
    former: tuple[str, ...] = ()
