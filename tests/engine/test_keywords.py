"""Which rules can match a file at all, by its words: the rarest word of each is looked for."""

from __future__ import annotations

import pytest

from devmatrix_guard.engine.keywords import (
    build_index,
    find_candidates,
    find_words,
    list_words,
    space_words,
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a_1+b", [b"a_1", b"b"]),
        (b"'x y'\n\tz", [b"x", b"y", b"z"]),
        ("größe=é".encode(), ["größe".encode(), "é".encode()]),
        (b"@a.B9/[z]{A}`Z^", [b"a", b"B9", b"z", b"A", b"Z"]),
        (b"a\x7fb\x00c", [b"a", b"b", b"c"]),
        (b"", []),
    ],
)
def test_words_are_letters_digits_and_what_is_beyond_ascii(data: bytes, words: list[bytes]) -> None:
    assert list_words(data) == words
    assert find_words(data) == set(words)
    assert space_words(data).split() == words
    assert space_words(data)[:1] == space_words(data)[-1:] == b" "


def test_every_byte_of_a_word_stays_itself() -> None:
    for number in range(256):
        byte = bytes([number])
        is_word = byte.isalnum() or byte == b"_" or number >= 0x80
        assert list_words(b"a" + byte + b"b") == ([b"a" + byte + b"b"] if is_word else [b"a", b"b"])


RULES = (
    ((b"get", b"requests"),),
    ((b"open",), (b"read", b"path")),
    None,
    ((), (b"never",)),
    (),
    ((b"self", b"if", b"ab"),),
)


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        ("", [2, 3]),
        ("get", [2, 3]),
        ("get requests", [0, 2, 3]),
        ("open", [1, 2, 3]),
        ("read path", [1, 2, 3]),
        ("read open", [1, 2, 3]),
        ("path", [2, 3]),
        ("self if", [2, 3]),
        ("self if ab", [2, 3, 5]),
    ],
)
def test_a_rule_waits_for_all_words_of_one_alternative(words: str, rules: list[int]) -> None:
    assert find_candidates(build_index(RULES), {w.encode() for w in words.split()}) == rules


@pytest.mark.parametrize(
    ("alternative", "rarest"),
    [
        ((b"self", b"ab"), b"ab"),  # a common word last
        ((b"ab", b"abcd"), b"abcd"),  # a short one before it
        ((b"abc", b"abcd"), b"abcd"),
        ((b"return", b"for"), b"for"),
        ((b"zzzz", b"abcd"), b"abcd"),
        ((b"often", b"seldom"), b"seldom"),  # the one that fewer rules ask for
    ],
)
def test_the_rarest_word_is_looked_for(alternative: tuple[bytes, ...], rarest: bytes) -> None:
    waiting, _ = build_index([(alternative,), ((b"often",),)])
    (found,) = [token for token, rules in waiting.items() if any(n == 0 for n, _ in rules)]
    assert found == rarest
