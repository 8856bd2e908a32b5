"""A merge compares what is said and not how it is written, and what it gives must make sense."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.regenerate.merge import merge_texts
from devmatrix_guard.generator.regenerate.python.undefined import find_name_faults

ENTITY = '''class Book(Base):
    """A row: one book."""

    __table_args__ = (CheckConstraint("length(title) <= 100", name="title_max_length"),)

    title: Mapped[str] = mapped_column(String(100))
    pages: Mapped[int] = mapped_column(default=1000)
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"length(title) <= 100"', "'length(title) <= 100'"),
        ('"title_max_length"', "'title_max_length'"),
        ("1000", "1_000"),
    ],
)
def test_another_spelling_of_a_value_is_no_edit(old: str, new: str) -> None:
    ours = ENTITY.replace(old, new)
    merged = merge_texts(
        "a.py", ENTITY, ours, ENTITY.replace("100)", "255)").replace("<= 100", "<= 255")
    )
    assert merged.conflicts == ()
    assert merged.notes == ()
    assert "String(255)" in merged.text
    assert "<= 255" in merged.text
    assert "100)" not in merged.text.replace("1_000", "").replace("1000", "")


def test_what_is_new_comes_in_the_quotes_of_people() -> None:
    ours = ENTITY.replace('"length(title) <= 100"', "'length(title) <= 100'").replace(
        '"title_max_length"', "'title_max_length'"
    )
    theirs = ENTITY + '    kind: Mapped[str] = mapped_column(default="novel")\n'
    assert "default='novel'" in merge_texts("a.py", ENTITY, ours, theirs).text


def test_what_a_formatter_laid_out_otherwise_goes_when_it_is_generated_no_more() -> None:
    kept = "def g():\n    return 1\n"
    base = f'def f(a, b):\n    return show(f"{{a}}", b)\n\n\n{kept}'
    ours = f"def f(\n    a,\n    b,\n):\n    return show(f'{{a}}', b)\n\n\n{kept}"
    imports = "from x import show\n\n\n"
    merged = merge_texts("a.py", imports + base, imports + ours, imports + kept)
    assert not merged.conflicts
    assert "def f" not in merged.text
    commented = ours.replace("    b,\n", "    b,  # ours\n")
    assert merge_texts("a.py", imports + base, imports + commented, imports + kept).conflicts


@pytest.mark.parametrize("indent", ["\t", "  "])
def test_what_is_new_comes_in_the_indentation_of_people(indent: str) -> None:
    base = "def f(x):\n    if x:\n        return [\n            1,\n        ]\n    return []\n"
    theirs = base.replace("            1,\n", "            1,\n            2,\n")
    merged = merge_texts("a.py", base, base.replace("    ", indent), theirs)
    assert not merged.conflicts
    assert merged.text == theirs.replace("    ", indent)


def test_a_new_line_that_needs_what_people_renamed_is_a_conflict() -> None:
    base = "def f():\n    row = find()\n    check(row)\n    return show(1)\n"
    ours = base.replace("row", "book")
    theirs = base.replace("    return show(1)\n", "    log(row)\n    return show(1)\n")
    imports = "from x import check, find, log, show\n\n\n"
    merged = merge_texts("a.py", imports + base, imports + ours, imports + theirs)
    assert merged.conflicts
    assert "row is not defined" in merged.conflicts[0].symbol or "row" in merged.conflicts[0].theirs


FAULTS = [
    ("x = 1\nprint(x)\n", set()),
    ("print(y)\n", {"y is not defined"}),
    ("def f(a):\n    return a + b\n", {"b is not defined"}),
    ("def f():\n    return [n for n in range(3)]\n", set()),
    ("from m import *\nprint(z)\n", set()),
    ("def f() -> None: ...\n\n\ndef f() -> None: ...\n", {"f is defined twice"}),
    ("class A:\n    def f(self): ...\n    def f(self): ...\n", {"A.f is defined twice"}),
    (
        "class A:\n    @property\n    def f(self): ...\n    @f.setter\n    def f(self, v): ...\n",
        set(),
    ),
    ("def f(a: Missing) -> None: ...\n", {"Missing is not defined"}),
    ("try:\n    import a\nexcept ImportError as e:\n    print(e)\n", set()),
    ("def f():\n    global counter\n    counter = 1\n\n\nprint(counter)\n", set()),
    ("class A:\n    x = 1\n    y = x\n", set()),
    ("lambda a, *b, c=len: (a, b, c)\n", set()),
    ("with open('x') as f:\n    f.read()\n", set()),
    ("not python (\n", set()),
]


@pytest.mark.parametrize(("text", "faults"), FAULTS)
def test_names_that_nobody_defines_or_that_are_defined_twice_are_found(
    text: str, faults: set[str]
) -> None:
    assert find_name_faults(text) == faults
