"""A learned rule's message says what is wrong, what to write, and which fix says so."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.evidence import weigh
from devmatrix_guard.mining.learned_rules import build_pattern
from devmatrix_guard.mining.messages import build_message
from devmatrix_guard.mining.proof import prove
from devmatrix_guard.mining.rank import Judged
from devmatrix_guard.model.pattern import Evidence
from tests.mining.test_lessons import NAMES, REPEATED, fixes

SAID = {
    "an argument was forgotten": (
        "This call of `requests.get` lacks `timeout`: write `requests.get($...ARGS, timeout=5)`."
    ),
    "an await was forgotten": (
        "`shop.store.save($...ARGS)` is not awaited: write `await shop.store.save($...ARGS)`."
    ),
    "None was compared": "Write `$X is None`, not `$X == None`.",
    "a result was not checked": (
        "`$X`, the result of `shop.users.find_user($...ARGS)`, is used unchecked; "
        "fixes put an `if` in between that leaves first."
    ),
    "a file was not closed": (
        "`$X` stays open when something fails: write `with open($...ARGS) as $X:`."
    ),
    "too much was caught": "Around `int(...)` write `except ValueError:`, not `except Exception:`.",
    "a call was left in": (
        "`pdb.set_trace($...ARGS)` does not belong here; fixes took this call out."
    ),
    "another exception with another text": (
        "`KeyError($X)` was a mistake before; it became `shop.errors.Missing(...)`."
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_the_message_names_the_mistake_the_remedy_and_the_fix(case: str) -> None:
    before, after, head, _ = REPEATED[case]
    messages = set()
    for candidate in fixes(before, after, head):
        proven = prove(candidate) if candidate.commits == len(NAMES) else None
        if proven is not None:
            judged = Judged(proven, weigh(Evidence(commits=3, files=3, sites_fixed=3)), (), ())
            messages.add(build_message(judged, build_pattern(judged, {})))
    commit = f"{1:040x}"[:10]
    grounds = (
        "Learned from 3 commits that changed it in 3 places: "
        f"the first {commit} of 2026-01-01, “Fix alpha”."
    )
    assert f"{SAID[case]} {grounds}" in messages
