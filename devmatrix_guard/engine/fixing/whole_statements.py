"""Completes what metavariables bound where semgrep's spans leave words out.

To semgrep `del x` begins at `x`, `with a: b` at `a`, `async for` at `for`, the chain `a < b < c` at
its first sign, and `from a import (b)` ends before its parenthesis. A finding keeps to that; code
that a fix copies must be whole.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from devmatrix_guard.engine.matching.match import Binding, Match
from devmatrix_guard.engine.tree.source_text import SourceText

_STATEMENT = re.compile(
    r"(?:^|[:;])[ \t]*(\$(?:\.\.\.)?[A-Z_][A-Z_0-9]*)[ \t]*(?:$|;)", re.MULTILINE
)
_HEAD = re.compile(
    r"\b(?:del|(?:async(?:[ \t\f]|\\\r?\n)+)?with|async)(?:[ \t\f]|\\\r?\n|\(\s*)*\Z"
)
_TAIL = re.compile(r"(?:[\s,\\]|#.*)*\)")
_LONGEST_HEAD = 200
_SIGN = re.compile(r"[<>]=?|[=!]=|(?:is|in|not\s+in)\b")


def complete_statements(match: Match, patterns: str, source: SourceText, tree: ast.Module) -> Match:
    """Return a match whose metavariables for statements hold them from first to last word.

    Args:
        match: what a rule matched.
        patterns: the text of the rule's patterns, which says where statements stand.
        source: the file.
        tree: its syntax tree.
    """
    names = [name for name in _STATEMENT.findall(patterns) if name in match.metavariables]
    completed = {
        name: _complete(match.metavariables[name], source, tree) for name in dict.fromkeys(names)
    }
    if all(match.metavariables[name] is binding for name, binding in completed.items()):
        return match
    return match._replace(metavariables={**match.metavariables, **completed})


def complete_chains(match: Match, source: SourceText, tree: ast.Module) -> Match:
    """Return a match whose metavariables hold chains of comparisons from their first operand."""
    cut = {name: one for name, one in match.metavariables.items() if _SIGN.match(one.text)}
    if not cut:
        return match
    chains = {
        source.offset_of_bytes(node.end_lineno or 0, node.end_col_offset or 0): node
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and len(node.ops) > 1
    }
    completed = {}
    for name, binding in cut.items():
        end = source.offset(binding.end_line, binding.end_col)
        chain = chains.get(end)
        if chain is not None:
            start = source.offset_of_bytes(chain.lineno, chain.col_offset)
            span = (*source.position(start), *source.position(end))
            completed[name] = Binding(source.text[start:end], *span)
    return match._replace(metavariables={**match.metavariables, **completed})


def _complete(binding: Binding, source: SourceText, tree: ast.Module) -> Binding:
    if not binding.start_line:
        return binding
    start = source.offset(binding.start_line, binding.start_col)
    end = source.offset(binding.end_line, binding.end_col)
    first, last = start, end
    head = _HEAD.search(source.text, max(0, start - _LONGEST_HEAD), start)
    if head is not None and head.start() in {at for at, _ in _list_spans(source, tree)}:
        first = head.start()
    if _TAIL.match(source.text, end):
        imports = _list_spans(source, tree, ast.ImportFrom)
        last = next((stop for begin, stop in imports if begin < end < stop), end)
    if (first, last) == (start, end):
        return binding
    return Binding(source.text[first:last], *source.position(first), *source.position(last))


def _list_spans(
    source: SourceText, tree: ast.Module, kind: type[ast.stmt] = ast.stmt
) -> Iterator[tuple[int, int]]:
    """Yield where the statements of a kind begin and end."""
    for node in ast.walk(tree):
        if isinstance(node, kind):
            yield (
                source.offset_of_bytes(node.lineno, node.col_offset),
                source.offset_of_bytes(node.end_lineno or node.lineno, node.end_col_offset or 0),
            )
