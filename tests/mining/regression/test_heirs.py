"""Which new test takes the place of one that has gone: of its name, or asking for half of it."""

from __future__ import annotations

import textwrap

import pytest

from tests.mining.regression.test_change import lose

F, G, H, Q = "assert f(1) == 2", "assert g(1) == 2", "assert h(1) == 3", "assert q(1) == 4"
SKIP = "@pytest.mark.skip\n"


def _test(name: str, *checks: str, skip: bool = False) -> str:
    body = "".join(f"    {check}\n" for check in checks)
    return f"{SKIP if skip else ''}def {name}():\n{body}"


def _namesake(*checks: str, skip: bool = False) -> str:
    """Return a test of the same name in a class."""
    test = _test("test_a", *checks, skip=skip).replace("():", "(self):")
    return "class TestX:\n" + textwrap.indent(test, "    ")


OLD = _test("test_a", F, G, H)


def _take(new: str, old: str = OLD) -> list[str]:
    return [f"{taken.kind} {taken.old}".strip() for loss in lose(old, new) for taken in loss.taken]


@pytest.mark.parametrize(
    ("new", "taken"),
    [
        pytest.param("", ["deleted"], id="none"),
        pytest.param(_test("test_c", F, G, H), [], id="another name"),
        pytest.param(_test("test_c", F, G), [f"removed {H}"], id="most of it"),
        pytest.param(_test("test_c", F, G, skip=True), ["skipped"], id="most of it, skipped"),
        pytest.param(_test("test_c", F, skip=True), ["deleted"], id="too little of it"),
        pytest.param(_namesake(F), [f"removed {G}", f"removed {H}"], id="its name, a third"),
        pytest.param(_namesake(F, skip=True), ["skipped"], id="its name, skipped"),
        pytest.param(_namesake(Q, skip=True), ["deleted"], id="its name alone"),
        pytest.param(
            _namesake(F) + _test("test_c", F, G, skip=True),
            [f"removed {G}", f"removed {H}"], id="its name before more of it",
        ),
        pytest.param(
            _namesake(F, skip=True) + _test("test_c", F, G), ["skipped"],
            id="its name, skipped, before more of it",
        ),
        pytest.param(
            _namesake(F, skip=True) + _test("test_c", F, G, H), [], id="all of it before its name"
        ),
        pytest.param(
            _test("test_c", F, G, skip=True) + _test("test_d", F), ["skipped"], id="more of it"
        ),
        pytest.param(
            _test("test_d", F, G) + _test("test_c", F, G, skip=True), [f"removed {H}"],
            id="the first of two",
        ),
    ],
)  # fmt: skip
def test_a_test_that_has_gone_is_compared_with_its_heir(new: str, taken: list[str]) -> None:
    assert _take(new) == taken


def test_half_of_what_it_asks_for_is_enough() -> None:
    assert _take(_test("test_c", F, Q, skip=True), _test("test_a", F, G)) == ["skipped"]
