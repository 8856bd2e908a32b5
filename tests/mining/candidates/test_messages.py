"""A learned rule's message says what is wrong, what to write, and which fix says so."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.candidates.learned_rules import build_pattern
from devmatrix_guard.mining.candidates.messages import build_message
from devmatrix_guard.mining.candidates.proof import prove
from devmatrix_guard.mining.candidates.rank import Judged
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.model.knowledge.shares import weigh
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
    grounds = f"Learned from 3 fixes of 3 places: the first {commit} of 2026-01-01, “Fix alpha”."
    assert f"{SAID[case]} {grounds}" in messages


def _describe(**counts: int) -> str:
    before, after, head, _ = REPEATED["an argument was forgotten"]
    (proven,) = filter(None, map(prove, fixes(before, after, head, NAMES[:1])[:1]))
    judged = Judged(proven, weigh(Evidence(**counts)), (), ())  # type: ignore[arg-type]  # counts
    return build_message(judged, build_pattern(judged, {})).partition("timeout=5)`. ")[2]


@pytest.mark.parametrize(
    ("counts", "grounds"),
    [
        ({"commits": 1, "sites_fixed": 1}, "Learned from a fix of 1 place: COMMIT"),
        ({"commits": 1, "sites_fixed": 2}, "Learned from a fix of 2 places: COMMIT"),
        ({"commits": 2, "sites_fixed": 3}, "Learned from 2 fixes of 3 places: the first COMMIT"),
        (
            {"commits": 1, "bulk_commits": 1, "sites_fixed": 9},
            "A migration: COMMIT, “Fix alpha”, changed 9 places, none left.",
        ),
        (
            {"commits": 2, "bulk_commits": 1, "sites_fixed": 9, "left_alone": 2},
            "A migration: COMMIT and 1 more, “Fix alpha”, changed 9 places, 2 left.",
        ),
    ],
)
def test_a_bulk_edit_is_never_called_a_fix(counts: dict[str, int], grounds: str) -> None:
    commit = f"{1:040x}"[:10] + " of 2026-01-01"
    assert _describe(**counts).startswith(grounds.replace("COMMIT", commit))
