"""Rules out by words that changed lines undo a fix. Light: the silent way of a hook runs this.

Whoever undoes a hunk removes lines with the words that only its new code has, or adds lines with
those that only its old code had.
"""

from __future__ import annotations

import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# (words only the old code has, words only the new code has), as numbers
Words = tuple[tuple[int, ...], tuple[int, ...]]

# Locals may be renamed on the way, so that not every word has to be there.
_SHARE = 0.3
_MOST = 12
_LETTERS = bytes(c if chr(c).isalnum() or c in b"_" or c > 127 else 32 for c in range(256))
_COMMON_WORDS = (
    b"if else elif for while with try except finally return def class self not and or in is as"
    b" pass from import"
)
_COMMON = frozenset(zlib.crc32(word) for word in _COMMON_WORDS.split())


def read_words(lines: Iterable[bytes]) -> set[int]:
    """Return the words of some lines, as numbers."""
    return {zlib.crc32(word) for line in lines for word in line.translate(_LETTERS).split()}


def choose_words(old: Iterable[bytes], new: Iterable[bytes]) -> Words:
    """Return the words by which the undoing of a hunk shows, from its old and its new code."""
    before, after = read_words(old), read_words(new)
    only = (before - after - _COMMON, after - before - _COMMON)
    if not any(only):  # it changed an operator, or only common words
        only = (before - _COMMON or before, after - _COMMON or after)
    first, second = (tuple(sorted(words)[:_MOST]) for words in only)
    return first, second


def may_undo_by_words(hunks: Iterable[Words], removed: set[int], added: set[int]) -> bool:
    """Tell whether a change of a file may undo a hunk, going by the words of its lines.

    Args:
        hunks: the words of each hunk of a fix in the file.
        removed: the words of the removed lines.
        added: those of the added lines.
    """
    return any(
        _has_share(old, added) or _has_share(new, removed) or not (old or new) for old, new in hunks
    )


def _has_share(wanted: tuple[int, ...], words: set[int]) -> bool:
    return bool(wanted) and sum(word in words for word in wanted) >= _SHARE * len(wanted)


_LEAVING = (b"return", b"raise", b"continue", b"break")


def may_hide(added: Sequence[bytes]) -> bool:
    """Tell whether lines that a hunk only adds may keep from running what stands below or above.

    That is a `return` below which its own block goes on, or a name that is given another value.
    """
    bare = [line for line in added if line.strip()]
    if not bare:
        return False
    last = bare[-1]
    if last.split(maxsplit=1)[0].rstrip(b":;") in _LEAVING:
        indent = _measure(last)
        if all(_measure(line) >= indent for line in bare):
            return True
    return any(map(_binds, bare))


def _binds(line: bytes) -> bool:
    """Tell whether a line at the top of a file, or one with a lambda, gives a name a value."""
    if line[:1].isspace():
        return b"= lambda" in line
    name, is_bound, _ = line.partition(b"=")
    if not is_bound:
        return line.startswith(b"del ")
    word = name.strip()
    return word.replace(b"_", b"").replace(b".", b"").isalnum() and not word.isupper()


def may_rebind(content: bytes, ranges: Iterable[tuple[int, int]]) -> bool:
    """Tell whether new lines within a block give the name of a definition of the file a value.

    Args:
        content: a Python file.
        ranges: its new lines, from 1.
    """
    rows = content.split(b"\n")
    names = {
        name
        for first, last in ranges
        for row in rows[first - 1 : last]
        if row[:1].isspace()
        for name in _list_bound(row.strip())
    }
    return any(b"def " + name + b"(" in content or b"class " + name in content for name in names)


def _list_bound(line: bytes) -> Iterator[bytes]:
    """Yield the last parts of the names that a line gives a value or deletes."""
    if line.startswith(b"del "):
        targets = line[4:].split(b",")
    else:
        targets = line.split(b"=")[:-1] if b"=" in line else []
    for target in targets:
        name = target.strip().rpartition(b".")[2]
        if not name.replace(b"_", b"a").isalnum():
            return
        yield name


def _measure(line: bytes) -> int:
    return len(line) - len(line.lstrip())
