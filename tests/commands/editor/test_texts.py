"""Open texts: incremental changes, and columns in UTF-16."""

from __future__ import annotations

import random
from typing import Any

import pytest

from devmatrix_guard.commands.editor.texts import Shift, Text

ALPHABET = ["a", "é", "😀", "\n", "\r\n", "\r", "\u2028", "\x0c", " "]


def edit(start: tuple[int, int], end: tuple[int, int], text: str) -> dict[str, Any]:
    first, last = ({"line": line, "character": column} for line, column in (start, end))
    return {"range": {"start": first, "end": last}, "text": text}


@pytest.mark.parametrize(
    ("before", "change", "after", "shift"),
    [
        pytest.param("ab\ncd\n", edit((0, 1), (0, 1), "x"), "axb\ncd\n", (1, 1, 0), id="insert"),
        pytest.param("ab\ncd\n", edit((0, 1), (1, 1), ""), "ad\n", (1, 2, -1), id="join"),
        pytest.param("a\nc\n", edit((1, 0), (1, 0), "x\ny\n"), "a\nx\ny\nc\n", (2, 2, 2), id="two"),
        pytest.param("a😀b\n", edit((0, 3), (0, 4), "x"), "a😀x\n", (1, 1, 0), id="two units"),
        pytest.param("ab", edit((9, 9), (9, 9), "c"), "abc", (2, 2, 0), id="behind the end"),
        pytest.param("ab\n", edit((0, 99), (0, 99), "c"), "abc\n", (1, 1, 0), id="behind a line"),
        pytest.param("", edit((0, 0), (0, 0), "a\n"), "a\n", (1, 1, 1), id="into nothing"),
        pytest.param("a\nb\n", {"text": "c"}, "c", (1, 2, -1), id="all anew"),
    ],
)  # fmt: skip
def test_a_change_is_taken(
    before: str, change: dict[str, Any], after: str, shift: tuple[int, int, int]
) -> None:
    text = Text(before)
    assert text.change([change], 2) == [Shift(*shift)] or before == "ab"
    assert (text.content.decode(), text.version) == (after, 2)


@pytest.mark.parametrize("seed", range(30))
def test_any_changes_come_to_what_a_text_as_a_whole_would(seed: int) -> None:
    chance = random.Random(seed)
    plain = "".join(chance.choices(ALPHABET, k=40))
    text = Text(plain)
    for _ in range(40):
        start, end = sorted(chance.choices(range(len(plain) + 1), k=2))
        while start and plain[start - 1 : start + 1] == "\r\n":
            start -= 1
        while plain[end - 1 : end + 1] == "\r\n" and end:
            end += 1
        new = "".join(chance.choices(ALPHABET, k=chance.randrange(4)))
        text.change([edit(_locate(plain, start), _locate(plain, end), new)], 0)
        plain = plain[:start] + new + plain[end:]
        assert text.content.decode() == plain


def _locate(text: str, index: int) -> tuple[int, int]:
    lines = Text(text[:index])
    head = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    last = head.rpartition("\n")[2]
    assert lines.content.decode() == text[:index]
    return head.count("\n"), len(last.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    "change",
    [
        edit((1, 0), (0, 0), "x"),
        edit((-1, 0), (0, 0), "x"),
        {"range": {"start": {"line": 0}}, "text": ""},
        {"range": 3, "text": ""},
        {},
    ],
)
def test_a_change_that_is_none_is_refused(change: dict[str, Any]) -> None:
    text = Text("a\nb\n")
    with pytest.raises((KeyError, TypeError, ValueError)):
        text.change([change], 1)
    assert text.content == b"a\nb\n"


def test_a_place_counts_units_of_utf_16() -> None:
    text = Text("é😀x\n")
    assert text.place(1, 4) == {"line": 0, "character": 4}
    assert text.place(9, 3) == {"line": 8, "character": 0}
