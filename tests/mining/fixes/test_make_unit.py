"""A fix as one unit: the functions it mended, its edits, the lines it replaced, its tests."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.fixes.units import FixedLines, make_unit
from devmatrix_guard.mining.regression.change import TextChange
from devmatrix_guard.model.diff import Commit
from devmatrix_guard.model.knowledge.fix import FixUnit

FIX = Commit("c1", ("c0",), "Ada", "2024-05-06T07:08:09+00:00", "Fix #12", "", ())
OLD = """import os
LIMIT = 1


class Cart:
    def add(self, item):
        self.items.append(item)
        return 1

    def __len__(self):
        return 0


def load(path):
    return open(path)
"""


def unit_of(*changes: tuple[str, str, str]) -> tuple[FixUnit, tuple[FixedLines, ...]]:
    texts = [TextChange(p, p, old.encode(), new.encode()) for p, old, new in changes]
    return make_unit(FIX, texts)


def mended(new: str, old: str = OLD, path: str = "shop.py") -> dict[str, list[tuple[str, str]]]:
    unit, _ = unit_of((path, old, new))
    return {function.name: list(function.edits) for function in unit.functions}


@pytest.mark.parametrize(
    ("old", "new", "functions"),
    [
        ("append(item)", "add(item)", {
            "Cart.add": [("self.items.append(item)", "self.items.add(item)")]}),
        ("return 0", "return len(self.items)", {
            "Cart.__len__": [("return 0", "return len(self.items)")]}),
        ("LIMIT = 1", "LIMIT = 2", {"": [("LIMIT = 1", "LIMIT = 2")]}),
        ("    return open(path)\n", "    return open(path)\n\n\ndef save(path):\n    pass\n", {
            "save": [("", "def save(path):\n    pass")]}),
        ("import os\n", "import sys\n", {}),
        ("import os\n", "import os\n# a remark\n", {}),
        ("    return open(path)", "    # open it\n\n    return open(path)", {}),
        ("    return open(path)", "    # open it\n    check(path)\n    return open(path)", {
            "load": [("", "# open it\ncheck(path)")]}),
    ],
)  # fmt: skip
def test_edits_belong_to_the_functions_they_are_in(
    old: str, new: str, functions: dict[str, list[tuple[str, str]]]
) -> None:
    assert mended(OLD.replace(old, new)) == functions


def test_what_stands_around_functions_goes_with_them() -> None:
    new = OLD.replace("LIMIT = 1", "LIMIT = 2").replace("return 0", "return LIMIT")
    assert list(mended(new)) == ["Cart.__len__"]


def test_a_function_that_is_gone_is_none_that_can_be_asked_about() -> None:
    new = OLD[: OLD.index("\n\ndef load")] + "\n"
    assert mended(new) == {"": [("def load(path):\n    return open(path)", "")]}


def test_three_edits_of_a_function_are_kept() -> None:
    old = "def f():\n" + "".join(f"    a{n}()\n    b()\n" for n in range(4))
    new = old.replace("a", "c")
    assert mended(new, old) == {"f": [(f"a{n}()", f"c{n}()") for n in range(3)]}


def test_a_side_is_cut_to_four_lines_and_two_hundred_letters() -> None:
    lines = "".join(f"    a{n}()\n" for n in range(5))
    four = "a0()\na1()\na2()\na3()"
    assert mended(f"def f():\n{lines}    b()\n", "def f():\n    b()\n") == {"f": [("", f"{four}…")]}
    shorter = lines.replace("    a4()\n", "")
    assert mended(f"def f():\n{shorter}    b()\n", "def f():\n    b()\n") == {"f": [("", four)]}
    for length, shown in ((200, "a" * 200), (201, "a" * 200 + "…")):
        new = f"def f():\n    {'a' * length}\n    b()\n"
        assert mended(new, "def f():\n    b()\n") == {"f": [("", shown)]}


def test_twelve_functions_are_kept() -> None:
    old = "".join(f"def f{n}():\n    a()\n" for n in range(13))
    assert list(mended(old.replace("a()", "b()"), old)) == [f"f{n}" for n in range(12)]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("LIMIT = 1\n", "LIMIT = 2\n", [(2, 2, False)]),
        ("        self.items.append(item)\n        return 1\n", "        pass\n", [(7, 8, False)]),
        ("        return 1\n", "        check()\n        return 1\n", [(7, 7, True)]),
        ("import os\n", "# a\nimport os\n", []),
    ],
)
def test_lines_are_asked_about_that_a_fix_replaced_or_that_stand_above(
    old: str, new: str, lines: list[tuple[int, int, bool]]
) -> None:
    _, found = unit_of(("shop.py", OLD, OLD.replace(old, new)))
    assert found == tuple(FixedLines("shop.py", *line) for line in lines)


TESTS = "def test_add():\n    assert Cart().add(1) == 1\n"


def test_tests_of_a_fix_name_its_functions_and_how_they_run() -> None:
    mended_cart = OLD.replace("append(item)", "add(item)").replace("return 0", "return LIMIT")
    example = mended_cart.replace("(path):\n", '(path):\n    """>>> load(1)\n    2\n    """\n')
    unit, _ = unit_of(
        ("shop.py", OLD, example),
        ("tests/test_shop.py", "", TESTS),
        ("src/cart.test.js", "", "test('adds', () => {\n  expect(add(1)).toBe(1)\n})\n"),
    )
    assert (unit.commit, unit.date, unit.issue) == ("c1", "2024-05-06", "#12")
    assert [(t.path, t.name, t.runner, t.functions) for t in unit.tests] == [
        ("shop.py", "doctest load", "doctest", ("load",)),
        ("tests/test_shop.py", "test_add", "pytest", ("Cart.add", "Cart.__len__")),
        ("src/cart.test.js", "adds", "other", ("Cart.add",)),
    ]


def test_a_test_that_the_fix_deletes_proves_nothing() -> None:
    change = TextChange("tests/test_shop.py", "tests/test_shop.py", TESTS.encode(), None)
    unit, lines = make_unit(FIX, [change, TextChange("a.py", "a.py", OLD.encode(), None)])
    assert (unit.functions, unit.tests, lines) == ((), (), ())
