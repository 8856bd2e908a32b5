"""Which changes of whole statements are a lesson, and the two stretches they come to."""

from __future__ import annotations

import ast
from difflib import SequenceMatcher

import pytest

from devmatrix_guard.mining.edits.steps import (
    find_changed_handler,
    find_changed_steps,
    match_assigned_call,
)


def steps(before: str, after: str) -> list[tuple[str, str]]:
    old, new = ast.parse(before).body, ast.parse(after).body
    keys_old, keys_new = ([ast.dump(node) for node in body] for body in (old, new))
    opcodes = SequenceMatcher(None, keys_old, keys_new, autojunk=False).get_opcodes()
    return [tuple(map(ast.unparse, pair)) for pair in find_changed_steps(old, new, opcodes)]  # type: ignore[misc]


CHECKED = "a = get()\nif a is None:\n    raise E\na.run()\n"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param(
            "a = get()\na.run()\n",
            CHECKED,
            [("a = get()\na.run()", CHECKED.rstrip("\n"))],
            id="check-put-in",
        ),
        pytest.param("a = get()\nb.run()\n", CHECKED.replace("a.run", "b.run"), [], id="unused"),
        pytest.param("a = get()\na.run()\n", CHECKED.replace("a is", "b is"), [], id="other-name"),
        pytest.param("a = get()\na.run()\n", CHECKED.replace("raise E", "log()"), [], id="stays"),
        pytest.param("a = 1\na.run()\n", CHECKED.replace("get()", "1"), [], id="no-call"),
        pytest.param(
            "a = get()\na.run()\n",
            CHECKED.replace("raise E\n", "raise E\nelse:\n    x()\n"),
            [],
            id="check-with-else",
        ),
        pytest.param("a()\nb()\nc()\n", "a()\nc()\n", [("b()", "pass")], id="call-left-out"),
        pytest.param("a()\nb\nc()\n", "a()\nc()\n", [], id="no-call-left-out"),
        pytest.param("a()\nb()\nc()\nd()\n", "a()\nd()\n", [], id="two-calls-left-out"),
        pytest.param(
            "f = open(p)\nuse(f)\n",
            "with open(p) as f:\n    use(f)\n",
            [("f = open(p)", "with open(p) as f:\n    use(f)")],
            id="held-by-with",
        ),
        pytest.param("f = open(p)\n", "with open(q) as f:\n    use(f)\n", [], id="another-call"),
        pytest.param("f = open(p)\n", "with open(p) as g:\n    use(g)\n", [], id="another-name"),
        pytest.param("f = open(p)\n", "with open(p) as f, a as b:\n    c\n", [], id="two-items"),
    ],
)
def test_steps_are_known_ways_to_change_statements(
    before: str, after: str, found: list[tuple[str, str]]
) -> None:
    assert steps(before, after) == found


TRY = "try:\n    a()\nexcept KIND:\n    b()"


@pytest.mark.parametrize(
    ("before", "after", "is_step"),
    [
        (TRY, TRY.replace("KIND", "E"), True),
        (TRY.replace(" KIND", ""), TRY, True),
        (TRY, TRY, False),
        (TRY, TRY.replace("a()", "c()").replace("KIND", "E"), False),
        (TRY, TRY.replace("b()", "c()"), False),
        (TRY, TRY.replace("KIND", "E") + "\nexcept F:\n    c()", False),
        (TRY, "a()", False),
    ],
)
def test_try_that_catches_otherwise_is_a_step(before: str, after: str, is_step: bool) -> None:
    old, new = ast.parse(before).body[0], ast.parse(after).body[0]
    assert bool(list(find_changed_handler(old, new))) is is_step


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("a = f()", "a"),
        ("a = await f()", "a"),
        ("a = f", None),
        ("a.b = f()", None),
        ("a = b = f()", None),
        ("a += f()", None),
        ("f()", None),
    ],
)
def test_assigned_call_is_one_name_and_one_call(code: str, name: str | None) -> None:
    found = match_assigned_call(ast.parse(code).body[0])
    assert (found[0] if found else None) == name
