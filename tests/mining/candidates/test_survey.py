"""Queries are found in every file that may hold them, though most files are passed over."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.candidates.survey import Place, Scan
from devmatrix_guard.model.diff import Target
from tests.helpers_bounds import count_calls

QUERY = {"pattern": "shelf.load($X)"}


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("import shelf\n\nshelf.load(1)\n", [Place("a.py", 3)]),
        ("from shelf import load as read\n\nread(1)\n", [Place("a.py", 3)]),
        ("import ſhelf\n\nſhelf.load(1)\n", [Place("a.py", 3)]),  # Python reads a long s as an s
        ("import shelf\n\nshelf.store(1)\n", []),
        ("area = 1\n", []),
    ],
    ids=["plain", "renamed", "other letters", "another call", "none of its words"],
)
def test_a_query_is_found_however_its_words_are_written(source: str, places: list[Place]) -> None:
    found = Scan({"one": QUERY}).find_locations([Target("a.py", source.encode(), None)])
    assert found == {"one": places}


def test_a_query_without_words_is_looked_for_everywhere() -> None:
    found = Scan({"any": {"pattern": "$X == None"}}).find_locations(
        [Target("a.py", b"if a == None:\n    pass\n", None)]
    )
    assert found == {"any": [Place("a.py", 1)]}


def _count_calls_of_a_search(text: str) -> int:
    scan = Scan({"one": QUERY})
    target = Target("a.py", f"import shelf\n{text}".encode(), None)
    return count_calls(lambda: scan.find_locations([target]))


def test_a_place_costs_no_fingerprint() -> None:
    calls = "shelf.load({})\n".format
    few, many = (_count_calls_of_a_search("".join(map(calls, range(n)))) for n in (100, 200))
    assert many - few < 300 * 100  # with a fingerprint for each place it takes 358 calls a place
