"""Parses a version of a file once for all that ask about it."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import NamedTuple

from devmatrix_guard.engine.tree.parse import list_levels, parse_source

# What says in which letters a file is written: the parser reads that itself.
_DECLARED = re.compile(rb"\xef\xbb\xbf|[^\n]*(?:\n[^\n]*)?coding[:=]")
# A tree takes about a hundred times its text.
_LONGEST_KEPT = 200_000
_MOST_NESTED = 150  # each level takes a few calls of whoever writes a tree as text


class ParsedModule(NamedTuple):
    """The tree of a file, which nobody may change, and all of its nodes."""

    tree: ast.Module
    nodes: tuple[ast.AST, ...]


def read_module(source: str | bytes) -> ParsedModule | None:
    """Return the tree of a file, kept for the next who asks; None for what cannot be read,
    or is nested deeper than people write.

    Bytes and the text they stand for are one file: whoever asks for either shares its tree.
    """
    if isinstance(source, bytes) and not _DECLARED.match(source):
        try:
            source = source.decode("utf-8")
        except UnicodeDecodeError:
            return None  # so it cannot be compiled either
    return _keep(source) if len(source) <= _LONGEST_KEPT else _parse(source)


def _parse(source: str | bytes) -> ParsedModule | None:
    tree = parse_source(source)
    if tree is None:
        return None
    nodes: list[ast.AST] = []
    for depth, level in enumerate(list_levels(tree)):
        if depth > _MOST_NESTED:
            return None  # what reads trees would not come to the end of it
        nodes += level
    return ParsedModule(tree, tuple(nodes))


_keep = lru_cache(maxsize=12)(_parse)


def split_rows(text: bytes) -> list[bytes]:
    """Return the rows of a file as its tree numbers them, each with its end.

    A carriage return alone ends one, too; what is declared to be in other letters may have more.
    """
    return text.splitlines(keepends=True)
