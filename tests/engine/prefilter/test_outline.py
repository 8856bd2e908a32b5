"""What the bytes of a file tell without parsing it: rows, words, triple-quoted strings."""

from __future__ import annotations

import random

import pytest

from devmatrix_guard.engine.prefilter.outline import Outline, find_first


def _add_up(data: bytes, row: int) -> int:
    """Return the offset of a row as the sum of the rows before it."""
    rows = data.split(b"\n")
    return min(sum(map(len, rows[:row])) + min(row, len(rows)), len(data) + 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"a",
        b"a\n",
        b"\n\n\n",
        b"a\nb",
        b"x" * 1000 + b"\n" + b"y\n" * 1000,
        b"\n" * 777,
    ],
)
def test_every_row_begins_behind_those_before_it(data: bytes) -> None:
    outline = Outline(data)
    for row in range(data.count(b"\n") + 3):
        assert outline.find_row(row) == _add_up(data, row), row


@pytest.mark.parametrize("seed", range(8))
def test_rows_may_be_asked_for_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    data = b"".join(b"x" * chance.choice((0, 1, 30, 400)) + b"\n" for _ in range(200)) + b"end"
    outline = Outline(data)
    for _ in range(50):
        row = chance.randrange(203)
        assert outline.find_row(row) == _add_up(data, row), row


@pytest.mark.parametrize(
    ("data", "lone"),
    [
        (b"", False),
        (b"a\n", False),
        (b"a\r\nb\r\n", False),
        (b"a\rb", True),
        (b"a\r\nb\rc\r\n", True),
        (b"a\n\rb", True),
    ],
)
def test_a_carriage_return_is_lone_where_no_line_feed_follows(data: bytes, lone: bool) -> None:
    assert Outline(data).has_lone_returns is lone


def test_rows_have_no_line_feeds_and_are_split_once() -> None:
    outline = Outline(b"a\n\nb")
    assert outline.rows == [b"a", b"", b"b"]
    assert outline.rows is outline.rows


@pytest.mark.parametrize(
    ("word", "there"),
    [(b"load", True), (b"x", True), (b"loa", False), (b"oad", False), (b"loads", False)],
)
def test_a_word_is_there_as_a_whole(word: bytes, there: bool) -> None:
    assert Outline(b"x = yaml.load(f)\n").has_word(word) is there


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (0, 16, [b"x", b"yaml", b"load", b"f"]),
        (0, 1, [b"x"]),
        (1, 4, []),
        (4, 8, [b"yaml"]),
        (4, 13, [b"yaml", b"load"]),
        (9, 13, [b"load"]),
        (10, 12, [b"oa"]),
        (14, 15, [b"f"]),
    ],
)
def test_the_words_between_two_places(start: int, end: int, words: list[bytes]) -> None:
    assert Outline(b"x = yaml.load(f)").words_between(start, end) == words


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (b"import yaml", []),
        (b"import yaml as y", [(b"yaml", b"y")]),
        (b"import a.b as c, d as e\n", [(b"b", b"c"), (b"d", b"e")]),
        (b"with open(n) as f:\n    f.read()\n", [(b"n", b"f")]),
        (b"assert x\nclass as_:\n    basis = 1\n", []),
        (b"as b", []),
        (b"a as", []),
        (b"a as as b", [(b"a", b"as")]),
        (b"a as b as c", [(b"a", b"b"), (b"b", b"c")]),
    ],
)
def test_a_renaming_is_the_words_around_an_as(
    text: bytes, pairs: list[tuple[bytes, bytes]]
) -> None:
    assert list(Outline(text).renamings()) == pairs


def _strings(text: str) -> list[str] | None:
    outline = Outline(text.encode())
    spans = outline.strings
    assert outline.strings is spans
    return None if spans is None else [outline.data[a:b].decode() for a, b in spans]


A, B = '"""', "'''"


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        pytest.param("x = 1\n", [], id="none"),
        pytest.param(f"x = {A}one{A}\n", [f"{A}one{A}"], id="in a line"),
        pytest.param(f"{A}a\nb{A}\n{B}c\n{B}", [f"{A}a\nb{A}", f"{B}c\n{B}"], id="both kinds"),
        pytest.param(f"{B}a{A}b{B}{A}c{A}", [f"{B}a{A}b{B}", f"{A}c{A}"], id="one in the other"),
        pytest.param(f"{A}a\\{A}b{A}\n", [f"{A}a\\{A}b{A}"], id="an escaped quote"),
        pytest.param(f"{A}a\\\\{A}\n", [f"{A}a\\\\{A}"], id="an escaped backslash"),
        pytest.param(f"# {A} no string\nx = 1\n", [], id="in a comment"),
        pytest.param(f"# {A}", [], id="in a comment at the end"),
        pytest.param(f"x = '{A}'\n{A}a{A}", [f"{A}a{A}"], id="in a string of a line"),
        pytest.param(f"'#' {A}a{A}", [f"{A}a{A}"], id="after a string with a number sign"),
        pytest.param(f"x = '\\\n{A}'\ny", [], id="in a string that a backslash continues"),
        pytest.param(f"x = '\\\r\n{A}'\r\ny", [], id="the same with carriage returns"),
        pytest.param(f"x = 1 \\\n+ '{A}'\n", [], id="in a line that a backslash joins"),
        pytest.param(f"x = '\\\n\\\n{A}'\n", [], id="in the third line of a string"),
        pytest.param(f"'a\n{A}b{A}", [f"{A}b{A}"], id="after a line with an open quote"),
        pytest.param(f"{A}a", None, id="without an end"),
        pytest.param(f"{A}a{A} + {A}b", None, id="the second without an end"),
        pytest.param(f"x = 'a {A}b{A}\ny = 'c'\n", None, id="behind an open quote"),
        pytest.param(f"x = 'a {A}b{A}\n", [], id="behind one that nothing closes"),
        pytest.param(f"x = {A}{A}\n", [f"{A}{A}"], id="empty"),
        pytest.param(f"{A}a{A}{A}b{A}", [f"{A}a{A}", f"{A}b{A}"], id="side by side"),
    ],
)
def test_triple_quoted_strings_are_found_with_what_is_none_left_out(
    text: str, strings: list[str] | None
) -> None:
    assert _strings(text) == strings


@pytest.mark.parametrize(
    ("tokens", "position", "end", "place"),
    [
        ([b"a", b"b"], 0, None, 2),
        ([b"b", b"a"], 0, None, 2),
        ([b"b"], 0, None, 4),
        ([b"a"], 3, None, 6),
        ([b"a", b"b"], 3, None, 4),
        ([b"a"], 0, 2, -1),
        ([b"a"], 0, 3, 2),
        ([b"z"], 0, None, -1),
        ([], 0, None, -1),
    ],
)
def test_the_first_of_some_tokens(
    tokens: list[bytes], position: int, end: int | None, place: int
) -> None:
    assert find_first(b"..a.b.a", tokens, position, end) == place
