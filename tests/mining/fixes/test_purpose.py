"""What a change does to the product tells whether it means to take what it takes from tests."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.fixes.purpose import covers, read_purpose
from devmatrix_guard.mining.regression.change import TextChange

STEPS = "".join(f"    step_{number}(path)\n" for number in range(10))
OLD = f"""\
LIMIT = 3


class Stream:
    def __init__(self, path, callback=None):
        self.path = path

    def read(self, size, callback=None):
        return self.path


def fetch(url):
    return url


def send(path):
{STEPS}    return path
"""


def names_of(old: str, new: str | None) -> set[str]:
    sides = old.encode(), new.encode() if new is not None else None
    return {*read_purpose([TextChange("a.py", "a.py", *sides)]).reshaped}


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        pytest.param("def fetch(url):\n    return url\n", "", {"fetch"}, id="a function is gone"),
        pytest.param("LIMIT = 3", "OTHER = 3", {"LIMIT"}, id="a value is gone"),
        pytest.param("size, callback=None", "size", {"read"}, id="a parameter is gone"),
        pytest.param("path, callback=None", "path", {"Stream"}, id="one of a class is gone"),
        pytest.param(STEPS, "    step_1(path)\n", {"send"}, id="most of its lines are gone"),
        pytest.param("fetch(url)", "fetch(url, timeout=3)", set(), id="one parameter more"),
        pytest.param("    step_1(path)\n", "", set(), id="one line less"),
        pytest.param("def fetch", "async def fetch", set(), id="made async"),
    ],
)
def test_what_is_gone_or_less_than_it_was_is_reshaped(old: str, new: str, names: set[str]) -> None:
    assert old in OLD
    assert names_of(OLD, OLD.replace(old, new, 1)) == names


def test_what_moves_to_another_file_is_there() -> None:
    parts = [part.encode() for part in OLD.partition("def fetch")]
    moved = TextChange("", "b.py", None, parts[1] + parts[2])
    kept = TextChange("a.py", "a.py", OLD.encode(), parts[0])
    assert read_purpose([kept, moved]).reshaped == frozenset()


def test_all_of_a_deleted_file_is_gone_and_of_one_that_cannot_be_read_nothing_is_known() -> None:
    assert names_of(OLD, None) == {"LIMIT", "Stream", "read", "fetch", "send"}
    assert names_of("def broken(:\n", "x = 1\n") == set()


def test_what_a_test_newly_says_may_be_what_the_product_newly_says() -> None:
    change = TextChange("a.py", "a.py", b"raise OldError()\n", b"raise NewError()\n")
    purpose = read_purpose([change])
    assert purpose.writes("raises(NewError)", "raises(OldError)")
    assert not purpose.writes("raises(Exception)", "raises(OldError)")
    assert not purpose.writes("raises(NewError)", "raises(NewError)")


def test_code_is_covered_by_what_has_most_of_its_words() -> None:
    words = frozenset(("client", "register", "prefix", "assert", "1", "app"))
    assert covers(words, frozenset(("client", "register", "prefix", "other")))
    assert not covers(words, frozenset(("client", "assert", "app")))
    assert not covers(frozenset(("a", "1")), frozenset(("a", "1")))


def test_texts_that_the_product_says_less_often_are_left_out() -> None:
    change = TextChange("a.py", "a.py", b"X = ['Last', 'Date']\n", b"X = ['Date']\n")
    purpose = read_purpose([change])
    assert purpose.leaves_out("assert 'Last' not in f()")
    assert not purpose.leaves_out("assert 'Date' not in f()")
    assert not purpose.leaves_out("assert Last")


@pytest.mark.parametrize(
    ("old", "new", "turned"),
    [
        pytest.param("f(a=None)", "f(a=False)", {"f"}, id="another"),
        pytest.param("f(*, a=None)", "f(*, a)", {"f"}, id="none any more"),
        pytest.param("f(a=None)", "f(a=None, b=1)", set(), id="of one more"),
        pytest.param("f(a)", "f(a=None)", set(), id="the first"),
    ],
)
def test_functions_with_another_default_are_turned(old: str, new: str, turned: set[str]) -> None:
    texts = (f"def {head}:\n    pass\n".encode() for head in (old, new))
    assert read_purpose([TextChange("a.py", "a.py", *texts)]).turned == turned
