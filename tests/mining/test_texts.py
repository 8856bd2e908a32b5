"""The strings of a Python file that go over several lines."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.texts import find_block_texts
from tests.helpers_bounds import expect_end

BLOCK = b'"""a\nb"""'


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (b"x = " + BLOCK + b"\ny = 1\n", [BLOCK]),
        (b"x = '''a\n\"\"\"b'''\n", [b"'''a\n\"\"\"b'''"]),
        (b'x = """one line"""\n', []),
        (b"# don't " + BLOCK[:3] + b"\nx = " + BLOCK, [BLOCK]),
        (b"x = 'it' \"'''\" + " + BLOCK, [BLOCK]),
        (b"x = '' + \"\" + " + BLOCK, [BLOCK]),
        (b'x = """a\\"""b\n"""', [b'"""a\\"""b\n"""']),
        (b"it's\nx = " + BLOCK, [BLOCK]),
        (b'x = """never\nends', [b'"""never\nends']),
        (b'x = """never\nends\\', [b'"""never\nends\\']),
        (b"", []),
    ],
    ids=["plain", "other quotes", "one line", "comment", "quotes within", "empty", "escaped",
         "apostrophe", "open", "open with a backslash", "nothing"],
)  # fmt: skip
def test_only_strings_over_several_lines_are_found(source: bytes, found: list[bytes]) -> None:
    assert [source[start:end] for start, end in find_block_texts(source)] == found


@pytest.mark.parametrize(
    "source",
    [
        b"'" * 200_001,
        b'"' * 200_001,
        b'x = """' + b"a\n" * 200_000 + b"\\",
        b"\\" * 200_000 + BLOCK,
    ],
    ids=["single", "double", "open", "backslashes"],
)
def test_hostile_text_takes_time_in_its_length_only(source: bytes) -> None:
    with expect_end():
        find_block_texts(source)
