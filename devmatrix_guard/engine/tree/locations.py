"""Where code stands, as Semgrep reports it: tokens its tree drops do not count."""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.keywords import list_words
from devmatrix_guard.engine.tree.names import split_module_name
from devmatrix_guard.engine.tree.source import Source, Span
from devmatrix_guard.lazy_typing import Any, Callable

Node = Any
_COMPOUND_DEFINITIONS = (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef)
_BLANK = b" \t\n\r\f\v"
_BEFORE_BRACKET = frozenset(
    b"and as assert async await del elif else except for from if import in is lambda not or raise "
    b"return while with yield".split()
)
_TAILS = ("finalbody", "orelse", "handlers", "cases", "body")
_LOOPS = (_ast.For, _ast.AsyncFor, _ast.While)


def locate(source: Source, node: Node) -> Span:
    """Return the span of a statement or of anything else that has a position."""
    is_statement = isinstance(node, _ast.stmt) or not hasattr(node, "lineno")
    return (locate_statement if is_statement else locate_expression)(source, node)


def _trim_dropped(source: Source, node: Node, span: Span) -> Span:
    """Take off a star it begins with and the bracket of several slices it ends with."""
    line, column, last, end = span
    if source.lines[line - 1][column : column + 1] == b"*":
        inner = _find_outermost(node, _ast.Starred, at_start=True)
        if inner is not None and not getattr(inner, "is_argument", False):
            line, column = locate_expression(source, inner)[:2]
    if source.lines[last - 1][end - 1 : end] == b",":  # of a tuple without brackets
        end = len(source.lines[last - 1][: end - 1].rstrip())
    if source.lines[last - 1][end - 1 : end] == b"]":
        inner = _find_outermost(node, _ast.Subscript, at_start=False)
        if inner is not None and holds_slices(inner):
            last, end = locate_expression(source, inner)[2:]
    if source.lines[last - 1][end - 1 : end] == b")" and b"yield" in source.lines[last - 1]:
        last, end = _end_of_yield(source, node, (last, end))
    return line, column, last, end


def _end_of_yield(source: Source, node: Node, end: tuple[int, int]) -> tuple[int, int]:
    """Return where code ends whose last part may be a `yield` in brackets, which are dropped."""
    while node.__class__ not in (_ast.Yield, _ast.YieldFrom, _ast.Call):
        parts = [part for part in _list_parts(node) if hasattr(part, "lineno")]
        if not parts:
            return end
        node = max(parts, key=_find_tail)
    line, column = _find_tail(node)
    dropped = node.__class__ is not _ast.Call and line == end[0]
    is_last = dropped and not source.lines[line - 1][column : end[1]].strip(b") \t")
    return (line, column) if is_last else end


def _find_outermost(node: Node, wanted: type, *, at_start: bool) -> Node | None:
    """Return the part of that class with which the code of a node begins or ends."""
    edge = _find_head if at_start else _find_tail
    place = edge(node)
    while node is not None and node.__class__ is not wanted:
        parts = [
            part for part in _list_parts(node) if hasattr(part, "lineno") and edge(part) == place
        ]
        node = parts[0] if parts else None
    return node


def _list_parts(node: Node) -> list[Node]:
    found: list[Node] = []
    for field in getattr(node, "_fields", ()):
        value = getattr(node, field, None)
        found += value if value.__class__ is list else [value]
    return found


def _find_head(node: Node) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _find_tail(node: Node) -> tuple[int, int]:
    return node.end_lineno, node.end_col_offset


def locate_expression(source: Source, node: Node) -> Span:
    """Return the span of an expression with the brackets around it, of a parameter or keyword."""
    line, column, last, end = node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
    special = _SPECIAL.get(node.__class__)
    if special is not None:
        found = special(source, node)
        if found is not None:
            return found
    elements = getattr(node, "elts", None)
    if elements and not isinstance(node, _ast.AST):
        return (
            *locate_expression(source, elements[0])[:2],
            *locate_expression(source, elements[-1])[2:],
        )
    span = (line, column, last, end)
    if isinstance(node, _ast.expr):
        whole = _extend_over_brackets(source, span)
        if whole != span:
            return whole
    return _trim_dropped(source, node, span)


def _locate_bare_generator(source: Source, node: Node) -> Span | None:
    if not getattr(node, "bare", False):
        return None
    clause = node.generators[-1]
    last = clause.ifs[-1] if clause.ifs else clause.iter
    return (*locate_expression(source, node.elt)[:2], *locate_expression(source, last)[2:])


def _locate_chain(source: Source, node: Node) -> Span | None:
    """A chain of comparisons begins at its first sign, unless brackets surround it."""
    whole = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    if len(node.ops) == 1 or _extend_over_brackets(source, whole) != whole:
        return None
    return (*sign_after(source, node.left), *whole[2:])


def _locate_walrus(source: Source, node: Node) -> Span | None:
    """In a class it defines a field, whose brackets do not count."""
    if not getattr(node, "in_class", False):
        return None
    return (*locate_expression(source, node.target)[:2], *locate_expression(source, node.value)[2:])


def _locate_starred(source: Source, node: Node) -> Span | None:
    """The star counts among the arguments of a call only."""
    return None if getattr(node, "is_argument", False) else locate_expression(source, node.value)


def _locate_subscript(source: Source, node: Node) -> Span | None:
    """The brackets around several slices do not count."""
    if getattr(node, "is_part", False):
        return (
            *locate_expression(source, node.value)[:2],
            *_end_of_index(source, node, node.slice),
        )
    whole = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    if not holds_slices(node) or _extend_over_brackets(source, whole) != whole:
        return None
    end = max(_end_of_index(source, node, index) for index in node.slice.elts)
    return (*locate_expression(source, node.value)[:2], *end)


def _end_of_index(source: Source, node: Node, index: Node) -> tuple[int, int]:
    """Return where one of several indexes ends: a slice with its last bound."""
    if index.__class__ is _ast.Slice:
        bounds = [b for b in (index.lower, index.upper, index.step) if b is not None]
        index = bounds[-1] if bounds else node.value
    return locate_expression(source, index)[2:]


def _yield(source: Source, node: Node) -> Span:
    """The first brackets around it do not count."""
    span = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    once = _extend_over_brackets(source, span, most=1)
    twice = _extend_over_brackets(source, once)
    return span if twice == once else twice


def holds_slices(node: Node) -> bool:
    """Whether a subscript holds several indexes, a slice among them."""
    index = node.slice
    return index.__class__ is _ast.Tuple and any(i.__class__ is _ast.Slice for i in index.elts)


_SPECIAL: dict[type, Callable[[Source, Node], Span | None]] = {
    _ast.GeneratorExp: _locate_bare_generator,
    _ast.Compare: _locate_chain,
    _ast.NamedExpr: _locate_walrus,
    _ast.Yield: _yield,
    _ast.YieldFrom: _yield,
    _ast.Starred: _locate_starred,
    _ast.Subscript: _locate_subscript,
}


def sign_after(source: Source, node: Node) -> tuple[int, int]:
    """Return where the sign after an operand stands."""
    _, _, line, column = locate_expression(source, node)
    while True:
        row = source.lines[line - 1]
        column = _skip(row, column, _BLANK + b")\\")
        if column < len(row) and row[column] not in b"#":
            return line, column
        line, column = line + 1, 0


def _skip(row: bytes, column: int, skipped: bytes) -> int:
    while column < len(row) and row[column] in skipped:
        column += 1
    return column


def _extend_over_brackets(source: Source, span: Span, most: int = -1) -> Span:
    """Extend a span over the brackets that do nothing but surround it."""
    while most:
        most -= 1
        left = _find_before(source, span[0], span[1])
        if left is None or source.lines[left[0] - 1][left[1] : left[1] + 1] != b"(":
            return span
        right = _find_after(source, span[2], span[3])
        if right is None or source.lines[right[0] - 1][right[1] : right[1] + 1] != b")":
            return span
        if _is_call(source, left):
            return span
        span = (*left, right[0], right[1] + 1)
    return span


def _is_call(source: Source, opening: tuple[int, int]) -> bool:
    """Whether an opening bracket belongs to a call or a definition."""
    before = source.lines[opening[0] - 1][: opening[1]].rstrip()
    if before[-1:] in (b")", b"]", b"}", b"'", b'"'):
        return True
    words = list_words(before)
    is_word = bool(words) and before.endswith(words[-1])
    return is_word and words[-1] not in _BEFORE_BRACKET


def _find_before(source: Source, line: int, column: int) -> tuple[int, int] | None:
    """Return where the last character before a place stands, blank space aside."""
    row = source.lines[line - 1][:column].rstrip(b" \t\\")
    while not row.strip():
        line -= 1
        if line < 1:
            return None
        row = source.lines[line - 1].rstrip(b" \t\r\n\\")
        if b"#" in row:
            row = row[: row.index(b"#")].rstrip() if b'"' not in row and b"'" not in row else row
    return line, len(row) - 1


def _find_after(source: Source, line: int, column: int) -> tuple[int, int] | None:
    """Return where the next character after a place stands, blank space and comments aside."""
    while line <= len(source.lines):
        row = source.lines[line - 1]
        column = _skip(row, column, b" \t\\")
        if column < len(row) and row[column] not in _BLANK + b"#":
            return line, column
        line, column = line + 1, 0
    return None


def locate_statement(source: Source, node: Node) -> Span:
    """Return the span of a statement."""
    kind = node.__class__
    if kind is _ast.Expr:
        return locate_expression(source, node.value)
    if not hasattr(node, "lineno"):
        return _locate_pseudo_statement(source, node)
    start = (node.lineno, node.col_offset)
    end = (node.end_lineno, node.end_col_offset)
    if kind in _COMPOUND_DEFINITIONS:
        if node.decorator_list:
            start = min(start, _find_decorator_start(source, node.decorator_list[0]))
    elif kind in (_ast.With, _ast.AsyncWith):
        start = locate_expression(source, node.items[0].context_expr)[:2]
    elif kind in (_ast.Global, _ast.Nonlocal):
        end = locate_identifier(source, node, node.names[-1])[2:]
    elif kind is _ast.ImportFrom:
        end = (node.names[-1].end_lineno, node.names[-1].end_col_offset)
    elif kind is _ast.Delete:
        start = locate_expression(source, node.targets[0])[:2]
        end = locate_expression(source, node.targets[-1])[2:]
    if kind in _LOOPS:
        if kind is _ast.AsyncFor:
            start = (start[0], _find_word(source, start[0], "for", start[1]))
        last = node.orelse[-1] if kind is _ast.AsyncFor and node.orelse else node.body[-1]
        end = _end(source, last)
    elif getattr(node, "body", None):
        end = _end(source, node)
    else:
        return _trim_dropped(source, node, (*start, *end))
    return (*start, *end)


def _locate_pseudo_statement(source: Source, node: Node) -> Span:
    """The statements only Semgrep knows: see `match_stmt`."""
    inner = getattr(node, "node", None)
    if inner is not None:
        span = locate_statement(source, inner)
        return span if not hasattr(inner, "orelse") else (*span[:2], *_find_body_end(source, inner))
    nodes = getattr(node, "statements", None)
    if nodes is None:
        return (*locate_statement(source, node.loop)[:2], *_end(source, node.loop))
    return (*locate_statement(source, nodes[0])[:2], *_end(source, nodes[-1]))


def _find_body_end(source: Source, node: Node) -> tuple[int, int]:
    return _end(source, node.body[-1])


def _end(source: Source, node: Node) -> tuple[int, int]:
    """Return where a statement ends with everything that belongs to it."""
    for name in _TAILS:
        nodes = getattr(node, name, None)
        if nodes:
            return _end(source, nodes[-1])
    _, _, line, column = locate_statement(source, node)
    return line, column


def _find_decorator_start(source: Source, node: Node) -> tuple[int, int]:
    line = source.lines[node.lineno - 1]
    at = line.rfind(b"@", 0, node.col_offset)
    if at < 0 or (node.__class__ is _ast.Name and node.id == "staticmethod"):
        return (node.lineno, node.col_offset)
    return (node.lineno, at)


def _find_word(source: Source, line: int, word: str, start: int) -> int:
    row, wanted = source.lines[line - 1], word.encode()
    at = row.find(wanted, start)
    while at >= 0:
        around = row[max(at - 1, 0) : at], row[at + len(wanted) : at + len(wanted) + 1]
        if not any(list_words(byte) for byte in around):
            return at
        at = row.find(wanted, at + 1)
    return start


def locate_identifier(source: Source, node: Node, name: str) -> Span:
    """Return the span of the name a node carries."""
    kind = node.__class__
    if kind is _ast.Name:  # under an alias, `name` is what it stands for
        return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    if kind is _ast.arg or kind is _ast.keyword:
        return (node.lineno, node.col_offset, node.lineno, node.col_offset + len(name.encode()))
    if kind is _ast.Attribute:
        end = node.end_col_offset
        return (node.end_lineno, end - len(name.encode()), node.end_lineno, end)
    start = node.col_offset
    if kind in _COMPOUND_DEFINITIONS:
        keyword = "class" if kind is _ast.ClassDef else "def"
        start = _find_word(source, node.lineno, keyword, start) + len(keyword)
    elif kind is _ast.alias and node.asname == name:
        start = node.end_col_offset - len(name.encode())
        return (node.end_lineno, start, node.end_lineno, node.end_col_offset)
    elif kind in (_ast.Global, _ast.Nonlocal):
        start += len("global" if kind is _ast.Global else "nonlocal")
    elif kind is _ast.ExceptHandler:
        start = _find_word(source, node.lineno, "as", node.type.end_col_offset) + 2
    at = _find_word(source, node.lineno, name, start)
    return (node.lineno, at, node.lineno, at + len(name.encode()))


def locate_module(source: Source, node: Node, names: tuple[str, ...], at: int) -> Span:
    """Return the span of names in an import: the modules in order, then what is imported.

    Args:
        source: the file.
        node: the import.
        names: some of its names, one after the other.
        at: how many stand before them.
    """
    if node.__class__ is _ast.Import:
        alias = node.names[0]
        parts, line, start = alias.name.split("."), alias.lineno, alias.col_offset
    else:
        parts, line = list(split_module_name(node)), node.lineno
        start = _find_word(source, line, "from", node.col_offset) + len("from")
        start = _skip(source.lines[line - 1], start, b" \t")
    first = (line, start + _measure_width(node, parts[:at], is_before=True))
    last = (line, start + _measure_width(node, parts[: at + len(names)]))
    if at + len(names) > len(parts):
        imported = next((a for a in node.names if a.name == names[-1]), node.names[-1])
        place = imported.lineno, imported.col_offset
        last = (place[0], place[1] + len(imported.name.encode()))
        first = place if at >= len(parts) else first
    return (*first, *last)


def _measure_width(node: Node, parts: list[str], *, is_before: bool = False) -> int:
    """Return how much room the first parts of a module's name take, its dots among them."""
    dots = getattr(node, "level", 0) or 0 if parts else 0
    named = [part for part in parts if part.strip(".")]
    width = dots + len(".".join(named).encode())
    return width + 1 if is_before and named else width


def locate_content(source: Source, literal: Node, text: str) -> Span:
    """Return the span of a text within its literal; if it is not written there, the literal's."""
    line, column, last, end = (
        literal.lineno, literal.col_offset, literal.end_lineno, literal.end_col_offset
    )  # fmt: skip
    written = source.text((line, column, last, end))
    at = written.find(text)
    if at < 0:
        return (line, column, last, end)
    first = _move((line, column), written[:at])
    return (*first, *_move(first, text))


def _move(point: tuple[int, int], text: str) -> tuple[int, int]:
    """Return where a text ends that begins at a point."""
    lines = text.split("\n")
    width = len(lines[-1].encode())
    return (point[0], point[1] + width) if len(lines) == 1 else (point[0] + len(lines) - 1, width)
