"""Which tests a fix brings along: those that are new, and those that ask for something more."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.regression.change import TextChange, find_new_proof
from devmatrix_guard.mining.regression.collect import PYTEST

ADD = "def test_add():\n    assert shop.add(1) == 2\n"
FIRST = f"import shop\n\n\n{ADD}"
SECOND = "\n\ndef test_sub():\n    assert shop.sub(2) == 1\n"


Found = list[tuple[str, bool, int]]


def proofs(old: str | None, new: str | None, path: str = "test_shop.py") -> Found:
    """Return of each proof its test, whether that is new, and the number of new checks."""
    sides = (None if side is None else side.encode() for side in (old, new))
    found = find_new_proof([TextChange(path, path, *sides)])
    assert all(proof.path == path for proof in found)
    return [(proof.name, proof.is_new, len(proof.keys)) for proof in found]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        pytest.param(None, FIRST, [("test_add", True, 0)], id="a new file"),
        pytest.param("", FIRST, [("test_add", True, 0)], id="an empty one"),
        pytest.param(FIRST, FIRST + SECOND, [("test_sub", True, 0)], id="a test beside one"),
        pytest.param(FIRST, SECOND + FIRST, [("test_sub", True, 0)], id="above one"),
        pytest.param(
            FIRST, FIRST + "    assert shop.add(2) == 3\n", [("test_add", False, 1)], id="a check"
        ),
        pytest.param(
            FIRST, FIRST + "    assert shop.add(2) == 3\n    assert shop.add(3) == 4\n",
            [("test_add", False, 2)], id="two checks",
        ),
        pytest.param(
            FIRST, FIRST.replace("= 2", "= 3"), [("test_add", False, 1)],
            id="another value",
        ),
        pytest.param(FIRST, FIRST.replace("    a", "    # sum\n    a"), [], id="a remark"),
        pytest.param(FIRST, FIRST.replace("add(1)", "add( 1 )"), [], id="a layout"),
        pytest.param(FIRST + SECOND, FIRST, [], id="one less"),
        pytest.param(FIRST, FIRST, [], id="nothing"),
        pytest.param(FIRST, None, [], id="no file any more"),
        pytest.param(FIRST, FIRST + "\n\ndef test_no():\n    pass\n", [], id="asks for nothing"),
        pytest.param(FIRST, FIRST + "\n\ndef helper():\n    assert 1\n", [], id="no test"),
        pytest.param(f"@mark\n{ADD}", ADD, [], id="a mark that skips nothing"),
        pytest.param(
            f"import pytest\n@pytest.mark.skip\n{ADD}", f"import pytest\n{ADD}",
            [("test_add", False, 1)], id="it runs again",
        ),
        pytest.param("def test_a(:\n", FIRST, [("test_add", True, 0)], id="broken before"),
        pytest.param(FIRST, "def test_a(:\n", [], id="broken now"),
    ],
)  # fmt: skip
def test_tests_that_are_new_or_ask_for_more_are_proof(
    old: str | None, new: str | None, found: Found
) -> None:
    assert proofs(old, new) == found


def test_equal_methods_of_two_classes_are_two() -> None:
    method = "    def test_a(self):\n        assert shop.a() == 1\n"
    one = f"class TestA:\n{method}\n\nclass TestB:\n    x = 1\n"
    assert proofs(one, one + method) == [("TestB::test_a", True, 0)]


def test_the_words_of_a_test_are_those_of_its_lines() -> None:
    (proof,) = find_new_proof([TextChange("test_a.py", "test_a.py", b"", FIRST.encode())])
    assert proof.words >= {"test_add", "shop", "add", "assert"}
    assert "import" not in proof.words


def test_names_are_those_the_settings_give() -> None:
    change = TextChange("check_a.py", "check_a.py", b"", FIRST.replace("test_", "it_").encode())
    named = PYTEST._replace(files=("check_*.py",), functions=("it_",))
    assert [proof.name for proof in find_new_proof([change], named)] == ["it_add"]
    assert find_new_proof([change]) == []


def test_tests_of_other_languages_go_by_their_titles() -> None:
    one = "test('adds', () => {\n  expect(add(1)).toBe(2)\n})\n"
    more = one + "test('takes', () => {\n  expect(sub(1)).toBe(0)\n})\n"
    assert proofs(one, more, "a.test.js") == [("takes", True, 0)]
