from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.errors import SettingsError
from devmatrix_guard.mining.candidates.migrations import (
    confirm_migration,
    find_confirmation,
    list_unmatched,
    read_confirmed,
)
from devmatrix_guard.model.knowledge.pattern import Evidence
from tests.contract.build import fix_pattern

BULK = Evidence(commits=1, sites_fixed=30, bulk_commits=1, reasons=("it is a migration",))


def make(**facts: Any) -> Any:
    values = {"before": "joinedload($X)", "after": "selectinload($X)", "evidence": BULK}
    return fix_pattern(**(values | facts))


def test_a_migration_that_a_line_names_warns() -> None:
    confirmed = confirm_migration(make(), read_confirmed(["use selectinload, not joinedload"]))
    assert (confirmed.stage, confirmed.severity, confirmed.evidence.reasons) == (
        "warn",
        "WARNING",
        (),
    )


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        pytest.param("use joinedload, not selectinload", {}, id="the other way"),
        pytest.param("use selectinload, not lazyload", {}, id="another old form"),
        pytest.param(
            "use selectinload, not joinedload", {"evidence": Evidence(commits=3)}, id="a fix"
        ),
        pytest.param("use selectinload, not joinedload", {"after": None}, id="nothing to write"),
    ],
)
def test_a_line_means_what_it_names_and_nothing_else(line: str, facts: dict[str, Any]) -> None:
    pattern = make(**facts)
    assert confirm_migration(pattern, read_confirmed([line])) == pattern


def test_a_candidate_stays_one() -> None:
    confirmed = read_confirmed(["use selectinload, not joinedload"])
    assert find_confirmation(make(stage="candidate"), confirmed) == confirmed[0]
    assert confirm_migration(make(stage="candidate"), confirmed).stage == "candidate"


def test_a_line_that_no_migration_answers_to_is_known() -> None:
    confirmed = read_confirmed(["Use selectinload(), not joinedload().", "use b, not a"])
    assert list_unmatched(confirmed, [make()]) == ("use b, not a",)


@pytest.mark.parametrize("line", ["selectinload", "use a", "use , not b", "use 1, not 2", ""])
def test_another_line_is_refused_with_an_example(line: str) -> None:
    with pytest.raises(SettingsError, match="use selectinload, not joinedload"):
        read_confirmed([line])
