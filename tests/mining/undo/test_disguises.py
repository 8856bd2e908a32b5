"""Small fixes, disguised ways of undoing each, and changes that keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mining.undo.test_index import kinds_of

CASES = Path(__file__).parents[2] / "cases"
FILES = sorted(CASES.glob("disguises*/*.yaml"))
FIXES: list[dict[str, Any]] = [
    case for file in FILES for case in yaml.safe_load(file.read_text("utf-8"))
]
# What is not told, and why is known: it takes the meaning of the code, not its words.
MISSED = {
    "A broken line no longer hides the others: the loop stands in the try",
    "Orders no longer share the list of their lines: a class-level list",
    "The last page is no longer left out: counted beforehand",
    "The last page is no longer left out: the last is dropped",
    "Old accounts are no longer counted: the condition is always true",
    "A retry waits longer each time: the pause begins anew",
    "Results keep the order they were asked in: a comprehension of a set",
    "Zero is a value and no longer replaced by the default: a condition",
    "Saving waits until the file is written: mapped and not waited for",
    # and what is told though it keeps the fix, by other means
    "Orders no longer share the list of their lines: an immutable default",
    "A short header no longer panics: a guard",
    # of those that nothing was tuned on when they were written
    "A busy server is asked again (#88): all faults of a server",
    "Customers without an order stay in the report: the empty ones are dropped",
    "Invoices add up to the cent: summed as a float",
    # of those written after the way to find a lost effect was
    "A password is not shown while it is typed: a search",
    "Names are listed in order: in place",
    "Names are listed in order: in small letters",
}


def find(case: dict[str, Any], text: str | dict[str, str]) -> set[str]:
    """Return what is found where a fix's file gets a text, or files in its folder get theirs."""
    if isinstance(text, str):
        return kinds_of(case["before"], case["after"], text, case["path"])
    folder = Path(case["path"]).parent
    texts = {str(folder / name): written for name, written in text.items()}
    return kinds_of(case["before"], case["after"], texts, case["path"])


def list_changes(kind: str) -> list[Any]:
    return [
        pytest.param(case, text, (title in MISSED), id=title)
        for case in FIXES
        for name, text in case[kind].items()
        for title in [f"{case['fix']}: {name}"]
    ]


@pytest.mark.parametrize(("case", "text", "is_missed"), list_changes("undone"))
def test_a_disguised_undoing_is_named(case: dict[str, Any], text: Any, is_missed: bool) -> None:
    found = find(case, text)
    assert bool(found) is not is_missed


@pytest.mark.parametrize(("case", "text", "is_missed"), list_changes("kept"))
def test_a_change_that_keeps_a_fix_is_silent(
    case: dict[str, Any], text: Any, is_missed: bool
) -> None:
    found = find(case, text)
    assert bool(found) is is_missed
