"""A function or class that a change gives another name goes by its former one."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.edits import ChangedFile, read_places
from devmatrix_guard.mining.undo.renamed import read_defined, use_former_names

BODY = "    total = count(item)\n    store(total, item)\n    return total\n"
# The same in other words, so that the change touches it.
RENAMED = BODY.replace("item", "thing")


def scopes(old: str, new: str) -> list[str]:
    """Return the scopes of what is added, without those that have none."""
    removed, added = read_places([ChangedFile("a.py", "a.py", old.encode(), new.encode())])
    found = (place.unit.scope for place in use_former_names(removed, added))
    return list(dict.fromkeys(scope for scope in found if scope))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        pytest.param(
            f"def add(a):\n{BODY}", "def put(a):\n    return 1\n", ["add"], id="but for its name"
        ),
        pytest.param(
            f"async def add(a):\n{BODY}", "async def put(a):\n    return 1\n", ["add"], id="async"
        ),
        pytest.param(
            f"def add(a):\n{BODY}", f"def put(a, b):\n{RENAMED}    done()\n", ["add"],
            id="with much of its body",
        ),
        pytest.param(
            f"def add(a):\n{BODY}", "def put(a, b):\n    return 1\n", ["put"],
            id="with another body",
        ),
        pytest.param(
            "class Cart:\n    def add(self):\n        return 1\n",
            "class Basket:\n    def put(self):\n        return 2\n", ["Cart", "Cart.add"],
            id="a class and its method",
        ),
        pytest.param(
            "def add(a):\n    return 1\n\n\ndef sub(a):\n    return 2\n",
            "def put(a):\n    return 3\n\n\ndef sub(a):\n    return 2\n", ["add"],
            id="beside one that stays",
        ),
        pytest.param(
            "def add(a):\n    return 1\n",
            "def put(a):\n    return 3\n\n\ndef take(a):\n    return 4\n", ["put", "take"],
            id="two may be it",
        ),
        pytest.param(
            "def add(a):\n    return 1\n\n\ndef sub(a):\n    return 2\n",
            "def put(a):\n    return 3\n\n\ndef take(a):\n    return 4\n", ["add", "sub"],
            id="two in their order",
        ),
    ],
)  # fmt: skip
def test_a_renamed_definition_has_its_old_scope(old: str, new: str, found: list[str]) -> None:
    assert scopes(old, new) == found


# Of two functions that are gone and two that are new, with half of the weight in common, with less.
SHARED = "    keep(item, item)\n"
OTHERS = ("    drop(item, item)\n", "    drop(item, item, item, item, item)\n")


@pytest.mark.parametrize(("other", "is_same"), [(OTHERS[0], True), (OTHERS[1], False)])
def test_of_several_half_of_the_body_has_to_be_alike(other: str, is_same: bool) -> None:
    old = f"def add(a):\n{SHARED}{other}\n\ndef sub(a):\n    pass\n"
    new = old.replace("add(a)", "put(a, b)").replace("sub(a)", "take(a, b, c)")
    new = new.replace("drop", "lift").replace("item", "thing").replace("pass", "hold()")
    assert ("add" in scopes(old, new)) is is_same


@pytest.mark.parametrize(("other", "is_same"), [(OTHERS[0], True), (OTHERS[1], True)])
def test_of_a_single_one_a_third_is_enough(other: str, is_same: bool) -> None:
    old = f"def add(a):\n{SHARED}{other}"
    new = old.replace("add(a)", "put(a, b)").replace("drop", "lift").replace("item", "thing")
    assert ("add" in scopes(old, new)) is is_same


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"def add(a):", "add"),
        (b"async  def add(a):", "add"),
        (b"class Cart(Base):", "Cart"),
        (b"define(a)", ""),
        (b"x = def_(a)", ""),
        (b"", ""),
    ],
)
def test_the_head_of_a_definition_says_its_name(text: bytes, name: str) -> None:
    assert read_defined(text) == name
