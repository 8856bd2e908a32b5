"""Functions of applications: which are found, and which are the same but for names."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.entity_names import EntityNames
from devmatrix_guard.generator.fragments import FoundFunction, find_functions

NAMES = (EntityNames("Order", "order", "orders"), EntityNames("Plan", "plan", "plans"))
BODY = """
async def close_order(self, order):
    \"\"\"Close it.\"\"\"
    order.state = "closed"
    return order
"""


def find(text: str, path: str = "src/services/order_service.py") -> tuple[FoundFunction, ...]:
    return find_functions({path: text}, {}, NAMES)


def digest(text: str, path: str = "src/services/order_service.py") -> str:
    (found,) = find(text, path)
    return found.digest


@pytest.mark.parametrize(
    "other",
    [
        BODY.replace('"closed"', "'closed'"),
        BODY.replace("    return", "\n    # as the spec says\n    return"),
        BODY.replace('    """Close it."""\n', ""),
        BODY.replace("return order", "return (order)"),
    ],
    ids=["quotes", "comment", "docstring", "parentheses"],
)
def test_layout_comments_and_docstrings_make_no_difference(other: str) -> None:
    assert digest(other) == digest(BODY)


@pytest.mark.parametrize(
    "other",
    [
        BODY.replace('"closed"', '"open"'),
        BODY.replace("async def", "def"),
        BODY.replace("self, order", "self, order, at"),
        BODY.replace("order.state", "order.status"),
    ],
    ids=["value", "async", "parameter", "attribute"],
)
def test_what_does_something_else_is_another(other: str) -> None:
    assert digest(other) != digest(BODY)


def test_the_same_for_another_entity_is_the_same() -> None:
    other = BODY.replace("order", "plan")
    assert digest(other, "src/services/plan_service.py") == digest(BODY)
    assert digest(other, "src/services/order_service.py") != digest(BODY)


def test_methods_are_named_by_their_class_and_keep_their_decorators() -> None:
    text = "class A:\n    @cached\n    def run(self):\n        x = 1\n        return x\n"
    (found,) = find(text)
    assert found.name == "A.run"
    assert found.code.startswith("    @cached\n    def run")
    assert found.code.endswith("return x\n")


def test_a_function_of_one_statement_is_left_out() -> None:
    assert find("def get(self):\n    return self.x\n") == ()
    assert find('def get(self):\n    """Get."""\n    return self.x\n') == ()
    assert len(find("def get(self):\n    if self.x:\n        return 1\n")) == 1


@pytest.mark.parametrize("path", ["tests/test_a.py", "alembic/env.py", "src/main.txt", "README.md"])
def test_what_is_no_code_of_the_application_is_left_out(path: str) -> None:
    assert find(BODY, path) == ()


@pytest.mark.parametrize(
    "text", ["def f(:\n", "\0", "x = '" + "(" * 100_000, "def f():\n" + " " * 9 + "x" * 9_000]
)
def test_what_does_not_parse_or_is_very_long_is_left_out(text: str) -> None:
    assert find(text) == ()


def test_what_a_generation_gives_anyhow_is_told_from_what_people_wrote() -> None:
    path = "src/services/order_service.py"
    added = BODY + BODY.replace("close_order", "reopen_order")
    found = find_functions({path: added}, {path: BODY}, NAMES)
    assert {one.name: one.is_generated for one in found} == {
        "close_order": True,
        "reopen_order": False,
    }
    changed = BODY.replace('"closed"', '"shut"')
    (one,) = find_functions({path: changed}, {path: BODY}, NAMES)
    assert not one.is_generated
    (one,) = find_functions({path: BODY}, {path: BODY}, NAMES)
    assert one.is_generated
