"""The code around a match that a fix is judged in: the smallest statement that parses by itself.

Comparing the syntax trees of such a region, instead of tables of precedence, says where
parentheses are needed and whether an edit means what the fix says.
"""

from __future__ import annotations

import ast
import warnings
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from devmatrix_guard.engine.tree.lexer import Token, read_tokens
from devmatrix_guard.engine.tree.parse import parse_code, parse_source
from devmatrix_guard.engine.tree.source_text import SourceText, encode_source

_BLOCK = "if 1:\n"


class Replacement(NamedTuple):
    """Replace the text between two offsets of the file."""

    start: int
    end: int
    text: str


class Region(NamedTuple):
    """Whole lines of a file (offsets `start` to `end`) with the match inside them.

    `tokens` carry offsets into the file; there are none where the lines cannot be read.
    """

    source: SourceText
    start: int
    end: int
    match_start: int
    match_end: int
    prefix: str
    tokens: tuple[Token, ...] = ()

    @property
    def matched(self) -> str:
        """The matched text."""
        return self.source.text[self.match_start : self.match_end]

    def meaning(self, replacements: Sequence[Replacement]) -> str | None:
        """Return the region's syntax tree after replacements as text; None if it cannot parse."""
        return normalise_meaning(self.prefix + self.apply(replacements))

    def meaning_with(self, matched: str) -> str | None:
        """Return the same with the whole match replaced."""
        return self.meaning([Replacement(self.match_start, self.match_end, matched)])

    def apply(self, replacements: Sequence[Replacement]) -> str:
        """Return the region's text after replacements, which do not overlap."""
        return splice(self.source.text, replacements, self.start, self.end)

    @property
    def indent(self) -> str:
        """The blank space before the first code on the line the match begins on."""
        return indent_at(self.source, self.match_start)


def splice(text: str, replacements: Sequence[Replacement], start: int, end: int) -> str:
    """Return `text[start:end]` after replacements; insertions at one place keep their order."""
    pieces: list[str] = []
    at = start
    for first, last, new in sorted(replacements, key=lambda r: (r.start, r.end)):
        pieces += (text[at:first], new)
        at = last
    return "".join((*pieces, text[at:end]))


def indent_at(source: SourceText, offset: int) -> str:
    """Return the blank space that begins the line of an offset."""
    line = source.line(source.position(offset)[0])
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def find_region(source: SourceText, tree: ast.Module, start: int, end: int) -> Region:
    """Return the region around the match between two offsets."""
    text = source.text
    for node in reversed(_find_statements_around(source, tree, start, end)):
        first, last = _find_line_span(source, node)
        if not first <= start <= end <= last:
            continue
        prefix = _BLOCK if text[first : first + 1] in (" ", "\t") else ""
        region = Region(source, first, last, start, end, prefix)
        if region.meaning([]) is not None:
            return region._replace(tokens=_tokens(region))
    region = Region(source, 0, len(text), start, end, "")
    return region._replace(tokens=_tokens(region))


def _tokens(region: Region) -> tuple[Token, ...]:
    text = region.source.text[region.start : region.end]
    found = read_tokens(encode_source(text)) or []
    shift = region.start
    return tuple(t._replace(start=t.start + shift, end=t.end + shift) for t in found)


def inside_parentheses(region: Region) -> Region:
    """Return the region with the match narrowed to what parentheses around it only group.

    A match covers the parentheses around an expression; a fix has no need to touch them.
    """
    start, end = region.match_start, region.match_end
    while _is_grouped(region.source.text[start:end]):
        code = [t for t in region.tokens if t.is_code and start < t.start and t.end < end]
        if not code:
            break
        start, end = code[0].start, code[-1].end
    return region._replace(match_start=start, match_end=end)


def _is_grouped(code: str) -> bool:
    """Tell whether code is one expression in parentheses that change nothing about it."""
    if code[:1] != "(" or code[-1:] != ")":
        return False
    listed, whole = parse_code(f"[{code[1:-1]}\n]", "eval"), parse_code(code, "eval")
    if not isinstance(listed, ast.Expression) or not isinstance(whole, ast.Expression):
        return False
    items = listed.body.elts if isinstance(listed.body, ast.List) else []
    return len(items) == 1 and ast.dump(items[0]) == ast.dump(whole.body)


def normalise_meaning(code: str, mode: str = "exec") -> str | None:
    """Return the syntax tree of code as text without places; None if it cannot be parsed."""
    tree = parse_code(code, mode)
    try:
        return ast.dump(tree) if tree is not None else None
    except RecursionError:
        return None


@lru_cache(maxsize=4)
def parse_shared(source: bytes) -> ast.Module | None:
    """Return the syntax tree of a file, for several to read and none to change."""
    return parse_source(source)


@lru_cache(maxsize=4)
def compiles(source: bytes) -> bool:
    """Tell whether a file compiles; it is not run.

    Much that parses does not: `await` outside of a coroutine, `return` outside of a function.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _find_statements_around(
    source: SourceText, tree: ast.Module, start: int, end: int
) -> list[ast.stmt]:
    """Return the statements that cover two offsets, outermost first."""
    return _find_statements(tree, source.position(start)[0], source.position(end)[0])


def measure_region(source: SourceText, tree: ast.Module, first_line: int, last_line: int) -> int:
    """Return how long the region around some lines is, without reading it."""
    around = _find_statements(tree, first_line, last_line)
    first, last = _find_line_span(source, around[-1]) if around else (0, len(source.text))
    return last - first


def _find_statements(tree: ast.Module, first_line: int, last_line: int) -> list[ast.stmt]:
    """Return the statements that cover some lines, outermost first."""
    found: list[ast.stmt] = []
    node: ast.AST | None = tree
    while node is not None:
        holding = (_find_holding(body, first_line, last_line) for body in list_bodies(node))
        node = next((statement for statement in holding if statement is not None), None)
        if node is not None:
            found.append(node)
    return found


def list_bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the lists of statements that stand directly in a node, handlers and cases opened."""
    for _, value in ast.iter_fields(node):
        if isinstance(value, list) and value:
            if isinstance(value[0], ast.stmt):
                yield value
            elif isinstance(value[0], ast.ExceptHandler | ast.match_case):
                yield from (part.body for part in value)


def _find_holding(body: list[ast.stmt], first_line: int, last_line: int) -> ast.stmt | None:
    """Return the statement that covers the lines; statements end in the order they stand in."""
    at = bisect_left(body, last_line, key=lambda statement: statement.end_lineno or 0)
    return body[at] if at < len(body) and _find_first_line(body[at]) <= first_line else None


def _find_first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _find_line_span(source: SourceText, node: ast.stmt) -> tuple[int, int]:
    return (
        source.offset(_find_first_line(node), 1),
        source.offset((node.end_lineno or node.lineno) + 1, 1),
    )
