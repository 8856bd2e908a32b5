"""Parses only what changed: functions and methods equal on both sides are blanked out first.

Line numbers stay, imports stay, and a file whose unchanged parts are Python 2 can still be read.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.texts import find_block_texts

# A pattern that begins with a line feed is looked for at line feeds only.
# `continues` are parts that belong to the part before them; a decorator to the one after.
_PART_START = re.compile(
    rb"\n(?=(?P<decorator>(?: {4}|\t)?@)|(?P<continues>(?:else|elif|except|finally)\b|['\"])"
    rb"|[^\s#)\]}]|(?: {4}|\t)(?:def|async def|class)\b)"
)
# Python's own idea of a line: a form feed or a lone U+2028 does not end one.
_PHYSICAL_LINE = re.compile(rb"\r\n|\r|\n")
_IMPORTS = re.compile(rb"(?:from|import)\b|(?:try|if)\b[^\n]*:\s*\n\s+(?:from|import)\b")
# A commit's files are asked for several times, and each is the old side of a later change.
_RECENT = 32
_DEFINES = re.compile(rb"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)
_FUNCTION = re.compile(rb"(?:@[^\n]*\n|#[^\n]*\n|\s+[^\n]*\n|[)\]}][^\n]*\n)*(?:async\s+)?def\b")
_ASSIGNS = re.compile(rb"(\w+)\s*(?::[^=\n]+)?=[^=]")


class Version(NamedTuple):
    """One side of a change: the tree of its changed parts, and what the rest of it defines.

    `functions` are module-level functions and classes, `constants` other module-level names;
    `import_rows` are the lines, from 1, that speak of importing.
    """

    tree: ast.Module
    lines: tuple[bytes, ...]
    import_rows: tuple[int, ...]
    functions: frozenset[str]
    constants: frozenset[str]


def parse_changed(old: bytes, new: bytes) -> tuple[Version, Version] | None:
    """Return both sides of a change; None when either cannot be parsed by this Python."""
    before, after = _split_parts(old), _split_parts(new)
    common = Counter(_place_parts(before)) & Counter(_place_parts(after))
    sides = []
    for source, parts in ((old, before), (new, after)):
        tree = parse_source(_blank_common(parts, common)) or parse_source(source)
        if tree is None:
            return None
        functions, constants = _find_defined(parts)
        rows = _list_import_rows(source)
        sides.append(Version(tree, _split_lines(source), rows, functions, constants))
    return sides[0], sides[1]


@lru_cache(maxsize=_RECENT)
def _split_lines(source: bytes) -> tuple[bytes, ...]:
    """Return the lines of a file as Python counts them."""
    return tuple(_PHYSICAL_LINE.split(source) if b"\r" in source else source.split(b"\n"))


def _list_import_rows(source: bytes) -> tuple[int, ...]:
    if b"\r" in source:
        rows = enumerate(_split_lines(source), 1)
        return tuple(number for number, line in rows if b"import" in line)
    found, row, at = [], 1, 0
    while (place := source.find(b"import", at)) >= 0:
        row += source.count(b"\n", at, place)
        found.append(row)
        at = place + 1
    return tuple(found)


def parse_without_common(
    old: bytes, new: bytes, may_omit: Callable[[bytes], bool]
) -> tuple[ast.Module, ast.Module] | None:
    """Return the trees of both sides of a change without functions that are equal on both.

    None when either cannot be parsed by this Python.

    Args:
        old: the side before.
        new: the side after.
        may_omit: tells of the text of an equal function or method whether it is left out; all
            else is kept, so that what is left means what it means in the whole file.
    """
    sides = [_join_functions(_split_parts(source)) for source in (old, new)]
    places = [_place_parts(parts) for parts in sides]
    equal = Counter(places[0]) & Counter(places[1])
    common = Counter({key: count for key, count in equal.items() if may_omit(key[1])})
    trees = []
    for source, parts in zip((old, new), sides, strict=True):
        tree = parse_source(_blank_common(parts, common)) or parse_source(source)
        if tree is None:
            return None
        trees.append(tree)
    return trees[0], trees[1]


def _join_functions(parts: list[bytes]) -> list[bytes]:
    """Return parts in which a function at the top has what is defined within it."""
    joined: list[bytes] = []
    is_function = False
    for part in parts:
        if part[:1] not in (b" ", b"\t"):
            is_function = bool(_FUNCTION.match(part))
        elif is_function:
            joined[-1] += part
            continue
        joined.append(part)
    return joined


@lru_cache(maxsize=_RECENT)
def _split_parts(source: bytes) -> list[bytes]:
    """Cut a file at its lines without indentation; the parts joined are the file."""
    texts = find_block_texts(source)
    starts = [(m.start(), m.lastgroup) for m in _PART_START.finditer(b"\n" + source)]
    cuts = [0]
    after_decorator = False
    for start, kind in starts:
        if texts and _is_within(texts, start):
            continue
        if not after_decorator and start and kind != "continues":
            cuts.append(start)
        after_decorator = kind == "decorator"
    cuts.append(len(source))
    return [source[a:b] for a, b in pairwise(cuts)]


def _is_within(spans: Sequence[tuple[int, int]], place: int) -> bool:
    index = bisect_right(spans, (place,)) - 1
    return index >= 0 and spans[index][0] < place < spans[index][1]


def _place_parts(parts: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Return each part with the line it stands under, as equal methods of two classes differ."""
    placed, above = [], b""
    for part in parts:
        if part[:1] not in (b" ", b"\t"):
            above = part.partition(b"\n")[0]
        placed.append((above, part))
    return placed


def _blank_common(parts: list[bytes], common: Counter[tuple[bytes, bytes]]) -> bytes:
    left = Counter(common)
    kept = []
    for key in _place_parts(parts):
        part = key[1]
        # Comments cost nothing to parse, and the first may declare the encoding.
        if left[key] > 0 and part[:1] != b"#" and not _IMPORTS.match(part) and part[:5] != b"class":
            left[key] -= 1
            # `pass` keeps the block that a method stood in from being empty.
            indent = part[: len(part) - len(part.lstrip(b" \t"))]
            block = indent + b"pass" if indent and part.strip() else b""
            kept.append(block + b"\n" * part.count(b"\n"))
        else:
            kept.append(part)
    return b"".join(kept)


def _find_defined(parts: list[bytes]) -> tuple[frozenset[str], frozenset[str]]:
    functions, constants = set(), set()
    for part in parts:
        defined = _DEFINES.search(part) if part[:1] == b"@" else _DEFINES.match(part)
        assigned = _ASSIGNS.match(part)
        if defined:
            functions.add(defined[1].decode("utf-8", "replace"))
        elif assigned:
            constants.add(assigned[1].decode("utf-8", "replace"))
    return frozenset(functions), frozenset(constants)
