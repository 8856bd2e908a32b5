"""What a fix did beside giving locals other names is undone whatever these are called now."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.match import BOTH, PUT_BACK, REMOVED
from tests.mining.undo.test_index import GUARD, kinds_of

BEFORE = """\
def load(path):
    session = open_session(path)
    return session.get(path, 1)
"""
RENAMED = BEFORE.replace("session =", "client =").replace("session.", "client.")
GUARDED = RENAMED.replace("    return", f"{GUARD}    return")
LINKED = BEFORE.replace("session =", "link =").replace("session.", "link.")
DROP = "    drop_all(path, 1, 2)\n"
WITH_DROP = BEFORE.replace("    return", f"{DROP}    return")


@pytest.mark.parametrize(
    ("before", "after", "change", "kinds"),
    [
        pytest.param(BEFORE, GUARDED, RENAMED, {REMOVED}, id="the guard goes"),
        pytest.param(BEFORE, GUARDED, BEFORE, {BOTH}, id="and the names are back"),
        pytest.param(BEFORE, GUARDED, GUARDED.replace("client", "link"), set(), id="only names"),
        pytest.param(BEFORE, GUARDED, GUARDED, set(), id="nothing"),
        pytest.param(
            WITH_DROP, RENAMED, RENAMED.replace("    return", f"{DROP}    return"), {PUT_BACK},
            id="a call comes back",
        ),
        pytest.param(WITH_DROP, RENAMED, WITH_DROP, {BOTH}, id="with the names"),
        pytest.param(
            WITH_DROP, RENAMED, LINKED.replace("    return", f"{DROP}    return"), {PUT_BACK},
            id="with others",
        ),
        pytest.param(WITH_DROP, RENAMED, RENAMED.replace("client", "link"), set(), id="no call"),
    ],
)  # fmt: skip
def test_names_of_locals_hide_nothing(
    before: str, after: str, change: str, kinds: set[str]
) -> None:
    assert kinds_of(before, after, change, "a.py") == kinds
