"""Which definitions a change hides behind later ones."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.shadow import drop_shadowed

OLD = "def f(a):\n    return a + 1\n\n\ndef g():\n    return 2\n"
AGAIN = "\n\ndef f(a):\n    return a\n"

HIDDEN = {
    "a function": (OLD, OLD + AGAIN, "\n\n\n\ndef g():\n    return 2\n" + AGAIN),
    "a class": (
        "class A:\n    x = 1\n",
        "class A:\n    x = 1\nclass A:\n    x = 2\n",
        "\n\nclass A:\n    x = 2\n",
    ),
    "a method": (
        "class A:\n    def f(self):\n        return 1\n",
        "class A:\n    def f(self):\n        return 1\n    def f(self):\n        return 2\n",
        "class A:\n\n\n    def f(self):\n        return 2\n",
    ),
    "of three the first two": (
        "async def f(): pass\n",
        "async def f(): pass\ndef f(): pass\ndef f(): pass\n",
        "\n\ndef f(): pass\n",
    ),
}


@pytest.mark.parametrize(("old", "new", "left"), HIDDEN.values(), ids=HIDDEN)
def test_what_a_later_definition_hides_is_blank(old: str, new: str, left: str) -> None:
    assert drop_shadowed(old.encode(), new.encode()).decode() == left


STANDING = {
    "nothing twice": (OLD, OLD + "\n\ndef h():\n    pass\n"),
    "hidden before": (OLD + AGAIN, OLD.replace("2", "3") + AGAIN),
    "an overload": (OLD, "@overload\n" + OLD + "\n\n@overload" + AGAIN[1:]),
    "a setter": (
        "",
        "class A:\n    @property\n    def x(self): pass\n    @x.setter\n    def x(self, y): pass\n",
    ),
    "methods of two classes": (
        "class A:\n    def f(self): pass\n",
        "class A:\n    def f(self): pass\nclass B:\n    def f(self): pass\n",
    ),
    "either of two branches": ("", "if x:\n    def f(): pass\nelse:\n    def f(): pass\n"),
    "what does not parse": (OLD, OLD + AGAIN + "def (\n"),
}


@pytest.mark.parametrize(("old", "new"), STANDING.values(), ids=STANDING)
def test_what_may_still_be_called_stands(old: str, new: str) -> None:
    assert drop_shadowed(old.encode(), new.encode()).decode() == new
