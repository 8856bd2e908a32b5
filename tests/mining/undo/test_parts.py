"""What counts as the same statement: its tree with its names, or with local names numbered."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.parts import describe_python, describe_tokens


def exact(line: str) -> list[int]:
    return [parts.hash_exact() for parts in describe_python(line.encode())]


def loose(line: str) -> list[int]:
    return [parts.hash_loose() for parts in describe_python(line.encode())]


# Every kind of line is read as a tree: tokens would tell the two spellings of the number apart.
LINES = [
    "x = {}",
    "f({})",
    "@cached({})",
    "if a == {}:",
    "if a == {}: b()",
    "if a: b({})",
    "elif a == {}:",
    "elif a: b({})",
    "else: a = {}",
    "while a < {}:",
    "for a in f({}):",
    "async for a in f({}):",
    "with f({}) as a:",
    "def f(a={}):",
    "async def f(a={}): pass",
    "class A(f({})):",
    "try: f({})",
    "finally: f({})",
    "except f({}):",
    "except E: f({})",
    "match f({}):",
    "case {}:",
    "case A({}) if b:",
    "case a: f({})",
    "try_it({})",
    "matched = {}",
    "return f({})",
]


@pytest.mark.parametrize("line", LINES)
def test_how_a_value_is_spelled_makes_no_difference(line: str) -> None:
    assert exact(line.format("0x10")) == exact(line.format("16")) != exact(line.format("17"))
    assert loose(line.format("0x10")) == loose(line.format("16")) != loose(line.format("17"))


def test_what_cannot_be_read_is_compared_by_its_tokens() -> None:
    assert exact("x = = 16") == exact("x  =  =  16")
    assert exact("x = = 16") != exact("x = = 0x10")
    assert exact("x = = 16") == [
        parts.hash_exact() for parts in describe_tokens(b"x = = 16", "Python")
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("total = add(price)", "amount = add(cost)"),
        ("a + b", "c + d"),
        ("a + a", "b + b"),
        ("for item in items:", "for each in them:"),
        ("with f() as a:", "with f() as b:"),
        ("lambda a: a + 1", "lambda b: b + 1"),
    ],
)
def test_local_names_count_by_their_order(one: str, other: str) -> None:
    assert loose(one) == loose(other)
    assert exact(one) != exact(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a + b", "a + a"),
        ("a == b", "a != b"),
        ("add(a)", "sub(a)"),
        ("a.b", "a.c"),
        ("Price(a)", "Cost(a)"),
        ("self.a = b", "cls.a = b"),
        ("len(a)", "sum(a)"),
        ("f(a=b)", "f(c=b)"),
        ("if a:", "while a:"),
        ("if a:", "elif a:"),
        ("else:", "finally:"),
        ("import a", "import b"),
        ("from a import b", "from c import b"),
        ("from .a import b", "from a import b"),
        ("import a", "import a as b"),
        ("'a'", "b'a'[0]"),
        ("1", "1.0"),
        ("True", "1"),
        ("[a]", "[a, b]"),
    ],
)
def test_what_means_something_else_is_another_statement(one: str, other: str) -> None:
    assert loose(one) != loose(other)


def test_each_imported_name_counts_by_itself() -> None:
    assert exact("import a, b") == [*exact("import a"), *exact("import b")]
    assert exact("from m import (b, a)") == [*exact("from m import b"), *exact("from m import a")]


@pytest.mark.parametrize("line", ['"""What it does."""', "'a'", "b'a'", ""])
def test_a_text_that_stands_alone_is_nothing(line: str) -> None:
    assert exact(line) == []


def test_statements_that_share_a_line_are_several() -> None:
    assert exact("a(); b()") == [*exact("a()"), *exact("b()")]
    assert exact("if a: b()")[1:] == exact("b()")
    assert exact("else: b()")[1:] == exact("b()")


def test_a_type_is_left_out_where_names_are_numbered() -> None:
    assert loose("def f(a: int) -> str:") == loose("def f(a):")
    assert exact("def f(a: int) -> str:") != exact("def f(a):")


def test_a_query_is_the_same_in_other_letters_and_another_layout() -> None:
    one = b"x(\"SELECT id FROM users WHERE name = 'Ada  L' AND (a=1);\")"
    other = b'x("""select id\n  from users\n where  name=\'Ada  L\' and ( a = 1 )""")'
    third = b"x(\"SELECT id FROM users WHERE name = 'ada l' AND (a=1)\")"
    keys = [describe_python(text)[0].hash_exact() for text in (one, other, third)]
    assert keys[0] == keys[1] != keys[2]

    texts = (b"x('a  b')", b"x('A b')", b"x('a b')")
    assert len({describe_python(text)[0].hash_exact() for text in texts}) == 3


def test_a_local_may_be_called_as_a_word_of_another_language() -> None:
    def read(text: str) -> int:
        marked = "\0".join(("\1" if word.isalpha() else "") + word for word in text.split())
        return describe_tokens(marked.encode())[0].hash_loose()

    lines = "{0} = open ( path )", "load ( {0} )", "{0} . close ( )", "return {0}"
    for line in lines:
        assert read(line.format("in")) == read(line.format("stream")), line
        assert read(line.format("is")) == read(line.format("as")), line
    assert read("if a in b") != read("if a of b")
