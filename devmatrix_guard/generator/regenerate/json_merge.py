"""Merge JSON three ways by its keys; what is not changed keeps its layout."""

from __future__ import annotations

import json
import re

from devmatrix_guard.generator.regenerate.merge_result import Piece
from devmatrix_guard.generator.regenerate.python.layout import render
from devmatrix_guard.generator.regenerate.python.lexer import Unreadable, split_logical_lines
from devmatrix_guard.generator.regenerate.python.merge_phrases import ConflictError, PhraseMerger
from devmatrix_guard.generator.regenerate.python.phrase import Item, read_phrase
from devmatrix_guard.generator.regenerate.syntax import refuse_repeated_keys

_STEP = re.compile(r"[\[{]\n([ \t]+)")


def merge_json(base: str, ours: str, theirs: str) -> list[Piece] | None:
    """Return the merged lines, or None where a text is no JSON or one key was changed twice."""
    try:
        phrases = [_read(text) for text in (base, ours, theirs)]
        merged = PhraseMerger("", commas=False)
        row = merged.merge_item(*phrases)
        step = _STEP.search(ours) or _STEP.search(theirs)
        text = render(row.doc, "", step=step[1] if step else "  ")
        json.loads(text, object_pairs_hook=refuse_repeated_keys)
    except (ConflictError, Unreadable, ValueError):
        return None
    return list(text.split("\n"))


def _read(text: str) -> Item:
    json.loads(text, object_pairs_hook=refuse_repeated_keys)
    lines = split_logical_lines(text)
    if len(lines) != 1:
        raise Unreadable("no single value")
    return read_phrase(lines[0].tokens)
