"""Which words and lines let a hook look closer: those by which an undone fix may show."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.words import (
    choose_words,
    may_hide,
    may_rebind,
    may_undo_by_words,
    read_words,
)


@pytest.mark.parametrize(
    ("added", "hides"),
    [
        ([b"    return 1"], True),
        ([b"    return"], True),
        ([b"    raise ValueError(x)"], True),
        ([b"    continue;"], True),
        ([b"    break", b""], True),
        ([b"    if a:", b"        return 1"], False),  # it leaves a block of its own
        ([b"    a()", b"    return 1"], True),
        ([b"        a()", b"    return 1"], True),
        ([b"    return 1", b"    a()"], False),
        ([b"    returned = 1"], False),
        ([b"    a()"], False),
        ([], False),
        ([b"", b"   "], False),
        # a name of the module, or one for a lambda
        ([b"load = fast"], True),
        ([b"shop.load = fast"], True),
        ([b"_load=fast"], True),
        ([b"LIMIT = 3"], False),
        ([b"a, b = 1, 2"], False),
        ([b"del load"], True),
        ([b"load(x)"], False),
        ([b"delete"], False),
        ([b"    load = fast"], False),
        ([b"    load = lambda: 1"], True),
        ([b"a()", b"load = fast"], True),
    ],
)
def test_added_lines_may_keep_others_from_running(added: list[bytes], hides: bool) -> None:
    assert may_hide(added) is hides


CODE = b"""def load():
    pass
class Cart:
    def add(self):
        load = fast
        x.Cart = a.b = 1
        del save, load
        a[0] = load
        load == 1
save = load = 1
def save(): pass
"""


@pytest.mark.parametrize(
    ("ranges", "rebinds"),
    [
        ([(5, 5)], True),
        ([(6, 6)], True),
        ([(7, 7)], True),
        ([(8, 8)], False),
        ([(9, 9)], True),  # as if it were a chain of values: too much rather than too little
        ([(10, 10)], False),  # not within a block
        ([(1, 4)], False),
        ([(1, 2), (4, 5)], True),
        ([], False),
    ],
)
def test_lines_in_a_block_may_give_a_definition_another_value(
    ranges: list[tuple[int, int]], rebinds: bool
) -> None:
    assert may_rebind(CODE, ranges) is rebinds


def numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(read_words([text.encode()])))


@pytest.mark.parametrize(
    ("old", "new", "only_old", "only_new"),
    [
        ("a b", "b c", "a", "c"),
        ("return a", "b", "a", "b"),  # common words tell nothing
        ("a", "a", "a", "a"),  # the same words on both sides: all of them
        ("return self", "return", "return self", "return"),
        ("", "a", "", "a"),
        ("a-b.c", "", "a b c", ""),
        ("größe_1", "", "größe_1", ""),
    ],
)
def test_words_of_one_side_only_are_chosen(
    old: str, new: str, only_old: str, only_new: str
) -> None:
    chosen = choose_words([old.encode()], [new.encode()])
    assert chosen == (numbers(only_old), numbers(only_new))


def test_twelve_words_of_a_side_are_kept() -> None:
    every = [f"w{n}".encode() for n in range(13)]
    first, second = choose_words(every, [*every[:12], b"x"])
    assert (len(first), len(second)) == (1, 1)
    first, second = choose_words(every, [])
    assert first == tuple(sorted(read_words(every))[:12])
    assert choose_words(every[:12], [])[0] == tuple(sorted(read_words(every[:12])))


@pytest.mark.parametrize(
    ("old", "new", "removed", "added", "may"),
    [
        ((1, 2, 3), (), (), (1,), True),  # a third of the old words is back
        ((1, 2, 3, 4), (), (), (1,), False),
        ((1, 2, 3, 4), (), (), (1, 4), True),
        ((1,), (), (1,), (), False),
        ((), (1, 2, 3), (3,), (), True),  # a third of the new words goes
        ((), (1, 2, 3, 4), (3,), (), False),
        ((), (1,), (), (1,), False),
        ((), (), (), (), True),  # of a hunk without words nothing is known
    ],
)
def test_three_in_ten_words_of_a_side_are_enough(
    old: tuple[int, ...], new: tuple[int, ...], removed: object, added: object, may: bool
) -> None:
    assert may_undo_by_words([(old, new)], set(removed), set(added)) is may  # type: ignore[call-overload]


def test_one_hunk_is_enough_and_none_is_not() -> None:
    assert may_undo_by_words([((1,), ()), ((2,), ())], set(), {2})
    assert not may_undo_by_words([], {1}, {1})
