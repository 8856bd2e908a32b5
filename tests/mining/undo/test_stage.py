"""Which undone fixes stop a commit once, and which are only told."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.context import Context
from devmatrix_guard.mining.undo.stage import choose_stage, is_lost
from tests.mining.undo.test_index import FIXED, GUARDED, LOAD, matches_of


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/load.py", True),
        ("src/load.ts", True),
        ("tests/load.py", False),
        ("src/test_load.py", False),
        ("docs/conf.py", False),
        ("docs/page.html", False),
        ("templates/page.html", False),
        ("Makefile", False),
        ("setup.py", False),
        ("examples/a/load.py", False),
    ],
)
def test_product_code_is_told_by_its_path(path: str, expected: bool) -> None:
    assert is_product_code(path) is expected


def test_a_whole_hunk_undone_warns_and_anything_less_advises() -> None:
    (whole,) = matches_of(LOAD, FIXED, {"a.py": LOAD})
    assert choose_stage(whole) == "warn"
    assert choose_stage(whole._replace(path="tests/test_a.py")) == "advise"
    assert choose_stage(whole._replace(share=0.7)) == "advise"
    assert choose_stage(whole, is_mentioned=True) == "advise"
    other = whole.hunk._replace(subject="Close the session, and clean the docs")
    assert choose_stage(whole._replace(hunk=other)) == "advise"
    other = whole.hunk._replace(subject="Close the session (#12)")
    assert choose_stage(whole._replace(hunk=other)) == "warn"
    (little,) = matches_of(
        "while 1:\n    f()\n", "while 2:\n    f()\n", {"a.py": "while 1:\n    f()\n"}
    )
    assert choose_stage(little) == "advise"
    (imported,) = matches_of(
        "import json\nimport os\n", "import ujson as json\nimport os\n",
        {"a.py": "import json\nimport os\n"},
    )  # fmt: skip
    assert choose_stage(imported) == "advise"


@pytest.mark.parametrize(("before", "after"), [(LOAD, GUARDED), (GUARDED, LOAD)])
def test_what_a_fix_only_added_or_removed_is_lost_where_the_change_does_nothing_else(
    before: str, after: str
) -> None:
    (match,) = matches_of(before, after, {"a.py": before})
    assert choose_stage(match) == "warn"
    assert choose_stage(match, is_mentioned=True) == "advise"
    beside = {"a.py": before.replace("answer", "reply"), "b.py": "def other():\n    return 1\n"}
    assert {choose_stage(match) for match in matches_of(before, after, beside)} == {"advise"}


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (Context(is_exact=True, share_of_fix=1.0), True),
        (Context(is_exact=True, share_of_fix=0.6), True),
        (Context(is_exact=True, share_of_fix=0.59), False),
        (Context(is_exact=True, share_of_fix=0.1, is_alone=True), True),
        (Context(is_exact=False, share_of_fix=1.0, is_alone=True), False),
        (Context(is_exact=True, share_of_fix=1.0, is_said_again=True), False),
    ],
)
def test_a_fix_is_lost_where_most_of_it_goes_to_the_letter_and_nothing_takes_its_place(
    context: Context, expected: bool
) -> None:
    assert is_lost(context) is expected


def test_a_fix_that_is_written_otherwise_advises() -> None:
    moved = LOAD.replace("    session =", "    use(CERTIFICATES)\n    session =", 1)
    assert {choose_stage(match) for match in matches_of(LOAD, FIXED, {"a.py": moved})} == {"advise"}
