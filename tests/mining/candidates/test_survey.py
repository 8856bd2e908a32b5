"""Queries are found in every file that may hold them, though most files are passed over."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.candidates.survey import Place, Scan
from devmatrix_guard.model.diff import Target

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
