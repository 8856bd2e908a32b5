"""New names of constants, patterns and keys say what they stand for."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.inlining import inline_new_names
from tests.mining.undo.test_index import kinds_of, matches_of

BEFORE = """\
import re

SLUG = re.compile("[^a-z]+")


def slug(text):
    return SLUG.sub("-", text.lower())


def fetch(url, verify=False):
    return get(url, verify=verify)


def rank(players):
    return sorted(players, key=lambda p: p.score)
"""
AFTER = (
    BEFORE.replace("verify=False", "verify=True")
    .replace("p: p.score", "p: (-p.score, p.name)")
    .replace("[^a-z]+", "[^a-z0-9]+")
    .replace("lower())", 'lower()).strip("-")')
)
KEY = "lambda p: (-p.score, p.name)"
GETTER = AFTER.replace(KEY, 'attrgetter("score")')
UNDONE = {
    "a constant": AFTER.replace("verify=True", "verify=VERIFY").replace(
        "\nSLUG", "\nVERIFY = False\nSLUG"
    ),
    "a getter": "from operator import attrgetter\n" + GETTER,
    "a function as key": AFTER.replace(KEY, "by_score")
    + "\n\ndef by_score(p):\n    return p.score\n",
}
KEPT = {
    "a constant": UNDONE["a constant"].replace("= False", "= True"),
    "a function as key": UNDONE["a function as key"].replace(
        "return p.score", "return -p.score, p.name"
    ),
    "another name": AFTER.replace("SLUG", "_NOT_SLUG"),
    "a pattern inlined": AFTER.replace('SLUG = re.compile("[^a-z0-9]+")\n', "").replace(
        "SLUG.sub(", 're.sub("[^a-z0-9]+", '
    ),
}


@pytest.mark.parametrize("change", UNDONE.values(), ids=UNDONE)
def test_an_old_value_by_a_new_name_is_the_old_value(change: str) -> None:
    assert kinds_of(BEFORE, AFTER, change, "a.py") == {"both"}


@pytest.mark.parametrize("change", KEPT.values(), ids=KEPT)
def test_the_value_of_the_fix_by_a_new_name_is_silent(change: str) -> None:
    assert kinds_of(BEFORE, AFTER, change, "a.py") == set()


def test_the_line_is_shown_as_it_is_written() -> None:
    (found,) = matches_of(BEFORE, AFTER, {"a.py": UNDONE["a constant"]})
    assert found.text == "def fetch(url, verify=VERIFY):"


@pytest.mark.parametrize(
    "new",
    [
        "LIMIT = 3\nLIMIT = 4\nf(LIMIT)\n",
        "LIMIT = 3\ndef f(LIMIT):\n    return LIMIT\n",
        "LIMIT = read()\nf(LIMIT)\n",
        "LIMIT = (\n",
        "LIMIT = 3\rf(LIMIT)\n",
    ],
)
def test_names_that_may_stand_for_something_else_are_left(new: str) -> None:
    assert inline_new_names(b"f(3)\n", new.encode()) == new.encode()


def test_places_in_a_row_are_counted_in_bytes() -> None:
    new = "LIMIT = 3\nf('äöü', LIMIT, LIMIT)\n".encode()
    assert inline_new_names(b"", new) == "LIMIT = 3\nf('äöü', 3, 3)\n".encode()
